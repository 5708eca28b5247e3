"""A company's way to an application: begun, filled by several people, sent, proven."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.newsletter.models import Subscription
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners import access, steps
from partners.mails.application import PROOFS, application_access
from partners.models import Applicant, Application, Consent
from partners.models.consent import TEXT_VERSION
from partners.services import applying, questions
from tests.factories import ApplicationFactory
from tests.filled import a_minute_later
from tests.rows import all_rows, difference

BEGUN = {"organisation": "Musterbäckerei GmbH", "name": "Erika Muster", "email": "erika@musterbaeckerei.example"}


def begin(**changes: object) -> Applicant:
    applicant, _ = applying.start(**{"form_token": uuid4(), **BEGUN, **changes})
    return applicant


def draft(**fields: object) -> Applicant:
    """Return the proven person of a complete draft."""
    return ApplicationFactory(**fields).applicants.get()


def timeline_of(application: Application) -> list[str]:
    return [entry.text for entry in application.timeline.order_by("pk")]


def save(applicant: Applicant, page: str = "a", *, shown: dict[str, object] | None = None, **answers: object) -> list:
    """Save answers of the step „heute“ as if the page had shown what `shown` says, else what is stored."""
    application = Application.objects.get(pk=applicant.application_id)
    before = {name: steps.stored(application, name) for name in answers} | (shown or {})
    return applying.save(application, steps.STATUS_QUO, answers, shown=before, by=applicant, page=page)


def colleague_of(applicant: Applicant) -> Applicant:
    return applying.invite(applicant.application, name="Kim Muster", email="kim@musterbaeckerei.example", by=applicant)


# --- Beginning --------------------------------------------------------------------------------------------------------


def test_a_begun_application_is_a_draft_with_one_person_and_one_mail(pact, mails):
    applicant = begin()

    application = applicant.application
    assert (application.status, application.name, application.contact_email) == (
        "draft", "Musterbäckerei GmbH", BEGUN["email"],
    )  # fmt: skip
    [mail] = mails()
    assert (mail.kind, mail.to_email, mail.link.purpose, mail.is_proven) == (
        "application_started", BEGUN["email"], access.APPLICATION, False,
    )  # fmt: skip
    assert mail.link.expires_at - mail.link.created_at == timedelta(days=90)
    assert timeline_of(application) == ["Antrag begonnen"]


def test_the_same_form_sent_again_finds_the_first_application(pact):
    token = uuid4()
    first, is_new = applying.start(form_token=token, **BEGUN)
    before = all_rows()

    again, is_new_again = applying.start(form_token=token, **{**BEGUN, "organisation": "Anders GmbH"})

    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert difference(before, all_rows()) == {}


def test_no_mail_to_an_unproven_address_holds_a_word_that_somebody_typed(pact, mails):
    first = begin(organisation="ZZMARKE-FIRMA", name="ZZMARKE-PERSON")
    applying.prove(mails()[0].link)
    first.refresh_from_db()
    applying.invite(first.application, name="ZZMARKE-KIM", email="kim@musterbaeckerei.example", by=first)

    said = [" ".join([mail.subject, mail.body, mail.to_name, mail.key, str(mail)]) for mail in mails(kind__in=PROOFS)]

    assert len(said) == 2
    assert [text for text in said if "ZZMARKE" in text] == []
    application = ApplicationFactory(name="ZZMARKE-FIRMA", contact_name="ZZMARKE-PERSON")  # the control
    application_mail = mails(kind="application_draft_ends")
    assert application_mail == []
    from partners.mails.application import draft_ends

    draft_ends(application.applicants.get(), deleted_on=timezone.localdate())
    assert "ZZMARKE-PERSON" in mails(kind="application_draft_ends")[0].body


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_only_what_was_changed_is_stored(pact):
    applicant = draft(already_doing="Strom vom Dach", target_year=2030)

    conflicts = save(applicant, already_doing="Strom vom Dach", target_year=2035)

    application = Application.objects.get()
    assert conflicts == []
    assert (application.already_doing, application.target_year, application.version) == ("Strom vom Dach", 2035, 2)
    [saved] = application.saved_steps.all()
    assert (saved.step, saved.saved_by, set(saved.changes)) == ("heute", applicant, {"target_year"})


def test_a_saved_draft_lies_no_longer_and_will_be_warned_of_again(pact):
    applicant = draft()
    Application.objects.update(saved_at=timezone.now() - timedelta(days=40), warned_at=timezone.now())

    save(applicant, already_doing="Weiter")

    application = Application.objects.get()
    assert timezone.now() - application.saved_at < timedelta(minutes=1)
    assert application.warned_at is None


def test_whoever_only_looks_and_saves_is_not_named_as_the_one_who_filled_it(pact):
    applicant = draft()
    kim = colleague_of(applicant)
    save(applicant, already_doing="Erikas Worte")

    save(kim, already_doing="Erikas Worte")

    assert Application.objects.get().saved_steps.get().saved_by == applicant


def test_a_conflict_names_value_person_and_time(pact):
    applicant = draft()
    kim = colleague_of(applicant)
    with time_machine.travel(datetime(2026, 11, 2, 10, 0, tzinfo=timezone.get_current_timezone()), tick=False):
        save(kim, "kim", already_doing="Kims Worte")
        then = timezone.now()

    [conflict] = save(applicant, "erika", already_doing="Erikas Worte", shown={"already_doing": ""})

    assert (conflict.field, conflict.value, conflict.by, conflict.at) == ("already_doing", "Kims Worte", kim, then)
    assert Application.objects.get().already_doing == "Kims Worte"


def test_a_conflict_in_one_answer_keeps_no_other_from_being_stored(pact):
    applicant = draft()
    save(colleague_of(applicant), "kim", already_doing="Kims Worte")

    conflicts = save(applicant, "erika", already_doing="Erikas Worte", target_year=2040, shown={"already_doing": ""})

    assert [conflict.field for conflict in conflicts] == ["already_doing"]
    assert Application.objects.get().target_year == 2040


def test_a_page_that_saves_twice_asks_nobody_about_itself(pact):
    applicant = draft()

    first = save(applicant, "tab", already_doing="eins", shown={"already_doing": ""})
    second = save(applicant, "tab", already_doing="zwei", shown={"already_doing": ""})

    assert first == second == []
    assert Application.objects.get().already_doing == "zwei"


def test_what_somebody_wrote_between_two_savings_of_a_page_is_asked_about(pact):
    applicant = draft()
    save(applicant, "tab", target_year=2030)
    save(colleague_of(applicant), "kim", already_doing="Kims Worte")

    [conflict] = save(applicant, "tab", already_doing="Erikas", shown={"already_doing": ""})

    assert conflict.value == "Kims Worte"


def test_ticks_that_are_stored_together_change_one_by_one(pact):
    applicant = draft(trade_secrets=["wishes", "already_doing"])

    save(applicant, secret_already_doing=False, secret_balance_tool=True)

    assert Application.objects.get().trade_secrets == ["balance_tool", "wishes"]


@pytest.mark.parametrize("meanwhile", ["sent", "removed"])
def test_nothing_is_saved_once_it_was_sent_or_the_person_removed(meanwhile, pact):
    applicant = draft()
    kim = colleague_of(applicant)
    if meanwhile == "sent":
        applying.send(applicant.application, by=applicant)
    else:
        applying.remove(kim, by=applicant)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        save(kim, already_doing="Zu spät")

    assert difference(before, all_rows()) == {}


# --- People -----------------------------------------------------------------------------------------------------------


def test_an_invited_colleague_gets_a_link_of_her_own(pact, mails):
    applicant = draft()

    kim = colleague_of(applicant)

    [mail] = mails(kind="application_invited")
    assert (mail.to_email, mail.link.object_id, mail.link.email) == (kim.email, applicant.application_id, kim.email)
    assert access.applicant_of(mail.link) == kim
    assert kim.invited_by == applicant


def test_inviting_again_is_one_person_and_another_mail(pact, mails):
    applicant = draft()
    kim = colleague_of(applicant)
    a_minute_later()

    assert colleague_of(applicant) == kim

    assert applicant.application.applicants.count() == 2
    assert len(mails(kind="application_invited")) == 2


def test_the_button_pressed_twice_is_one_wish_and_one_mail(pact, mails):
    applicant, stranger = draft(), begin()
    a_minute_later()

    for _ in range(2):
        colleague_of(applicant)
        applying.ask_for_proof(stranger)

    assert len(mails(kind="application_invited")) == 1
    assert len(mails(kind="application_started")) == 2  # the first one came when it was begun


@pytest.mark.parametrize("wish", ["send", "invite", "remove", "answer", "save"])
def test_who_was_removed_in_the_same_moment_does_nothing_more(wish, in_state, office):
    application = in_state("query" if wish == "answer" else "draft")
    applicant = application.applicants.get()
    kim = colleague_of(applicant)
    applying.prove(application_access(kim))
    kim.refresh_from_db()
    applying.remove(kim, by=applicant)
    before = all_rows()
    wishes = {
        "send": lambda: applying.send(application, by=kim),
        "invite": lambda: applying.invite(application, name="Lu", email="lu@fern.example", by=kim),
        "remove": lambda: applying.remove(applicant, by=kim),
        "answer": lambda: questions.answer(
            application, [questions.Reply(application.questions.get().pk, "Drei.")], by=kim
        ),
        "save": lambda: save(kim, balance_tool="ecocockpit"),
    }

    with pytest.raises(TransitionNotAllowed):
        wishes[wish]()

    assert difference(before, all_rows()) == {}


def test_a_stranger_cannot_let_us_write_to_others(pact, mails):
    applicant = begin()

    with pytest.raises(NotPossible, match="eigene E-Mail-Adresse"):
        colleague_of(applicant)

    assert mails(kind="application_invited") == []


def test_so_many_people_and_no_more(pact):
    applicant = draft()
    for number in range(applying.MOST_APPLICANTS - 1):
        applying.invite(applicant.application, name="", email=f"p{number}@musterbaeckerei.example", by=applicant)
    before = all_rows()

    with pytest.raises(NotPossible, match="Mehr als 10 Personen"):
        colleague_of(applicant)

    assert difference(before, all_rows()) == {}


def test_the_links_of_a_removed_person_end_at_once_and_those_of_others_stay(pact, mails):
    applicant = draft()
    own = application_access(applicant)
    kim = colleague_of(applicant)
    [mail] = mails(kind="application_invited")

    applying.remove(kim, by=applicant)

    assert not AccessLink.objects.live(now=timezone.now()).filter(pk=mail.link.pk).exists()
    assert AccessLink.objects.live(now=timezone.now()).filter(pk=own.pk).exists()
    mail.refresh_from_db()
    assert mail.status == "withdrawn"
    assert timeline_of(applicant.application)[-1] == "Kim Muster arbeitet nicht mehr mit"


def test_a_mended_address_closes_the_old_link_and_takes_back_the_old_mail(pact, mails):
    applicant = begin()
    old = mails()[0].link

    applying.mend_address(applicant, "neu@musterbaeckerei.example")

    old.refresh_from_db()
    assert old.revoked_at
    assert [(mail.to_email, mail.status) for mail in mails()] == [
        (BEGUN["email"], "withdrawn"), ("neu@musterbaeckerei.example", "queued"),
    ]  # fmt: skip
    assert Application.objects.get().contact_email == "neu@musterbaeckerei.example"
    assert mails()[-1].link.email == "neu@musterbaeckerei.example"


@pytest.mark.parametrize("spelling", ["erika@musterbaeckerei.example", "ERIKA@musterbaeckerei.example"])
def test_a_fourth_proof_mail_within_an_hour_is_refused_and_changes_nothing(spelling, pact):
    with time_machine.travel(datetime(2026, 11, 2, 10, 0, tzinfo=timezone.get_current_timezone()), tick=False) as clock:
        for _ in range(3):
            begin()
        fourth = begin(email="anders@musterbaeckerei.example")
        before = all_rows()

        with pytest.raises(NotPossible, match="in einer Stunde"):
            applying.mend_address(fourth, spelling)
        assert difference(before, all_rows()) == {}

        clock.shift(timedelta(minutes=61))
        applying.mend_address(fourth, spelling)
        assert OutgoingMail.objects.filter(status="queued").count() == 4


def test_the_office_cannot_flood_an_address_either(pact, office):
    applicant = begin()
    for _ in range(2):
        a_minute_later()
        applying.ask_for_proof(applicant, by=office)
    a_minute_later()

    with pytest.raises(NotPossible):
        applying.ask_for_proof(applicant, by=office)

    assert OutgoingMail.objects.count() == 3


# --- Sending and proving ----------------------------------------------------------------------------------------------


def test_what_a_proven_person_sends_has_arrived(pact, mails):
    applicant = draft(chosen_consents=["profile"])

    application = applying.send(applicant.application, by=applicant)

    assert application.status == "submitted"
    assert (application.sent_by, application.sent_at) == (applicant, application.confirmed_at)
    [news] = mails(kind="office_application")
    assert (news.to_email, news.link) == (pact.office_email, None)
    assert f"/admin/partners/application/{application.pk}/change/" in news.body
    assert timeline_of(application) == [
        "Erika Muster hat bestätigt: darf für die Organisation handeln, die Angaben stimmen, Datenschutzhinweise gelesen",
        "Antrag eingegangen, E-Mail-Adresse bestätigt",
    ]


def test_what_an_unproven_person_sends_waits_for_the_proof(pact, mails):
    applicant = ApplicationFactory(applicant__is_proven=False).applicants.get()

    application = applying.send(applicant.application, by=applicant)

    assert (application.status, application.confirmed_at) == ("unconfirmed", None)
    assert mails(kind="office_application") == []
    [mail] = mails(kind="application_started")
    applying.prove(mail.link)
    application.refresh_from_db()
    assert application.status == "submitted"
    assert len(mails(kind="office_application")) == 1


def test_a_draft_is_not_sent_while_something_is_missing(pact):
    applicant = draft(sector="", employees=None)
    before = all_rows()

    with pytest.raises(NotPossible, match="Es fehlt noch: Branche, Zahl der Beschäftigten."):
        applying.send(applicant.application, by=applicant)

    assert difference(before, all_rows()) == {}


def test_each_consent_is_kept_with_its_text_and_who_gave_it(pact):
    applicant = draft(chosen_consents=["profile", "quote"])

    application = applying.send(applicant.application, by=applicant)

    consents = {consent.purpose: consent for consent in application.consents.all()}
    assert set(consents) == {"profile", "quote"}
    for purpose, consent in consents.items():
        assert (consent.text, consent.text_version) == (Consent.TEXTS[purpose], TEXT_VERSION)
        assert (consent.given_by, consent.given_by_email) == ("Erika Muster", applicant.email)
        assert consent.stands


@pytest.mark.parametrize("wanted", [True, False])
def test_the_newsletter_is_ordered_only_by_its_own_tick_and_confirmed_by_its_own_mail(wanted, pact, mails):
    applicant = draft(orders_newsletter=wanted)

    applying.send(applicant.application, by=applicant)

    assert Subscription.objects.filter(email=applicant.email, confirmed_at=None).exists() == wanted
    assert [mail.to_email for mail in mails(kind="newsletter_confirm")] == [applicant.email] * wanted


def test_an_unproven_sender_orders_no_newsletter_for_somebody(pact):
    applicant = ApplicationFactory(orders_newsletter=True, applicant__is_proven=False).applicants.get()

    applying.send(applicant.application, by=applicant)

    assert not Subscription.objects.exists()


def test_a_contact_who_took_no_part_gets_a_link_of_her_own(pact, mails):
    applicant = draft()
    Application.objects.update(contact_email="chefin@musterbaeckerei.example", contact_name="Chefin Muster")

    applying.send(applicant.application, by=applicant)

    [mail] = mails(kind="application_invited")
    assert mail.to_email == "chefin@musterbaeckerei.example"


def test_proving_twice_changes_nothing(pact, mails):
    begin()
    link = mails()[0].link
    applying.prove(link)
    before = all_rows()

    applying.prove(link)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("why", ["closed", "removed", "gone"])
def test_a_link_that_ended_proves_nothing(why, pact, mails):
    applicant = draft()
    kim = colleague_of(applicant)
    [mail] = mails(kind="application_invited")
    match why:
        case "closed":
            AccessLink.objects.filter(pk=mail.link.pk).update(revoked_at=timezone.now())
        case "removed":
            Applicant.objects.filter(pk=kim.pk).update(left_at=timezone.now())
        case "gone":
            Application.objects.all().delete()

    with pytest.raises(TransitionNotAllowed):
        applying.prove(mail.link)

    assert not Applicant.objects.filter(pk=kim.pk).exclude(proven_at=None).exists()


def test_a_withdrawn_application_is_told_to_both_sides(in_state, mails):
    application = in_state("query")

    applying.withdraw(application)

    assert [mail.to_email for mail in mails(kind="application_withdrawn")] == [application.contact_email]
    assert [mail.to_email for mail in mails(kind="office_withdrawal")] == ["klimapakt@musterstadt.example"]


def test_no_process_of_joining_needs_a_mailbox_to_be_set_up(pact):
    pact.office_email = ""
    pact.save()
    applicant = draft()

    applying.send(applicant.application, by=applicant)

    assert not OutgoingMail.objects.filter(to_email="").exists()
