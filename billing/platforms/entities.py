"""Which billing entity is meant."""

from billing.errors import Invalid, NotFound

from .models import BillingEntity, Platform


class BillingEntityNeeded(Invalid):
    code = "billing_entity_needed"
    title = "It is not clear which billing entity is meant"


def entity_meant(platform: Platform, named: str = "") -> BillingEntity:
    """Return the billing entity that is named, or the platform's only one.

    :raises NotFound: there is none of that id.
    :raises BillingEntityNeeded: none is named, and there are several, or none at all.
    """
    entities = BillingEntity.objects.for_platform(platform)
    if named:
        try:
            return entities.find(named)
        except NotFound as error:
            error.field = "billing_entity"
            raise
    first = list(entities.order_by("pk")[:2])
    if len(first) != 1:
        message = "The platform has several billing entities: name one." if first else "There is none yet."
        raise BillingEntityNeeded(message, field="billing_entity")
    return first[0]
