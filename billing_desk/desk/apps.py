from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "billing_desk.desk"
    label = "desk"
