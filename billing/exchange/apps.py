from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "billing.exchange"
    label = "exchange"
    verbose_name = "E-invoice exchange"
