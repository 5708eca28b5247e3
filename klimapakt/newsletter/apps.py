from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "klimapakt.newsletter"
    label = "newsletter"
    verbose_name = "Newsletter"

    def ready(self) -> None:
        from klimapakt.mailbox import audiences, kinds
        from klimapakt.newsletter import access
        from klimapakt.newsletter.audiences import SUBSCRIBERS
        from klimapakt.newsletter.mail_kinds import CONFIRM

        access.register_purposes()
        audiences.register(SUBSCRIBERS)
        kinds.register(CONFIRM)
