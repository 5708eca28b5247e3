from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    name = "klimapakt.website"
    label = "website"
    verbose_name = "Website"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.website.figures import figures

        worklist.register_figures(figures)
