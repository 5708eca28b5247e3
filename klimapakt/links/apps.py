from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "klimapakt.links"
    label = "links"
    verbose_name = "Persönliche Links"
