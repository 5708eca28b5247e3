from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "klimapakt.uploads"
    label = "uploads"
    verbose_name = "Dateien"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.uploads.work import waiting_files

        worklist.register(waiting_files)
