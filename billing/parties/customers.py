"""Make and change customers."""

from datetime import datetime
from typing import Any

from billing.events import corrections
from billing.events.corrections import BY_API
from billing.platforms.models import Customer, Platform
from billing.transactions import entrance, step

from .changes import change
from .refusals import ExternalReferenceInUse


@entrance
def create_customer(*, platform: Platform, actor: str, at: datetime, **said: Any) -> Customer:
    """Return a new customer. `said` is what the API's customer says: `name`, `address` and so on.

    :raises Invalid: something of it cannot be so.
    :raises ExternalReferenceInUse: another customer has it.
    """
    require_own_reference(said, platform=platform)
    customer = Customer(platform=platform)
    change(customer, said)
    corrections.add(customer, reason=BY_API, actor=actor, at=at)
    return customer


@entrance
def update_customer(
    *, platform: Platform, customer_id: str, actor: str, at: datetime, **said: Any
) -> Customer:
    """Change what is said, and nothing else; documents keep what they were made with.

    :raises NotFound: there is no such customer.
    :raises Invalid: something of it cannot be so.
    :raises ExternalReferenceInUse: another customer has it.
    """
    require_own_reference(said, platform=platform, customer_id=customer_id)
    customer: Customer = Customer.objects.for_platform(platform).locked().find(customer_id)
    change(customer, said)
    corrections.correct_if_changed(customer, reason=BY_API, actor=actor, at=at)
    return customer


@entrance
def delete_customer(*, platform: Platform, customer_id: str, actor: str, at: datetime) -> None:
    """Delete a customer that nothing refers to.

    :raises NotFound: there is no such customer.
    :raises InUse: documents, keys or people refer to it.
    """
    customer = Customer.objects.for_platform(platform).find(customer_id)
    corrections.remove(customer, reason=BY_API, actor=actor, at=at)


@step
def require_own_reference(said: dict[str, Any], *, platform: Platform, customer_id: str = "") -> None:
    """Refuse an external reference that leads to another customer already.

    It holds the platform, so that two who ask at once do not both get it.

    :raises ExternalReferenceInUse: with the other customer.
    """
    reference = said.get("external_reference")
    if not reference:
        return
    Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
    other = customer_referred_to(reference, platform=platform, besides=customer_id)
    if other:
        raise ExternalReferenceInUse(
            f"{other} has the external reference {reference}.",
            field="external_reference",
            customer=other.pk,
        )


def customer_referred_to(reference: str, *, platform: Platform, besides: str = "") -> Customer | None:
    """Return the customer of an external reference, if there is one besides the one named."""
    same = Customer.objects.for_platform(platform).filter(external_reference=reference)
    other: Customer | None = same.exclude(pk=besides).first() if reference else None
    return other
