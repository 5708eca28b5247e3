"""What must stand nowhere: tokens outside of the mail itself, personal data where an initial partner reads."""

import logging
from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.logs import HidePrivateData
from klimapakt.mailbox import outbox
from klimapakt.mailbox.message import build
from klimapakt.mailbox.models import LINK_MARK, OutgoingMail
from partners.models import Application, Partner
from partners.services import joining, publication
from tests.factories import (
    AgreementFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    PartnerFactory,
)
from tests.filled import filled
from tests.rows import all_rows
from tests.test_urls import PDF, path_of, table


class Log(logging.Handler):
    """Keeps each record as the portal's own handler writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.addFilter(HidePrivateData())

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("mail.log"):
            return  # the SMTP peer of the tests, which no portal runs
        self.lines.append(logging.Formatter().format(record))


@pytest.fixture
def log() -> Iterator[Log]:
    handler, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def whole_way(pact, office, postbox, log) -> dict[str, object]:
    """A company goes the whole way, each link opened from the mail that really left; returns every page that was shown."""
    company, member = Client(), Client()
    member.force_login(office)
    pages = []

    def page(client: Client, path: str, data: dict | None = None) -> str:
        response = client.post(path, data) if data is not None else client.get(path)
        assert response.status_code in (200, 302), (path, response.status_code)
        pages.append(f"{response.headers} {response.content.decode()}")
        return response.get("Location", "")

    def open_newest_link() -> None:
        outbox.pump()
        path = path_of(AccessLink.objects.order_by("created_at").last())
        company.get(path)
        page(company, page(company, path, {}))

    company.get("/mitmachen/antrag/")
    page(company, "/mitmachen/antrag/", filled(company, consent_initial_partners="on"))
    page(company, "/mitmachen/antrag/eingang/")
    page(company, "/mitmachen/antrag/eingang/adresse/", {"email": "zweite@musterbaeckerei.example"})
    open_newest_link()
    application = Application.objects.get()
    admin = f"/admin/partners/application/{application.pk}/"
    for button, data in (
        ("pruefen", {}),
        ("rueckfrage", {"text": "Wie viele Standorte?"}),
    ):
        page(member, admin + button + "/", data)
    open_newest_link()
    page(company, "/mein-klimapakt/antrag/antwort/", {"answer": "Zwei."})
    for button, data in (
        ("link", {}),
        ("ablehnen", {"reason": "Doch nicht."}),
        ("zuruecknehmen", {}),
        ("aufnehmen", {}),
    ):
        page(member, admin + button + "/", data)
    outbox.pump()
    partner = Partner.objects.get()
    agreement = AgreementFactory(partner=partner, in_force=True)
    MeasureFactory(agreement=agreement)
    page(member, f"/admin/partners/partner/{partner.pk}/veroeffentlichen/", {})
    open_newest_link()
    page(company, "/mein-klimapakt/")
    page(company, "/mein-klimapakt/einwilligung/profile/widerrufen/", {})
    page(company, "/mein-klimapakt/einwilligung/profile/erteilen/", {})
    outbox.pump()
    for path in (
        "/admin/", admin + "change/", admin + "history/", f"/admin/partners/partner/{partner.pk}/change/",
        f"/admin/partners/organisation/{partner.organisation_id}/change/", "/admin/mailbox/outgoingmail/",
        *(f"/admin/mailbox/outgoingmail/{mail.pk}/change/" for mail in OutgoingMail.objects.all()),
    ):  # fmt: skip
        page(member, path)
    for path in ("/", "/klimapartner/", "/sitemap.xml", "/initialpartner/"):
        page(Client(), path)
    macs = {path_of(link).split(".")[1].strip("/") for link in AccessLink.objects.all()}
    return {"macs": macs, "pages": pages, "partner": partner}


def places_of(secret: str, whole_way: dict, log: Log) -> set[str]:
    """Return where a text stands."""
    rows = "\n".join(f"{table} {row}" for table, rows in all_rows(without=()).items() for row in rows)
    outbox_rows = "\n".join(f"{m.subject}{m.body}{m.shown_body}{m.key}{m.problem}" for m in OutgoingMail.objects.all())
    return {
        place
        for place, text in {
            "database": rows,
            "log": "\n".join(log.lines),
            "outbox": outbox_rows,
            "pages": "\n".join(whole_way["pages"]),
        }.items()
        if secret in text
    }


def test_the_search_finds_what_stands_somewhere(whole_way, log):
    mac = next(iter(whole_way["macs"]))
    logging.getLogger("probe").warning("the MAC %s", mac)
    whole_way["pages"].append(mac)
    OutgoingMail.objects.filter(pk=OutgoingMail.objects.first().pk).update(problem=mac)

    assert places_of(mac, whole_way, log) == {"database", "log", "outbox", "pages"}


def test_no_token_stands_anywhere_but_in_its_mail(whole_way, log, postbox, pact):
    assert len(whole_way["macs"]) >= 6
    sent = "".join(message.get_content() for message in postbox.messages())

    found = {mac: places_of(mac, whole_way, log) for mac in whole_way["macs"]}

    assert set().union(*found.values()) == set()
    assert sum(mac in sent for mac in whole_way["macs"]) >= 5  # and there it is


def test_no_mail_address_stands_in_the_log(whole_way, log):
    assert log.lines

    assert [line for line in log.lines if "musterbaeckerei.example" in line or "musterstadt.example" in line] == []


def test_no_word_that_a_company_typed_stands_in_the_log(whole_way, log):
    words = ["Musterbäckerei", "Erika", "Backstraße", "4711", "Dach", "Standorte", "Zwei."]

    assert [line for line in log.lines if any(word in line for word in words)] == []


def test_everything_that_was_sent_can_be_built_again_and_holds_one_link_at_most(whole_way, pact):
    for mail in OutgoingMail.objects.all():
        message = build(mail, pact).replace(b"=\r\n", b"").decode()
        assert message.count("/z/") == (LINK_MARK in mail.body)


# --- what an initial partner reads ------------------------------------------------------------------------------------

# Marks in everything that is no business of an initial partner. The office finds each of them.
SECRETS = {
    "application": "GEHEIMANTRAG", "contact of an application": "GEHEIMPERSON", "mail of an application": "geheimpost",
    "phone": "0815999", "signatory": "GEHEIMUNTERSCHRIFT", "wishes": "GEHEIMWUNSCH", "already doing": "GEHEIMTATEN",
    "question": "GEHEIMFRAGE", "answer": "GEHEIMANTWORT", "note of a step": "GEHEIMNOTIZ", "name of a document": "GEHEIMDATEI",
    "reason": "GEHEIMGRUND", "contact of a partner": "GEHEIMKONTAKT", "mail of a contact": "geheimkontakt",
    "partner that is not listed": "GEHEIMPARTNER", "text of a partner that is not listed": "GEHEIMTEXT",
    "who consented": "GEHEIMWILLIG", "street of an organisation": "GEHEIMSTRASSE", "subject of a mail": "GEHEIMBETREFF",
    "measure in a draft": "GEHEIMMASSNAHME", "member of staff": "GEHEIMAMT",
}  # fmt: skip


@pytest.fixture
def secrets(pact, in_state, office, settings, tmp_path) -> dict[str, object]:
    settings.MEDIA_ROOT = tmp_path
    office.first_name, office.last_name, office.username = "Ada", SECRETS["member of staff"], "geheimamt"
    office.save()
    pact.uses_orientation_talk = True
    pact.save()
    application = in_state("in_review")
    Application.objects.filter(pk=application.pk).update(
        name=SECRETS["application"], contact_name=SECRETS["contact of an application"], contact_phone=SECRETS["phone"],
        contact_email=SECRETS["mail of an application"] + "@b.example", signatory_name=SECRETS["signatory"],
        wishes=SECRETS["wishes"], already_doing=SECRETS["already doing"],
    )  # fmt: skip
    application.refresh_from_db()
    joining.ask(application, SECRETS["question"], by=office)
    joining.answer(application, SECRETS["answer"])
    joining.record_step(
        application, "orientation_talk", done_on=date(2026, 1, 2), by=office, note=SECRETS["note of a step"],
        document=SimpleUploadedFile(SECRETS["name of a document"] + ".pdf", PDF),
    )  # fmt: skip
    joining.reject(application, SECRETS["reason"], by=office)
    listed = PartnerFactory(
        listed=True, organisation__name="Öffentlich GmbH", organisation__street=SECRETS["street of an organisation"]
    )
    ContactFactory(
        organisation=listed.organisation,
        name=SECRETS["contact of a partner"],
        email=SECRETS["mail of a contact"] + "@b.example",
    )
    listed.organisation.consents.update(given_by=SECRETS["who consented"])
    hidden = PartnerFactory(
        organisation__name=SECRETS["partner that is not listed"],
        text=SECRETS["text of a partner that is not listed"],
        slug="geheimpartner",
    )
    MeasureFactory(agreement=AgreementFactory(partner=hidden), title=SECRETS["measure in a draft"])
    publication.send_link(listed, by=office)
    OutgoingMail.objects.filter(kind="partner_link").update(subject=SECRETS["subject of a mail"])
    return {
        "application": application,
        "listed": listed,
        "hidden": hidden,
        "event": EventFactory(),
        "founder": InitialPartnerFactory(),
    }


def paths(secrets: dict[str, object]) -> list[str]:
    """Return every page of the admin with every object, also those that the person may not see, and ways to ask for more."""
    things = {
        "partners/application": [secrets["application"].pk],
        "partners/partner": [secrets["listed"].pk, secrets["hidden"].pk],
        "partners/organisation": [secrets["listed"].organisation_id, secrets["hidden"].organisation_id],
        "partners/initialpartner": [secrets["founder"].pk],
        "events/event": [secrets["event"].pk],
        "agreements/agreement": [secrets["hidden"].agreements.get().pk],
        "mailbox/outgoingmail": list(OutgoingMail.objects.values_list("pk", flat=True)),
        "auth/user": [1],
        "pact/pact": [1],
    }
    found = ["/admin/", "/admin/partners/", "/admin/events/", "/admin/password_change/", "/postfach/", "/admin/jsi18n/"]
    for model, keys in things.items():
        found += [f"/admin/{model}/", f"/admin/{model}/add/", f"/admin/{model}/?q=geheim", f"/admin/{model}/?e=1"]
        found += [f"/admin/{model}/{key}/{page}" for key in keys for page in ("change/", "history/", "delete/", "")]
    step = secrets["application"].steps.get()
    found += [f"/admin/partners/application/{secrets['application'].pk}/dokument/{step.pk}/"]
    for route, (path, *_) in table().items():
        if route.startswith("admin/partners/application/<path") or route.startswith("admin/partners/partner/<path"):
            key = secrets["application"].pk if "/application/" in path else secrets["hidden"].pk
            found.append("/admin/" + route.removeprefix("admin/").replace("<path:object_id>", str(key)))
    for app, model, name in (("partners", "partner", "organisation"), ("agreements", "agreement", "partner"), ("events", "event", "host"),
                             ("partners", "initialpartner", "organisation")):  # fmt: skip
        found.append(f"/admin/autocomplete/?app_label={app}&model_name={model}&field_name={name}&term=geheim")
    for model in (Partner, Application):
        number = ContentType.objects.get_for_model(model).pk
        found += [f"/admin/r/{number}/{thing.pk}/" for thing in (secrets["hidden"], secrets["application"])]
    return found


def read(user, secrets: dict[str, object]) -> str:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    seen = []
    for path in paths(secrets):
        response = client.get(path)
        assert response.status_code < 500, path
        body = b"".join(response) if response.streaming else response.content
        seen.append(f"{path} {response.headers} {body.decode(errors='replace')}".replace(path, ""))
    return "\n".join(seen)


def test_the_office_finds_every_secret(secrets, office):
    seen = read(office, secrets)

    assert [name for name, secret in SECRETS.items() if secret not in seen] == []


def test_an_initial_partner_finds_none(secrets, initial_partner_user):
    seen = read(initial_partner_user, secrets)

    assert "Öffentlich GmbH" in seen
    assert [name for name, secret in SECRETS.items() if secret.lower() in seen.lower()] == []


@pytest.mark.parametrize(
    "query",
    [
        "organisation__contacts__email__startswith=geheim",
        "organisation__contacts__name=GEHEIMKONTAKT",
        "organisation__street__startswith=GEHEIM",
        "application__contact_email__contains=geheim",
        "organisation__employees__gt=20",
        "organisation__consents__given_by__startswith=G",
        "publication__exact=hidden",
        "o=9.-9",
        "q=geheimkontakt",
        "_to_field=organisation",
        "_popup=1",
        "all=",
    ],
)
def test_an_initial_partner_cannot_ask_by_the_address_bar(query, secrets, initial_partner_user):
    client = Client()
    client.force_login(initial_partner_user)

    answer = client.get("/admin/partners/partner/?" + query)

    text = answer.content.decode()
    assert answer.status_code in (200, 302, 400)
    assert "GEHEIM" not in text
    if "__" in query and "publication" not in query:
        assert answer.status_code in (302, 400)


def test_an_initial_partner_sees_in_the_partner_list_only_what_the_public_sees(secrets, initial_partner_user):
    client = Client()
    client.force_login(initial_partner_user)

    text = client.get("/admin/partners/partner/").content.decode()
    codes = {
        which: client.get(f"/admin/partners/partner/{secrets[which].pk}/change/").status_code
        for which in ("listed", "hidden")
    }

    assert "1 Partner" in text
    assert codes == {"listed": 200, "hidden": 302}


def test_the_work_of_the_office_is_not_shown_to_an_initial_partner(secrets, initial_partner_user, office):
    for user, is_shown in ((initial_partner_user, False), (office, True)):
        client = Client()
        client.force_login(user)
        assert ("Zu tun" in client.get("/admin/").content.decode()) == is_shown


def test_before_its_address_is_proven_the_office_sees_of_an_application_only_name_and_time(
    pact, office_client, postbox
):
    client = Client()
    client.post("/mitmachen/antrag/", filled(client))
    application = Application.objects.get()
    hidden = [
        "erika@musterbaeckerei.example",
        "Erika Muster",
        "Backstraße",
        "Heinz Muster",
        "4711",
        "Strom vom",
        "Austausch über",
    ]
    outbox.pump()

    seen = []
    for path in (
        "/admin/", "/admin/partners/application/", f"/admin/partners/application/{application.pk}/change/",
        f"/admin/partners/application/{application.pk}/bestaetigung/", f"/admin/partners/application/{application.pk}/history/",
        "/admin/partners/application/?q=erika", "/admin/mailbox/outgoingmail/", "/admin/mailbox/outgoingmail/?q=erika@musterbaeckerei.example",
        f"/admin/mailbox/outgoingmail/{OutgoingMail.objects.get().pk}/change/",
    ):  # fmt: skip
        response = office_client.get(path)
        assert response.status_code == 200, path
        seen.append(response.content.decode().replace(path, ""))

    text = "\n".join(seen).replace('value="erika@musterbaeckerei.example"', "").replace('value="erika"', "")
    assert "Musterbäckerei GmbH" in text
    assert "unbestätigt" in text
    assert [word for word in hidden if word in text] == []
    joining.confirm(AccessLink.objects.live(now=timezone.now()).get())  # the control: afterwards it is all there
    text = office_client.get(f"/admin/partners/application/{application.pk}/change/").content.decode()
    assert [word for word in hidden if word not in text] == []


def test_no_public_page_shows_a_person_of_a_company(pact, in_state, office):
    partner = joining.accept(in_state("in_review"), by=office)
    AgreementFactory(partner=partner, in_force=True)
    Partner.objects.update(publication="published")
    ConsentFactory(organisation=partner.organisation)

    pages = [
        Client().get(path).content.decode()
        for path in ("/", "/klimapartner/", partner.get_absolute_url(), "/sitemap.xml")
    ]

    assert partner.organisation.name in pages[2]
    for page in pages:
        assert "Erika Muster" not in page
        assert "@musterbaeckerei" not in page


def test_no_version_of_any_software_is_told(pact):
    responses = [Client().get(path) for path in ("/", "/admin/login/", "/health/ready", "/gibt-es-nicht")]

    for response in responses:
        assert "Server" not in response.headers
        assert "X-Powered-By" not in response.headers
        assert "jango" not in response.content.decode()


def test_debugging_is_off():
    assert settings.DEBUG is False
