from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BillingDeskConfig(AppConfig):
    name = "billing_desk"
    default = True


class BillingDeskAdmin(admin.AdminConfig):
    """The admin site, as the place where administrators correct master data."""

    default = False
    default_site = "billing_desk.admin_site.BillingDeskAdminSite"
