from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "klimapakt.mailbox"
    label = "mailbox"
    verbose_name = "Postfach"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.mailbox import kinds, mail_kinds, work

        worklist.register(work.stuck_mails)
        worklist.register_notices(work.notices)
        kinds.register(mail_kinds.OFFICE_DIGEST)
