"""„Mailtexte“: reading, trying, saving and taking back the words of a mail."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from klimapakt.mailbox import kinds, message, outbox, rewording
from klimapakt.mailbox.models import LINK_MARK, MailWording, OutgoingMail
from tests.corpus import TEXTS
from tests.factories import ApplicationFactory, ContactFactory, PartnerFactory, UserFactory

LIST = "/admin/mailbox/mailwording/"
LINK = f"{LIST}partner_link/"
GOOD = {"subject": "Neu: {organisation}", "body": "Hallo {name},\n\n{link}\n\nbis bald", "seen": "0"}
KIND = kinds.get("partner_link")

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(pact):
    """The newest contact, who is the first example of the mails to partners."""
    return ContactFactory(
        name="Max <b>Muster</b>", organisation=PartnerFactory(organisation__name="A & B GmbH").organisation
    )


def post(client: Client, button: str, **changes: str):
    return client.post(LINK, {**GOOD, button: "1", **changes})


def texts() -> list[tuple[int, str, bool]]:
    return list(MailWording.objects.order_by("number").values_list("number", "subject", "is_shipped"))


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_list_shows_every_kind_with_its_occasion_and_its_state(office_client, office, pact):
    rewording.save(KIND, ("Anders", "{link}"), seen=0, by=office)

    page = office_client.get(LIST).content.decode()

    for kind in kinds.all_kinds():
        assert f'href="{LIST}{kind.name}/"' in page
    assert "mitgeliefert" in page
    assert "von Ottilie Amt" in page


@pytest.mark.parametrize(
    ("words", "found"),
    [("warteliste", "event_waiting"), ("SHA-256", "agreement_signed"), ("nachgerückt warteliste", "event_moved_up")],
)
def test_the_list_is_searched_by_all_words(words, found, office_client, pact):
    page = office_client.get(LIST, {"q": words}).content.decode()

    assert f"{LIST}{found}/" in page
    assert f"{LIST}partner_link/" not in page


def test_the_search_knows_what_the_office_wrote(office_client, office, pact):
    rewording.save(KIND, ("Sonnenblume", "{link}"), seen=0, by=office)

    assert f"{LIST}partner_link/" in office_client.get(LIST, {"q": "sonnenblume"}).content.decode()
    assert "Keine Mail enthält „&lt;b&gt;“" in office_client.get(LIST, {"q": "<b>"}).content.decode()


def test_the_list_needs_the_same_queries_however_much_was_changed(office_client, office, pact):
    office_client.get(LIST)
    with CaptureQueriesContext(connection) as before:
        office_client.get(LIST)
    for kind in kinds.all_kinds():
        rewording.save(kind, rewording.shipped_texts(kind), seen=0, by=office)

    with CaptureQueriesContext(connection) as after:
        office_client.get(LIST)

    assert len(after) == len(before)


# --- Who may ----------------------------------------------------------------------------------------------------------

PAGES = [LIST, LINK, f"{LINK}ansicht/", f"{LINK}fassung/0/"]


@pytest.mark.parametrize("page", PAGES)
def test_initial_partners_see_nothing_of_it(page, initial_partner_user, pact):
    client = Client()
    client.force_login(initial_partner_user)

    assert client.get(page).status_code == 403
    assert "Mailtexte" not in client.get("/admin/").content.decode()


def test_whoever_may_only_read_sees_text_and_preview_and_changes_nothing(contact):
    reader = UserFactory()
    reader.user_permissions.add(Permission.objects.get(codename="view_mailwording"))
    client = Client()
    client.force_login(reader)

    page = client.get(LINK).content.decode()

    assert "Guten Tag {name}" in page
    assert "<textarea" not in page
    assert "Sichern" not in page
    assert client.get(f"{LINK}fassung/0/").status_code == 200
    assert post(client, "save").status_code == 403
    assert client.post(f"{LINK}fassung/0/", {"seen": "0"}).status_code == 403
    assert texts() == []


@pytest.mark.parametrize("page", ["gibt-es-nicht/", "gibt-es-nicht/ansicht/", "partner_link/fassung/7/"])
def test_what_does_not_exist_is_not_found(page, office_client, pact):
    assert office_client.get(LIST + page).status_code == 404


# --- The editor -------------------------------------------------------------------------------------------------------


def test_the_editor_shows_the_text_as_a_real_person_would_get_it(office_client, contact):
    page = office_client.get(LINK)

    shown = page.content.decode()
    assert "Max &lt;b&gt;Muster&lt;/b&gt;, A &amp; B GmbH" in shown
    assert "Guten Tag Max &lt;b&gt;Muster&lt;/b&gt;," in shown
    assert "[persönlicher Link]" in shown
    assert LINK_MARK not in shown
    assert "frame-src 'self'" in page["Content-Security-Policy"]


def test_without_anybody_the_preview_shows_invented_values(office_client, pact):
    assert "Guten Tag Erika Muster," in office_client.get(LINK).content.decode()


def test_the_editor_names_each_placeholder_and_which_must_stay(office_client, pact):
    page = office_client.get(LINK).content.decode()

    for name in KIND.allowed:
        assert f"<code>{{{name}}}</code>" in page
    assert page.count("Muss im Text bleiben.") == 1


def test_a_preview_shows_what_was_typed_and_saves_nothing(office_client, contact):
    page = post(office_client, "preview").content.decode()

    assert "Neu: A &amp; B GmbH" in page
    assert "Hallo Max &lt;b&gt;Muster&lt;/b&gt;," in page
    assert "Hallo {name}" in page
    assert texts() == []
    assert OutgoingMail.objects.count() == 0


@pytest.mark.parametrize(
    ("asked", "name"), [("0", "Max &lt;b&gt;"), ("", "Erika Muster"), ("99", "Erika Muster"), ("x", "Erika Muster")]
)
def test_the_preview_shows_the_one_that_was_asked_for(asked, name, office_client, contact):
    assert f"Hallo {name}" in post(office_client, "preview", beispiel=asked).content.decode()
    assert f"Guten Tag {name}" in office_client.get(f"{LINK}ansicht/", {"beispiel": asked}).content.decode()


def test_the_design_is_shown_in_a_frame_that_runs_nothing(office_client, contact):
    post(office_client, "preview")

    look = office_client.get(f"{LINK}ansicht/", {"entwurf": "1"})

    assert "Hallo Max &lt;b&gt;Muster&lt;/b&gt;," in look.content.decode()
    assert LINK_MARK not in look.content.decode()
    assert "sandbox" in look["Content-Security-Policy"]
    assert "default-src 'none'" in look["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in look["Content-Security-Policy"]
    assert look["X-Frame-Options"] == "SAMEORIGIN"


def test_a_draft_belongs_to_its_text_and_to_whoever_typed_it(office_client, administrator, contact):
    post(office_client, "preview")
    other = Client()
    other.force_login(administrator)

    assert "Hallo" not in office_client.get(f"{LIST}profile_published/ansicht/", {"entwurf": "1"}).content.decode()
    assert "Hallo" not in other.get(f"{LINK}ansicht/", {"entwurf": "1"}).content.decode()


def test_a_saved_text_is_what_the_next_mail_says(office_client, office, contact):
    answer = post(office_client, "save")

    assert answer.status_code == 302
    assert texts() == [(1, "Neu: {organisation}", False)]
    assert MailWording.objects.get().created_by == office
    assert LogEntry.objects.get().change_message == "Mailtext „Neuer Link zur eigenen Seite“ geändert."
    assert (
        outbox.preview("partners/mail/partner_link", {"partner": contact.organisation.partner, "contact": contact})[0]
        == "Neu: A & B GmbH"
    )


def test_saving_what_is_there_writes_no_version(office_client, pact):
    subject, body = rewording.shipped_texts(KIND)

    assert post(office_client, "save", subject=subject, body=body.replace("\n", "\r\n")).status_code == 302
    assert texts() == []
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("body", "Hallo {nmae}, {link}", "Meinten Sie {name}?"),
        ("body", "{link} {wenn name}ja", "fehlt {ende}"),
        ("body", "{link} {ende}", "ohne {wenn …}"),
        ("body", "{link} {wenn name}{wenn pakt}x{ende}{ende}", "innerhalb von"),
        ("body", "{link} } x", "einzelne geschweifte Klammer"),
        ("body", "Hallo {name}", "Der Platzhalter {link} fehlt."),
        ("body", "{wenn pakt}{link}{ende}", "nur innerhalb von {wenn …}"),
        ("body", "{link} {code}", "{code} gibt es hier nicht"),
        ("body", "", "füllen Sie dieses Feld aus"),
        ("subject", "Ihr {link}", "{link} gibt es hier nicht"),
        ("subject", "x" * 251, "251"),
        ("body", "{link}" + "x" * 5000, "5006"),
    ],
)
@pytest.mark.parametrize("button", ["save", "preview", "test"])
def test_what_could_not_be_filled_in_is_refused_at_its_field_and_kept(field, text, said, button, office_client, pact):
    answer = post(office_client, button, **{field: text})

    assert answer.status_code == 422
    assert said in " ".join(answer.context["form"].errors[field])
    assert answer.context["form"][field].value() == text
    assert texts() == []
    assert OutgoingMail.objects.count() == 0


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_hostile_text_is_refused_or_does_no_harm(text, office_client, contact):
    answer = post(office_client, "save", subject=f"x {text}", body=f"{{link}} {text}")

    assert answer.status_code in (302, 422)
    assert office_client.get(LINK).status_code == 200
    assert office_client.get(f"{LINK}ansicht/").status_code == 200
    for saved in MailWording.objects.all():
        assert not set("\x00\u202e\ue000") & set(saved.subject + saved.body)
    page = office_client.get(LINK).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "1\x00"])
def test_a_number_that_no_version_has_saves_nothing(seen, office_client, pact):
    assert post(office_client, "save", seen=seen).status_code == 422
    assert texts() == []


def test_a_megabyte_is_refused(office_client, pact):
    assert post(office_client, "save", body="x" * 1_000_001).status_code == 413


def test_a_text_that_no_longer_fits_the_portal_is_shown_with_what_is_wrong(office_client, office, contact):
    rewording.save(KIND, ("Alt", "{abgeschafft} {link}"), seen=0, by=office)

    page = office_client.get(LINK)

    assert page.status_code == 200
    assert "passt nicht mehr zum Portal" in page.content.decode()
    assert "{abgeschafft} gibt es hier nicht" in page.content.decode()
    assert office_client.get(f"{LINK}ansicht/").status_code == 404


@pytest.mark.parametrize("kind", kinds.all_kinds(), ids=lambda kind: kind.name)
def test_every_kind_has_its_editor(kind, office_client, contact):
    ApplicationFactory()

    assert office_client.get(f"{LIST}{kind.name}/").status_code == 200
    assert office_client.get(f"{LIST}{kind.name}/ansicht/").status_code == 200


def test_the_log_of_changes_leads_to_the_version(office_client, pact):
    post(office_client, "save")

    entry = LogEntry.objects.get()

    answer = office_client.get(entry.get_admin_url())
    assert answer.status_code == 302
    assert answer["Location"] == f"{LINK}fassung/1/"
    assert office_client.get(f"{LIST}999999/change/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("partner_link", "{wenn name}Hallo {name}: {link}{sonst}{link}{ende}"),
        ("event_withdrawn", "{wenn offen}{link}{ende}"),  # as in the shipped text
    ],
)
def test_a_link_may_stand_where_no_mail_misses_it(kind, body, office_client, pact):
    answer = office_client.post(f"{LIST}{kind}/", {**GOOD, "subject": "Neu", "body": body, "save": "1"})

    assert answer.status_code == 302


# --- A test mail ------------------------------------------------------------------------------------------------------


def test_a_test_mail_goes_to_oneself_with_invented_values_and_no_link(office_client, office, contact, pact):
    page = post(office_client, "test")

    mail = OutgoingMail.objects.get()
    assert mail.to_email == office.email
    assert mail.kind == "test"
    assert mail.subject == "Neu: Musterbetrieb GmbH"
    assert "Hallo Erika Muster,\n\n[persönlicher Link]" in mail.body
    assert "[persönlicher Link]" in mail.html
    assert LINK_MARK not in mail.body + mail.html
    assert mail.link is None
    assert message.build(mail, pact)
    assert office.email in page.content.decode()
    assert "Hallo {name}" in page.content.decode()
    assert texts() == []


def test_a_test_mail_asked_for_twice_at_once_comes_once(office_client, contact):
    post(office_client, "test")
    post(office_client, "test")
    post(office_client, "test", subject="Noch anders")

    assert [mail.subject for mail in OutgoingMail.objects.order_by("pk")] == ["Neu: Musterbetrieb GmbH", "Noch anders"]


def test_an_account_without_address_is_told_what_to_do(office, pact):
    office.email = ""
    office.save()
    client = Client()
    client.force_login(office)

    page = post(client, "test").content.decode()

    assert "keine E-Mail-Adresse" in page
    assert "Hallo {name}" in page
    assert OutgoingMail.objects.count() == 0
