"""A trial shows the way into the pact, says what opens it, and takes it along when it goes."""

import hashlib
from datetime import timedelta

from klimapakt.pact.models import Pact
from klimapakt.setup import trial
from partners.models import (
    ApplicationQuestion,
    ApplicationStep,
    Interest,
    LetterOfIntent,
    ProfileProposal,
    TalkBooking,
    TalkSlot,
)
from partners.services import letters


def test_companies_ask_talks_are_offered_and_a_profile_waits_for_release(loaded, now):
    assert Interest.objects.open().count() == 2
    assert TalkSlot.objects.free(now=now).count() == 4
    booking = TalkBooking.objects.get()
    assert (booking.interest.wants_talk, booking.slot.starts_at > now) == (True, True)
    proposal = ProfileProposal.objects.get()
    assert set(proposal.changes) == {"text", "quote", "quote_person"}


def test_a_pact_without_talks_offers_none_and_has_a_letter_to_sign(duesseldorf, embedded, now):
    trial.load(now=now)

    assert not TalkSlot.objects.exists()
    assert Interest.objects.count() == 2
    pact = Pact.load()
    assert letters.is_used(pact)
    assert pact.letter_of_intent.startswith("Mustertext für den Testbetrieb.")


HINT = "Zum Ausprobieren tragen Sie nach der Anmeldung"
TO_DO = "Angabe fehlt, damit Unternehmen Anträge stellen können"
SETTING = "/admin/pact/pact/1/change/#id_office_email"


def test_where_no_mailbox_is_known_the_trial_says_what_opens_the_application(
    duesseldorf, embedded, now, client, office
):
    trial.load(now=now)
    client.force_login(office)

    join, start = client.get("/mitmachen/").text, client.get("/admin/").text

    assert HINT in join
    assert TO_DO in start
    assert f'href="{SETTING}"' in join
    assert f'href="{SETTING}"' in start
    assert 'id="id_office_email"' in client.get(SETTING).text


def test_with_a_mailbox_the_application_is_open_and_nothing_more_is_said(duesseldorf, embedded, now, client, office):
    trial.load(now=now)
    Pact.objects.update(office_email="klimapakt@stadt.example")
    client.force_login(office)

    join, start = client.get("/mitmachen/").text, client.get("/admin/").text

    assert HINT not in join
    assert TO_DO not in start
    assert client.get("/mitmachen/antrag/").status_code == 200


def test_the_public_of_a_real_pact_is_not_sent_to_the_office_s_pages(duesseldorf, client):
    assert HINT not in client.get("/mitmachen/").text


def test_removing_takes_the_way_into_the_pact_along_and_leaves_the_pact_as_it_was(duesseldorf, embedded, now):
    before = Pact.load()
    trial.load(now=now)

    trial.remove()

    after = Pact.load()
    assert (after.letter_of_intent, after.books_talks_online) == (before.letter_of_intent, before.books_talks_online)
    for model in (Interest, TalkSlot, TalkBooking, ProfileProposal, ApplicationQuestion, ApplicationStep):
        assert not model.objects.exists(), model


def test_a_letter_of_the_city_stays(duesseldorf, embedded, now):
    Pact.objects.update(letter_of_intent="Wir wollen.")
    trial.load(now=now)

    trial.remove()

    assert Pact.load().letter_of_intent == "Wir wollen."


def test_a_real_talk_keeps_the_booking_open(krefeld, embedded, now):
    trial.load(now=now)
    TalkSlot.objects.create(starts_at=now, ends_at=now + timedelta(hours=1), host="Ottilie Amt")

    trial.remove()

    assert TalkSlot.objects.count() == 1
    assert Pact.load().books_talks_online


def test_a_real_inquiry_stays(loaded, now):
    Interest.objects.create(name="A. B.", email="ab@firma.de")

    trial.remove()

    assert Interest.objects.get().email == "ab@firma.de"


def test_a_letter_that_was_signed_in_a_trial_goes_with_it(duesseldorf, embedded, now):
    trial.load(now=now)
    interest = Interest.objects.first()
    text = "Mustertext"
    LetterOfIntent.objects.create(
        interest=interest, organisation=str(interest), name=interest.name, email=interest.email, text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(), is_invented=True,
    )  # fmt: skip

    trial.remove()

    assert not LetterOfIntent.objects.exists()
