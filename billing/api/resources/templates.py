"""Templates of papers over the API; the two built-in looks are listed with them."""

from typing import Any, ClassVar

from django.db.models import F
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import clock
from billing.api.fields import ObjectOut, Reading
from billing.api.idempotency import idempotent
from billing.api.lists import answer_list
from billing.api.schema import list_of, operation
from billing.api.views import BillingView
from billing.documents.look import BUILTIN
from billing.documents.models import Template
from billing.documents.templates import (
    FIELDS,
    LONGEST_FOOTER,
    LONGEST_NAME,
    create_template,
    delete_template,
    update_template,
)
from billing.lists import Choice, Flag, Listing, Moment, Text
from billing.platforms import permissions

TEMPLATES = Listing(
    filters={
        "name": Text("name"),
        "style": Choice("style", Template.Style.choices),
        "is_default": Flag("is_default"),
        "created_at": Moment("created_at"),
    },
    orders={"created_at": (), "name": (F("name"),)},
)
ACCENT = "The colour of title and rules, #rrggbb; it must be dark enough to be read on white."


class TemplateFieldsIn(Reading):
    name = serializers.CharField(max_length=LONGEST_NAME, required=False, trim_whitespace=False)
    style = serializers.ChoiceField(
        choices=Template.Style.choices, required=False, help_text="`compact` has more lines on a page."
    )
    accent = serializers.RegexField(r"^#[0-9A-Fa-f]{6}\Z", required=False, help_text=ACCENT)
    footer = serializers.CharField(
        max_length=LONGEST_FOOTER, allow_blank=True, required=False, help_text="Printed at the end."
    )
    is_default = serializers.BooleanField(
        required=False, help_text="For papers that name no template, in place of the one that was."
    )

    def validate_accent(self, colour: str) -> str:
        return colour.lower()


class CreateTemplateIn(TemplateFieldsIn):
    name = serializers.CharField(max_length=LONGEST_NAME, trim_whitespace=False)


class TemplateOut(serializers.Serializer):
    """A look for papers. The built-in ones are called by their names, and cannot be changed."""

    object = ObjectOut("template")
    id = serializers.CharField()
    name = serializers.CharField()
    style = serializers.ChoiceField(choices=Template.Style.choices)
    accent = serializers.CharField()
    footer = serializers.CharField()
    is_default = serializers.BooleanField()
    is_builtin = serializers.BooleanField(default=False, read_only=True)
    created_at = serializers.DateTimeField(default=None, allow_null=True, read_only=True)
    updated_at = serializers.DateTimeField(default=None, allow_null=True, read_only=True)


def builtin(name: str) -> dict[str, Any]:
    """Return a built-in look as `TemplateOut` shows it; whether it is the default follows from the others."""
    look = BUILTIN[name]
    said = {field: getattr(look, field) for field in FIELDS if hasattr(look, field)}
    shown: dict[str, Any] = TemplateOut(
        {"id": name, "name": name, "is_default": False, "is_builtin": True, **said}
    ).data
    return shown


class TemplateView(BillingView):
    def show(self, template_id: str, status: int = 200) -> Response:
        if template_id in BUILTIN:
            return Response(builtin(template_id), status=status)
        template = Template.objects.for_platform(self.platform).find(template_id)
        return Response(TemplateOut(template).data, status=status)


class Templates(TemplateView):
    needs: ClassVar = {"GET": permissions.SETTINGS_VIEW, "POST": permissions.SETTINGS_UPDATE}

    @operation(
        "list_templates",
        "List templates; unless filtered, the last page ends with the two built-in looks",
        permission=permissions.SETTINGS_VIEW,
        answers=list_of(TemplateOut),
        listing=TEMPLATES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        rows = Template.objects.for_platform(self.platform)
        response = answer_list(request, TEMPLATES, rows, TemplateOut)
        is_narrowed = {name.partition("[")[0] for name in request.query_params} & set(TEMPLATES.filters)
        if isinstance(response, Response) and not response.data["has_more"] and not is_narrowed:
            response.data["data"].extend(builtin(name) for name in BUILTIN)
        return response

    @operation(
        "create_template",
        "Create a template",
        permission=permissions.SETTINGS_UPDATE,
        answers=TemplateOut,
        status=201,
        body=CreateTemplateIn,
        refusals=(409, 415),
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        wish = CreateTemplateIn.read(request)
        template = create_template(platform=self.platform, **wish, actor=self.actor, at=clock.now())
        return self.show(template.pk, status=201)


class OneTemplate(TemplateView):
    needs: ClassVar = {
        "GET": permissions.SETTINGS_VIEW,
        "PATCH": permissions.SETTINGS_UPDATE,
        "DELETE": permissions.SETTINGS_UPDATE,
    }

    @operation(
        "retrieve_template",
        "Retrieve a template, or a built-in look by its name",
        permission=permissions.SETTINGS_VIEW,
        answers=TemplateOut,
        refusals=(404,),
    )
    def get(self, request: Request, template_id: str) -> Response:
        return self.show(template_id)

    @operation(
        "update_template",
        "Change a template: drafts follow, final papers stay as they were printed",
        permission=permissions.SETTINGS_UPDATE,
        answers=TemplateOut,
        body=TemplateFieldsIn,
        refusals=(404, 409, 415),
    )
    def patch(self, request: Request, template_id: str) -> Response:
        update_template(
            platform=self.platform,
            template_id=template_id,
            changes=TemplateFieldsIn.read(request),
            actor=self.actor,
            at=clock.now(),
        )
        return self.show(template_id)

    @operation(
        "delete_template",
        "Delete a template that no paper was made with",
        permission=permissions.SETTINGS_UPDATE,
        answers=None,
        status=204,
        refusals=(404, 409),
    )
    def delete(self, request: Request, template_id: str) -> Response:
        delete_template(platform=self.platform, template_id=template_id, actor=self.actor, at=clock.now())
        return Response(status=204)
