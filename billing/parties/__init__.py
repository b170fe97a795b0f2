"""Customers, billing entities and platforms: made and changed, with an event each."""

from .billing_entities import create_billing_entity, update_billing_entity
from .customers import create_customer, delete_customer, update_customer
from .platforms import update_platform

__all__ = [
    "create_billing_entity",
    "create_customer",
    "delete_customer",
    "update_billing_entity",
    "update_customer",
    "update_platform",
]
