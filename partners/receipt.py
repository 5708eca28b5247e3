"""The copy of an application that its sender gets as a PDF."""

from django.template.loader import get_template
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.pact.models import Pact
from partners.models import Application
from partners.sheet import sheet, uploads

KIND, COPY = "application-receipt", "application-copy"


def order(application: Application) -> Document:
    """Have the copy made; the receipt leaves with it (`mails.application_received`)."""
    return archive.order(
        KIND,
        key=f"{KIND}:{application.pk}",
        name=f"Antrag {application.reference}.pdf",
        html=html(application, Pact.load()),
        about=application,
        is_kept=False,
    )


def order_copy(application: Application) -> Document:
    """Have a copy made as the application is now, for whoever wants to read it; no mail goes with it."""
    return archive.order(
        COPY,
        key=_copy_key(application),
        name=f"Antrag {application.reference}.pdf",
        html=html(application, Pact.load()),
        about=application,
        is_kept=False,
    )


def copy_of(application: Application) -> Document | None:
    """Return the copy of the application as it is now, if somebody has ordered one."""
    return Document.objects.filter(key=_copy_key(application)).first()


def _copy_key(application: Application) -> str:
    return f"{COPY}:{application.pk}:{application.version}"


def application_of(document: Document) -> Application | None:
    """Return the application that a copy shows; None once it is gone."""
    return Application.objects.select_related("sent_by").filter(pk=document.key.rpartition(":")[2]).first()


def html(application: Application, pact: Pact) -> str:
    """Return the page that becomes the PDF."""
    return get_template("partners/pdf/application.html").render(
        {
            "application": application,
            "sent_on": timezone.localtime(application.sent_at),
            "sheet": sheet(application, pact),
            "consents": [consent.text for consent in application.consents.in_order()],
            "uploads": uploads(application),
            "pact": pact,
        }
    )
