from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "billing.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        from . import schema_aliases  # noqa: F401 - registers itself with the OpenAPI document
