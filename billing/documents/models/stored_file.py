"""Files of documents."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet

from .papers import BillingDocument


class FileQuerySet(PlatformQuerySet):
    def of_customer(self, customer_id: str) -> Self:
        """Keep the files of a customer's papers, which they name by id."""
        own = Q()
        for paper in BillingDocument.__subclasses__():
            own |= Q(document_id__in=paper.objects.filter(customer_id=customer_id).values("pk"))
        return self.filter(own)


class StoredFile(models.Model):
    """A file of a document in the write-once store, and the digest it must always have."""

    id = id_field("file")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="files")
    document_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    key = models.CharField(max_length=500)
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    objects = FileQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["document_id", "kind", "name"], name="file_once_a_document")
        ]
        triggers = [pgtrigger.Protect(name="write_once", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
