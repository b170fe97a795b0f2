from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BillingDeskConfig(AppConfig):
    name = "billing_desk"
    default = True

    def ready(self) -> None:
        """Load the Celery app, without which a task would go to a broker that nobody runs, and the checks."""
        from . import celery, checks  # noqa: F401 - loading them is enough


class BillingDeskAdmin(admin.AdminConfig):
    """The admin site, as the place where administrators correct master data."""

    default = False
    default_site = "billing_desk.admin_site.BillingDeskAdminSite"
