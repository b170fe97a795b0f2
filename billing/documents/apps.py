from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "billing.documents"
    label = "documents"
    verbose_name = "Documents"
