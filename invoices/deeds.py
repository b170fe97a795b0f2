"""What a job does with invoices. Each is one call of a service."""

from collections.abc import Mapping
from typing import Any

from billing.platforms.models import Platform

from . import services


def finalize_invoice(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    services.finalize_invoice(platform=platform, invoice_id=object_id, **options, **who)
    return object_id


def send_invoice(*, platform: Platform, object_id: str, options: Mapping[str, Any], **who: Any) -> str:
    """Ask for an e-mail to the invoice's customer; another worker sends it."""
    services.request_email(platform=platform, invoice_id=object_id, **options, **who)
    return object_id
