"""Abstract papers and their parts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.db import models
from django_fsm import FSMField, FSMModelMixin

from billing.documents import snapshot
from billing.documents.fields import ValueField, amount_field, price_field, rate_field
from billing.errors import BillingError
from billing.money import ZERO
from billing.platforms.models import BillingEntity, Customer, Platform

from .series import Series
from .template import Template


class DocumentIsFinal(BillingError):
    """A document that is no longer a draft was to be changed or deleted."""

    code = "document_is_final"
    title = "A final document never changes; it is corrected by another document"


class BillingDocument(FSMModelMixin, models.Model):
    """The columns of an invoice or a credit note. Names are those of `snapshot.Document`.

    Once it is not a DRAFT, `save()` refuses any change outside MOVABLE, and a trigger refuses it again.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT"
        FINAL = "FINAL"
        VOID = "VOID"

    KIND: ClassVar[snapshot.Kind]
    MOVABLE: ClassVar[tuple[str, ...]] = ()
    """Columns that may still change when the paper is final: its settlement, never what is printed."""
    CUSTOMER_PATH: ClassVar = "customer_id"

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="%(class)ss")
    status = FSMField(choices=Status.choices, default=Status.DRAFT, protected=True)
    version = models.PositiveIntegerField(default=1)
    on_hold = models.BooleanField(default=False)
    released_at = models.DateTimeField(null=True)

    number = models.CharField(max_length=200, blank=True)
    wanted_number = models.CharField(max_length=200, blank=True)
    series = models.ForeignKey(Series, models.PROTECT, null=True, related_name="%(class)ss")
    series_period = models.CharField(max_length=10, blank=True)
    series_number = models.PositiveBigIntegerField(null=True)
    template = models.ForeignKey(Template, models.PROTECT, null=True, related_name="%(class)ss")
    look = models.JSONField(default=dict, blank=True)
    time_zone = models.CharField(max_length=50, blank=True, help_text="Empty: the billing entity's.")
    type_code = models.CharField(max_length=5)
    profile = models.CharField(max_length=30)
    date = models.DateField(null=True)
    tax_point_date = models.DateField(null=True)
    tax_point_code = models.CharField(max_length=5, blank=True)
    currency = models.CharField(max_length=3)
    accounting_currency = models.CharField(max_length=3, blank=True)
    exchange_rate = rate_field(null=True)
    language = models.CharField(max_length=10, default="en")

    buyer_reference = models.CharField(max_length=200, blank=True)
    project_reference = models.CharField(max_length=200, blank=True)
    contract_reference = models.CharField(max_length=200, blank=True)
    purchase_order_reference = models.CharField(max_length=200, blank=True)
    sales_order_reference = models.CharField(max_length=200, blank=True)
    receiving_advice_reference = models.CharField(max_length=200, blank=True)
    despatch_advice_reference = models.CharField(max_length=200, blank=True)
    tender_reference = models.CharField(max_length=200, blank=True)
    object_id = ValueField(snapshot.Identifier, null=True)
    accounting_reference = models.CharField(max_length=200, blank=True)

    seller = ValueField(snapshot.Party)
    buyer = ValueField(snapshot.Party)
    payee = ValueField(snapshot.Payee, null=True)
    tax_representative = ValueField(snapshot.TaxRepresentative, null=True)
    delivery = ValueField(snapshot.Delivery, null=True)
    period = ValueField(snapshot.Period, null=True)
    payment_means = ValueField(tuple[snapshot.PaymentMeans, ...], default=tuple)
    creditor_id = models.CharField(max_length=50, blank=True)
    notes = ValueField(tuple[snapshot.Note, ...], default=tuple)
    taxes = ValueField(tuple[snapshot.TaxGroup, ...], default=tuple)
    attachments = ValueField(tuple[snapshot.Attachment, ...], default=tuple)
    logo = models.CharField(max_length=300, blank=True)

    line_total = amount_field(default=ZERO)
    allowance_total = amount_field(default=ZERO)
    charge_total = amount_field(default=ZERO)
    net_total = amount_field(default=ZERO)
    tax_total = amount_field(default=ZERO)
    rounding_amount = amount_field(default=ZERO)
    total = amount_field(default=ZERO)
    accounting_tax_total = amount_field(null=True)

    snapshot = ValueField(snapshot.Document, null=True)
    snapshot_digest = models.CharField(max_length=64, blank=True)
    einvoice_rules = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    internal_comment = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finalized_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.display_number

    def save(self, **options: Any) -> None:
        frozen = getattr(self, "_frozen", {})
        changed = [name for name, value in frozen.items() if getattr(self, name) != value]
        if changed:
            raise DocumentIsFinal(
                f"{self.display_number} is {self.status}: {', '.join(changed)} cannot change.", fields=changed
            )
        super().save(**options)
        self._remember()

    def refresh_from_db(self, using: Any = None, fields: Any = None, **options: Any) -> None:
        """Read columns anew; one column alone, such as a deferred snapshot, without touching the status.

        The state machine opens its guard for the whole class while it refreshes, which threads would see.
        """
        if fields is not None and "status" not in fields:
            # Asked for what it defers, the lean manager would read, and overwrite, everything.
            options.setdefault("from_queryset", models.QuerySet(type(self), using=using))
            models.Model.refresh_from_db(self, using=using, fields=fields, **options)
        else:
            super().refresh_from_db(using=using, fields=fields, **options)

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Self:
        row = super().from_db(db, field_names, values)
        row._remember()
        return row

    def _remember(self) -> None:
        """Keep what may no longer change, to compare with when the row is saved again."""
        loaded = self.__dict__
        frozen = loaded.get("status", self.Status.DRAFT) != self.Status.DRAFT
        kept = self._columns() - {*self.MOVABLE, "status"} if frozen else ()
        self._frozen = {name: loaded[name] for name in kept if name in loaded}

    @classmethod
    def _columns(cls) -> frozenset[str]:
        return frozenset(field.attname for field in cls._meta.concrete_fields if not field.generated)

    def delete(self, **options: Any) -> Any:
        if self.status != self.Status.DRAFT:
            raise DocumentIsFinal(f"{self.display_number} is {self.status} and cannot be deleted.")
        return super().delete(**options)

    def take_place(self, *, series: Series, period: str, number: int) -> None:
        """Note where in which series the number stands."""
        self.series, self.series_period, self.series_number = series, period, number

    def freeze(self, document: snapshot.Document, *, at: datetime) -> None:
        """Take the number and the value that everything is printed from. A transition calls this."""
        self.number = document.number
        self.snapshot = document
        self.snapshot_digest = snapshot.digest(document)
        self.date = document.date
        self.finalized_at = at

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_final(self) -> bool:
        return self.status == self.Status.FINAL

    def day(self, at: datetime) -> date:
        """Return the day of a moment, as the paper dates it. The caller has its seller at hand."""
        return self.billing_entity.day(at, self.time_zone)

    @property
    def display_number(self) -> str:
        """The number, or for a draft a label that cannot be taken for one."""
        prefix = {"invoice": "INV", "credit_note": "CR"}[self.KIND]
        return self.number or f"{prefix}-DRAFT-{self.pk[-6:].upper()}"


class DocumentPart(models.Model):
    """Something that belongs to a document, and is frozen with it. `document` is the paper."""

    document: BillingDocument

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        self._require_draft()
        super().save(**options)

    def delete(self, **options: Any) -> Any:
        self._require_draft()
        return super().delete(**options)

    @property
    def currency(self) -> str:
        return self.document.currency

    def _require_draft(self) -> None:
        if not self.document.is_draft:
            raise DocumentIsFinal(f"{self.document} is {self.document.status}: no part of it can change.")


class DocumentLine(DocumentPart):
    """One line. Names are those of `snapshot.Line`, whose `id` is `line_id` here."""

    position = models.PositiveIntegerField()
    line_id = models.CharField(max_length=100)
    name = models.CharField(max_length=1000)
    description = models.TextField(blank=True)
    note = models.TextField(blank=True)
    object_id = ValueField(snapshot.Identifier, null=True)
    quantity = price_field()
    unit = models.CharField(max_length=10, default="C62")
    net_amount = amount_field()
    order_line = models.CharField(max_length=100, blank=True)
    accounting_reference = models.CharField(max_length=200, blank=True)
    period = ValueField(snapshot.Period, null=True)
    allowances_charges = ValueField(tuple[snapshot.AllowanceCharge, ...], default=tuple)
    unit_price = price_field()
    tax_inclusive_price = price_field(null=True)
    price_discount = price_field(null=True)
    gross_price = price_field(null=True)
    base_quantity = price_field(null=True)
    base_quantity_unit = models.CharField(max_length=10, blank=True)
    tax_category = models.CharField(max_length=2, default="S")
    tax_rate = rate_field(null=True)
    seller_item_id = models.CharField(max_length=200, blank=True)
    buyer_item_id = models.CharField(max_length=200, blank=True)
    standard_item_id = ValueField(snapshot.Identifier, null=True)
    classifications = ValueField(tuple[snapshot.Classification, ...], default=tuple)
    origin_country = models.CharField(max_length=2, blank=True)
    attributes = ValueField(tuple[snapshot.Attribute, ...], default=tuple)

    class Meta:
        abstract = True
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class DocumentAllowanceCharge(DocumentPart):
    """An allowance or a charge on the whole document. Names are those of `snapshot.AllowanceCharge`."""

    position = models.PositiveIntegerField()
    is_charge = models.BooleanField()
    amount = amount_field()
    base_amount = amount_field(null=True)
    percent = rate_field(null=True)
    reason = models.CharField(max_length=300, blank=True)
    reason_code = models.CharField(max_length=10, blank=True)
    tax_category = models.CharField(max_length=2)
    tax_rate = rate_field(null=True)

    class Meta:
        abstract = True
        ordering = ["position"]

    def __str__(self) -> str:
        return self.reason or ("charge" if self.is_charge else "allowance")
