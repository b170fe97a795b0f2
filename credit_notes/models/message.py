"""E-mails about credit notes."""

from typing import ClassVar

from django.db import models

from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet

from .credit_note import CreditNote


class SentMessage(models.Model):
    """An e-mail about a credit note: one for each event that asked for it, sent once."""

    CUSTOMER_PATH: ClassVar = "credit_note__customer_id"

    id = id_field("msg")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="messages")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="messages")
    event_id = models.CharField(max_length=40, unique=True)
    to = models.JSONField(default=list)
    subject = models.CharField(max_length=500)
    sent_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.subject
