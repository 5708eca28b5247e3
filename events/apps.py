from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Veranstaltungen"

    def ready(self) -> None:
        from events import access, mail_kinds
        from events.audiences import AUDIENCES
        from events.company import coming_events
        from events.profile import hosted_events, seats_of
        from events.work import waiting
        from klimapakt import worklist
        from klimapakt.mailbox import audiences, kinds
        from partners import interfaces

        access.register_purposes()
        kinds.register(*mail_kinds.KINDS)
        audiences.register(*AUDIENCES)
        interfaces.register_profile_section(hosted_events)
        interfaces.register_company_section(coming_events)
        interfaces.register_concerns(seats_of)
        worklist.register(waiting)
