from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = "Partner"

    def ready(self) -> None:
        from klimapakt import worklist
        from partners import access
        from partners.work import waiting

        access.register_purposes()
        worklist.register(waiting)
