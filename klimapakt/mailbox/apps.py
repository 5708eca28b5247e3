from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "klimapakt.mailbox"
    label = "mailbox"
    verbose_name = "Postfach"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.mailbox.work import stuck_mails

        worklist.register(stuck_mails)
