"""From the template over the draft to a frozen version, and back."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from agreements import content
from agreements.models import Agreement, Contribution, Opening, Response, TemplateContribution, TemplateSection, Version
from agreements.services import answering, binding, drafting, offering
from agreements.template_default import fill_empty_template
from klimapakt.documents.models import Document
from klimapakt.links.models import OneTimeCode
from klimapakt.states import NotPossible, TransitionNotAllowed
from tests.factories import AgreementFactory, ContactFactory, MeasureFactory, PartnerFactory, TargetFactory, UserFactory
from tests.factories.agreements import ClauseFactory, agreement_in, ready_to_offer, sign
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db

ISSUED = {"links_accesslink", "links_onetimecode", "django_session"}


def test_every_installation_has_a_template_with_known_placeholders_only(db):
    for section in TemplateSection.objects.all():
        section.full_clean()
    for contribution in TemplateContribution.objects.all():
        contribution.full_clean()

    assert TemplateSection.objects.count() == 12
    assert set(TemplateSection.objects.values_list("contains", flat=True)) == {
        "", "targets", "measures", "contributions",
    }  # fmt: skip


def test_a_template_that_the_office_changed_is_left_alone(db):
    TemplateSection.objects.exclude(position=10).delete()
    TemplateSection.objects.update(title="Unser eigener Abschnitt")

    fill_empty_template(using="default")

    assert TemplateSection.objects.get().title == "Unser eigener Abschnitt"


def test_a_draft_begins_with_the_template_and_is_its_own_from_then_on(pact, office):
    agreement = drafting.draft_for(PartnerFactory(), by=office)
    TemplateSection.objects.update(title="Später geändert")

    titles = [clause.title for clause in agreement.clauses.all()]
    assert titles[0] == "Anlass und gemeinsames Ziel"
    assert len(titles) == 12
    assert agreement.contributions.count() == 4
    assert agreement.partner.organisation.timeline.get().text == "Klimaschutzvereinbarung entworfen"


def test_a_draft_from_the_template_lacks_only_what_the_partner_brings(pact, office):
    partner = PartnerFactory()
    agreement = drafting.draft_for(partner, by=office)
    missing = offering.obstacles(agreement)
    MeasureFactory(agreement=agreement)
    TargetFactory(agreement=agreement)
    contact = ContactFactory(organisation=partner.organisation)

    offering.offer(agreement, contact, by=office)

    assert [sentence[:30] for sentence in missing] == [
        "Bitte tragen Sie mindestens ei",
        "Der Abschnitt „Ziele des Partn",
        "Bitte tragen Sie bei der Organ",
    ]
    assert Agreement.objects.get().status == "offered"


def test_a_draft_from_before_the_template_takes_its_text_once(pact, office):
    agreement = AgreementFactory(signed_on=None)

    drafting.take_template(agreement, by=office)

    assert agreement.clauses.count() == 12
    with pytest.raises(NotPossible, match="schon einen Text"):
        drafting.take_template(agreement, by=office)


def no_text(agreement):
    agreement.clauses.all().delete()


def no_term(agreement):
    agreement.clauses.filter(title="Laufzeit").update(text="Für immer.")


def no_measure(agreement):
    agreement.measures.all().delete()


def no_target(agreement):
    agreement.targets.all().delete()


def no_contribution(agreement):
    agreement.contributions.all().delete()


def nowhere(agreement):
    agreement.clauses.filter(contains="measures").update(contains="")


def twice(agreement):
    ClauseFactory(agreement=agreement, contains="targets")


def no_goal_year(agreement):
    agreement.clauses.filter(title="Laufzeit").update(text="{laufzeit} {klimaneutral_bis}")
    set_pact(climate_neutral_by=None)


def no_party(agreement):
    set_pact(countersigned_by="")


def over(agreement):
    Agreement.objects.filter(pk=agreement.pk).update(in_force_until=timezone.localdate() - timedelta(days=1))


def nobody(agreement):
    agreement.partner.organisation.contacts.update(email="")


def set_pact(**fields):
    from klimapakt.pact.models import Pact

    Pact.objects.update(**fields)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (no_text, "noch keinen Text"),
        (no_term, "nennt die Laufzeit"),
        (no_measure, "mindestens eine Maßnahme"),
        (nowhere, "genau einen Abschnitt, unter dem die Maßnahmen"),
        (no_target, "„Ziele“ ist noch leer. Bitte tragen Sie mindestens ein Ziel ein, oder löschen Sie ihn."),
        (no_contribution, "„Beiträge der Stadt“ ist noch leer."),
        (twice, "genau einen Abschnitt, unter dem die Ziele"),
        (no_goal_year, "{klimaneutral_bis}"),
        (no_party, "in wessen Namen gegengezeichnet wird"),
        (over, "liegt in der Vergangenheit"),
        (nobody, "Ansprechperson mit E-Mail-Adresse"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_offered(spoil, sentence, pact, office):
    agreement = ready_to_offer()
    contact = agreement.partner.organisation.contacts.get()
    spoil(agreement)
    before = all_rows()

    with pytest.raises(NotPossible) as refusal:
        offering.offer(agreement, contact, by=office)

    assert sentence in str(refusal.value)
    assert difference(before, all_rows()) == {}


def test_nobody_signs_for_another_organisation(pact, office):
    agreement = ready_to_offer()

    with pytest.raises(NotPossible, match="dieser Organisation"):
        offering.offer(agreement, ContactFactory(), by=office)

    assert not Version.objects.exists()


def test_an_offer_is_frozen_mailed_noted_and_made_into_a_file(pact, office, mails):
    agreement = ready_to_offer()
    contact = agreement.partner.organisation.contacts.get()

    version = offering.offer(agreement, contact, by=office)

    assert (version.number, version.to_name, version.to_email) == (1, contact.name, contact.email)
    assert (version.offered_by, version.sha256) == ("Ottilie Amt", content.fingerprint(version.content))
    [mail] = mails(kind="agreement_offered")
    assert (mail.to_email, mail.link.purpose, mail.link.object_id) == (contact.email, "agreement", version.pk)
    document = Document.objects.get()
    assert (document.kind, document.is_kept) == ("agreement-version", True)
    assert f"zur Unterschrift, Fassung {version.number}" in document.html
    assert version.sha256 in document.html
    assert agreement.partner.organisation.timeline.first().text == (
        "Klimaschutzvereinbarung angeboten: Fassung 1 an Erika Muster"
    )


def test_a_change_after_offering_is_another_version_and_leaves_the_first_as_it_was(pact, office):
    agreement = agreement_in("offered")
    first = agreement.newest_version()
    offering.take_back(agreement, by=office)
    agreement.measures.update(title="Etwas anderes")

    second = offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office)

    assert (first.number, second.number) == (1, 2)
    assert first.sha256 != second.sha256
    assert content.read(first.content).measures[0].title == "Abwärme der Öfen nutzen"
    assert content.read(second.content).measures[0].title == "Etwas anderes"


def test_another_text_than_the_one_shown_is_not_offered(pact, office):
    agreement = ready_to_offer()
    shown = content.fingerprint(content.next_text(agreement))
    contact = agreement.partner.organisation.contacts.get()
    set_pact(countersigned_by="Jemand anders")
    before = all_rows()

    with pytest.raises(NotPossible, match="inzwischen ein anderer"):
        offering.offer(agreement, contact, by=office, shown=shown)

    assert difference(before, all_rows()) == {}


def test_the_text_that_was_shown_is_the_text_that_is_offered(pact, office):
    agreement = agreement_in("offered")
    offering.take_back(agreement, by=office)
    shown = content.fingerprint(content.next_text(agreement))

    version = offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office, shown=shown)

    assert (version.number, version.sha256) == (2, shown)


def test_the_longest_names_fit_everywhere(pact):
    by = UserFactory(first_name="V" * 150, last_name="N" * 150)
    partner = PartnerFactory(organisation__name="O" * 200)
    ContactFactory(organisation=partner.organisation, name="K" * 200, function="F" * 120)
    set_pact(agreement_name="A" * 100, countersigned_by="G" * 200, name="P" * 200)
    agreement = ready_to_offer(partner=partner)
    contact = partner.organisation.contacts.get()

    version = offering.offer(agreement, contact, by=by)
    offering.send_link(agreement, by=by)
    answering.request_change(version, "w" * 3000)
    offering.take_back(agreement, by=by)
    version = offering.offer(agreement, contact, by=by)
    sign(version, signatory=answering.Signatory("K" * 200, "F" * 120))
    signature = binding.countersign(agreement, sha256=version.sha256, by=by)

    assert signature.name == by.get_full_name()
    assert version.offered_by == by.get_full_name()


def test_a_draft_that_is_being_saved_is_not_edited_once_it_is_offered(pact, office):
    agreement = agreement_in("offered")

    with pytest.raises(TransitionNotAllowed):
        drafting.editable(agreement)


def test_a_signature_says_who_signed_what_for_whom_when_and_how(pact):
    agreement = agreement_in("offered")
    version = agreement.newest_version()
    link = answering.mails.access_to(version)
    answering.note_opening(version, link)

    signature = sign(version, link=link)

    assert (signature.party, signature.method, signature.email) == ("partner", "code", version.to_email)
    assert signature.on_behalf_of == agreement.partner.organisation.name
    assert signature.statement == (
        f"Ich bin berechtigt, für „{agreement.partner}“ zu unterschreiben, und unterschreibe die Fassung 1 "
        "dieser Vereinbarung."
    )
    assert signature.sha256 == version.sha256
    assert signature.signed_on == timezone.localdate(signature.signed_at)
    code = OneTimeCode.objects.get()
    assert signature.evidence == {
        "link": str(link.pk),
        "opened_at": Opening.objects.get().at.isoformat(),
        "code": str(code.pk),
        "code_sent_at": code.created_at.isoformat(),
    }
    assert code.used_at is not None


def test_a_signature_shortly_after_midnight_bears_the_day_in_berlin(pact, time_machine):
    agreement = agreement_in("offered")
    time_machine.move_to("2026-07-01T22:30:00+00:00", tick=False)

    signature = sign(agreement.newest_version())

    assert signature.signed_on == date(2026, 7, 2)


@pytest.mark.parametrize("wrong", ["hash", "link", "code used", "code of another link"])
def test_only_exactly_what_was_shown_is_signed_with_the_code_for_it(wrong, pact):
    version = agreement_in("offered").newest_version()
    link = answering.mails.access_to(version)
    values = {"link": link, "code": OneTimeCode.objects.create(link=link, expires_at=timezone.now() + timedelta(1))}
    match wrong:
        case "hash":
            values["sha256"] = "0" * 64
        case "link":
            values["link"] = answering.mails.access_to(agreement_in("offered").newest_version())
        case "code used":
            values["code"].use()
        case "code of another link":
            values["link"] = answering.mails.access_to(version)
    before = all_rows(without=ISSUED)

    with pytest.raises(TransitionNotAllowed):
        sign(version, **values)

    assert difference(before, all_rows(without=ISSUED)) == {}


def test_two_people_with_one_link_make_one_signature(pact):
    version = agreement_in("offered").newest_version()
    first = sign(version)

    with pytest.raises(TransitionNotAllowed):
        sign(version, signatory=answering.Signatory("Heinz Muster", "Prokurist"))

    assert [signature.pk for signature in version.signatures.all()] == [first.pk]


def test_too_many_wishes_end_in_a_request_to_call(pact, mails):
    version = agreement_in("offered").newest_version()
    for number in range(answering.MOST_WISHES):
        answering.request_change(version, f"Wunsch {number}")

    with pytest.raises(NotPossible, match="rufen Sie uns an"):
        answering.request_change(version, "noch einer")

    assert Response.objects.count() == len(mails(kind="office_agreement_change")) == answering.MOST_WISHES


def test_the_countersignature_brings_it_into_force_today(pact, office, time_machine):
    pact.agreement_term_years = 5
    pact.save()
    agreement = agreement_in("signed")
    version = agreement.newest_version()
    pact.countersigned_by, pact.agreement_term_years = "Später umbenannt", 1
    pact.save()
    time_machine.move_to("2026-12-31T23:30:00+00:00", tick=False)

    signature = binding.countersign(agreement, sha256=version.sha256, by=office)

    agreement.refresh_from_db()
    assert (agreement.signed_on, agreement.in_force_from, agreement.in_force_until) == (
        date(2027, 1, 1),
        date(2027, 1, 1),
        date(2032, 1, 1),
    )
    assert (signature.name, signature.method) == ("Ottilie Amt", "account")
    assert signature.on_behalf_of == "Stadt Musterstadt, Die Oberbürgermeisterin"  # what the partner has signed
    assert signature.evidence == {"account": "geschaeftsstelle"}


def test_nobody_countersigns_without_a_name(pact):
    agreement, nameless = agreement_in("signed"), UserFactory()
    before = all_rows()

    with pytest.raises(NotPossible, match="Vor- und Nachnamen"):
        binding.countersign(agreement, sha256=agreement.newest_version().sha256, by=nameless)

    assert difference(before, all_rows()) == {}


def test_nobody_countersigns_another_text_than_the_one_shown(pact, office):
    agreement = agreement_in("signed")

    with pytest.raises(TransitionNotAllowed):
        binding.countersign(agreement, sha256="0" * 64, by=office)


def test_what_has_ended_is_not_countersigned(pact, office, time_machine):
    time_machine.move_to("2026-11-02T09:00:00+01:00", tick=False)
    agreement = ready_to_offer(in_force_until=date(2026, 11, 3))
    version = offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office)
    sign(version)
    time_machine.move_to("2026-11-04T09:00:00+01:00", tick=False)

    with pytest.raises(NotPossible, match="Ende der Laufzeit"):
        binding.countersign(agreement, sha256=version.sha256, by=office)


def test_a_second_agreement_may_begin_once_the_first_is_in_force(pact, office):
    agreement = agreement_in("in_force")

    second = drafting.draft_for(agreement.partner, by=office)

    assert second.is_draft
    assert Contribution.objects.filter(agreement=second).exists()
