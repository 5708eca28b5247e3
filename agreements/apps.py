from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AgreementsConfig(AppConfig):
    name = "agreements"
    verbose_name = "Vereinbarungen"

    def ready(self) -> None:
        from agreements import access, mail_kinds, mails, pdf
        from agreements.audiences import AUDIENCES
        from agreements.models import Agreement
        from agreements.profile import agreements_of, comes_next, targets_and_measures, waits_for
        from agreements.template_default import fill_empty_template
        from agreements.work import missing_party, next_steps, waiting
        from klimapakt import worklist
        from klimapakt.documents import archive
        from klimapakt.mailbox import audiences, kinds
        from partners import interfaces

        access.register_purposes()
        kinds.register(*mail_kinds.KINDS)
        audiences.register(*AUDIENCES)
        archive.register(pdf.SIGNED_COPY, mails.in_force)
        interfaces.register_agreements(lambda on: Agreement.objects.in_force(on=on))
        interfaces.register_profile_section(targets_and_measures)
        interfaces.register_company_section(agreements_of)
        interfaces.register_outlook(comes_next)
        interfaces.register_concerns(waits_for)
        interfaces.register_next_steps(next_steps)
        worklist.register(waiting)
        worklist.register(missing_party)
        post_migrate.connect(fill_empty_template, sender=self)
