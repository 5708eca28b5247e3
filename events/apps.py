from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Veranstaltungen"

    def ready(self) -> None:
        from events.profile import hosted_events
        from partners import interfaces

        interfaces.register_profile_section(hosted_events)
