from django.contrib.admin import AdminSite


class BillingDeskAdminSite(AdminSite):
    site_header = "Billing Desk administration"
    site_title = "Billing Desk administration"
    index_title = "Master data and documents"
