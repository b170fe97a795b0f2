from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "billing.jobs"
    label = "jobs"
    verbose_name = "Jobs"
