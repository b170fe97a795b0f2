from .api_key import ApiKey, Reach
from .billing_entity import BillingEntity
from .customer import Customer
from .party import PartyFields
from .platform import Platform
from .session import Session
from .user import Member, User

__all__ = [
    "ApiKey",
    "BillingEntity",
    "Customer",
    "Member",
    "PartyFields",
    "Platform",
    "Reach",
    "Session",
    "User",
]
