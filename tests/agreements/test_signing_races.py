"""Several people at the same agreement at the same moment: one signature or none, one outcome, no half of one."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from agreements import mails as agreement_mails
from agreements.models import Agreement, Opening, Response, Signature, Version
from agreements.services import answering, offering
from klimapakt.documents.models import Document
from klimapakt.links.models import CODE_TRIES, OneTimeCode
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import TransitionNotAllowed
from partners.models import TimelineEntry
from tests.agreements.crowd import PAGE, Browser, code_of, kinds, refusals, whose_mails_have_left
from tests.factories.agreements import agreement_in, record_from_paper, sign
from tests.races import at_once, started
from tests.urls.table import path_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CROWD = 8


@pytest.fixture
def offered(pact, office) -> Version:
    return whose_mails_have_left(agreement_in("offered").newest_version())


def signed_once(version: Version) -> bool:
    """Whether there is one signature with all that belongs to it, and nothing else happened."""
    agreement = Agreement.objects.get(pk=version.agreement_id)
    [signature] = Signature.objects.all()
    return (
        signature.version == version
        and agreement.status == "signed"
        and kinds() == ["agreement_signed", "office_agreement_signed"]
        and TimelineEntry.objects.filter(text__contains="unterschrieben von").count() == 1
        and OneTimeCode.objects.exclude(used_at=None).count() == 1
    )


# --- Signing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clicks", [2, CODE_TRIES])
def test_a_button_pressed_many_times_signs_once(clicks, offered):
    browser = Browser(offered)
    tabs = [browser, *(Browser(offered, like=browser) for _ in range(clicks - 1))]

    codes = at_once([tab.signs for tab in tabs])

    assert sorted(codes) == [302, *[409] * (clicks - 1)]
    assert signed_once(offered)


def test_two_signers_at_once_make_one_signature(offered):
    browsers = [Browser(offered), Browser(offered)]

    codes = at_once([browsers[0].signs, lambda: browsers[1].signs("Kim Muster")])

    assert sorted(codes) == [302, 409]
    assert signed_once(offered)


def test_the_second_signer_waits_for_the_first_and_reads_that_it_is_signed(offered):
    first, second = Browser(offered), Browser(offered)

    with transaction.atomic():
        Agreement.objects.locked(offered.agreement_id)
        futures = started(first.signs, second.signs)

    assert sorted(future.result() for future in futures) == [302, 409]
    late = first if futures[0].result() == 409 else second
    assert "Diese Fassung ist unterschrieben" in late.get(PAGE).content.decode()
    assert signed_once(offered)


def test_many_who_read_and_open_at_once_leave_one_note(offered):
    link = agreement_mails.access_to(offered)

    at_once([lambda: Client().post(path_of(link)) for _ in range(CROWD)])

    assert Opening.objects.get().version == offered


def test_the_code_asked_for_many_times_at_once_is_good_once(offered):
    client = Browser(offered)
    clicks = [Browser(offered, like=client) for _ in range(CROWD)]

    codes = at_once([lambda c=c: c.post(PAGE + "code/", {"sha256": offered.sha256}).status_code for c in clicks])

    assert codes == [302] * CROWD
    assert OneTimeCode.objects.count() == 5
    live = OneTimeCode.objects.filter(expires_at__gt=timezone.now())
    assert live.count() == 1
    waiting = OutgoingMail.objects.filter(kind="agreement_code", status="queued")
    assert [mail.code for mail in waiting] == [live.get()]


# --- The guards, one after the other ----------------------------------------------------------------------------------


def test_without_the_lock_two_codes_would_sign_twice_and_the_constraint_refuses(offered, without_the_lock):
    proofs = [code_of(offered), code_of(offered)]
    without_the_lock()

    given = at_once([lambda proof=proof: sign(offered, **proof) for proof in proofs])

    [refused] = [answer for answer in given if isinstance(answer, Exception)]
    assert isinstance(refused, IntegrityError)
    assert "each_party_signs_a_version_once" in str(refused)
    assert signed_once(offered)


def test_without_the_lock_one_code_is_still_spent_once(offered, without_the_lock):
    proof = code_of(offered)
    without_the_lock()

    given = at_once([lambda: sign(offered, **proof)] * 2)

    assert refusals(given) == ["TransitionNotAllowed"]
    assert signed_once(offered)


def test_without_lock_and_constraint_there_would_be_two_signatures(
    offered, without_the_lock, without_the_guarded_update
):
    proofs = [code_of(offered), code_of(offered)]
    without_the_lock()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE agreements_signature DROP CONSTRAINT each_party_signs_a_version_once")

    try:
        at_once([lambda proof=proof: sign(offered, **proof) for proof in proofs])

        assert Signature.objects.filter(version=offered, party="partner").count() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE agreements_signature")
            cursor.execute(
                "ALTER TABLE agreements_signature ADD CONSTRAINT each_party_signs_a_version_once UNIQUE (version_id, party)"
            )


# --- The office meanwhile ---------------------------------------------------------------------------------------------


def test_what_is_taken_back_between_reading_and_signing_is_not_signed(offered, office):
    browser = Browser(offered)
    browser.get(PAGE + "unterschreiben/")
    offering.take_back(offered.agreement, by=office)

    code = browser.signs()

    assert code == 409
    assert not Signature.objects.exists()
    assert OneTimeCode.objects.get().used_at is None


def test_what_is_taken_back_while_the_signature_waits_is_not_signed(offered, office):
    browser = Browser(offered)

    with transaction.atomic():
        offering.take_back(offered.agreement, by=office)
        [future] = started(browser.signs)

    assert future.result() == 409
    assert Agreement.objects.get().is_draft
    assert not Signature.objects.exists()
    assert "agreement_signed" not in kinds()


def test_what_was_signed_while_the_office_takes_it_back_is_kept_as_a_signature_under_the_old_version(offered, office):
    proof = code_of(offered)

    with transaction.atomic():
        sign(offered, **proof)
        [future] = started(lambda: offering.take_back(offered.agreement, by=office))

    assert future.result() is True
    assert Agreement.objects.get().is_draft
    assert Signature.objects.get().version == offered
    assert "agreement_withdrawn" in kinds()


def test_signed_and_taken_back_at_once_has_one_outcome(offered, office):
    browser = Browser(offered)

    code, is_told = at_once([browser.signs, lambda: offering.take_back(offered.agreement, by=office)])

    assert is_told is True or code == 409
    assert Agreement.objects.get().is_draft
    assert Signature.objects.count() == ("agreement_signed" in kinds()) == (code == 302)


def test_signed_and_declined_at_once_is_one_of_both(offered):
    signer, decliner = Browser(offered), Browser(offered)
    refusal = {"sha256": offered.sha256, "reason": "Das können wir nicht leisten."}

    codes = at_once([signer.signs, lambda: decliner.post(PAGE + "ablehnen/", refusal).status_code])

    agreement = Agreement.objects.get()
    assert sorted(codes) == [302, 409]
    assert agreement.status == ("signed" if codes[0] == 302 else "declined")
    assert Signature.objects.count() == (agreement.status == "signed")
    assert Response.objects.count() == (agreement.status == "declined")
    assert kinds() == (
        ["agreement_signed", "office_agreement_signed"]
        if agreement.status == "signed"
        else ["office_agreement_declined"]
    )


def test_without_the_lock_the_guarded_update_keeps_signature_and_refusal_apart(offered, without_the_lock):
    proof = code_of(offered)
    without_the_lock()

    given = at_once([lambda: sign(offered, **proof), lambda: answering.decline(offered, "Nein.")])

    assert refusals(given) == ["TransitionNotAllowed"]
    assert Signature.objects.count() + Response.objects.count() == 1


def test_without_both_guards_it_would_be_signed_and_declined(offered, without_the_lock, without_the_guarded_update):
    proof = code_of(offered)
    without_the_lock()

    at_once([lambda: sign(offered, **proof), lambda: answering.decline(offered, "Nein.")])

    assert Signature.objects.count() == Response.objects.count() == 1


def test_signed_online_and_on_paper_at_once_has_one_pair_of_signatures(offered, office, settings, tmp_path):
    browser = Browser(offered)

    code, recorded = at_once([browser.signs, lambda: record_from_paper(offered.agreement, by=office)])

    agreement = Agreement.objects.get()
    if code == 302:
        assert isinstance(recorded, TransitionNotAllowed)
        assert signed_once(offered)
    else:
        assert (code, agreement.status) == (409, "in_force")
        assert sorted(Signature.objects.values_list("party", "method")) == [("pact", "paper"), ("partner", "paper")]
    assert Document.objects.filter(kind="agreement-scan").count() == (agreement.status == "in_force")


def test_the_same_wish_sent_twice_at_once_is_one(offered):
    browser = Browser(offered)
    clicks = [Browser(offered, like=browser) for _ in range(CROWD)]
    wish = {"sha256": offered.sha256, "text": "Bitte erst ab 2027."}

    codes = at_once([lambda click=click: click.post(PAGE + "aenderung/", wish).status_code for click in clicks])

    assert codes == [302] * CROWD
    assert Response.objects.count() == 1
    assert kinds() == ["office_agreement_change"]
