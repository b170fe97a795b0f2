from django.db import models

COUNTRY_HELP = "ISO 3166-1, two letters; XI for Northern Ireland."


class PartyFields(models.Model):
    """What EN 16931 may say of a seller or a buyer (BG-4, BG-7). Master data: documents keep a copy."""

    name = models.CharField("legal name", max_length=300)
    trading_name = models.CharField(max_length=300, blank=True)
    ids = models.JSONField(
        "identifiers", default=list, blank=True, help_text='A list such as [{"id": "…", "scheme": "0088"}].'
    )
    legal_id = models.CharField("legal registration number", max_length=100, blank=True)
    legal_id_scheme = models.CharField(
        "its scheme", max_length=20, blank=True, help_text="ISO 6523 ICD, such as 0106."
    )
    vat_number = models.CharField(
        "VAT number", max_length=30, blank=True, help_text="With its country prefix: DE136695976."
    )
    vat_number_prefix = models.CharField(
        "VAT number prefix",
        max_length=2,
        blank=True,
        help_text="Only where it differs from the country: GB for a number registered in the UK.",
    )
    endpoint_id = models.CharField("electronic address", max_length=200, blank=True)
    endpoint_scheme = models.CharField(
        "its scheme", max_length=10, blank=True, help_text="EAS code, such as 0088 or 9930."
    )
    line1 = models.CharField("address line 1", max_length=300, blank=True)
    line2 = models.CharField("address line 2", max_length=300, blank=True)
    line3 = models.CharField("address line 3", max_length=300, blank=True)
    city = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=30, blank=True)
    region = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, help_text=COUNTRY_HELP)
    contact_name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    email = models.EmailField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
