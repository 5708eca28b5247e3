from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "agreements"
    verbose_name = "Vereinbarungen"

    def ready(self) -> None:
        from agreements.models import Agreement
        from agreements.profile import targets_and_measures
        from agreements.work import drafts, next_steps
        from klimapakt import worklist
        from partners import interfaces

        interfaces.register_agreements(lambda on: Agreement.objects.in_force(on=on))
        interfaces.register_profile_section(targets_and_measures)
        interfaces.register_next_steps(next_steps)
        worklist.register(drafts)
