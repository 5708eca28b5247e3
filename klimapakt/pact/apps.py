from django.apps import AppConfig


class PactAppConfig(AppConfig):
    name = "klimapakt.pact"
    label = "pact"
    verbose_name = "Klimapakt"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.pact.work import missing_facts

        worklist.register(missing_facts)
