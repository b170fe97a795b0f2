from django.db import models

from billing.ids import id_field


class Platform(models.Model):
    """A tenant: everything belongs to one, and nobody sees another's."""

    id = id_field("plt")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
