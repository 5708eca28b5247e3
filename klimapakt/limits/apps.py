from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "klimapakt.limits"
    label = "limits"
    verbose_name = "Grenzen"
