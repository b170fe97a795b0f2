from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "billing.events"
    label = "events"
    verbose_name = "Events"
