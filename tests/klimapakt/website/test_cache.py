"""Public pages that are kept for visitors without cookies: what, for whom, and until when."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from agreements.models import Agreement, Measure, Target
from events.models import AgendaItem, Event, Registration
from klimapakt.pact.models import Benefit, JoiningStep, Pact
from klimapakt.website.cache import PUBLIC_PAGES
from klimapakt.website.models import PublicVersion
from partners.models import Consent, Contact, InitialPartner, Organisation, Partner
from partners.services import publication
from tests.factories import (
    AgendaItemFactory,
    ApplicationFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    OutgoingMailFactory,
    PartnerFactory,
    TargetFactory,
)

committed = pytest.mark.django_db(transaction=True)


def kept() -> int:
    return len(caches["pages"]._cache)


def test_the_list_of_kept_pages_is_written_by_hand():
    assert {
        "website:start", "website:impact", "website:imprint", "website:privacy", "website:accessibility",
        "partners:list", "partners:detail", "partners:initial", "partners:how_to_join", "events:list", "events:detail",
    } == PUBLIC_PAGES  # fmt: skip


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("/", True),
        ("/klimapartner/", True),
        ("/klimapartner/?q=brot", True),
        ("/impressum/", True),
        ("/veranstaltungen/", True),
        ("/klimapartner/?q=" + "x" * 60, False),  # stray parameters must not fill the store
        ("/klimapartner/gibt-es-nicht/", False),
        ("/mitmachen/antrag/", False),
        ("/admin/login/", False),
        ("/sitemap.xml", False),
        ("/health/live", False),
        ("/z/quatsch/", False),
    ],
)
def test_only_the_named_pages_are_kept(path, is_kept, pact):
    Client().get(path)

    assert kept() == is_kept


@pytest.mark.parametrize("cookie", ["s", "c", "x"])
def test_a_visitor_with_any_cookie_neither_fills_the_store_nor_reads_it(cookie, pact):
    client = Client()
    client.cookies[cookie] = "1"

    client.get("/impressum/")
    assert kept() == 0

    Client().get("/impressum/")
    Pact.objects.update(name="Neuer Pakt")  # not committed: the kept page stays
    assert "Neuer Pakt" not in Client().get("/impressum/").content.decode()
    assert "Neuer Pakt" in client.get("/impressum/").content.decode()


@pytest.mark.parametrize(
    "path", ["/", "/wirkung/", "/klimapartner/", "/mitmachen/", "/veranstaltungen/", "/initialpartner/"]
)
def test_a_kept_page_is_the_page(path, pact):
    PartnerFactory(listed=True)
    EventFactory(published=True)
    with_cookie = Client()
    with_cookie.cookies["x"] = "1"
    fresh = with_cookie.get(path)

    first, second = Client().get(path), Client().get(path)

    assert fresh.content == first.content == second.content
    assert "csrf" not in second.content.decode()
    assert "nonce" not in second.content.decode() + str(second.headers)
    assert not second.cookies


@pytest.mark.parametrize("path", ["/", "/klimapartner/?seite=1", "/impressum/"])
def test_a_browser_that_has_the_page_is_told_so(path, pact):
    first = Client().get(path)
    etag = first["ETag"]

    again = Client().get(path, HTTP_IF_NONE_MATCH=etag)
    other = Client().get(path, HTTP_IF_NONE_MATCH='W/"anders"')

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert again["Cache-Control"] == "no-cache"
    assert "Cookie" in again["Vary"]
    assert other.status_code == 200
    assert other["ETag"] == etag


@pytest.mark.parametrize(("accepts", "encoding"), [("gzip, br", "gzip"), ("br", None), ("", None)])
def test_each_browser_gets_the_encoding_that_it_understands(accepts, encoding, pact):
    plain = Client().get("/impressum/").content

    for _ in range(2):
        page = Client().get("/impressum/", HTTP_ACCEPT_ENCODING=accepts)

        assert page.get("Content-Encoding") == encoding
        assert (gzip.decompress(page.content) if encoding else page.content) == plain
        assert {"Accept-Encoding", "Cookie"} <= set(page["Vary"].split(", "))


def test_a_head_request_gets_the_headers_and_no_body(pact):
    for _ in range(2):
        page = Client().head("/")

        assert (page.status_code, page.content) == (200, b"")
        assert page["Cache-Control"] == "no-cache"
        assert page["ETag"]


def test_a_head_request_keeps_no_empty_page(pact):
    Client().head("/impressum/")

    assert b"Impressum" in Client().get("/impressum/").content


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_never_answered_from_the_store(method, pact):
    Client().get("/")

    assert getattr(Client(), method)("/").status_code == 405


def test_what_depends_on_the_clock_alone_is_at_most_a_minute_old(pact):
    with time_machine.travel(datetime(2026, 11, 2, 10, 0, tzinfo=timezone.get_current_timezone()), tick=False) as clock:
        EventFactory(published=True, title="Bald vorbei", starts_at=timezone.now() + timedelta(seconds=30))
        assert "Bald vorbei" in Client().get("/").content.decode()

        clock.shift(timedelta(seconds=61))

        assert "Bald vorbei" not in Client().get("/").content.decode()


def test_a_page_of_yesterday_is_not_shown_today(pact):
    with time_machine.travel(
        datetime(2026, 11, 2, 23, 59, 50, tzinfo=timezone.get_current_timezone()), tick=False
    ) as clock:
        partner = PartnerFactory(listed=True)
        Agreement.objects.update(in_force_until="2026-11-02")
        assert partner.organisation.name in Client().get("/klimapartner/").content.decode()

        clock.shift(timedelta(seconds=11))

        assert partner.organisation.name not in Client().get("/klimapartner/").content.decode()


# --- new content at once, whoever changes it and however ---------------------------------------------------------------


@pytest.fixture
def shown(pact):
    """A listed partner with all that the public sees."""
    partner = PartnerFactory(listed=True)
    organisation = partner.organisation
    ConsentFactory(organisation=organisation, purpose="measures")
    MeasureFactory(agreement=partner.agreements.get(), title="Wärme aus dem Ofen")
    TargetFactory(agreement=partner.agreements.get())
    ContactFactory(organisation=organisation)
    InitialPartnerFactory()
    AgendaItemFactory(event=EventFactory(published=True, host=organisation))
    Benefit.objects.create(pact=pact, title="Netzwerk")
    JoiningStep.objects.create(pact=pact, title="Gespräch")
    registered("sitzt@firma.example", status="confirmed", seated_at=timezone.now())
    registered("wartet@firma.example", status="waiting")
    registered("offen@firma.example", status="unconfirmed", accepted_at=None)
    return partner


def registered(email: str, **state: object) -> Registration:
    """A registration for the event, as a row."""
    state = {"accepted_at": timezone.now(), **state}
    return Registration.objects.create(event=Event.objects.get(), name="Max Muster", email=email, **state)


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


CHANGES = {
    "a consent withdrawn by the company": lambda p: publication.withdraw_consent(
        Contact.objects.get(organisation=p.organisation), "profile"
    ),
    "a consent withdrawn by a plain update": lambda p: Consent.objects.update(withdrawn_at=timezone.now()),
    "a name changed by save()": lambda p: Organisation.objects.get(pk=p.organisation_id).save(),
    "a name changed by update()": lambda p: Organisation.objects.update(name="Neuer Name GmbH"),
    "a name changed by SQL": lambda p: sql("UPDATE partners_organisation SET name = 'Neuer Name AG'"),
    "a row deleted by SQL": lambda p: sql("DELETE FROM agreements_measure"),
    "a partner hidden": lambda p: Partner.objects.get(pk=p.pk).hide(),
    "a profile text": lambda p: Partner.objects.update(text="Neu"),
    "an event cancelled": lambda p: Event.objects.get().cancel(),
    "an event created in bulk": lambda p: Event.objects.bulk_create(
        [Event(title="Neu", slug="neu", precision="unknown")]
    ),
    "an item of an agenda": lambda p: AgendaItem.objects.update(title="Neu"),
    "an agreement ended": lambda p: Agreement.objects.update(in_force_until="2025-03-02"),
    "a measure": lambda p: Measure.objects.update(title="Neu"),
    "a target": lambda p: Target.objects.update(amount=70),
    "an initial partner": lambda p: InitialPartner.objects.update(short_name="Neu"),
    "the pact": lambda p: Pact.objects.update(name="Neuer Pakt"),
    "a benefit": lambda p: Benefit.objects.all().delete(),
    "seats taken": lambda p: registered("neu@firma.example", status="confirmed", seated_at=timezone.now()),
    "seats given back": lambda p: Registration.objects.filter(status="confirmed").update(
        status="cancelled", cancelled_at=timezone.now()
    ),
    "one seat more": lambda p: Registration.objects.filter(status="confirmed").update(seats=2),
    "an address proven": lambda p: Registration.objects.filter(status="unconfirmed").update(
        status="waiting", accepted_at=timezone.now()
    ),
    "a registration deleted": lambda p: Registration.objects.filter(status="waiting").delete(),
    "a joining step": lambda p: JoiningStep.objects.create(pact_id=1, title="Neu"),
}


@committed
@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_public_content_is_seen_with_the_commit(change, shown):
    Client().get("/")
    before = PublicVersion.current()

    CHANGES[change](shown)

    assert PublicVersion.current() == before + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM website_publicversion")
        assert cursor.fetchone() == (1,)


@committed
@pytest.mark.parametrize(
    "change",
    [
        lambda p: ApplicationFactory(),
        lambda p: OutgoingMailFactory(),
        lambda p: Contact.objects.update(phone="0000"),
        lambda p: registered("noch@firma.example", status="unconfirmed", accepted_at=None),
        lambda p: Registration.objects.filter(status="unconfirmed").delete(),
        lambda p: Registration.objects.update(note="Wir kommen mit der Bahn.", name="Moritz Muster"),
        lambda p: Client().get("/klimapartner/"),
        lambda p: Client().get("/admin/login/"),
    ],
)
def test_what_the_public_does_not_see_leaves_the_kept_pages(change, shown):
    before = PublicVersion.current()

    change(shown)

    assert PublicVersion.current() == before


@committed
def test_a_withdrawn_consent_is_gone_from_the_kept_pages_with_the_commit(shown):
    name, client = shown.organisation.name, Client()
    paths = ["/", "/klimapartner/", shown.get_absolute_url()]
    assert all(name in client.get(path).content.decode() for path in paths)
    etag = client.get("/klimapartner/")["ETag"]

    publication.withdraw_consent(Contact.objects.get(organisation=shown.organisation), "profile")

    pages = [client.get(path) for path in paths]
    assert [page.status_code for page in pages] == [200, 200, 404]
    assert not any(name in page.content.decode() for page in pages)
    assert client.get("/klimapartner/", HTTP_IF_NONE_MATCH=etag).status_code == 200


@committed
def test_a_name_changed_past_django_is_shown_with_the_commit(shown):
    client = Client()
    client.get(shown.get_absolute_url())

    sql("UPDATE partners_organisation SET name = 'Ganz Neu GmbH'")

    assert "Ganz Neu GmbH" in client.get(shown.get_absolute_url()).content.decode()


@committed
def test_the_version_grows_once_a_transaction_and_only_with_its_commit(shown):
    before = PublicVersion.current()

    def seen_by_another_connection() -> int:
        try:
            return PublicVersion.current()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            Organisation.objects.update(name="Eins GmbH")
            Measure.objects.update(title="Zwei")
            with transaction.atomic():
                EventFactory.create_batch(5)
            assert other.submit(seen_by_another_connection).result(5) == before
        assert other.submit(seen_by_another_connection).result(5) == before + 1


@committed
def test_a_change_that_is_rolled_back_leaves_the_version(shown):
    before = PublicVersion.current()

    with transaction.atomic():
        Organisation.objects.update(name="Doch nicht GmbH")
        transaction.set_rollback(True)
    with transaction.atomic(), transaction.atomic():
        Organisation.objects.update(name="Auch nicht GmbH")
        transaction.set_rollback(True)

    assert PublicVersion.current() == before


@committed
def test_two_writers_do_not_wait_for_each_other_before_their_commit(shown):
    def publish_another() -> None:
        try:
            EventFactory(published=True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        Organisation.objects.update(name="Langsam GmbH")
        other.submit(publish_another).result(2)

    assert Event.objects.count() == 2


@committed
def test_an_emptied_database_never_repeats_a_number(shown):
    before = PublicVersion.current()

    sql("DELETE FROM website_publicversion")
    Organisation.objects.update(name="Danach GmbH")

    assert PublicVersion.current() > before


def test_every_table_that_a_public_page_reads_raises_the_version(shown):
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.cookies["x"] = "1"
    with CaptureQueriesContext(connection) as queries:
        for path in ("/", "/wirkung/", "/klimapartner/", shown.get_absolute_url(), "/initialpartner/", "/mitmachen/", "/veranstaltungen/",
                     Event.objects.get().get_absolute_url(), "/impressum/", "/datenschutz/", "/barrierefreiheit/"):  # fmt: skip
            assert client.get(path).status_code == 200
    statements = " ".join(query["sql"] for query in queries)
    with connection.cursor() as cursor:
        read = {table for table in connection.introspection.table_names(cursor) if f'"{table}"' in statements}
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'raise_public_version%'")
        watched = {table for (table,) in cursor.fetchall()}

    assert read - {"website_publicversion"} == watched
