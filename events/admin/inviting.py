"""Invite: choose people, see how many and one of the mails, send."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from events import mails
from events.admin.pages import Page, show
from events.admin.patience import patient
from events.admin.wording import people
from events.models import Event, Invitation, Registration
from events.models.person import marks_of
from events.services import invitation as service
from klimapakt.fields import LineFormField
from klimapakt.states import NotPossible
from partners.models import Contact, Organisation, Partner, Sector

MOST_AT_ONCE = 400
"""So many boxes fit into one form (DATA_UPLOAD_MAX_NUMBER_FIELDS); who is left comes with the next sending."""


class InviteFilter(forms.Form):
    """Which Klimapartner the page shows, and whom of them it has ticked."""

    MAIN, EVERYBODY, NOBODY = "erste", "alle", "niemand"

    q = LineFormField(
        label="Name, Ort oder Stichwort",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    branche = forms.ChoiceField(label="Branche", choices=[("", "Alle Branchen"), *Sector.choices], required=False)
    auswahl = forms.ChoiceField(
        label="Angekreuzt",
        choices=[
            (MAIN, "je Organisation, wer für Veranstaltungen eingetragen ist, sonst die erste Ansprechperson"),
            (EVERYBODY, "alle Ansprechpersonen"),
            (NOBODY, "niemand"),
        ],
        required=False,
    )

    def shown(self, name: str) -> str:
        """Return what the filter takes, empty for anything it does not know."""
        self.is_valid()
        return self.cleaned_data.get(name, "")

    def ticks(self, contacts: list[Contact]) -> list[Contact]:
        """Return whom of one organisation the page ticks: those for events, or else the one who stands first."""
        match self.shown("auswahl"):
            case self.EVERYBODY:
                return contacts
            case self.MAIN:
                return [contact for contact in contacts if contact.is_for_events] or contacts[:1]
        return []


@dataclass(frozen=True)
class Candidate:
    """A person who could be invited, or why not: has been asked already, or gets no mail."""

    contact: Contact
    is_ticked: bool
    is_done: bool
    why_not: str


@dataclass(frozen=True)
class Group:
    """The people of one organisation."""

    organisation: Organisation
    candidates: list[Candidate]


def choose(request: HttpRequest, event: Event) -> HttpResponse:
    """Show all people who could come (GET), then who was chosen and what they will read (POST)."""
    if obstacle := event.why_closed(now=timezone.now()):
        return show(request, "admin/events/event/invite.html", event, title="Einladen", obstacle=obstacle)
    if request.method == "GET":
        return _choice(request, event)
    chosen = _choosable(event, _numbers(request.POST))
    if "back" in request.POST:
        return _choice(request, event, ticked=chosen)
    if not chosen:
        messages.error(request, "Bitte kreuzen Sie mindestens eine Person an.")
        return _choice(request, event, ticked=[], status=422)
    return _preview(request, event, chosen)


def _choice(
    request: HttpRequest, event: Event, *, ticked: list[Contact] | None = None, status: int = 200
) -> HttpResponse:
    filter_form = InviteFilter({"auswahl": InviteFilter.MAIN, **request.GET.dict()})
    groups, left_out = _groups(event, filter_form, ticked)
    return show(
        request,
        "admin/events/event/invite.html",
        event,
        title="Einladen",
        status=status,
        filter=filter_form,
        is_filtered=bool(filter_form.shown("q") or filter_form.shown("branche")),
        groups=groups,
        left_out=left_out,
        choosable=sum(not one.why_not for group in groups for one in group.candidates),
    )


def _preview(request: HttpRequest, event: Event, chosen: list[Contact]) -> HttpResponse:
    subject, body = mails.sample(event, Invitation(event=event, contact=chosen[0]), "event_invitation")
    organisations = len({contact.organisation_id for contact in chosen})
    return show(
        request,
        "admin/events/event/invite_preview.html",
        event,
        title="Einladungen prüfen",
        chosen=chosen,
        ids=",".join(str(contact.pk) for contact in chosen),
        summary=f"{people(len(chosen))} aus {_organisations(organisations)}",
        button=_invitations(len(chosen), "senden"),
        subject=subject,
        body=body,
    )


@require_POST
def send(request: HttpRequest, event: Event) -> HttpResponse:
    """Send the invitations that the preview showed. Pressed twice, it sends them once."""
    contacts = klimapartner_contacts().filter(pk__in=_numbers(request.POST))
    try:
        invited = patient(service.invite)(event, contacts, by=request.user)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:events_event_invite", event.pk)
    if invited.new:
        messages.success(request, f"{_invitations(invited.new, _go_out(invited.new))}.")
    if invited.already or not (invited.new or invited.unreachable):
        messages.info(request, f"{invited.new} neue, {invited.already} waren schon eingeladen oder angemeldet.")
    if invited.unreachable:
        messages.warning(
            request,
            f"Nicht eingeladen: {people(invited.unreachable)}. Einladungen sind abbestellt, oder an der Adresse kommt "
            "nichts an.",
        )
    return redirect("admin:events_event_answers", event.pk)


def klimapartner_contacts() -> QuerySet[Contact]:
    """People with an address who speak for an organisation whose agreement is in force."""
    return (
        Contact.objects.filter(organisation__partner__in=Partner.objects.klimapartner(on=timezone.localdate()))
        .exclude(email="")
        .select_related("organisation")
        .order_by("organisation__sort_name", "organisation", "-is_for_events", "-is_main", "name", "pk")
    )


def _groups(event: Event, filter_form: InviteFilter, ticked: list[Contact] | None) -> tuple[list[Group], int]:
    """Return the people to show, by organisation, and how many more there would be to choose.

    `ticked` are the people a person has ticked; without, the filter says whom the page ticks.
    """
    partners = Partner.objects.matching(words=filter_form.shown("q"), sector=filter_form.shown("branche"))
    contacts = list(klimapartner_contacts().filter(organisation__partner__in=partners))
    known, unreachable = service.who_needs_no_invitation(event), service.why_not_mailed(contacts)
    groups, offered, left_out = [], 0, 0
    for _, found in groupby(contacts, key=lambda contact: contact.organisation_id):
        candidates, speakers = [], list(found)
        wanted = filter_form.ticks(speakers) if ticked is None else ticked
        for contact in speakers:
            done = _what_was_done(contact, known)
            obstacle = done or unreachable.get(contact.email.lower(), "")
            if not obstacle and offered >= MOST_AT_ONCE:
                left_out += 1
                continue
            offered += not obstacle
            candidates.append(Candidate(contact, contact in wanted, bool(done), obstacle))
        if candidates:
            groups.append(Group(candidates[0].contact.organisation, candidates))
    return groups, left_out


def _what_was_done(contact: Contact, known: Mapping[int | str, Invitation | Registration]) -> str:
    """Say in German why somebody needs no invitation; empty for whoever was not asked yet."""
    match next((known[mark] for mark in marks_of(contact=contact.pk, email=contact.email) if mark in known), None):
        case Invitation() as invitation:
            return f"eingeladen am {date_format(timezone.localtime(invitation.invited_at), 'j. F Y')}"
        case Registration():
            return "schon angemeldet"
    return ""


def _choosable(event: Event, ids: Iterable[int]) -> list[Contact]:
    """Return those of the chosen people who can be invited, each once; whatever else was sent is left out."""
    contacts, found = list(klimapartner_contacts().filter(pk__in=ids)), []
    known, unreachable = dict(service.who_needs_no_invitation(event)), service.why_not_mailed(contacts)
    for contact in contacts:
        if contact.email.lower() not in unreachable and not _what_was_done(contact, known):
            found.append(contact)
            known |= dict.fromkeys(marks_of(contact=contact.pk, email=contact.email), Invitation(contact=contact))
    return found


def _numbers(sent: QueryDict) -> list[int]:
    """Return the people that were sent, one by one as boxes or all in one hidden field."""
    typed = [*sent.getlist("contact"), *sent.get("chosen", "").split(",")]
    return [int(number) for number in typed if number.isascii() and number.isdigit() and len(number) < 10]


def _organisations(number: int) -> str:
    return "1 Organisation" if number == 1 else f"{number} Organisationen"


def _invitations(number: int, verb: str) -> str:
    return f"1 Einladung {verb}" if number == 1 else f"{number} Einladungen {verb}"


def _go_out(number: int) -> str:
    return "geht heraus" if number == 1 else "gehen heraus"


PAGES = [
    Page("einladen/", choose, "events_event_invite", "events.add_invitation"),
    Page("einladen/senden/", send, "events_event_invite_send", "events.add_invitation"),
]
