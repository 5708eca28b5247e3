"""A mail to many: who gets it, that it is frozen once it is prepared, and which states it has."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import audiences, mailing, proof
from klimapakt.mailbox.models import (
    LINK_MARK,
    UNSUBSCRIBE_MARK,
    AddressProblem,
    EditedMeanwhile,
    Mailing,
    OptOut,
    OutgoingMail,
    Topic,
)
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.factories import PartnerFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.klimapakt.mailbox.mailings import person, states_of
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pact")]

S = OutgoingMail.Status


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
