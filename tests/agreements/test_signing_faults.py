"""Processes die while an agreement comes into force: it is signed by both or waits, and everybody gets the PDF once."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO

import pypdf
import pytest
from django.db import connection
from django.utils import timezone

from agreements import mails, pdf
from agreements.models import Agreement, Version
from agreements.services import binding, offering
from klimapakt.documents.models import Document
from klimapakt.documents.tasks import render
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.tasks import pump
from tests.factories import MeasureFactory, UserFactory
from tests.factories.agreements import agreement_in, ready_to_offer, sign
from tests.killed import killable
from tests.klimapakt.documents.altered import SHORT_LEASE
from tests.stack import Postbox, empty_broker, process_environment

pytestmark = pytest.mark.fault

ALTERED = "tests.klimapakt.documents.altered"
OFFICE = "klimapakt@musterstadt.example"


@pytest.fixture
def chief(transactional_db):
    return UserFactory(username="chefin", first_name="Gerda", last_name="Muster")


@pytest.fixture
def signed(transactional_db, pact, chief) -> Version:
    """Signed by the partner; all mails so far have left, the copy to read was made."""
    version = agreement_in("signed").newest_version()
    make_ready()
    OutgoingMail.objects.all().delete()
    return version


def make_ready() -> None:
    """Fill what was ordered, without a worker."""
    for document in Document.objects.filter(content=None):
        document.fill(b"%PDF-", now=timezone.now())


def sweep(until: Callable[[], bool], seconds: float = 30) -> bool:
    """Wake the worker again and again, as beat does; returns whether it came true."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        render.delay()
        pump.delay()
        time.sleep(0.3)
    return True


def copies() -> Counter[str]:
    """Count the mails with the PDF by kind, in the outbox."""
    return Counter(OutgoingMail.objects.filter(kind__endswith="in_force").values_list("kind", flat=True))


ONE_EACH = Counter({"agreement_in_force": 1, "office_agreement_in_force": 1})


# --- Killed at any line -----------------------------------------------------------------------------------------------


@pytest.fixture
def run_until(transactional_db) -> Iterator[Callable[[int, str], str]]:
    with killable("tests.agreements.killed", process_environment()) as run_until:
        yield run_until


def test_killed_at_any_line_a_countersignature_is_there_with_its_file_or_not_at_all(signed, run_until):
    seen, line = set(), 0

    while not signed.signatures.filter(party="pact").exists():
        line += 1
        run_until(line, "countersign")
        status, files = Agreement.objects.get().status, Document.objects.filter(kind="agreement").count()
        seen.add((status, signed.signatures.filter(party="pact").count(), files))

    assert line > 20
    assert seen == {("signed", 0, 0), ("in_force", 1, 1)}


def test_killed_at_any_line_a_rendering_is_there_with_its_mails_or_not_at_all(signed, chief, run_until):
    binding.countersign(signed.agreement, sha256=signed.sha256, by=chief)
    document = pdf.signed_copy(signed.agreement)
    seen, line = set(), 0

    while not document.is_ready:
        line += 1
        Document.objects.filter(content=None).update(lease_until=None, attempts=0)  # as if time had passed
        run_until(line, "render")
        document.refresh_from_db()
        seen.add((document.is_ready, sum(copies().values())))

    assert line > 20
    assert seen == {(False, 0), (True, 2)}
    assert copies() == ONE_EACH


# --- Real workers, killed or without a broker -------------------------------------------------------------------------


def arrived(postbox: Postbox) -> dict[str, list[bytes]]:
    """Return the files that came by mail, by recipient."""
    found: dict[str, list[bytes]] = {}
    for message in postbox.messages():
        for file in message.iter_attachments():
            found.setdefault(message["To"].addresses[0].addr_spec, []).append(file.get_payload(decode=True))
    return found


def everybody_has_it(postbox: Postbox, version: Version) -> bool:
    return set(arrived(postbox)) == {OFFICE, version.to_email}


def everybody_got_the_same_once(postbox: Postbox, version: Version) -> None:
    time.sleep(0.5)
    document = pdf.signed_copy(version.agreement)
    assert arrived(postbox) == {OFFICE: [bytes(document.content)], version.to_email: [bytes(document.content)]}
    assert copies() == ONE_EACH
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(document.content)).pages)
    assert "Erika Muster" in text
    assert "Gerda Muster" in text
    assert version.sha256 in "".join(text.split())


def test_countersigned_without_a_worker_and_without_a_broker_the_pdf_still_comes_once(start, signed, chief, postbox):
    binding.countersign(signed.agreement, sha256=signed.sha256, by=chief)
    empty_broker()

    start("restarted")
    assert sweep(lambda: everybody_has_it(postbox, signed))

    everybody_got_the_same_once(postbox, signed)


def test_a_worker_killed_while_it_renders_leaves_the_pdf_to_the_next(start, pact, chief, postbox):
    agreement = ready_to_offer()
    MeasureFactory.create_batch(300, agreement=agreement)
    version = offer_and_sign(agreement, chief)
    killed = start("killed", app=ALTERED, ALTERED=SHORT_LEASE)
    binding.countersign(agreement, sha256=version.sha256, by=chief)
    wait_for(lambda: Document.objects.filter(kind="agreement", lease_until__isnull=False).exists())
    time.sleep(0.3)
    killed.kill()
    assert not pdf.signed_copy(agreement).is_ready
    assert not copies()

    start("successor", app=ALTERED, ALTERED=SHORT_LEASE)
    assert sweep(lambda: everybody_has_it(postbox, version), seconds=60)

    everybody_got_the_same_once(postbox, version)
    assert pdf.signed_copy(agreement).attempts == 2


def offer_and_sign(agreement: Agreement, by: object) -> Version:
    version = offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=by)
    sign(version)
    make_ready()
    OutgoingMail.objects.all().delete()
    return version


def wait_for(it_is_so: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not it_is_so():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


# --- Twice ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ready(signed, chief) -> Document:
    binding.countersign(signed.agreement, sha256=signed.sha256, by=chief)
    make_ready()
    return pdf.signed_copy(signed.agreement)


def test_what_follows_a_finished_pdf_runs_twice_and_mails_once(ready):
    for _ in range(2):
        mails.in_force(ready)

    assert copies() == ONE_EACH


def test_without_its_key_the_second_run_would_mail_again(ready):
    mails.in_force(ready)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mailbox_outgoingmail SET key = key || '-other'")

    mails.in_force(ready)

    assert sum(copies().values()) == 4


def test_a_signed_pdf_that_was_ordered_twice_is_one(ready, signed):
    content = bytes(ready.content)

    again = pdf.order_signed_copy(signed)

    assert again == ready
    assert bytes(again.content) == content
