"""axe on every page, in light and dark; narrow windows; light pages."""

from collections.abc import Callable, Iterable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AbstractUser
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error, Page, Response

from agreements.models import Agreement, Version
from agreements.services import answering
from events.models import Event, Registration
from klimapakt.admin import ServiceAction, ServiceActionsAdmin
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import optout
from klimapakt.mailbox.models import IncomingMail, Mailing, OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.website.cache import PUBLIC_PAGES
from partners import steps
from partners.models import Application, Organisation
from tests.browser.inhabited import Inhabited, agreement_link
from tests.browser.people import Person
from tests.browser.test_application_form import begin, fill_all, send

pytestmark = pytest.mark.browser

COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What may differ between light and dark."""

FRAME = {"exclude": ["#header", "#nav-sidebar"]}
"""The same on every page of the office: looked at once for each kind of page."""

HEAVIEST = 100_000
"""Bytes a public page may transfer beside fonts."""

PUBLIC = {
    "website:start": "/",
    "website:impact": "/wirkung/",
    "website:imprint": "/impressum/",
    "website:privacy": "/datenschutz/",
    "website:accessibility": "/barrierefreiheit/",
    "partners:list": "/klimapartner/",
    "partners:detail": "/klimapartner/alles/",
    "partners:initial": "/initialpartner/",
    "partners:how_to_join": "/mitmachen/",
    "events:list": "/veranstaltungen/",
    "events:detail": "/veranstaltungen/treffen/",
}
TOLERATED = {
    "minor empty-table-header": "Django's tables of inlines: the column holds hidden fields and the box for deleting",
    "critical meta-refresh": "how far a mailing is: the page says so and offers to stop it (WCAG 2.2.1)",
}
"""What axe finds and why it stays."""
MORE = [
    "/klimapartner/?seite=2",
    "/klimapartner/?q=Sternwarte",
    "/veranstaltungen/abgesagt/",
    "/veranstaltungen/voll/",
    "/veranstaltungen/netzwerk/",
    "/veranstaltungen/treffen/anmelden/",
    "/veranstaltungen/voll/anmelden/",
    "/veranstaltungen/abgesagt/anmelden/",
    "/veranstaltungen/netzwerk/anmelden/",
    "/mitmachen/antrag/",
    "/mitmachen/interesse/",
    "/mitmachen/link/",
    "/aktuelles/newsletter/",
    "/gibt-es-nicht/",
    "/?a=%00",
    "/mein-klimapakt/",
    "/z/nichts.wert/",
]


def public_pages(person: Person, inhabited: Inhabited) -> Iterator[str]:
    """Go to every page of the public, one after the other; yields its name."""
    for address in [*PUBLIC.values(), *MORE]:
        person.opens(address)
        yield address


def company_pages(person: Person, inhabited: Inhabited) -> Iterator[str]:
    """Go to every page that a company sees on its way; yields its name."""
    person.opens("/mitmachen/antrag/").presses("Antrag beginnen")
    yield "beginning with mistakes"
    begin(person)
    yield "overview of a draft"
    person.unfolds("Adresse berichtigen")
    yield "address to be mended"
    for step in steps.STEPS:
        person.opens(f"/mein-klimapakt/antrag/{step.slug}/")
        yield f"step {step.slug}"
    person.opens("/mein-klimapakt/antrag/organisation/").fills(employees="viele", sector_search="bäckerei")
    person.sees("Das könnte passen:").presses("Speichern und weiter")
    yield "step with mistakes and suggestions"
    person.opens("/mein-klimapakt/antrag/mitwirkende/")
    yield "people of a draft"
    person.opens("/mein-klimapakt/antrag/loeschen/")
    yield "draft to be deleted"
    person.opens("/mein-klimapakt/antrag/pruefen/")
    yield "check with gaps"
    send(fill_all(person.opens("/mein-klimapakt/antrag/")))
    yield "application without proof"
    person.fills(email="kein Postfach").presses("Adresse berichtigen")
    yield "address with a mistake"
    person.opens("/z/nichts.wert/").presses("Weiter")
    yield "closed link"
    person.opens(inhabited.application_link).presses("Weiter")
    yield "application in review"
    person.opens(inhabited.question_link).presses("Weiter")
    yield "application with a question"
    person.presses("Antwort senden")
    yield "question with a mistake"
    person.opens(inhabited.company_link).presses("Weiter")
    yield "own page"
    for part in ("daten/", "profil/", "profil/logo/", "angebote/", "personen/"):
        person.opens(f"/mein-klimapakt/{part}")
        yield f"own page: {part}"
    person.opens("/mein-klimapakt/profil/").fills(name="", website="kein Netz").presses("Zur Freigabe senden")
    yield "profile with mistakes"
    person.opens("/mein-klimapakt/personen/neu/").reads("Bitte bestätigen Sie, dass Sie es sind")
    yield "code to be asked for"
    person.presses("Code senden").fills(stepup_code="00000000").presses("Weiter")
    yield "code with a mistake"
    person.fills(stepup_code=OneTimeCode.objects.latest("created_at").digits()).presses("Weiter")
    person.presses("Eintragen und einladen")
    yield "person with mistakes"
    person.opens("/mein-klimapakt/personen/")
    person.page.get_by_role("link", name="Übergeben oder austragen").first.click()
    yield "handing over"
    person.presses("Übergeben")
    yield "handing over with mistakes"
    person.opens("/mein-klimapakt/")
    person.presses("Widerrufen", under="Veröffentlichung der Maßnahmen")
    yield "own page after a withdrawal"


def link_of_the_order() -> str:
    return AccessLink.objects.get(purpose="newsletter-confirm").url()


def guest_pages(person: Person, inhabited: Inhabited) -> Iterator[str]:
    """Go to every page of somebody who wants to come to an event; yields its name."""
    person.opens("/veranstaltungen/treffen/anmelden/").presses("Anmelden")
    yield "registration with mistakes"
    person.fills(name_1="Gast Muster", email="gast@musterverein.example").presses("Anmelden")
    yield "receipt of a registration"
    person.opens("/veranstaltungen/netzwerk/anmelden/").presses("Link anfordern")
    yield "request for a link with a mistake"
    person.fills(email="gast@musterverein.example").presses("Link anfordern")
    yield "receipt of a request for a link"
    person.opens("/aktuelles/newsletter/").presses("Newsletter bestellen")
    yield "order of the newsletter with a mistake"
    person.fills(email="leserin@musterverein.example").presses("Newsletter bestellen")
    yield "receipt of an order"
    person.opens(link_of_the_order()).presses("Weiter")
    yield "confirmed order"
    person.opens(optout.address(OutgoingMail.objects.filter(topic="mailing").first()))
    yield "unsubscribing"
    person.presses("Abbestellen").reads("Abbestellt")
    yield "unsubscribed"
    person.opens("/abbestellen/nichts/")
    yield "unknown address for unsubscribing"
    for said, link in inhabited.guest_links.items():
        person.opens(link).presses("Weiter")
        yield f"event for a guest: {said}"
    person.opens(inhabited.guest_links["open"]).presses("Weiter")
    person.fills(name_1="").presses("Anmelden")
    yield "event for a guest, with a mistake"


def signatory_pages(person: Person, inhabited: Inhabited) -> Iterator[str]:
    """Go to every page of somebody who is asked to sign; yields its name."""
    for fate, version in inhabited.versions.items():
        person.opens(agreement_link(version)).presses("Weiter")
        yield f"agreement: {fate}"
        if fate == "wish":
            person.opens("/mein-klimapakt/vereinbarung/pdf/")
            yield "file that could not be made"
    person.opens(agreement_link(inhabited.versions["offered"])).presses("Weiter")
    person.page.get_by_text("SHA-256").first.evaluate("node => node.closest('details').open = true")
    for question, button in (("Änderung wünschen", "Änderungswunsch senden"), ("Ablehnen", "Vereinbarung ablehnen")):
        person.page.get_by_text(question, exact=True).click()
        person.presses(button)
        yield f"agreement with a mistake: {question}"
    person.presses("Weiter zur Unterschrift")
    yield "signing"
    person.fills(name="").presses("Verbindlich unterschreiben")
    yield "signing with mistakes"
    person.fills(name="Erika Muster", code="00000000").ticks("agrees").presses("Verbindlich unterschreiben")
    yield "signing with a wrong code"
    person.presses("Neuen Code senden")
    yield "signing with another code"
    answering.decline(inhabited.versions["offered"], "Doch nicht.")
    person.fills(code="00000000").presses("Verbindlich unterschreiben")
    yield "signing what was declined meanwhile"


def office_steps(page: Page) -> Iterator[str]:
    """Go to every page of the office about an event that is more than an address; yields its name."""
    event, person = Event.objects.get(slug="netzwerk"), Person(page)
    person.opens(reverse("admin:events_event_invite", args=[event.pk])).presses("Weiter zur Vorschau")
    yield "preview of invitations"
    person.opens(reverse("admin:events_event_change", args=[event.pk]))
    person.fills(venue="Rathaus, Saal 2").presses("Sichern und weiter bearbeiten").sees("Diese Änderung betrifft")
    yield "question before a change"
    person.opens(reverse("admin:events_event_enter", args=[event.pk])).presses("Anmelden")
    yield "registration by phone with mistakes"
    person.opens(reverse("admin:events_event_attendance", args=[event.pk])).presses("Als PDF zum Ausdrucken")
    yield "attendance list as PDF"


def office_pages() -> Iterator[tuple[str, str]]:
    """Return every page of the office as kind and address: lists, forms, and each button's page."""
    yield "index", reverse("admin:index")
    yield "account", reverse("admin:password_change")
    yield "mail", reverse("mailbox:list")
    for model, model_admin in admin.site._registry.items():
        name, rows = f"{model._meta.app_label}_{model._meta.model_name}", list(model_admin.get_queryset(SuperRequest))
        yield "list", reverse(f"admin:{name}_changelist")
        yield f"form of {name}", reverse(f"admin:{name}_change", args=[rows[0].pk])
        if model_admin.has_add_permission(SuperRequest):
            yield "new", reverse(f"admin:{name}_add")
        if isinstance(model_admin, ServiceActionsAdmin):
            for action in model_admin.service_actions:
                fitting = where_available(action, rows)
                yield "button", reverse(f"admin:{name}_{action.name}", args=[fitting.pk])
    for application in Application.objects.distinct("status").order_by("status"):
        yield "application", reverse("admin:partners_application_change", args=[application.pk])
    yield "history", reverse("admin:partners_application_history", args=[application.pk])
    two = Organisation.objects.order_by("pk")[:2]
    comparison = reverse("admin:partners_organisation_vergleichen", args=[two[0].pk, "organisation", two[1].pk])
    yield "comparison", comparison
    meeting = Event.objects.get(slug="netzwerk")
    for page in ("event_invite", "event_answers", "event_enter", "event_attendance"):
        yield f"people of an event: {page}", reverse(f"admin:events_{page}", args=[meeting.pk])
    for registration in Registration.objects.distinct("status").order_by("status"):
        yield "registration", reverse("admin:events_registration_change", args=[registration.pk])
    yield from pages_of_agreements()
    yield from pages_of_the_mailbox()


def where_available(action: ServiceAction, rows: list[Model]) -> Model:
    """Return a row that has this button, in a pact in which one person decides or in one that wants two."""
    for needs_second_person in (False, True):
        Pact.objects.update(needs_second_person=needs_second_person)
        for row in rows:
            if action.available(row):
                return row
    raise AssertionError(f"no row shows „{action.name}“")


def pages_of_the_mailbox() -> Iterator[tuple[str, str]]:
    """Return every page of the office about mails that shows another state or another step."""
    for mail in OutgoingMail.objects.distinct("status").order_by("status"):
        yield "mail", reverse("admin:mailbox_outgoingmail_change", args=[mail.pk])
    for kind in ("event_invitation", "partner_link"):
        yield "text of a mail", reverse("admin:mailbox_mailwording_edit", args=[kind])
        yield "version of a text", reverse("admin:mailbox_mailwording_version", args=[kind, 0])
    steps = {
        "draft": ["kreis", "empfaenger", "text"],
        "prepared": ["lesen", "senden", "verlauf"],
        "paused": ["verlauf"],
        "released": ["verlauf"],
    }
    for mailing in Mailing.objects.filter(status__in=steps):
        for step in steps[mailing.status]:
            yield f"mailing: {step}", reverse(f"admin:mailbox_mailing_{step}", args=[mailing.pk])


def pages_of_agreements() -> Iterator[tuple[str, str]]:
    """Return every page of the office about agreements that shows another state or another text."""
    for version in Version.objects.distinct("agreement__status").order_by("agreement__status", "-number"):
        yield "agreement", reverse("admin:agreements_agreement_change", args=[version.agreement_id])
        yield "version", reverse("admin:agreements_agreement_version", args=[version.agreement_id, version.number])
    draft = Agreement.objects.filter(status="draft", versions__isnull=False).first()
    yield "draft", reverse("admin:agreements_agreement_preview", args=[draft.pk])
    yield "template", reverse("admin:agreements_templatesection_preview")


class SuperRequest:
    """As much of a request as the admin asks for permissions."""

    class resolver_match:
        url_name = ""

    class user:
        is_superuser = is_active = is_staff = True

        @staticmethod
        def has_perm(permission: str, obj: object = None) -> bool:
            return True


def _violations(page: Page, without: dict[str, list[str]] | None, options: dict) -> list[dict]:
    page.wait_for_load_state()
    try:
        return Axe().run(page, context=without, options=options).response["violations"]
    except Error:  # the page went on under it, after a click of the walk
        page.wait_for_load_state()
        return Axe().run(page, context=without, options=options).response["violations"]


def findings(
    page: Page, place: str, schemes: Iterable[str] = ("light", "dark"), without: dict[str, list[str]] | None = None
) -> list[str]:
    """Return what axe finds on the page: everything in light, the colours in dark."""
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        options = COLOURS if scheme == "dark" else {"resultTypes": ["violations"]}
        for violation in _violations(page, without, options):
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            found.append(f"{violation['impact']} {violation['id']} in {scheme} on {place}: {nodes}")
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize("pages", [public_pages, company_pages, guest_pages, signatory_pages])
def test_axe_finds_nothing_on_pages_of_the_public_and_of_companies(browse, inhabited, pages):
    person = Person(browse())

    found = [finding for place in pages(person, inhabited) for finding in findings(person.page, place)]

    assert found == []


def test_axe_finds_nothing_in_the_open_menu_of_a_phone(browse, inhabited):
    person = Person(browse(width=390))

    person.opens("/").presses("Menü")

    person.page.get_by_role("link", name="Klimapartner werden").first.wait_for()
    assert findings(person.page, "menu") == []


def test_axe_finds_nothing_grave_on_the_pages_of_the_office(browse, inhabited, administrator):
    page = browse(reduced_motion="reduce")  # axe would measure colours half-way from light to dark
    page.goto("/admin/login/")
    found = findings(page, "login")
    page.context.add_cookies([signed_in(administrator)])

    seen = set()
    for kind, address in office_pages():
        page.goto(address)
        if kind in seen:
            found += findings(page, address, ["light"], without=FRAME)
        else:
            found += findings(page, address)
            seen.add(kind)
    for place in office_steps(page):
        found += findings(page, place, ["light"], without=FRAME)

    assert [finding for finding in found if not finding.startswith(tuple(TOLERATED))] == []


def test_axe_would_find_something(browse, inhabited):
    page = browse()
    page.goto("/mitmachen/antrag/")

    page.locator("label[for=id_organisation]").evaluate("label => label.remove()")
    page.locator("h1").evaluate("heading => heading.style.color = '#aaa'")

    assert {"color-contrast", "label"} <= {finding.split()[1] for finding in findings(page, "spoilt", ["light"])}


def signed_in(user: AbstractUser) -> dict[str, str]:
    """Return the session cookie of somebody who has signed in."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value, "url": settings.PORTAL_BASE_URL}


def test_every_public_page_is_in_the_list_above():
    assert set(PUBLIC) == PUBLIC_PAGES


@pytest.mark.parametrize("pages", [public_pages, company_pages, guest_pages, signatory_pages])
def test_no_page_scrolls_sideways_in_a_narrow_window(browse, inhabited, pages):
    person = Person(browse(width=320))

    too_wide = [place for place in pages(person, inhabited) if width_of(person.page) > 320]

    assert too_wide == []


def width_of(page: Page) -> int:
    """Return how wide the content of a page is, in CSS pixels."""
    page.wait_for_load_state()  # and a page that loads itself again may be without content for a moment
    return page.wait_for_function("document.documentElement && document.documentElement.scrollWidth").json_value()


def test_no_page_about_the_people_of_an_event_scrolls_sideways_on_a_phone(browse, inhabited, administrator):
    page, meeting = browse(width=390, reduced_motion="reduce"), Event.objects.get(slug="netzwerk")
    page.goto("/admin/login/")
    page.context.add_cookies([signed_in(administrator)])
    names = ["event_change", "event_invite", "event_answers", "event_enter", "event_attendance"]
    too_wide = []

    for name in names:
        page.goto(reverse(f"admin:events_{name}", args=[meeting.pk]))
        if width_of(page) > 390:
            too_wide.append(name)
    for place in office_steps(page):
        if width_of(page) > 390:
            too_wide.append(place)

    assert too_wide == []


def test_no_page_about_mails_scrolls_sideways_on_a_phone(browse, inhabited, administrator):
    page = browse(width=390, reduced_motion="reduce")
    page.goto("/admin/login/")
    page.context.add_cookies([signed_in(administrator)])
    names = ["outgoingmail", "incomingmail", "addressproblem", "optout"]
    addresses = [address for _, address in pages_of_the_mailbox()]
    addresses += [reverse(f"admin:mailbox_{name}_changelist") for name in names]
    addresses += [reverse("admin:mailbox_mailboxstate_change", args=[1]), reverse("admin:mailbox_optout_add")]
    addresses += [reverse("admin:mailbox_incomingmail_change", args=[mail.pk]) for mail in IncomingMail.objects.all()]
    too_wide = []

    for address in addresses:
        page.goto(address)
        if width_of(page) > 390:
            too_wide.append(address)

    assert too_wide == []


def test_no_page_about_an_agreement_scrolls_sideways_on_a_phone(browse, inhabited, administrator):
    page = browse(width=390, reduced_motion="reduce")
    page.goto("/admin/login/")
    page.context.add_cookies([signed_in(administrator)])
    agreements = [version.agreement for version in inhabited.versions.values()]
    buttons = [
        reverse(f"admin:agreements_agreement_{action.name}", args=[fitting.pk])
        for action in admin.site._registry[Agreement].service_actions
        for fitting in filter(action.available, Agreement.objects.filter(pk__in=[one.pk for one in agreements]))
    ]
    too_wide = []

    for address in [*(address for _, address in pages_of_agreements()), *buttons]:
        page.goto(address)
        if width_of(page) > 390:
            too_wide.append(address)

    assert too_wide == []


def test_public_pages_are_light(browse, inhabited):
    weights = {}

    for address in PUBLIC.values():
        page = browse()
        weights[address] = transferred(page, lambda page=page, address=address: page.goto(address))

    assert {address: weight for address, weight in weights.items() if weight > HEAVIEST} == {}


def transferred(page: Page, go: Callable[[], Response | None]) -> int:
    """Return the bytes that came over the line, fonts aside."""
    finished = []
    page.on("requestfinished", lambda request: finished.append(request))
    go()
    sizes = [request.sizes() for request in finished if request.resource_type != "font"]
    assert len(sizes) >= 3
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
