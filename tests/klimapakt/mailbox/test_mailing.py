"""A mail to many: who gets it, that it is frozen once it is prepared, that it goes once, and that it can be halted."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import audiences, mailing, optout, proof, restored
from klimapakt.mailbox.models import (
    LINK_MARK,
    UNSUBSCRIBE_MARK,
    AddressProblem,
    EditedMeanwhile,
    MailboxState,
    Mailing,
    OptOut,
    OutgoingMail,
    Topic,
    shown,
)
from klimapakt.mailbox.pump import pump
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.factories import ContactFactory, PartnerFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db

S = OutgoingMail.Status


@pytest.fixture(autouse=True)
def _musterstadt(pact) -> None:
    """Every mailing belongs to a pact with a mailbox."""


def person(name: str, **fields) -> object:
    """A contact of a new Klimapartner."""
    organisation = fields.pop("organisation", None) or PartnerFactory(listed=True).organisation
    return ContactFactory(name=name, organisation=organisation, **fields)


def states_of(found: Mailing) -> dict[str, int]:
    return mailing.progress(found).counts


# --- Who gets it ------------------------------------------------------------------------------------------------------


def test_whoever_cannot_be_reached_is_shown_with_the_reason():
    reachable = person("Erika Muster")
    person("Ohne Adresse", email="")
    AddressProblem.objects.create(email="weg@firma.example", sentence="Diese Adresse gibt es nicht mehr.")
    person("Weg Gezogen", email="Weg@firma.example")
    OptOut.objects.create(email="nein@firma.example", topic=Topic.MAILING)
    person("Nein Danke", email="nein@firma.example")
    OptOut.objects.create(email=reachable.email, topic=Topic.NEWSLETTER)

    selection = mailing.recipients_of(MailingFactory())

    assert [one.name for one in selection.chosen] == ["Erika Muster"]
    assert {one.recipient.name: one.reason for one in selection.left_out} == {
        "Ohne Adresse": "Keine Adresse eingetragen.",
        "Weg Gezogen": "Diese Adresse gibt es nicht mehr.",
        "Nein Danke": "Hat diese Mails abbestellt.",
    }


def test_one_address_at_two_organisations_gets_one_mail():
    person(
        "Erika Muster",
        email="erika@firma.example",
        organisation=PartnerFactory(listed=True, organisation__name="Bäckerei Korn").organisation,
    )
    person(
        "Erika Muster",
        email="Erika@firma.example",
        organisation=PartnerFactory(listed=True, organisation__name="Mühle Korn").organisation,
    )

    selection = mailing.recipients_of(MailingFactory())

    assert [one.organisation for one in selection.chosen] == ["Bäckerei Korn"]
    assert [one.reason for one in selection.left_out] == ["Dieselbe Adresse wie Erika Muster, Bäckerei Korn."]


def test_whoever_was_struck_off_gets_no_mail():
    struck, kept = person("Erika Muster"), person("Max Beispiel")
    found = MailingFactory(left_out=[f"contact:{struck.pk}"])

    mailing.prepare(found)

    assert [mail.to_email for mail in found.mails.all()] == [kept.email]


def test_an_audience_that_is_gone_says_so():
    with pytest.raises(NotPossible, match="Diesen Empfängerkreis gibt es nicht mehr"):
        mailing.recipients_of(MailingFactory(audience="verschwunden", choices={}))


# --- The draft --------------------------------------------------------------------------------------------------------


def test_of_two_people_who_edit_the_second_is_told():
    found = MailingFactory()
    colleague = Mailing.objects.get()
    found.edit(seen=1, subject="Meins", body="Meins")

    with pytest.raises(EditedMeanwhile):
        colleague.edit(seen=1, subject="Seins", body="Seins")

    assert Mailing.objects.get().subject == "Meins"


@pytest.mark.parametrize(
    ("subject", "body", "field"),
    [
        ("Neues {namme}", "Text", "subject"),
        ("Neues", "Guten Tag {nahme}", "body"),
        ("{link}", "Text", "subject"),
        ("Neues", "{wenn name} ohne Ende", "body"),
    ],
)
def test_a_text_that_could_not_be_filled_in_is_refused_at_its_field(subject, body, field):
    with pytest.raises(ValidationError) as error:
        mailing.check_words(audiences.get("partners"), subject, body)

    assert set(error.value.message_dict) == {field}


def test_a_copy_takes_audience_and_text_and_leaves_out_the_same_people(office):
    found = mailing_in("released", left_out=["contact:0"])

    copies = [mailing.copy(found, token="7e0d9f6e-3e0b-4d92-8d2a-6f6a3c1d2f10", by=office) for _ in range(2)]

    assert copies[0] == copies[1] != found
    assert (copies[0].audience, copies[0].subject, copies[0].body) == (found.audience, found.subject, found.body)
    assert (copies[0].status, copies[0].left_out) == ("draft", ["contact:0"])


@pytest.mark.parametrize("is_released", [False, True], ids=["prepared", "released"])
def test_a_copy_leaves_out_whose_prepared_mail_was_dropped(is_released, office):
    found = mailing_in("prepared", left_out=["contact:0"])
    dropped = found.mails.earliest("pk")
    proof.drop_single(dropped)
    if is_released:
        found.note_reading()
        mailing.release(found)

    copied = mailing.copy(Mailing.objects.get(), token="7e0d9f6e-3e0b-4d92-8d2a-6f6a3c1d2f10", by=office)

    assert copied.left_out == ["contact:0", dropped.key.removeprefix(f"mailing:{found.pk}:")]
    assert len(mailing.recipients_of(copied).chosen) == 1


# --- Preparing --------------------------------------------------------------------------------------------------------


def test_preparing_writes_one_draft_for_each_and_sends_nothing():
    person("Erika Muster", organisation=PartnerFactory(listed=True, organisation__name="A & B <GmbH>").organisation)
    found = MailingFactory(body="Guten Tag {name} von {organisation},\n\n{link}")

    assert mailing.prepare(found) == 1

    mail = found.mails.get()
    assert (mail.status, mail.kind, mail.topic) == ("draft", "mailing", "mailing")
    assert mail.subject == "Neues aus dem Musterstädter Klimapakt"
    assert mail.body.startswith(f"Guten Tag Erika Muster von A & B <GmbH>,\n\n{LINK_MARK}\n")
    assert "A &amp; B &lt;GmbH&gt;" in mail.html
    assert UNSUBSCRIBE_MARK in mail.body
    assert "weil Sie beim Musterstädter Klimapakt als Ansprechperson eingetragen sind" in mail.body
    assert mail.link.email == mail.to_email
    assert mail.about.startswith("partner:")
    assert found.status == "prepared"


def test_a_prepared_mailing_keeps_list_and_text_whatever_changes():
    found = mailing_in("prepared", people=1)
    before = found.mails.get().body

    person("Spät Dazu")
    with pytest.raises(TransitionNotAllowed):
        found.edit(seen=found.version, body="Etwas anderes")
    with pytest.raises(TransitionNotAllowed):
        mailing.prepare(found)

    assert [mail.body for mail in found.mails.all()] == [before]
    assert mailing.changes_since(found) == (0, 1)


@pytest.mark.parametrize(
    ("fields", "people", "sentence"),
    [
        ({"subject": ""}, 1, "Betreff und Text"),
        ({"body": ""}, 1, "Betreff und Text"),
        ({"body": "{unbekannt}"}, 1, "gibt es hier nicht"),
        ({}, 0, "niemand"),
    ],
)
def test_what_is_not_ready_is_not_prepared(fields, people, sentence):
    found = mailing_in("draft", people=people, **fields)
    before = all_rows()

    with pytest.raises(NotPossible, match=sentence):
        mailing.prepare(found)

    assert difference(before, all_rows()) == {}


def test_a_draft_that_somebody_else_changed_is_not_prepared():
    found = mailing_in("draft")
    Mailing.objects.get().edit(seen=1, body="Von jemand anderem")

    with pytest.raises(TransitionNotAllowed):
        mailing.prepare(found)

    assert not OutgoingMail.objects.exists()


def test_going_back_throws_the_mails_and_their_links_away_and_keeps_who_was_dropped():
    found = mailing_in("prepared", body="{link}", left_out=["contact:0"])
    dropped = found.mails.first()
    proof.drop_single(dropped)

    mailing.back_to_draft(found)

    assert (found.status, found.read_at, found.prepared_at) == ("draft", None, None)
    assert found.left_out == ["contact:0", dropped.key.removeprefix(f"mailing:{found.pk}:")]
    assert not found.mails.exists()
    assert not AccessLink.objects.exists()
    assert mailing.prepare(found) == 1
    assert found.mails.get().to_email != dropped.to_email


def test_five_thousand_mails_are_written_within_ten_seconds_in_one_transaction(django_assert_max_num_queries):
    found = MailingFactory(body="Guten Tag {name},\n\n{wenn funktion}als {funktion} {ende}kennen Sie das.\n\n{link}")
    many = [
        audiences.Recipient(
            key=f"contact:{n}",
            email=f"person{n}@firma.example",
            name=f"Person {n}",
            about=found,
            context={"name": f"Person {n}", "organisation": "Firma", "function": "Chefin" if n % 2 else ""},
            link=lambda n=n: AccessLink.prepare(
                "partner", n, email=f"person{n}@firma.example", valid_for=timedelta(days=9)
            ),
        )
        for n in range(5000)
    ]
    audience = audiences.Audience(
        name="many", title="Viele", explanation="", reason="Sie erhalten diese Mail, weil Sie viele sind.",
        form_class=audiences.get("partners").form_class, recipients=lambda choices: many,
        placeholders=audiences.get("partners").placeholders,
    )  # fmt: skip
    audiences.register(audience)
    Mailing.objects.update(audience="many")
    found.refresh_from_db()

    started = time.process_time()  # what else the machine does is not our time
    try:
        with django_assert_max_num_queries(60):
            assert mailing.prepare(found) == 5000
    finally:
        del audiences._audiences["many"]

    assert time.process_time() - started < 10
    assert states_of(found) == {"draft": 5000}


# --- Single mails -----------------------------------------------------------------------------------------------------


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


# --- States -----------------------------------------------------------------------------------------------------------

MATRIX = """
               draft      prepared  released  paused    stopped
prepare        prepared   -         -         -         -
back_to_draft  -          draft     -         -         -
release        -          released  -         -         -
pause          -          -         paused    -         -
resume         -          -         -         released  -
stop           -          -         stopped   stopped   -
"""


@pytest.mark.parametrize(("action", "state", "expected"), cells(MATRIX))
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected):
    found = mailing_in(state)
    if state == "prepared":
        found.note_reading()
    before = all_rows()

    if expected == "-":
        with pytest.raises(TransitionNotAllowed):
            getattr(mailing, action)(found)
        assert difference(before, all_rows()) == {}
    else:
        getattr(mailing, action)(found)
        assert Mailing.objects.get().status == expected


def test_a_stale_copy_cannot_release_twice():
    found = mailing_in("prepared")
    found.note_reading()
    stale = Mailing.objects.get()
    mailing.release(found)

    with pytest.raises(TransitionNotAllowed):
        mailing.release(stale)


# --- Sending ----------------------------------------------------------------------------------------------------------


def test_nothing_is_released_before_somebody_saw_the_samples():
    found = mailing_in("prepared")

    with pytest.raises(NotPossible, match="Beispiele"):
        mailing.release(found)
    stale = Mailing.objects.get()
    stale.read_at = timezone.now()  # the row knows better
    with pytest.raises(TransitionNotAllowed):
        mailing.release(stale)

    assert states_of(found) == {"draft": 2}


def test_released_mails_wait_until_their_time():
    found = mailing_in("prepared")
    found.note_reading()
    later = timezone.now() + timedelta(days=3)

    assert mailing.release(found, send_at=later) == 2

    assert {(mail.status, mail.due_at, mail.dated_at) for mail in found.mails.all()} == {("queued", later, later)}
    assert not OutgoingMail.objects.sendable(now=timezone.now()).exists()


def test_a_time_that_has_passed_is_refused():
    found = mailing_in("prepared")
    found.note_reading()

    with pytest.raises(NotPossible, match="schon vorbei"):
        mailing.release(found, send_at=timezone.now() - timedelta(minutes=1))

    assert Mailing.objects.get().status == "prepared"


def test_dropped_mails_do_not_leave_and_a_mailing_of_none_is_refused():
    found = mailing_in("prepared")
    found.note_reading()
    first, second = found.mails.order_by("pk")
    proof.drop_single(first)
    proof.drop_single(second)

    with pytest.raises(NotPossible, match="Alle Mails sind gestrichen"):
        mailing.release(found)

    assert Mailing.objects.get().status == "prepared"
    assert states_of(found) == {"withdrawn": 2}


def test_whoever_opts_out_after_the_preparation_gets_nothing():
    found = mailing_in("prepared")
    found.note_reading()
    optout.add(found.mails.first().to_email, Topic.MAILING)

    assert mailing.release(found) == 1
    assert states_of(found) == {"queued": 1, "withdrawn": 1}


def test_a_pause_keeps_back_what_has_not_left_and_resuming_lets_it_go():
    found = mailing_in("released", people=4)
    sent, in_flight, handing_over, waiting = found.mails.order_by("pk")
    lease = timezone.now() + timedelta(minutes=2)
    moments = {"lease_until": lease, "handed_over_at": timezone.now()}
    OutgoingMail.objects.filter(pk=sent.pk).update(status=S.SENT, sent_at=timezone.now())
    OutgoingMail.objects.filter(pk=in_flight.pk).update(status=S.IN_FLIGHT, lease_until=lease, attempts=1)
    OutgoingMail.objects.filter(pk=handing_over.pk).update(status=S.HANDING_OVER, attempts=1, **moments)

    assert mailing.pause(found) == 2

    assert states_of(found) == {"sent": 1, "held": 2, "handing_over": 1}
    assert not OutgoingMail.objects.sendable(now=timezone.now() + timedelta(hours=1)).exists()
    claimed = OutgoingMail.objects.get(pk=in_flight.pk)
    claimed.status = S.IN_FLIGHT  # as the worker has it
    with pytest.raises(TransitionNotAllowed):
        claimed.hand_over()

    assert mailing.resume(found) == 2
    assert states_of(found) == {"sent": 1, "queued": 2, "handing_over": 1}


def test_after_a_long_pause_a_mail_that_nobody_got_yet_is_dated_anew():
    found = mailing_in("paused", people=2)
    long_ago = timezone.now() - timedelta(days=14)
    found.mails.update(dated_at=long_ago, due_at=long_ago)
    perhaps_there = found.mails.order_by("pk").first()
    found.mails.filter(pk=perhaps_there.pk).update(handed_over_at=long_ago)

    mailing.resume(found)

    again, first = found.mails.order_by("pk")
    assert again.dated_at == long_ago  # the same message, byte for byte
    assert timezone.now() - first.dated_at < timedelta(minutes=1)


def test_what_the_server_put_off_during_a_pause_is_held_too():
    found = mailing_in("paused")
    found.mails.update(status=S.RETRY, due_at=timezone.now())

    pump()

    assert states_of(found) == {"held": 2}


def test_stopping_takes_back_what_has_not_left_for_good():
    found = mailing_in("released", people=3)
    sent, handing_over, _ = found.mails.order_by("pk")
    OutgoingMail.objects.filter(pk=sent.pk).update(status=S.SENT, sent_at=timezone.now())
    OutgoingMail.objects.filter(pk=handing_over.pk).update(
        status=S.HANDING_OVER,
        lease_until=timezone.now() + timedelta(minutes=2),
        handed_over_at=timezone.now(),
        attempts=1,
    )

    end = mailing.stop(found)

    assert (end.left, end.withdrawn) == (1, 1)
    claimed = OutgoingMail.objects.get(pk=handing_over.pk)
    claimed.retry_later("später", now=timezone.now())
    assert states_of(found) == {"sent": 1, "withdrawn": 2}


def test_what_is_unclear_when_a_mailing_is_stopped_is_not_repeated_by_itself():
    found = mailing_in("released", people=1)
    found.mails.update(status=S.UNCLEAR, handed_over_at=timezone.now())

    mailing.stop(found)

    with pytest.raises(TransitionNotAllowed):
        found.mails.get().repeat_once()
    assert states_of(found) == {"unclear": 1}


def test_resuming_frees_nothing_that_a_restore_holds():
    found = mailing_in("paused")
    restored = found.mails.first()
    found.mails.filter(pk=restored.pk).update(problem="Nach einer Wiederherstellung angehalten.")

    assert mailing.resume(found) == 1

    assert states_of(found) == {"held": 1, "queued": 1}


# --- A database out of a backup ---------------------------------------------------------------------------------------


def out_of_a_backup() -> None:
    MailboxState.load()
    MailboxState.objects.update(database="the one that was saved")
    assert restored.notice()


@pytest.mark.parametrize("state", ["draft", "prepared"])
def test_a_mailing_out_of_a_backup_is_read_again_before_it_leaves(state):
    found = mailing_in(state)
    found.note_reading()

    out_of_a_backup()

    found.refresh_from_db()
    assert found.may_have_been_sent
    if state == "draft":
        mailing.prepare(found)
    with pytest.raises(NotPossible, match="sehen Sie sich zuerst die Beispiele an"):
        mailing.release(found)
    found.note_reading()
    assert mailing.release(found) == 2
    assert not found.may_have_been_sent


def test_what_was_interrupted_in_the_backup_waits_until_somebody_has_looked():
    found = mailing_in("paused")

    out_of_a_backup()

    assert mailing.resume(found) == 0
    assert states_of(found) == {"held": 2}
    assert restored.release() == 2
    assert not found.may_have_been_sent


def test_progress_takes_one_query(django_assert_num_queries):
    found = mailing_in("released", people=3)

    with django_assert_num_queries(1):
        progress = mailing.progress(found)

    assert (progress.all, progress.open, progress.left, progress.is_over) == (3, 3, 0, False)


@pytest.mark.parametrize(("rate", "mails", "minutes"), [(0, 500, 0), (30, 41, 2), (30, 30, 1), (30, 0, 0)])
def test_the_rate_says_how_long_it_takes(rate, mails, minutes, settings):
    settings.MAIL_PER_MINUTE = rate

    assert mailing.minutes_for(mails) == minutes


def test_no_mark_can_be_seen_in_what_staff_read():
    mail = mailing_in("prepared", people=1, body="{link}").mails.get()

    assert "[Link zum Abbestellen]" in mail.shown_body
    assert not {LINK_MARK, UNSUBSCRIBE_MARK} & set(shown(mail.html) + mail.shown_body)
