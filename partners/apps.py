from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = "Partner"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.documents import archive
        from klimapakt.links import stepup
        from klimapakt.mailbox import audiences, correspondents, digest, kinds
        from klimapakt.uploads import readers
        from partners import access, interfaces, mail_kinds, receipt
        from partners.audiences import AUDIENCES
        from partners.correspondents import find
        from partners.duties import duties
        from partners.mails import letter
        from partners.mails.application import application_received
        from partners.mails.profile import stepup_code
        from partners.services import files, profile
        from partners.work import applications, interest, talk
        from partners.work import profile as profiles

        access.register_purposes()
        stepup.register(access.PARTNER, stepup_code)
        interfaces.register_duties(duties)
        correspondents.register(find)
        kinds.register(*mail_kinds.KINDS)
        audiences.register(*AUDIENCES)
        for part in (applications, profiles, talk, interest):
            worklist.register(part.waiting)
            digest.register(part.lying)
        readers.register("partner", profile.staff_may_read)
        readers.register("application", files.staff_may_read)
        archive.register(receipt.KIND, application_received)
        archive.register(letter.LETTER, letter.signed)
