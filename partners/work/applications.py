"""Applications and profiles to publish, as they wait for the office."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.mailbox import digest
from klimapakt.mailbox.digest import Section
from klimapakt.pact.models import Pact
from klimapakt.worklist import WorkItem
from partners.models import Application, Partner


def waiting(user: AbstractUser) -> list[WorkItem]:
    """Applications and profiles that wait for the office."""
    if not user.has_perm("partners.review_application"):
        return []
    partners_url = reverse("admin:partners_partner_changelist")
    reported = Partner.objects.filter(organisation__merged_into=None).listed_by_report_only().count()
    return [
        *_applications(user),
        WorkItem(
            "Profile zu veröffentlichen",
            Partner.objects.filter(publication=Partner.Publication.PROPOSED).count(),
            f"{partners_url}?publication__exact=proposed",
            "Eingewilligt, noch nicht veröffentlicht.",
        ),
        WorkItem(
            "Einwilligungen einholen",
            reported,
            f"{partners_url}?ansteht=einwilligung",
            "Partner, die nur wegen öffentlicher Berichte gelistet sind.",
        ),
    ]


def _applications(user: AbstractUser) -> list[WorkItem]:
    S, now, found = Application.Status, timezone.now(), Application.objects
    url = reverse("admin:partners_application_changelist")

    def in_state(status: str) -> tuple[int, str]:
        return found.filter(status=status).count(), f"{url}?status__exact={status}"

    proposed = found.to_confirm().exclude(proposed_by=user).count()
    return [
        WorkItem("Neue Anträge", *in_state(S.SUBMITTED), "Bitte in Prüfung nehmen.", urgent=True),
        WorkItem(
            "Vorschläge zu bestätigen",
            proposed,
            f"{url}?ansteht=bestaetigen",
            "Bitte bestätigen oder verwerfen.",
            urgent=True,
        ),
        WorkItem(
            "Wiedervorlagen",
            found.follow_up_due(now=now).count(),
            f"{url}?ansteht=wiedervorlage",
            "Anträge, die Sie heute wieder ansehen wollten.",
            urgent=True,
        ),
        WorkItem(
            "Anträge, die zu lange liegen",
            found.untouched(now=now).count(),
            f"{url}?ansteht=liegt",
            "Seit Tagen ist nichts geschehen. Bitte weitermachen oder auf Wiedervorlage legen.",
            urgent=True,
        ),
        WorkItem(
            "Auf meinem Tisch",
            found.on_desk_of(user).count(),
            f"{url}?ansteht=tisch",
            "Anträge, um die Sie sich kümmern.",
        ),
        WorkItem("Anträge in Prüfung", *in_state(S.IN_REVIEW), "Rückfrage stellen, aufnehmen oder ablehnen."),
        WorkItem("Anträge mit offener Rückfrage", *in_state(S.QUERY), "Das Unternehmen ist am Zug."),
        WorkItem("Unbestätigte Anträge", *in_state(S.UNCONFIRMED), "Die E-Mail-Adresse ist noch nicht bestätigt."),
    ]


def lying(now: datetime) -> list[Section]:
    """Return for the morning mail what is due again and what nobody has touched for the pact's number of days."""
    days = Pact.load().untouched_after_days
    applications = Application.objects.select_related("reviewer")
    return [
        digest.named("Anträge auf Wiedervorlage", applications.follow_up_due(now=now).order_by("follow_up_on"), _due),
        digest.named(
            f"Anträge, bei denen seit {days} Tagen nichts geschehen ist",
            applications.untouched(now=now).order_by("touched_at"),
            _untouched,
        ),
    ]


def _due(application: Application) -> str:
    note = f": {application.follow_up_note}" if application.follow_up_note else ""
    return f"{application} ({application.reference}){note}{_desk(application)}"


def _untouched(application: Application) -> str:
    since = date_format(timezone.localtime(application.touched_at), "j. F Y")
    return f"{application} ({application.reference}), {application.get_status_display()}, seit dem {since}{_desk(application)}"


def _desk(application: Application) -> str:
    return f", liegt bei {application.reviewer_name}" if application.reviewer else ", liegt bei niemandem"
