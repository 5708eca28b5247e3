from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SetupConfig(AppConfig):
    name = "klimapakt.setup"
    label = "setup"
    verbose_name = "Einrichtung"

    def ready(self) -> None:
        from klimapakt.setup.roles import sync_roles

        post_migrate.connect(sync_roles, sender=self)
