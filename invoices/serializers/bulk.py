"""What callers send to do something with many invoices."""

from rest_framework import serializers

from billing.api.bulk import IdsIn, ManyIn, SendManyIn, named


class InvoicesIn(ManyIn):
    OBJECTS = "invoices"
    invoices = IdsIn()


class FinalizeInvoicesIn(InvoicesIn):
    """Finalise drafts: number each and freeze it. There is no way back."""

    action = named("finalize")
    notify = serializers.BooleanField(default=False, help_text="E-mail each to its customer.")


class SendInvoicesIn(SendManyIn, InvoicesIn):
    """E-mail final invoices with their PDFs."""

    action = named("send")


ACTIONS: dict[str, type[ManyIn]] = {"finalize": FinalizeInvoicesIn, "send": SendInvoicesIn}
