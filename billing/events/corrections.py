"""Corrections of master data: who changed what, when and why, in the transaction that changed it."""

import hashlib
import json
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from billing.errors import BillingError, Invalid
from billing.platforms.keys import SECRET_COLUMNS
from billing.platforms.models import Platform
from billing.transactions import entrance, step

from . import names
from .announcements import announce
from .record import record

BY_API = "Asked for through the API."
"""Why master data was corrected, where nobody was asked."""

UNWATCHED = frozenset({"last_login", "last_used_at", "failing_since"})
"""Columns that signing in, calling and failing to deliver move; nobody corrects them."""

ADDED, CHANGED, REMOVED = "added", "changed", "removed"

Row = TypeVar("Row", bound=models.Model)


class ReasonMissing(Invalid):
    code = "reason_missing"
    title = "A correction needs a reason"


class NothingToCorrect(BillingError):
    code = "nothing_to_correct"
    title = "Nothing was changed: it says all that already"


class CorrectedMeanwhile(BillingError):
    code = "corrected_meanwhile"
    title = "Somebody changed it while you were looking at it"


class AlreadyThere(BillingError):
    code = "already_there"
    title = "There is another one with the same values"


class InUse(BillingError):
    code = "in_use"
    title = "What is in use cannot be deleted"


@entrance
def add(row: models.Model, *, reason: str, actor: str, at: datetime) -> None:
    """Store a new row of master data.

    :raises ReasonMissing: none was given.
    :raises AlreadyThere: a rule of the database forbids it.
    """
    write(row, force_insert=True)
    added(row, reason=reason, actor=actor, at=at)


@step
def added(row: models.Model, *, reason: str, actor: str, at: datetime) -> None:
    """Record that a row was added, which the caller has stored.

    :raises ReasonMissing: none was given.
    """
    filled = {name: value for name, value in watched(row).items() if value not in (None, "", [], {})}
    note(row, ADDED, before={}, after=filled, reason=reason, actor=actor, at=at)


@entrance
def correct(row: models.Model, *, reason: str, actor: str, at: datetime, seen: str = "") -> None:
    """Store what differs between a row and its stored self, and nothing else.

    `seen` is the fingerprint of the row that the corrector looked at; without it nothing is compared.

    :raises ReasonMissing: none was given.
    :raises CorrectedMeanwhile: it is no longer what was looked at.
    :raises NothingToCorrect: nothing differs.
    :raises AlreadyThere: a rule of the database forbids it.
    """
    stored = locked(row)
    if seen and seen != fingerprint(stored):
        raise CorrectedMeanwhile(f"Somebody changed {stored} meanwhile. Look at it, then correct it again.")
    old, new = watched(stored), watched(row)
    changed = [name for name in new if new[name] != old[name]]
    if not changed:
        raise NothingToCorrect
    write(row, update_fields=[*changed, *touched(row)])
    before, after = ({name: values[name] for name in changed} for values in (old, new))
    note(row, CHANGED, before=before, after=after, reason=reason, actor=actor, at=at)


@step
def correct_if_changed(row: models.Model, *, reason: str, actor: str, at: datetime) -> None:
    """Correct a row, unless it says all that already."""
    with suppress(NothingToCorrect):
        correct(row, reason=reason, actor=actor, at=at)


@entrance
def remove(row: models.Model, *, reason: str, actor: str, at: datetime) -> None:
    """Delete a row of master data that nothing refers to.

    :raises ReasonMissing: none was given.
    :raises InUse: documents, events or other master data refer to it.
    """
    stored = locked(row, with_key=True)
    uses = uses_of(stored)
    if uses:
        raise InUse(f"{stored} cannot be deleted: {' and '.join(uses)} refer to it.", used_by=uses)
    note(stored, REMOVED, before=watched(stored), after={}, reason=reason, actor=actor, at=at)
    try:
        stored.delete()
    except ProtectedError as error:
        raise InUse(f"{stored} cannot be deleted.") from error


def fingerprint(row: models.Model) -> str:
    """Return a digest of everything about a row that can be corrected."""
    return hashlib.sha256(json.dumps(watched(row), sort_keys=True).encode()).hexdigest()


def uses_of(row: models.Model) -> list[str]:
    """Return what refers to a row, in the plural: `["credit notes", "invoices"]`."""
    found = set()
    for relation in row._meta.get_fields(include_hidden=True):
        user = relation.related_model
        if not relation.auto_created or relation.concrete or user._meta.auto_created:
            continue
        if user._base_manager.filter(**{relation.field.name: row}).exists():
            found.add(str(user._meta.verbose_name_plural))
    return sorted(found)


def watched(row: models.Model) -> dict[str, Any]:
    """Return a row's columns as JSON-ready values, those of SECRET_COLUMNS among them: not for an event."""
    values = {
        field.name: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if field.name not in UNWATCHED and field.name not in touched(row)
    }
    ready: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return ready


def touched(row: models.Model) -> list[str]:
    """Return the columns that every save moves."""
    return [field.name for field in row._meta.concrete_fields if getattr(field, "auto_now", False)]


@step
def locked(row: Row, *, with_key: bool = False) -> Row:
    """Return a row as it is stored now, and hold it; `with_key` nobody may refer to it meanwhile either.

    :raises CorrectedMeanwhile: it is gone.
    """
    rows = type(row)._base_manager.select_for_update(of=("self",), no_key=not with_key)
    stored = rows.filter(pk=row.pk).first()
    if stored is None:
        raise CorrectedMeanwhile(f"Somebody deleted {row} meanwhile.")
    return stored


@step
def write(row: models.Model, **options: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**options)
    except IntegrityError as error:
        kind = row._meta.verbose_name
        raise AlreadyThere(f"The database refuses it: another {kind} has the same values.") from error


@step
def note(
    row: models.Model,
    deed: str,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    actor: str,
    at: datetime,
) -> None:
    """Record a correction."""
    data = {
        "object": {"object": kind_of(row), "id": row.pk, "name": str(row)},
        "deed": deed,
        "reason": required(reason),
        "before": shown(before),
        "after": shown(after),
        "withheld": sorted(SECRET_COLUMNS & (before.keys() | after.keys())),
    }
    platform = platform_of(row, deed)
    record(names.MASTER_DATA_CORRECTED, platform=platform, about=row, actor=actor, at=at, data=data)
    if deed == ADDED:
        announce(row, actor=actor, at=at)
    elif deed == CHANGED:
        announce(row, before=before, actor=actor, at=at)


def required(reason: str) -> str:
    """Return a reason without the space around it.

    :raises ReasonMissing: there is none.
    """
    if not reason.strip():
        raise ReasonMissing("Say why: the reason is kept with the correction.", field="reason")
    return reason.strip()


def shown(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in SECRET_COLUMNS}


def kind_of(row: models.Model) -> str:
    """Return what a row is, as events call it: `billing_entity`."""
    return str(row._meta.verbose_name).lower().replace(" ", "_")


def platform_of(row: models.Model, deed: str) -> Platform | None:
    """Return whose correction it is: nobody's for a person, and for a platform that goes."""
    if isinstance(row, Platform):
        return None if deed == REMOVED else row
    platform: Platform | None = getattr(row, "platform", None)
    return platform
