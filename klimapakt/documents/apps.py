from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "klimapakt.documents"
    label = "documents"
    verbose_name = "Dokumente"

    def ready(self) -> None:
        from klimapakt import worklist
        from klimapakt.documents.work import broken_documents

        worklist.register(broken_documents)
