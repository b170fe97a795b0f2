"""E-invoices as the API shows them, and what it is told of them: the same for invoices and credit notes."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing import clock
from billing.documents import files
from billing.documents.files import XML
from billing.documents.models import BillingDocument, StoredFile
from billing.einvoice.of_paper import has_einvoice
from billing.exchange.hear import TOLD, News
from billing.exchange.lists import with_outlook
from billing.exchange.models import EInvoice
from billing.exchange.route import Route
from billing.exchange.shapes import FOLLOW_UPS, what_follows
from billing.exchange.steps import LONGEST_MESSAGE, LONGEST_REASON, LONGEST_REFERENCE

from .aliases import EINVOICE
from .fields import ObjectOut, Reading, ThingOut

FILE_STATES = ("GENERATING", "GENERATED", "NONE")
UNDER_WAY = (EInvoice.Status.SCHEDULED, EInvoice.Status.IN_PROGRESS)


class ToldIn(Reading):
    """What somebody knows of an e-invoice that was sent."""

    status = serializers.ChoiceField(
        choices=TOLD[1:], required=False, help_text="REGISTERED: the network or an authority has it."
    )
    response = serializers.ChoiceField(
        choices=EInvoice.Response.values, required=False, help_text="The receiver's answer."
    )
    reference = serializers.CharField(max_length=LONGEST_REFERENCE, required=False, help_text="Theirs.")
    reason_code = serializers.CharField(max_length=LONGEST_REASON, required=False)
    message = serializers.CharField(max_length=LONGEST_MESSAGE, required=False)
    at = serializers.DateTimeField(
        required=False, help_text="When it happened: neither to come nor before it left; default: now."
    )


class UpdateEInvoiceIn(ToldIn):
    aliases = EINVOICE


def news_in(said: dict[str, Any], *, key: str = "") -> News:
    """Return what a body says, by the names of `ToldIn`."""
    return News(**{name: said[name] for name in ToldIn().fields if name in said}, key=key)


class EInvoiceChangeOut(serializers.Serializer):
    """One step, or with the reason code `ignored` something that was told and changed nothing."""

    at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=EInvoice.Status.choices)
    response = serializers.CharField()
    reason_code = serializers.CharField()
    message = serializers.CharField()
    reference = serializers.CharField()
    actor = serializers.CharField()


class ListedEInvoiceOut(ThingOut):
    """An e-invoice that somebody had sent, or that was to be sent by itself; fetched `with_outlook`."""

    object = ObjectOut("einvoice")
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=EInvoice.Status.choices)
    response = serializers.ChoiceField(
        choices=EInvoice.Response.choices, allow_blank=True, help_text="The receiver's answer."
    )
    follow_up = serializers.SerializerMethodField(help_text="What a person can do now; empty: nothing.")
    document = serializers.CharField(source="document_id")
    document_kind = serializers.ChoiceField(choices=["invoice", "credit_note"])
    customer = serializers.CharField(source="customer_id")
    billing_entity = serializers.CharField(source="billing_entity_id")
    transport = serializers.CharField()
    receiver = serializers.CharField()
    reference = serializers.CharField(help_text="The other side's.")
    reason_code = serializers.CharField(help_text="Why it was skipped, or failed.")
    message = serializers.CharField()
    attempts = serializers.IntegerField(help_text="Of this round.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(
        allow_null=True, help_text="When the other side had it; null while that is still tried."
    )
    next_try_at = serializers.SerializerMethodField(
        help_text="When it is tried next, about; null: not by itself."
    )
    answered_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=FOLLOW_UPS, allow_blank=True))
    def get_follow_up(self, einvoice: EInvoice) -> str:
        return what_follows(einvoice, is_undone=getattr(einvoice, "is_undone", False), at=clock.now())

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_try_at(self, einvoice: EInvoice) -> str | None:
        waits = einvoice.status in UNDER_WAY and einvoice.sent_at is None
        shown: str | None = serializers.DateTimeField().to_representation(
            getattr(einvoice, "next_try_at", None) if waits else None
        )
        return shown


class EInvoiceOut(serializers.Serializer):
    """The e-invoice of a document. Id and status are null, and the rest empty, until it is sent for the
    first time, by somebody or by itself; `profile`, `file` and `rules` are those of the document.
    """

    object = ObjectOut("einvoice")
    id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=EInvoice.Status.choices, allow_null=True)
    response = serializers.ChoiceField(choices=EInvoice.Response.choices, allow_blank=True)
    follow_up = serializers.ChoiceField(choices=FOLLOW_UPS, allow_blank=True)
    profile = serializers.CharField()
    file = serializers.ChoiceField(
        choices=FILE_STATES, help_text="NONE: a draft, a document issued elsewhere, a profile without one."
    )
    transport = serializers.CharField()
    receiver = serializers.CharField()
    reference = serializers.CharField()
    reason_code = serializers.CharField()
    message = serializers.CharField()
    attempts = serializers.IntegerField()
    sent_at = serializers.DateTimeField(allow_null=True)
    next_try_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    rules = serializers.DictField()
    history = EInvoiceChangeOut(many=True)


def einvoice_shown(route: Route, paper: BillingDocument) -> Any:
    """Return a paper's e-invoice, as `EInvoiceOut`."""
    einvoice = with_outlook(EInvoice.objects.filter(document_id=paper.pk), [route]).first()
    shown = ListedEInvoiceOut(einvoice or EInvoice()).data
    if einvoice is None:
        shown |= {"id": None, "status": None}
    shown |= {
        "profile": paper.profile,
        "file": file_state(paper),
        "rules": paper.einvoice_rules,
        "history": EInvoiceChangeOut(einvoice.changes.all() if einvoice else [], many=True).data,
    }
    return {name: shown[name] for name in EInvoiceOut().fields}


def file_state(paper: BillingDocument) -> str:
    """Return how far a paper's e-invoice file is, one of FILE_STATES."""
    if paper.is_draft or not has_einvoice(paper):
        return "NONE"
    if StoredFile.objects.filter(document_id=paper.pk, kind=XML).exists():
        return "GENERATED"
    return "GENERATING" if files.is_being_made(paper) else "NONE"
