from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from klimapakt.worklist import WorkItem
from partners.models import Application, Consent, Partner


def waiting(user: AbstractUser) -> list[WorkItem]:
    """Applications and profiles that wait for the office."""
    if not user.has_perm("partners.review_application"):
        return []
    S, url = Application.Status, reverse("admin:partners_application_changelist")
    partners_url = reverse("admin:partners_partner_changelist")

    def applications(status: str) -> tuple[int, str]:
        return Application.objects.filter(status=status).count(), f"{url}?status__exact={status}"

    reported = Consent.objects.to_publish().filter(source=Consent.Source.PUBLIC_REPORT).count()
    return [
        WorkItem("Neue Anträge", *applications(S.SUBMITTED), "Bitte in Prüfung nehmen.", urgent=True),
        WorkItem("Anträge in Prüfung", *applications(S.IN_REVIEW), "Rückfrage stellen, aufnehmen oder ablehnen."),
        WorkItem("Anträge mit offener Rückfrage", *applications(S.QUERY), "Das Unternehmen ist am Zug."),
        WorkItem("Unbestätigte Anträge", *applications(S.UNCONFIRMED), "Die E-Mail-Adresse ist noch nicht bestätigt."),
        WorkItem(
            "Profile zur Freigabe",
            Partner.objects.filter(publication=Partner.Publication.PROPOSED).count(),
            f"{partners_url}?publication__exact=proposed",
            "Eingewilligt, noch nicht veröffentlicht.",
        ),
        WorkItem(
            "Einwilligungen einholen",
            reported,
            partners_url,
            "Partner, die nur wegen öffentlicher Berichte gelistet sind.",
        ),
    ]
