from django.apps import AppConfig


class PlatformsConfig(AppConfig):
    name = "billing.platforms"
    label = "platforms"
    verbose_name = "Platforms"
