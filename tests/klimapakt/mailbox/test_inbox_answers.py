"""Answers of people we know: kept as plain text with the mail that they answer, without what programs write."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from django.utils import timezone

from klimapakt.mailbox import inbox
from klimapakt.mailbox.inbox.text import answer_in
from klimapakt.mailbox.models import IncomingMail, OutgoingMail
from tests.factories import ApplicationFactory, ContactFactory, OutgoingMailFactory, PartnerFactory
from tests.klimapakt.mailbox.arrivals import ERIKA, OURS, answer, our_mail


@pytest.fixture
def ours(pact) -> OutgoingMail:
    return our_mail()


def test_an_answer_of_the_recipient_is_kept_with_its_mail(account, ours):
    account.put(answer("Guten Tag,\n\nwir kommen gern.\n\nErika Muster", Subject="AW: Grüße für „Müller & Söhne“"))

    assert inbox.read() == 1

    row = IncomingMail.objects.get()
    assert (row.kind, row.answers, row.about) == ("reply", ours, "partner:4711")
    assert (row.from_email, row.from_name) == (ERIKA, "Erika Muster")
    assert row.subject == "AW: Grüße für „Müller & Söhne“"
    assert row.text == "Guten Tag,\n\nwir kommen gern.\n\nErika Muster"
    assert not row.is_shortened
    assert abs(row.received_at - timezone.now()) < timedelta(minutes=2)


def test_the_nearest_mail_is_the_one_that_is_answered(account, ours):
    later = OutgoingMailFactory(status="sent", to_email=ERIKA, message_id="<later@musterstadt.example>")
    account.put(answer(In_Reply_To="<fremd@x.example>", References=f"{OURS} {later.message_id} <fremd@x.example>"))

    inbox.read()

    assert IncomingMail.objects.get().answers == later


def test_a_contact_of_a_partner_is_known(account, pact):
    partner = PartnerFactory()
    ContactFactory(organisation=partner.organisation, email="Max@Musterbetrieb.example")
    account.put(answer(sender="max@musterbetrieb.example", In_Reply_To="<nichts@x.example>"))

    assert inbox.read() == 1

    row = IncomingMail.objects.get()
    assert (row.answers, row.about) == (None, f"partner:{partner.pk}")
    assert list(IncomingMail.objects.about(partner)) == [row]


def test_a_colleague_who_is_known_may_answer_for_the_recipient(account, ours):
    partner = PartnerFactory()
    ContactFactory(organisation=partner.organisation, email="max@musterbetrieb.example")
    account.put(answer(sender="max@musterbetrieb.example"))

    assert inbox.read() == 1

    assert IncomingMail.objects.get().answers == ours


def test_who_applied_is_known_once_the_address_is_proven(account, in_state):
    proven, unproven = in_state("in_review"), ApplicationFactory()
    for application in (proven, unproven):
        account.put(
            answer(
                sender=application.contact_email,
                Message_ID=f"<a{application.pk}@x.example>",
                In_Reply_To="<nichts@x.example>",
            )
        )

    assert inbox.read() == 1

    assert IncomingMail.objects.get().about == f"application:{proven.pk}"


def test_a_stranger_who_quotes_our_message_id_is_not_kept(account, ours):
    account.put(answer(sender="fremd@anderswo.example"))

    assert inbox.read() == 0

    assert not IncomingMail.objects.exists()


def test_what_the_office_writes_itself_is_not_kept(account, ours, pact):
    account.put(answer(sender=pact.office_email))

    assert inbox.read() == 0


AUTOMATIC = {
    "vacation": {"Auto_Submitted": "auto-replied (vacation)"},
    "generated": {"Auto_Submitted": "auto-generated"},
    "exchange": {"X_Auto_Response_Suppress": "All"},
    "precedence": {"Precedence": "auto_reply"},
    "bulk": {"Precedence": "bulk"},
    "autoreply": {"X_Autoreply": "yes"},
    "list": {"List_Id": "<rundbrief.musterbetrieb.example>"},
    "null return path": {"Return_Path": "<>"},
    "subject": {"Subject": "Automatische Antwort: Guten Tag"},
    "English subject": {"Subject": "Out of Office: Guten Tag"},
    "absence": {"Subject": "Abwesenheitsnotiz"},
}


def test_automatic_answers_are_ignored(account, ours):
    for name, headers in AUTOMATIC.items():
        account.put(
            answer("Ich bin im Urlaub.", **{"Subject": name, "Message_ID": f"<{len(name)}@x.example>", **headers})
        )
    account.put(answer())

    assert inbox.read() == 1

    assert IncomingMail.objects.get().subject == "AW: Guten Tag"
    ours.refresh_from_db()
    assert ours.status == "sent"


def test_a_person_who_says_no_is_a_person(account, ours):
    account.put(answer(Auto_Submitted="no", Subject="AW: Abwesenheitsnotiz für Montag?"))

    assert inbox.read() == 1


def test_a_personal_link_in_the_quoted_mail_is_not_stored(account, ours, settings):
    link = f"{settings.PORTAL_BASE_URL}/z/17.geheimesKennwort/"
    wrapped = f"https://schutz.example/?url={link.replace('/', '%2F')}&x=1"
    account.put(answer(f"Der Link geht nicht: {link}\nUnd so auch nicht: <{wrapped}>"))

    inbox.read()

    text = IncomingMail.objects.get().text
    assert "geheimesKennwort" not in text
    assert text.count("[persönlicher Link]") == 2


def test_a_code_in_the_quoted_mail_is_not_stored(account, ours):
    OutgoingMail.objects.update(body="Ihr Code: \ue001\n")
    account.put(answer("Ich habe 1234 5678 eingegeben, unter 0000 123456 erreichen Sie mich."))

    inbox.read()

    assert IncomingMail.objects.get().text == "Ich habe [Code] eingegeben, unter 0000 123456 erreichen Sie mich."


QUOTING = {
    "thunderbird": "Ja, gern.\n\nAm 20.11.26 um 09:00 schrieb Klimapakt:\n> Guten Tag,\n>\n> kommen Sie?\n",
    "gmail": "Ja, gern.\n\nOn Fri, Nov 20, 2026 at 9:00 AM Klimapakt <k@m.example> wrote:\n\n> Guten Tag\n",
    "outlook": "Ja, gern.\n\nVon: Klimapakt <k@m.example>\nGesendet: Freitag, 20. November 2026\nAn: Erika\n\nGuten Tag\n",
    "old outlook": "Ja, gern.\n\n-----Ursprüngliche Nachricht-----\nVon: Klimapakt\n\nGuten Tag\n",
    "outlook on the web": f"Ja, gern.\n\n{'_' * 32}\nVon: Klimapakt\nGesendet: heute\n\nGuten Tag\n",
}


def text_of(content: bytes) -> str:
    text, is_shortened = answer_in(message_from_bytes(content))
    assert not is_shortened
    return text


@pytest.mark.parametrize("text", QUOTING.values(), ids=QUOTING)
def test_the_quoted_original_is_left_out(text):
    assert text_of(answer(text)) == "Ja, gern."


def test_an_answer_between_the_quoted_lines_stays_whole():
    text = text_of(answer("Am 20.11.26 schrieb Klimapakt:\n> Kommen Sie?\n\nJa, gern.\n\n> Zu zweit?\n\nNein.\n"))

    assert "Ja, gern." in text
    assert "Nein." in text


def test_a_mail_that_is_only_forwarded_stays_whole():
    assert "Guten Tag" in text_of(answer("-----Ursprüngliche Nachricht-----\nVon: Klimapakt\n\nGuten Tag\n"))


def test_a_mail_of_html_alone_becomes_text():
    html = (
        "<html><head><title>x</title><style>p {color: red}</style></head><body><p>Guten Tag,</p>"
        "<p>M&uuml;ller &amp; S&ouml;hne <b>kommen</b> gern:<br>zu zweit</p><ul><li>Eins</li></ul>"
        "<script>alert('böse')</script><blockquote><p>Kommen Sie?</p></blockquote></body></html>"
    )

    text = text_of(answer("", html=html))

    assert "Guten Tag,\n\nMüller & Söhne kommen gern:\nzu zweit" in text
    assert "- Eins" in text
    assert "> Kommen Sie?" in text
    assert "böse" not in text
    assert "<" not in text


def test_markup_in_an_answer_is_only_text(account, ours):
    account.put(answer("<b>Hallo</b> & <script>alert(1)</script>", Subject="<i>AW</i>"))

    inbox.read()

    row = IncomingMail.objects.get()
    assert row.text == "<b>Hallo</b> & <script>alert(1)</script>"
    assert row.subject == "<i>AW</i>"


def test_a_long_answer_is_shortened_and_says_so(account, ours):
    account.put(answer("Wort " * 9000))

    inbox.read()

    row = IncomingMail.objects.get()
    assert len(row.text) == 20_000
    assert row.is_shortened
