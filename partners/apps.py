from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "partners"
    verbose_name = "Partner"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.mailbox import audiences, correspondents, kinds
        from partners import access, mail_kinds
        from partners.audiences import AUDIENCES
        from partners.correspondents import find
        from partners.work import waiting

        access.register_purposes()
        correspondents.register(find)
        kinds.register(*mail_kinds.KINDS)
        audiences.register(*AUDIENCES)
        worklist.register(waiting)
