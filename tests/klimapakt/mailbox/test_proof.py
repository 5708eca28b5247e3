"""Reading a mailing before it is sent, and mending single mails of it."""

import pytest

from klimapakt.mailbox import mailing, proof
from klimapakt.mailbox.models import LINK_MARK, UNSUBSCRIBE_MARK, OutgoingMail, shown
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.factories import PartnerFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.klimapakt.mailbox.mailings import person
from tests.rows import all_rows, difference

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pact")]

S = OutgoingMail.Status


def test_the_samples_are_the_first_the_shortest_and_the_longest():
    for name in ("Anna Mittellang", "Bo Kurz", "Clementine von der langen Reihe", "Doris Muster", "Emil Muster"):
        person(name, organisation=PartnerFactory(listed=True, organisation__name=f"{name} GmbH").organisation)
    found = MailingFactory()
    mailing.prepare(found)

    samples = proof.samples(found)

    assert [mail.to_name for mail in samples] == ["Anna Mittellang", "Bo Kurz", "Clementine von der langen Reihe"]


def test_a_single_mail_is_edited_in_its_very_words():
    found = mailing_in("prepared", body="Guten Tag {name},\n\n{link}")
    mail, other = found.mails.order_by("pk")
    words = proof.own_words(mail)
    assert words == "Guten Tag Person 1,\n\n[persönlicher Link]"

    proof.edit_single(
        mail,
        subject="Für {name} & Co",
        body="Liebe {name} <b>,\n\n[persönlicher Link]\n\nhttps://boese.example",
        seen=words,
    )

    assert mail.subject == "Für {name} & Co"
    assert mail.body.startswith(f"Liebe {{name}} <b>,\n\n{LINK_MARK}\n\nhttps://boese.example\n\nFreundliche Grüße")
    assert mail.body.count(UNSUBSCRIBE_MARK) == 1
    assert f'href="{LINK_MARK}"' in mail.html
    assert "Liebe {name} &lt;b&gt;," in mail.html
    assert 'href="https://boese.example' not in mail.html
    assert proof.own_words(mail) == "Liebe {name} <b>,\n\n[persönlicher Link]\n\nhttps://boese.example"
    other.refresh_from_db()
    assert "Person 2" in other.body


def test_an_address_of_the_portal_stays_a_link_when_a_mail_is_edited(settings):
    start = f"{settings.PORTAL_BASE_URL}/"
    mail = mailing_in("prepared", people=1, body="Guten Tag {name},\n\nmehr hier: {startseite}").mails.get()
    assert proof.own_words(mail).endswith(f"hier: {start}")

    for words in (f"Lesen Sie {start}.", f"Neu ({start}), und {start}anderes\n\n{start}"):
        proof.edit_single(mail, subject="S", body=words, seen=proof.own_words(mail))
        assert proof.own_words(mail) == words

    assert mail.html.count(f'<a class="l" href="{start}"') == 2
    assert f"und {start}anderes" in mail.html


def test_a_link_that_a_mail_does_not_have_cannot_be_typed_into_it():
    mail = mailing_in("prepared", people=1).mails.get()

    with pytest.raises(NotPossible, match="keinen persönlichen Link"):
        proof.edit_single(mail, subject="S", body="Hier: [persönlicher Link]", seen=proof.own_words(mail))


def test_a_page_that_shows_an_older_text_does_not_overwrite_the_newer():
    mail = mailing_in("prepared", people=1).mails.get()
    seen = proof.own_words(mail)
    stale = OutgoingMail.objects.get()
    proof.edit_single(mail, subject="S", body="Neu", seen=seen)

    for copy in (stale, OutgoingMail.objects.get()):
        with pytest.raises(TransitionNotAllowed):
            proof.edit_single(copy, subject="S", body="Alt", seen=seen)

    assert proof.own_words(OutgoingMail.objects.get()) == "Neu"


def test_a_new_signature_of_the_office_wants_the_mails_anew(pact):
    mail = mailing_in("prepared", people=1).mails.get()
    pact.office_person = "Jemand Anderes"
    pact.save()

    with pytest.raises(NotPossible, match="Bitte bereiten Sie die Mails neu vor"):
        proof.own_words(mail)


@pytest.mark.parametrize("state", ["released", "paused", "stopped"])
def test_what_was_released_is_no_longer_edited_or_dropped(state):
    mail = mailing_in(state, people=1).mails.get()
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        proof.edit_single(mail, subject="S", body="B", seen=proof.own_words(mail))
    with pytest.raises(TransitionNotAllowed):
        proof.drop_single(mail)

    assert difference(before, all_rows()) == {}


def test_a_sample_says_what_was_written_into_that_mail_alone(office):
    mail = mailing_in("prepared", people=1).mails.get()
    proof.edit_single(mail, subject="Nur für Sie", body="Mit eigenen Worten", seen=proof.own_words(mail))

    proof.send_sample(mail, to=office)

    sent = OutgoingMail.objects.get(mailing=None)
    assert sent.subject == "Testmail: Nur für Sie"
    assert sent.body == mail.shown_body
    assert "Mit eigenen Worten" in sent.html
    assert UNSUBSCRIBE_MARK not in sent.body + sent.html


def test_a_sample_to_the_office_holds_no_link_of_somebody_else(office):
    found = mailing_in("prepared", people=1, body="Guten Tag {name},\n\n{link}")

    for _ in range(2):
        proof.send_sample(found.mails.get(), to=office)

    sent = OutgoingMail.objects.get(mailing=None)
    assert (sent.to_email, sent.status, sent.topic) == (office.email, "queued", "")
    assert sent.subject == "Testmail: Neues aus dem Musterstädter Klimapakt"
    assert "Guten Tag Person 1,\n\n[persönlicher Link]" in sent.body
    assert LINK_MARK not in sent.body + sent.html
    assert sent.link is None


def test_no_mark_can_be_seen_in_what_staff_read():
    mail = mailing_in("prepared", people=1, body="{link}").mails.get()

    assert "[Link zum Abbestellen]" in mail.shown_body
    assert not {LINK_MARK, UNSUBSCRIBE_MARK} & set(shown(mail.html) + mail.shown_body)
