from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class SetupConfig(AppConfig):
    name = "klimapakt.setup"
    label = "setup"
    verbose_name = "Einrichtung"

    def ready(self) -> None:
        from klimapakt.setup.roles import sync_roles

        # Not for this app: Django announces only apps with models.
        post_migrate.connect(sync_roles, sender=apps.get_app_config("auth"))
