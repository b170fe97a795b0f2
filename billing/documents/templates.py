"""Templates: the looks that a platform gives its papers, which one a paper has, and when it is settled."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from unicodedata import category

from billing.errors import BillingError, Invalid
from billing.events import names
from billing.events.record import record
from billing.platforms.models import Platform
from billing.transactions import entrance, step

from .look import BUILTIN, LEAST_CONTRAST, Look, contrast_on_white
from .models import BillingDocument, Template
from .snapshot import from_json, to_json

COLOUR = re.compile(r"#[0-9a-f]{6}")
LONGEST_NAME, LONGEST_FOOTER = 100, 1000
UNPRINTED = ("Cc", "Cs")
"""Categories of characters that no paper and no database takes."""
MOST_TEMPLATES = 100
MOST_SHOWN = 10
FIELDS = ("name", "style", "accent", "footer", "is_default")
PAPERS = ("invoices", "creditnotes")
"""The relations by which a template knows the papers that were made with it, for they live upstairs."""


class TemplateUnknown(Invalid):
    code = "template_unknown"
    title = "There is no such template"


class TemplateNotPossible(Invalid):
    code = "template_not_possible"
    title = "A template cannot be like that"


class AccentTooLight(Invalid):
    code = "accent_too_light"
    title = "A title in this colour would be hard to read on white"


class TemplateExists(BillingError):
    code = "template_exists"
    title = "There is a template of this name"


class TemplateInUse(BillingError):
    code = "template_in_use"
    title = "Papers were made with this template"


class TemplateIsBuiltIn(BillingError):
    code = "template_is_builtin"
    title = "The built-in looks stay as they are"


class TooManyTemplates(BillingError):
    code = "too_many_templates"
    title = "A platform has only so many templates"


class Chosen(NamedTuple):
    """The look that is asked for: a template, or a built-in look; neither leaves it to the default.

    The names are those of a paper's columns: `**chosen._asdict()`.
    """

    template: Template | None = None
    look: dict[str, Any] = {}


def find_template(platform: Platform, asked: str | None, *, field: str = "template") -> Chosen:
    """Return the look that is asked for by a template's id or name, or by the name of a built-in look.

    :raises TemplateUnknown: there is no such template; `allowed` tells which there are, to clients
        only the built-in ones.
    """
    if not asked:
        return Chosen()
    rows = Template.objects.for_platform(platform)
    if "\0" not in asked and (row := rows.filter(pk=asked).first() or rows.filter(name=asked).first()):
        return Chosen(row)
    if asked in BUILTIN:
        return Chosen(None, to_json(BUILTIN[asked]))
    own = () if platform.seen_by else rows.values_list("name", flat=True)[:MOST_TEMPLATES]
    allowed = [*BUILTIN, *own]
    raise TemplateUnknown(
        f"There is no template {asked!r}; there are: {', '.join(allowed)}.", field=field, allowed=allowed
    )


def asked_template(paper: BillingDocument) -> str:
    """Return what was asked for as `find_template` takes it; "" leaves it to the default."""
    if paper.template_id or not paper.is_draft:
        return paper.template_id or ""
    return str(from_json(paper.look, Look).style) if paper.look else ""


def look_of(paper: BillingDocument) -> Look:
    """Return how a paper looks: a final one as it was frozen, a draft as it would be now."""
    if paper.look or not paper.is_draft:
        return from_json(paper.look, Look)
    template = paper.template or default_template(paper.platform)
    return from_template(template) if template else Look()


def default_template(platform: Platform) -> Template | None:
    found: Template | None = Template.objects.filter(platform=platform, is_default=True).first()
    return found


def from_template(template: Template) -> Look:
    return Look(style=template.style, accent=template.accent, footer=template.footer)


@step
def freeze_look(paper: BillingDocument) -> None:
    """Settle the look of a paper that is about to become final. The caller saves it."""
    if not paper.look and paper.template is None:
        paper.template = default_template(paper.platform)
    paper.look = to_json(look_of(paper))


@entrance
def create_template(*, platform: Platform, name: str, actor: str, at: datetime, **fields: Any) -> Template:
    """Return a new template; `fields` are its style, accent, footer, and whether it is the default.

    :raises TemplateNotPossible, AccentTooLight, TemplateExists, TooManyTemplates: it cannot be had.
    """
    hold_templates_of(platform)
    if Template.objects.for_platform(platform).count() >= MOST_TEMPLATES:
        raise TooManyTemplates(f"A platform has at most {MOST_TEMPLATES} templates.", limit=MOST_TEMPLATES)
    template = Template(platform=platform, name=name, **fields)
    store(template, force_insert=True, actor=actor, at=at)
    data = {"object": summary_of(template)}
    record(names.TEMPLATE_CREATED, platform=platform, about=template, actor=actor, at=at, data=data)
    return template


@entrance
def update_template(
    *, platform: Platform, template_id: str, changes: Mapping[str, Any], actor: str, at: datetime
) -> Template:
    """Change a template. Drafts follow; final papers stay as they were printed.

    :raises TemplateIsBuiltIn: it is not the platform's own.
    :raises TemplateNotPossible, AccentTooLight, TemplateExists: it cannot be like that.
    """
    assert set(changes) <= set(FIELDS)
    refuse_builtin(template_id)
    hold_templates_of(platform)
    template: Template = Template.objects.for_platform(platform).locked().find(template_id)
    before = summary_of(template)
    for name, value in changes.items():
        setattr(template, name, value)
    if summary_of(template) != before:
        store(template, actor=actor, at=at)
        record_change(template, before, actor=actor, at=at)
    return template


@entrance
def delete_template(*, platform: Platform, template_id: str, actor: str, at: datetime) -> None:
    """Delete a template that no paper was made with.

    :raises TemplateIsBuiltIn: it is not the platform's own.
    :raises TemplateInUse: naming the first papers.
    """
    refuse_builtin(template_id)
    hold_templates_of(platform)
    template: Template = Template.objects.for_platform(platform).locked().find(template_id)
    papers = [paper for name in PAPERS for paper in getattr(template, name).order_by("pk")[:MOST_SHOWN]]
    if papers:
        used_by = [{"id": each.pk, "number": each.display_number, "status": each.status} for each in papers]
        raise TemplateInUse(
            f"{template} stays, for {papers[0]} was made with it. Rename it, or choose another default.",
            used_by=used_by[:MOST_SHOWN],
        )
    before = summary_of(template)
    data = {"object": before | {"deleted": True}, "previous": {"deleted": False}}
    record(names.TEMPLATE_DELETED, platform=platform, about=template, actor=actor, at=at, data=data)
    template.delete()


def refuse_builtin(template_id: str) -> None:
    if template_id in BUILTIN:
        raise TemplateIsBuiltIn(
            f"{template_id} is built in: make a template of your own.", template=template_id
        )


@step
def hold_templates_of(platform: Platform) -> None:
    """Let nobody else change this platform's templates until the transaction ends."""
    Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)


@step
def store(template: Template, *, actor: str, at: datetime, force_insert: bool = False) -> None:
    """Save a template that can be had; where it becomes the default one, another no longer is."""
    require_possible(template)
    same = Template.objects.for_platform(template.platform).exclude(pk=template.pk)
    if same.filter(name=template.name).exists():
        raise TemplateExists(f"There is a template {template.name!r}.", field="name")
    if template.is_default:
        for other in same.filter(is_default=True):
            before = summary_of(other)
            other.is_default = False
            other.save()
            record_change(other, before, actor=actor, at=at)
    template.save(force_insert=force_insert)


def require_possible(template: Template) -> None:
    """Refuse what cannot be named or printed.

    :raises TemplateNotPossible, AccentTooLight: with the field.
    """
    name, footer = template.name, template.footer
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise TemplateNotPossible(
            f"A name is one line of at most {LONGEST_NAME} characters, without blanks around it.",
            field="name",
        )
    if name.lower() in BUILTIN:
        raise TemplateNotPossible(f"{name} is the name of a built-in look: choose another.", field="name")
    if template.style not in Template.Style.values:
        styles = ", ".join(Template.Style.values)
        raise TemplateNotPossible(f"The styles are: {styles}.", field="style")
    if not COLOUR.fullmatch(template.accent):
        raise TemplateNotPossible("A colour is written #rrggbb, such as #0b5fff.", field="accent")
    contrast = contrast_on_white(template.accent)
    if contrast < LEAST_CONTRAST:
        raise AccentTooLight(
            f"{template.accent} has a contrast of {contrast:.2f} with white; {LEAST_CONTRAST} is the least.",
            field="accent",
            contrast=f"{contrast:.2f}",
            least_contrast=str(LEAST_CONTRAST),
        )
    if len(footer) > LONGEST_FOOTER or any(category(char) in UNPRINTED for char in footer.replace("\n", "")):
        raise TemplateNotPossible(
            f"A footer has at most {LONGEST_FOOTER} characters, and none that cannot be printed.",
            field="footer",
        )


@step
def record_change(template: Template, before: dict[str, Any], *, actor: str, at: datetime) -> None:
    now = summary_of(template)
    previous = {name: value for name, value in before.items() if now[name] != value}
    data = {"object": now, "previous": previous}
    record(names.TEMPLATE_UPDATED, platform=template.platform, about=template, actor=actor, at=at, data=data)


def summary_of(template: Template) -> dict[str, Any]:
    """Return a template as its events tell it."""
    return {"object": "template", "id": template.pk} | {name: getattr(template, name) for name in FIELDS}
