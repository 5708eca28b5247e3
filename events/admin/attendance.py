"""Who comes, as a list for the door: a page, and a PDF to print and sign."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from events.admin.pages import Page, show
from events.models import Attendee, Event
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.pact.models import Pact
from klimapakt.text import sort_key

KIND = "attendance"
EMPTY_LINES = 5
"""For guests who come without a registration."""


@dataclass(frozen=True)
class Guest:
    """A person who comes."""

    name: str
    organisation: str

    @property
    def place_in_list(self) -> tuple[str, str]:
        """People are looked up by family name, which Germans write last."""
        return sort_key(self.name.rpartition(" ")[2]), sort_key(self.name)


def guests_of(event: Event) -> list[Guest]:
    """Return everybody who has a seat, by family name."""
    attendees = Attendee.objects.filter(registration__in=event.registrations.confirmed())
    guests = [
        Guest(one.name, one.registration.shown_organisation)
        for one in attendees.select_related("registration__organisation")
    ]
    return sorted(guests, key=lambda guest: guest.place_in_list)


@require_safe
def attendance(request: HttpRequest, event: Event) -> HttpResponse:
    return show(request, "admin/events/event/attendance.html", event, title="Teilnahmeliste", guests=guests_of(event))


@require_POST
def order_pdf(request: HttpRequest, event: Event) -> HttpResponse:
    """Have the list made as a PDF by the worker; the same list is made once, whatever the time."""
    pact, guests = Pact.load(), guests_of(event)
    same = pdf_html(event, pact, guests, now=None)
    document = archive.order(
        KIND,
        key=f"{KIND}:{event.pk}:{sha256(same.encode()).hexdigest()}",
        name=f"Teilnahmeliste {event.title} {timezone.localdate():%Y-%m-%d}.pdf",
        html=pdf_html(event, pact, guests, now=timezone.now()),
        about=event,
        is_kept=False,
        is_invented=event.is_invented,
    )
    return redirect("admin:events_event_attendance_pdf", event.pk, document.pk)


def pdf_html(event: Event, pact: Pact, guests: list[Guest], *, now: datetime | None) -> str:
    context = {"event": event, "pact": pact, "guests": guests, "empty_lines": range(EMPTY_LINES), "now": now}
    return render_to_string("events/pdf/attendance.html", context)


@require_safe
def pdf(request: HttpRequest, event: Event, document_id: int) -> HttpResponse:
    """Say how far the PDF is; the page looks again by itself until it is there."""
    document = _document(event, document_id)
    response = show(
        request,
        "admin/events/event/attendance_pdf.html",
        event,
        title="Teilnahmeliste als PDF",
        document=document,
        file_url=reverse("admin:events_event_attendance_file", args=[event.pk, document.pk]),
    )
    if document.is_waiting:
        response["Refresh"] = "2"
    return response


@require_safe
def file(request: HttpRequest, event: Event, document_id: int) -> HttpResponse:
    document = _document(event, document_id)
    if not document.is_ready:
        return redirect("admin:events_event_attendance_pdf", event.pk, document.pk)
    return document.response(download=False)


def _document(event: Event, document_id: int) -> Document:
    return get_object_or_404(Document.objects.about(event).filter(kind=KIND), pk=document_id)


MAY_SEE = "events.view_registration"

PAGES = [
    Page("teilnahmeliste/", attendance, "events_event_attendance", MAY_SEE),
    Page("teilnahmeliste/pdf/", order_pdf, "events_event_attendance_order", MAY_SEE),
    Page("teilnahmeliste/pdf/<int:document_id>/", pdf, "events_event_attendance_pdf", MAY_SEE),
    Page("teilnahmeliste/pdf/<int:document_id>/datei/", file, "events_event_attendance_file", MAY_SEE),
]
