"""The signatory's way to a signature: a code by mail, the form, one signature."""

import pytest
from django.test import Client, RequestFactory

from agreements import company_views
from agreements import mails as agreement_mails
from agreements.models import Signature
from klimapakt.links.models import OneTimeCode
from tests.agreements.test_company_views import PAGE, SESSIONS, SIGNING, ask_for_code, filled
from tests.agreements.test_company_views import offered as offered
from tests.agreements.test_company_views import signatory as signatory
from tests.factories.agreements import record_from_paper
from tests.rows import all_rows, difference


def test_a_signature_needs_page_code_and_form(offered, signatory, mails):
    version = offered.newest_version()

    assert ask_for_code(signatory, version)["Location"].startswith(SIGNING)
    mail = mails(kind="agreement_code")[0]
    page = signatory.get(SIGNING).content.decode()
    signed = signatory.post(SIGNING, filled(version, signatory))
    after = signatory.get(signed["Location"]).content.decode()

    assert (mail.to_email, mail.is_urgent, mail.expires_at) == (version.to_email, True, mail.code.expires_at)
    assert mail.code.digits() not in mail.body
    assert f"unterschreibe die Fassung {version.number}" in page
    assert 'value="Erika Muster"' in page
    assert signed.status_code == 302
    signature = Signature.objects.get()
    assert (signature.name, signature.function, signature.email) == (
        "Erika Muster",
        "Geschäftsführerin",
        version.to_email,
    )
    assert signature.sha256 == version.sha256
    assert "Diese Fassung ist unterschrieben" in after
    assert "Gegenzeichnung" in after


def test_a_wrong_code_is_told_at_the_field_and_keeps_the_rest(offered, signatory):
    version = offered.newest_version()
    ask_for_code(signatory, version)

    answer = signatory.post(SIGNING, filled(version, signatory, name="Dr. Erika Muster", code="00000000"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Sie haben noch 4 Versuche" in page
    assert 'value="Dr. Erika Muster"' in page
    assert not Signature.objects.exists()


def test_after_five_wrong_codes_the_right_one_is_too_late(offered, signatory):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    for _ in range(5):
        signatory.post(SIGNING, filled(version, signatory, code="00000000"))

    answer = signatory.post(SIGNING, filled(version, signatory))

    assert answer.status_code == 422
    assert "fünfmal nicht der richtige Code" in answer.content.decode()
    assert not Signature.objects.exists()


def test_an_expired_code_says_what_to_do(offered, signatory, time_machine):
    version = offered.newest_version()
    time_machine.move_to("2026-11-02T09:00:00+01:00", tick=False)
    ask_for_code(signatory, version)
    time_machine.move_to("2026-11-02T09:10:01+01:00", tick=False)

    answer = signatory.post(SIGNING, filled(version, signatory))

    assert answer.status_code == 422
    assert "Bitte lassen Sie sich einen neuen schicken" in answer.content.decode()


def test_another_code_keeps_what_was_typed_and_ends_the_first(offered, signatory, mails):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    first = OneTimeCode.objects.get()

    answer = signatory.post(
        SIGNING, filled(version, signatory, new_code="Neuen Code senden", name="Dr. Erika Muster", code="")
    )
    old = signatory.post(SIGNING, filled(version, signatory, code=first.digits()))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Ein neuer Code ist unterwegs" in page
    assert 'value="Dr. Erika Muster"' in page
    assert " checked" in page
    assert old.status_code == 422
    assert [mail.status for mail in mails(kind="agreement_code")] == ["withdrawn", "queued"]


def test_the_sixth_code_in_an_hour_is_refused(offered, signatory):
    version = offered.newest_version()
    for _ in range(5):
        ask_for_code(signatory, version)
    before = all_rows(without=SESSIONS)

    answer = signatory.get(ask_for_code(signatory, version)["Location"])

    assert "schon mehrere Codes geschickt" in answer.content.decode()
    assert difference(before, all_rows(without=SESSIONS)) == {}


def test_a_code_belongs_to_the_browser_that_asked(offered, signatory, open_link):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    other = Client()
    open_link(other, agreement_mails.access_to(version))

    answer = other.post(SIGNING, filled(version, other))

    assert answer.status_code == 422
    assert not Signature.objects.exists()


def test_a_link_sent_again_does_not_take_the_place_of_the_one_whose_code_waits(offered, signatory, open_link):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    open_link(signatory, agreement_mails.access_to(version))

    answer = signatory.post(SIGNING, filled(version, signatory))

    assert answer.status_code == 302
    assert Signature.objects.count() == 1


def test_a_report_of_an_error_while_signing_holds_no_code():
    request = RequestFactory().post(SIGNING, {"code": "12345678"})
    request.session = {}

    company_views.sign(request)

    assert request.sensitive_post_parameters == ("code",)


def test_what_was_signed_on_paper_says_so(offered, signatory, office):
    record_from_paper(offered, by=office)

    page = signatory.get(PAGE).content.decode()

    assert "Unterschrieben wurde das Papier (Scan). Hier steht, was das Portal dazu weiß." in page


@pytest.mark.parametrize("missing", ["name", "function", "agrees", "code"])
def test_what_is_missing_is_told_and_costs_no_try(missing, offered, signatory):
    version = offered.newest_version()
    ask_for_code(signatory, version)

    answer = signatory.post(SIGNING, filled(version, signatory, **{missing: None}))

    assert answer.status_code == 422
    assert f'href="#signingform-{missing}"' in answer.content.decode()
    assert OneTimeCode.objects.get().tries == 0
    assert not Signature.objects.exists()


def test_pressing_twice_signs_once(offered, signatory, mails):
    version = offered.newest_version()
    ask_for_code(signatory, version)
    typed = filled(version, signatory)
    signatory.post(SIGNING, typed)
    before = all_rows(without=SESSIONS)

    again = signatory.post(SIGNING, typed)

    assert again.status_code == 409
    assert "Diese Fassung ist unterschrieben" in again.content.decode()
    assert Signature.objects.count() == 1
    assert set(difference(before, all_rows(without=SESSIONS))) <= {"links_onetimecode"}
