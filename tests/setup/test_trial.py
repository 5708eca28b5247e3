"""Invented data fill a trial, can be told from real data everywhere, and go without a trace."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from agreements import content
from agreements.models import Agreement, Clause, Contribution, Measure, Opening, Response, Signature, Target, Version
from agreements.services import binding, drafting, offering
from events.models import Event
from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.setup import profile, trial, trial_events
from partners import duplicates, rules
from partners.models import (
    Application,
    Consent,
    Contact,
    InitialPartner,
    Interest,
    Organisation,
    Partner,
    ProfileProposal,
    TalkBooking,
    TalkSlot,
    TimelineEntry,
)
from partners.services import applying, decision, merging, questions
from partners.services.questions import Asked, Reply

REAL_PARTNERS = {"krefeld": 5, "duesseldorf": 1}


@pytest.mark.parametrize(("name", "invented"), [("krefeld", 36), ("duesseldorf", 40)])
def test_trial_has_41_partners_with_the_real_ones(db, embedded, now, name, invented):
    profile.load(name, now=now)

    counts = trial.load(now=now)

    today = timezone.localdate(now)
    assert counts.partners == invented
    assert Partner.objects.klimapartner(on=today).count() == 41
    assert Partner.objects.listed(on=today).count() == 38
    assert Organisation.objects.filter(is_invented=True).count() == invented
    assert Pact.load().has_trial_data


def test_office_finds_partners_in_every_state_of_publication(loaded, now):
    invented = Partner.objects.filter(organisation__is_invented=True)

    assert invented.filter(publication=Partner.Publication.PROPOSED).with_standing_consent().count() == 1
    hidden = invented.filter(publication=Partner.Publication.HIDDEN)
    assert hidden.count() == 2
    assert hidden.with_standing_consent().count() == 0
    assert Consent.objects.exclude(withdrawn_at=None).count() == 1
    assert Agreement.objects.filter(status=Agreement.Status.DRAFT).count() == 1


def test_every_invented_partner_has_measures_a_main_contact_and_somebody_who_signs(loaded):
    for organisation in Organisation.objects.filter(is_invented=True):
        agreement = organisation.partner.agreements.get(status=Agreement.Status.IN_FORCE)
        assert 2 <= agreement.measures.count() <= 5, organisation
        assert organisation.contacts.filter(is_main=True).count() == 1, organisation
        assert organisation.contacts.filter(is_signatory=True).count() == 1, organisation
        assert organisation.partner.text, organisation


def test_some_measures_have_no_figure_and_some_are_not_public(loaded):
    measures = Measure.objects.filter(agreement__status=Agreement.Status.IN_FORCE)

    assert measures.filter(expected_saving=None).exists()
    assert measures.filter(is_public=False).exists()


def test_expected_savings_stay_below_what_the_partner_emits(loaded):
    for agreement in Agreement.objects.filter(
        partner__organisation__is_invented=True, targets__isnull=False
    ).distinct():
        emitted = agreement.targets.first().base_value
        saved = sum(measure.expected_saving or 0 for measure in agreement.measures.all())
        assert saved < emitted, agreement


def test_invented_rows_keep_every_rule_of_their_models(loaded):
    models = (
        Organisation, Contact, Partner, Consent, Application, Event, Interest, TalkSlot, TalkBooking, ProfileProposal,
        Agreement, Clause, Contribution, Target, Measure, Version, Opening, Response, Signature,
    )  # fmt: skip
    for model in models:
        for row in model.objects.all():
            row.full_clean()


@pytest.mark.parametrize("days", [-1200, 0, 900])
def test_nothing_was_signed_or_sent_after_the_day_of_loading(krefeld, embedded, now, days):
    now += timedelta(days=days)

    trial.load(now=now)

    today = timezone.localdate(now)
    assert not Agreement.objects.filter(signed_on__gt=today).exists()
    assert not Version.objects.filter(offered_at__gt=now).exists()
    assert not Signature.objects.filter(signed_at__gt=now).exists()
    assert not Partner.objects.filter(published_at__gt=now).exists()
    assert not TimelineEntry.objects.exclude(by="Portal").filter(at__gt=now).exists()
    assert not Consent.objects.filter(organisation__is_invented=True, given_at__gt=now).exists()
    assert not Application.objects.filter(created_at__gt=now).exists()
    assert Partner.objects.klimapartner(on=today).count() == 41


def test_agreements_wait_at_every_step_of_their_way(loaded):
    S = Agreement.Status
    way = Agreement.objects.exclude(status=S.IN_FORCE)

    assert sorted(way.values_list("status", flat=True)) == [S.DRAFT, S.OFFERED, S.OFFERED, S.SIGNED]
    assert way.filter(versions__responses__kind="change").count() == 1
    assert way.get(status=S.SIGNED).newest_version().signatures.get().party == "partner"
    assert all(agreement.clauses.exists() for agreement in way)


def test_one_agreement_was_signed_by_both_in_the_portal_and_its_file_is_being_made(loaded):
    agreement = Agreement.objects.get(status=Agreement.Status.IN_FORCE, versions__isnull=False)

    assert [signature.party for signature in agreement.newest_version().signatures.all()] == ["partner", "pact"]
    assert Document.objects.about(agreement).count() == 2


def test_rendering_the_files_of_a_trial_writes_no_mail(loaded):
    while archive.render_next():
        pass

    assert Document.objects.exists()
    assert all(document.is_ready for document in Document.objects.all())
    assert not OutgoingMail.objects.exists()


def test_everything_invented_that_is_kept_says_so(loaded):
    for model in (Version, Opening, Response, Signature, Document):
        assert model.objects.exists()
        assert not model.objects.filter(is_invented=False).exists()


def test_somebody_who_tries_the_portal_can_offer_at_once(loaded):
    pact = Pact.load()
    draft = Agreement.objects.get(status=Agreement.Status.DRAFT)

    assert pact.countersigned_by == "Stadt Krefeld (Testbetrieb)"
    assert offering.obstacles(draft) == []
    signed = Agreement.objects.get(status=Agreement.Status.SIGNED).newest_version()
    assert content.read(signed.content).party == pact.countersigned_by


@pytest.mark.parametrize(("entered", "left"), [("", ""), ("Stadt Krefeld", "Stadt Krefeld")])
def test_in_whose_name_the_city_countersigns_stays_as_the_city_entered_it(krefeld, embedded, now, entered, left):
    Pact.objects.update(countersigned_by=entered)
    trial.load(now=now)

    trial.remove()

    assert Pact.load().countersigned_by == left


def test_what_waits_can_be_signed_on(loaded, office):
    agreement = Agreement.objects.get(status=Agreement.Status.SIGNED)
    office.first_name, office.last_name = "Volker", "Muster"

    binding.countersign(agreement, sha256=agreement.newest_version().sha256, by=office)

    assert Agreement.objects.in_force(on=timezone.localdate()).filter(pk=agreement.pk).exists()


@pytest.mark.parametrize("days", [-1200, 0, 3, 30, 45, 900])
def test_something_lies_ahead_whenever_a_trial_is_loaded(krefeld, embedded, now, days):
    now += timedelta(days=days)

    trial.load(now=now)

    coming = Event.objects.public().upcoming(now=now).filter(slug__in=AHEAD)
    assert {event.slug: event.status for event in coming} == AHEAD
    assert coming.get(kind=Event.Kind.NETWORK_MEETING).host.is_invented


AHEAD = {
    "workshop-massnahmen-planen-und-rechnen": "published",
    "netzwerktreffen-elektrische-lastwagen": "published",
    "rundgang-nahwaerme": "cancelled",
    "radtour-zu-drei-solardaechern": "published",
}


@pytest.mark.parametrize("weeks", [2, 4, 6, 16])
def test_coming_events_keep_clear_of_the_turn_of_the_year(weeks):
    for number in range(365):
        today = date(2026, 1, 1) + timedelta(days=number)

        day = trial_events.coming_wednesday(today, weeks)

        assert day.weekday() == 2
        assert timedelta(weeks=weeks - 1) < day - today < timedelta(weeks=weeks + 4)
        assert (day.month, day.day) not in {(12, 24), (12, 25), (12, 26), (12, 31), (1, 1), (1, 6)}


def test_invented_names_and_addresses_can_belong_to_nobody(loaded):
    for organisation in Organisation.objects.filter(is_invented=True):
        assert organisation.website.endswith(".example")
        assert organisation.postal_code == "00000"
    for contact in Contact.objects.all():
        assert contact.email == "" or contact.email.endswith(".example")
        assert contact.phone.startswith("0000 ")
    for application in Application.objects.all():
        assert application.contact_email.endswith(".example")


def test_one_application_came_twice_and_can_be_merged(loaded):
    kept, merged = Application.objects.filter(name__contains="Astloch-Muster").order_by("pk")

    [candidate] = [one for one in duplicates.find(merged) if isinstance(one.case, Application)]

    assert candidate.case == kept
    assert candidate.reasons
    assert merging.obstacles(kept, merged) == []


def test_applications_wait_in_every_state_the_office_meets(loaded):
    S = Application.Status

    assert set(Application.objects.values_list("status", flat=True)) == {
        S.UNCONFIRMED,
        S.SUBMITTED,
        S.IN_REVIEW,
        S.QUERY,
    }
    asked = Application.objects.get(status=S.QUERY).questions.open()
    assert {question.field for question in asked} == {"", "employees"}


@pytest.mark.parametrize(("name", "step"), [("krefeld", "orientation_talk"), ("duesseldorf", "letter_of_intent")])
def test_application_in_review_has_the_steps_of_its_pact(db, embedded, now, name, step):
    pact = profile.load(name, now=now)
    trial.load(now=now)

    application = Application.objects.get(status=Application.Status.IN_REVIEW)

    assert [done.kind for done in application.steps.all()] == [step]
    assert rules.obstacles(rules.checks(application, pact)) == []


def test_loading_writes_no_mail(loaded):
    assert not OutgoingMail.objects.exists()
    assert not AccessLink.objects.exists()


def test_loading_twice_does_nothing_more(loaded, capsys):
    call_command("load_trial")

    assert capsys.readouterr().out == "Die erfundenen Unternehmen sind schon geladen.\n"
    assert Organisation.objects.filter(is_invented=True).count() == 36
    assert Event.objects.filter(is_invented=True).count() == 11


@pytest.mark.parametrize("embedded_parts", [[], ["mail"], ["postgres"], ["valkey", "mail"]])
def test_real_servers_never_get_invented_data(krefeld, settings, embedded_parts):
    settings.EMBEDDED = frozenset(embedded_parts)

    with pytest.raises(CommandError, match="^Erfundene Unternehmen gibt es nur im Testbetrieb"):
        call_command("load_trial")

    assert not Organisation.objects.filter(is_invented=True).exists()
    assert not Pact.load().has_trial_data


def test_trial_needs_a_pact_first(db, embedded):
    with pytest.raises(CommandError) as refusal:
        call_command("load_trial")

    assert str(refusal.value) == "Es gibt noch keinen Klimapakt; bitte rufen Sie zuerst ./portal manage init_pact auf."


def test_pages_of_a_trial_render_and_say_so(client, loaded):
    pages = [reverse(name) for name in ("website:start", "partners:list", "events:list")]
    pages += [partner.get_absolute_url() for partner in Partner.objects.listed(on=timezone.localdate())]
    pages += [event.get_absolute_url() for event in Event.objects.public()]

    answers = [client.get(page) for page in pages]

    assert {answer.status_code for answer in answers} == {200}
    assert all("Diese Seiten enthalten erfundene Unternehmen" in answer.text for answer in answers)


def test_removing_leaves_only_what_is_real(loaded, now):
    counts = trial.remove()

    assert counts == trial.Counts(partners=36, events=11, applications=5)
    assert Partner.objects.listed(on=timezone.localdate(now)).count() == REAL_PARTNERS["krefeld"]
    assert InitialPartner.objects.count() == 6
    assert Organisation.objects.count() == 11
    assert Event.objects.count() == 3
    assert Agreement.objects.count() == Consent.objects.count() == TimelineEntry.objects.count() == 5
    for model in (Contact, Measure, Clause, Version, Signature, Document, Application):
        assert not model.objects.exists()
    assert not Pact.load().has_trial_data


def test_removing_twice_does_nothing_more(loaded, capsys):
    call_command("remove_trial")
    call_command("remove_trial")

    assert capsys.readouterr().out == (
        "Entfernt sind 36 erfundene Partner, 11 Veranstaltungen und 5 Anträge.\nErfundene Unternehmen sind nicht geladen.\n"
    )


def test_what_people_tried_out_goes_too(loaded, office):
    application = Application.objects.get(status=Application.Status.IN_REVIEW)
    [asked] = questions.ask(application, [Asked("Wie viele Herde haben Sie?")], by=office)
    questions.answer(application, [Reply(asked.pk, "Sechs.")], by=application.applicants.get())
    partner = decision.accept(Application.objects.get(pk=application.pk), by=office)
    assert not partner.organisation.is_invented
    assert OutgoingMail.objects.exists()

    trial.remove()

    assert not Organisation.objects.filter(name="Großküche Löffelprobe GmbH").exists()
    assert not Partner.objects.filter(pk=partner.pk).exists()
    assert not OutgoingMail.objects.exists()
    assert not AccessLink.objects.exists()


def test_agreements_that_people_tried_out_go_with_signatures_files_and_mails(loaded, office):
    application = Application.objects.get(status=Application.Status.IN_REVIEW)
    partner = decision.accept(application, by=office)
    draft = drafting.draft_for(partner, by=office)
    Measure.objects.create(agreement=draft, category="heat", title="Abwärme nutzen", from_year=2027)
    Target.objects.create(agreement=draft, base_year=2024, year=2035, amount=50)
    offering.offer(draft, partner.organisation.contacts.get(is_main=True), by=office)
    while archive.render_next():
        pass

    trial.remove()

    assert not Agreement.objects.filter(pk=draft.pk).exists()
    for model in (Version, Document, OutgoingMail, AccessLink):
        assert not model.objects.exists()


def test_real_organisation_loses_only_the_role_that_was_tried_out(loaded, office):
    application = Application.objects.get(status=Application.Status.IN_REVIEW)
    Application.objects.filter(pk=application.pk).update(name="Hochschule Niederrhein")
    decision.accept(Application.objects.get(pk=application.pk), by=office)

    trial.remove()

    university = Organisation.objects.get(name="Hochschule Niederrhein")
    assert university.initial_partner
    assert not hasattr(university, "partner")
    assert not university.contacts.exists()


def test_real_application_and_its_mails_stay(loaded):
    applicant, _ = applying.start(
        form_token="6f1c1a0e-5a1e-4d0e-9a55-0a3a6b1f2c3d",
        organisation="Richtige Firma",
        name="A. B.",
        email="ab@firma.de",
    )

    trial.remove()

    application = Application.objects.get()
    assert application == applicant.application
    assert OutgoingMail.objects.about(application).count() == 1
    assert AccessLink.objects.count() == 1
