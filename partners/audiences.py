"""Circles of people around partners, for mailings; and `PeopleForm`, which other apps narrow their own down with."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from django import forms
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.audiences import Audience, Recipient
from klimapakt.mailbox.kinds import LINK, Placeholder
from klimapakt.mailbox.models import Topic
from partners import access
from partners.mails.application import application_access
from partners.models import Applicant, Application, Contact, Organisation, Partner, Sector
from partners.models.application import LINK_LIFETIME
from partners.models.organisation import SIZES

NAME = Placeholder("Name der Person", lambda c: c["name"], "Erika Muster")
ORGANISATION = Placeholder("Name der Organisation", lambda c: c["organisation"], "Musterbäckerei GmbH")
FUNCTION = Placeholder("Funktion der Person; kann leer sein", lambda c: c["function"], "Geschäftsführung")
TO_OWN_PAGES = replace(
    LINK, explanation="Persönlicher Link zu den eigenen Seiten der Organisation. Er entsteht erst beim Senden."
)
OF_CONTACTS = {"name": NAME, "organisation": ORGANISATION, "funktion": FUNCTION}


class PeopleForm(forms.Form):
    """Whom of an organisation a mail is for."""

    FIRST, EVERYBODY, SIGNATORIES = "first", "all", "signatories"

    who = forms.ChoiceField(
        label="Wer in der Organisation",
        choices=[
            (FIRST, "die erste Ansprechperson"),
            (EVERYBODY, "alle Ansprechpersonen"),
            (SIGNATORIES, "nur Zeichnungsberechtigte"),
        ],
        initial=FIRST,
    )


def people_of(
    organisations: QuerySet[Organisation], who: str, *, link: Callable[[Contact], AccessLink] | None = None
) -> list[Recipient]:
    """Return the people a mail to these organisations goes to, in alphabetical order of the organisations.

    An organisation with nobody to write to stands there without an address, so that the office sees the gap.
    """
    contacts = Contact.objects.order_by("-is_main", "name", "pk")
    if who == PeopleForm.SIGNATORIES:
        contacts = contacts.filter(is_signatory=True)
    found = []
    for organisation in organisations.order_by("sort_name", "pk").prefetch_related(
        Prefetch("contacts", queryset=contacts, to_attr="people"), "partner"
    ):
        people = _first(organisation.people) if who == PeopleForm.FIRST else organisation.people
        found += [_recipient(organisation, contact, link) for contact in people] or [_nobody_at(organisation)]
    return found


def _first(people: list[Contact]) -> list[Contact]:
    """The first person with an address; failing that, the first one."""
    return sorted(people, key=lambda contact: not contact.email)[:1]


def _recipient(organisation: Organisation, contact: Contact, link: Callable[[Contact], AccessLink] | None) -> Recipient:
    return Recipient(
        key=f"contact:{contact.pk}",
        email=contact.email,
        name=contact.name,
        organisation=organisation.name,
        about=_case(organisation),
        context={"name": contact.name, "organisation": organisation.name, "function": contact.function},
        link=(lambda: link(contact)) if link else None,
    )


def _nobody_at(organisation: Organisation) -> Recipient:
    return Recipient(
        key=f"organisation:{organisation.pk}",
        email="",
        name="",
        organisation=organisation.name,
        about=_case(organisation),
    )


def _case(organisation: Organisation) -> Partner | Organisation:
    """Under what the mails of an organisation are filed: its page as a partner, where it has one."""
    return getattr(organisation, "partner", None) or organisation


def link_to_own_pages(contact: Contact) -> AccessLink:
    """Return a link for one contact that is saved with the mail, thousands at once."""
    return AccessLink.prepare(access.PARTNER, contact.pk, email=contact.email, valid_for=LINK_LIFETIME)


# --- Partners ---------------------------------------------------------------------------------------------------------


class PartnersForm(PeopleForm):
    """Which partners, and whom of them."""

    IN_FORCE, NOT_IN_FORCE, ALL = "in_force", "not_in_force", "all"
    SHOWN, NOT_SHOWN = "shown", "not_shown"

    standing = forms.ChoiceField(
        label="Vereinbarung",
        choices=[
            (IN_FORCE, "in Kraft: Klimapartner von heute"),
            (NOT_IN_FORCE, "nicht in Kraft: noch nicht oder nicht mehr dabei"),
            (ALL, "alle Partner"),
        ],
        initial=IN_FORCE,
    )
    publication = forms.ChoiceField(
        label="Profil",
        choices=[("", "alle"), (SHOWN, "veröffentlicht"), (NOT_SHOWN, "nicht veröffentlicht")],
        required=False,
    )
    sectors = forms.MultipleChoiceField(
        label="Branchen (nichts angekreuzt: alle)",
        choices=Sector.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    sizes = forms.MultipleChoiceField(
        label="Beschäftigte (nichts angekreuzt: alle)",
        choices=[(str(lowest), label) for lowest, label in SIZES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = ["standing", "publication", "who", "sizes", "sectors"]


def _partners(choices: dict[str, object]) -> list[Recipient]:
    partners, today = Partner.objects.all(), timezone.localdate()
    if choices["standing"] == PartnersForm.IN_FORCE:
        partners = partners.klimapartner(on=today)
    elif choices["standing"] == PartnersForm.NOT_IN_FORCE:
        partners = partners.exclude(pk__in=Partner.objects.klimapartner(on=today))
    if choices["publication"]:
        shown = Partner.objects.listed(on=today)
        is_shown = choices["publication"] == PartnersForm.SHOWN
        partners = partners.filter(pk__in=shown) if is_shown else partners.exclude(pk__in=shown)
    organisations = Organisation.objects.filter(partner__in=partners)
    if choices["sectors"]:
        organisations = organisations.filter(sector__in=choices["sectors"])
    if choices["sizes"]:
        organisations = organisations.filter(_of_size(choices["sizes"]))
    return people_of(organisations, choices["who"], link=link_to_own_pages)


def _of_size(chosen: Iterable[str]) -> Q:
    lowest = [number for number, _ in SIZES]
    ends = dict(zip(lowest, [*lowest[1:], None], strict=True))
    wanted = Q(pk__in=[])
    for number in map(int, chosen):
        wanted |= Q(employees__gte=number) & (Q(employees__lt=ends[number]) if ends[number] else Q())
    return wanted


PARTNERS = Audience(
    name="partners",
    title="Ansprechpersonen der Klimapartner",
    explanation="Nach Vereinbarung, Branche, Größe und Rolle der Person.",
    reason="Sie erhalten diese Mail, weil Sie beim {pakt} als Ansprechperson eingetragen sind.",
    form_class=PartnersForm,
    recipients=_partners,
    placeholders={**OF_CONTACTS, "link": TO_OWN_PAGES},
    topic=Topic.MAILING,
    button="Zu Ihren Seiten",
)


# --- Initial partners -------------------------------------------------------------------------------------------------


def _initial_partners(choices: dict[str, object]) -> list[Recipient]:
    return people_of(Organisation.objects.filter(initial_partner__isnull=False), choices["who"])


INITIAL_PARTNERS = Audience(
    name="initial-partners",
    title="Initialpartner",
    explanation="Die Organisationen, die den Pakt gegründet haben.",
    reason="Sie erhalten diese Mail, weil Sie beim {pakt} als Ansprechperson eines Initialpartners eingetragen sind.",
    form_class=PeopleForm,
    recipients=_initial_partners,
    placeholders=OF_CONTACTS,
    topic=Topic.MAILING,
)


# --- Applicants -------------------------------------------------------------------------------------------------------


WITHOUT_READERS = Application.UNREAD | {Application.Status.MERGED}
"""Nobody proved an address, or the people have moved to the application that was kept."""


class ApplicantsForm(forms.Form):
    """Applications by where they stand."""

    states = forms.MultipleChoiceField(
        label="Stand des Antrags",
        choices=[choice for choice in Application.Status.choices if choice[0] not in WITHOUT_READERS],
        initial=[Application.Status.SUBMITTED, Application.Status.IN_REVIEW, Application.Status.QUERY],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Bitte kreuzen Sie mindestens einen Stand an."},
    )


def _applicants(choices: dict[str, object]) -> list[Recipient]:
    applications = Application.objects.filter(status__in=choices["states"]).prefetch_related("applicants")
    people = [(application, application.correspondent()) for application in applications.order_by("name", "pk")]
    return [_applicant(application, person) for application, person in people if person]


def _applicant(application: Application, person: Applicant) -> Recipient:
    return Recipient(
        key=f"application:{application.pk}",
        email=person.email,
        name=person.name,
        organisation=application.name,
        about=application,
        context={
            "name": person.name,
            "organisation": application.name,
            "number": application.reference,
        },
        link=lambda: application_access(person),
    )


APPLICANTS = Audience(
    name="applicants",
    title="Antragstellende",
    explanation="Organisationen, die einen Antrag auf Beitritt gestellt haben, nach dem Stand des Antrags.",
    reason="Sie erhalten diese Mail, weil Sie einen Antrag auf Beitritt zum {pakt} gestellt haben.",
    form_class=ApplicantsForm,
    recipients=_applicants,
    placeholders={
        "name": NAME,
        "organisation": ORGANISATION,
        "antragsnummer": Placeholder("Nummer des Antrags", lambda c: c["number"], "2026-0017"),
        "link": replace(LINK, explanation="Persönlicher Link zum Stand des Antrags. Er entsteht erst beim Senden."),
    },
    topic="",  # about their own application: a question from the office reaches them whatever they unsubscribed from
    button="Zu Ihrem Antrag",
)

AUDIENCES = [PARTNERS, APPLICANTS, INITIAL_PARTNERS]
