"""Make and change billing entities."""

from datetime import datetime
from typing import Any

from billing.events import corrections
from billing.events.corrections import BY_API
from billing.platforms.models import BillingEntity, Platform
from billing.transactions import entrance

from .changes import change
from .refusals import VatNumberInUse


@entrance
def create_billing_entity(*, platform: Platform, actor: str, at: datetime, **said: Any) -> BillingEntity:
    """Return a new seller. `said` is what the API's billing entity says: `name`, `address` and so on.

    :raises Invalid: something of it cannot be so.
    :raises VatNumberInUse: another one has this VAT number.
    """
    entity = BillingEntity(platform=platform)
    change(entity, said)
    require_own_vat_number(entity)
    corrections.add(entity, reason=BY_API, actor=actor, at=at)
    return entity


@entrance
def update_billing_entity(
    *, platform: Platform, billing_entity_id: str, actor: str, at: datetime, **said: Any
) -> BillingEntity:
    """Change what is said, and nothing else; documents keep what they were made with.

    :raises NotFound: there is no such billing entity.
    :raises Invalid: something of it cannot be so.
    :raises VatNumberInUse: another one has this VAT number.
    """
    entity: BillingEntity = BillingEntity.objects.for_platform(platform).locked().find(billing_entity_id)
    change(entity, said)
    require_own_vat_number(entity)
    corrections.correct_if_changed(entity, reason=BY_API, actor=actor, at=at)
    return entity


def require_own_vat_number(entity: BillingEntity) -> None:
    """Refuse a VAT number of another seller here; of two who ask at once, the database refuses one."""
    same = BillingEntity.objects.for_platform(entity.platform).filter(vat_number=entity.vat_number)
    other = same.exclude(pk=entity.pk).first() if entity.vat_number else None
    if other:
        raise VatNumberInUse(
            f"{other} has the VAT number {entity.vat_number}.", field="vat_number", billing_entity=other.pk
        )
