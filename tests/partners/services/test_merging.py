"""Two organisations become one, and are parted again."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.setup import trial
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.mails import partner as partner_mails
from partners.models import Application, Contact, Merge, Organisation, Partner
from partners.services import merging, moving, recognising
from tests.factories import ConsentFactory, ContactFactory, OrganisationFactory, PartnerFactory
from tests.factories.events import RegistrationFactory
from tests.partners.services.merged import company, rows
from tests.rows import all_rows, difference

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(pact) -> tuple[Organisation, Organisation]:
    """Two organisations that have nearly everything twice."""
    return company(published=True), company(published=True, is_founder=True)


def test_everything_follows_but_what_the_kept_one_has_already(pair, office):
    kept, merged = pair
    plan = merging.preview(kept, merged)
    row = merging.merge(kept, merged, take=[], by=office)

    assert kept.contacts.count() == 4
    assert kept.contacts.filter(is_main=True).count() == 1
    assert kept.partner.agreements.count() == 2
    assert kept.notes.count() == kept.hosted_events.count() == kept.registrations.count() == 2
    assert OutgoingMail.objects.about(kept.partner).count() == 2
    assert {stay.table._meta.model_name for stay in plan.stays} == {
        "consent", "partner",
    }  # fmt: skip
    assert (kept.partner.proposals.count(), kept.initial_partner.role) == (1, "")
    assert merged.consents.count() == 2
    merged.refresh_from_db()
    assert merged.merged_into == kept
    assert merged not in Organisation.objects.all()
    assert [entry.text for entry in merged.timeline.all()] == [f"Zusammengeführt mit „{kept}“"]
    assert kept.timeline.first().text == f"Zusammengeführt: „{merged}“ ist hierin aufgegangen"
    assert (row.kept, row.merged, row.by) == (kept, merged, office)


def test_a_role_that_only_one_of_them_has_follows(pact, office):
    kept, merged = OrganisationFactory(), company()
    partner = merged.partner

    merging.merge(kept, merged, take=[], by=office)

    partner.refresh_from_db()
    assert partner.organisation == kept
    assert kept.contacts.filter(is_main=True).count() == 1
    assert kept.consents.standing().count() == 2


def test_every_foreign_key_to_an_organisation_partner_or_application_is_followed_or_meant_to_stay():
    for model in (Organisation, Partner, Application):
        pointers = {
            field
            for table in apps.get_models()
            for field in table._meta.concrete_fields
            if field.is_relation and field.related_model is model
        }
        left = {str(field) for field in pointers - set(moving.relations(model))}

        assert left <= {
            "partners.Merge.kept_organisation", "partners.Merge.merged_organisation",
            "partners.Merge.kept_application", "partners.Merge.merged_application",
            "partners.Organisation.merged_into", "partners.Application.merged_into",
        }  # fmt: skip
        assert pointers & set(moving.relations(model))


def test_no_table_points_to_many_organisations_by_a_way_that_is_not_followed():
    for model in (Organisation, Partner, Application):
        assert not [field for field in model._meta.get_fields(include_hidden=True) if field.many_to_many]
        assert not [field for field in model._meta.get_fields() if isinstance(field, models.ManyToManyField)]


def test_whoever_names_a_case_in_words_is_followed_too():
    assert {table._meta.label for table in moving.mentions()} == {
        "mailbox.OutgoingMail", "mailbox.IncomingMail", "documents.Document", "uploads.Upload",
    }  # fmt: skip


def test_a_preview_changes_nothing(pair):
    before = all_rows()

    merging.preview(*pair)

    assert difference(before, all_rows()) == {}


def test_the_preview_says_exactly_what_the_merge_then_moves(pair, office):
    plan = merging.preview(*pair)

    row = merging.merge(*pair, take=[], by=office)

    assert [move.as_json() for move in plan.moves] == row.moved


def test_field_by_field_the_office_says_which_value_is_right(pair, office):
    kept, merged = pair
    name = kept.name
    Organisation.objects.filter(pk=merged.pk).update(place="Neustadt", street="Neue Straße 2", sector="G")
    Partner.objects.filter(organisation=merged).update(text="Neuer Text.")
    merged.refresh_from_db()

    merging.merge(kept, merged, take=["place", "sector", "partner.text", "pk", "is_invented", "publication"], by=office)

    kept.refresh_from_db()
    assert (kept.name, kept.place, kept.street, kept.sector) == (name, "Neustadt", "Musterstraße 1", "G")
    assert kept.partner.text == "Neuer Text."
    merged.refresh_from_db()
    assert merged.place == "Neustadt"


@pytest.mark.parametrize("both_are_partners", [True, False])
def test_undone_both_are_exactly_as_they_were(both_are_partners, pact, office):
    kept = company(published=True) if both_are_partners else OrganisationFactory()
    merged = company(published=True)
    Organisation.objects.filter(pk=merged.pk).update(
        name="Anders AG", place="Neustadt", employees=None, website="https://a.example"
    )
    merged.refresh_from_db()
    before = rows()
    row = merging.merge(kept, merged, take=["name", "place", "employees", "website", "partner.text"], by=office)
    assert difference(before, rows()) != {}

    assert merging.undo(row, by=office) == 0

    assert difference(before, rows()) == {}
    row.refresh_from_db()
    assert (row.undone_by, row.may_be_undone) == (office, False)


def test_what_came_to_the_kept_one_since_stays_there(pair, office):
    kept, merged = pair
    row = merging.merge(kept, merged, take=[], by=office)
    before = rows()
    added = company_extras(kept)
    extra = difference(before, rows())

    merging.undo(row, by=office)

    assert {type(one).__name__: one.organisation for one in added} == {type(one).__name__: kept for one in added}
    after = rows()
    assert all(set(lines) <= set(after[table]) for table, lines in extra.items())
    assert merged.contacts.count() == 2


def company_extras(organisation: Organisation) -> list:
    return [
        ContactFactory(organisation=organisation, is_main=False, name="Neu Muster"),
        ConsentFactory(organisation=organisation, purpose="figures"),
        RegistrationFactory(organisation=organisation),
    ]


def test_what_somebody_changed_since_is_not_undone(pair, office):
    kept, merged = pair
    Organisation.objects.filter(pk=merged.pk).update(place="Neustadt", street="Neue Straße 2")
    merged.refresh_from_db()
    row = merging.merge(kept, merged, take=["place", "street"], by=office)
    Organisation.objects.filter(pk=kept.pk).update(place="Altstadt")

    merging.undo(row, by=office)

    kept.refresh_from_db()
    assert (kept.place, kept.street) == ("Altstadt", "Musterstraße 1")


def test_what_was_deleted_or_went_elsewhere_meanwhile_is_counted(pair, office):
    kept, merged = pair
    guest, person = merged.registrations.get(), merged.contacts.get(is_main=False)
    row = merging.merge(kept, merged, take=[], by=office)
    guest.delete()
    Contact.objects.filter(pk=person.pk).update(organisation=OrganisationFactory())

    assert merging.undo(row, by=office) == 2


def test_a_first_contact_who_left_meanwhile_goes_back_as_somebody_who_left(pair, office):
    kept, merged = pair
    person = merged.contacts.get(is_main=True)
    row = merging.merge(kept, merged, take=[], by=office)
    Contact.objects.filter(pk=person.pk).update(left_at=timezone.now())

    merging.undo(row, by=office)

    person = Contact.everyone.get(pk=person.pk)
    assert (person.organisation, person.is_main) == (merged, False)


def test_a_merge_is_undone_once_and_only_for_a_day(pair, office, time_machine):
    row = merging.merge(*pair, take=[], by=office)
    time_machine.move_to(row.at + timedelta(hours=23, minutes=59), tick=False)
    assert row.may_be_undone
    merging.undo(row, by=office)
    with pytest.raises(TransitionNotAllowed):
        merging.undo(row, by=office)

    again = merging.merge(*pair, take=[], by=office)
    time_machine.shift(timedelta(days=1))

    assert not again.may_be_undone
    with pytest.raises(TransitionNotAllowed):
        merging.undo(again, by=office)


def test_a_chain_is_undone_from_its_end(pact, office):
    first, second, third = company(), company(), company()
    before = rows()
    one = merging.merge(second, first, take=["name"], by=office)
    two = merging.merge(third, second, take=["name"], by=office)
    assert third.contacts.count() == 6

    with pytest.raises(NotPossible, match="selbst in"):
        merging.undo(one, by=office)
    merging.undo(two, by=office)
    merging.undo(one, by=office)

    assert difference(before, rows()) == {}


def test_the_later_of_two_merges_into_one_is_undone_first(pact, office):
    kept, first, second = company(), company(), company()
    one = merging.merge(kept, first, take=["name"], by=office)
    merging.merge(kept, second, take=["name"], by=office)

    with pytest.raises(NotPossible, match="zuerst die spätere"):
        merging.undo(one, by=office)


def test_who_is_merged_is_merged_once_and_into_nobody_merged(pact, office):
    one, two, three = OrganisationFactory(), OrganisationFactory(), OrganisationFactory()
    merging.merge(one, two, take=[], by=office)

    for kept, merged in ((three, two), (two, three), (one, two), (one, one)):
        with pytest.raises(TransitionNotAllowed):
            merging.merge(kept, merged, take=[], by=office)
    assert Merge.objects.count() == 1


def test_two_agreements_in_force_and_an_invented_company_are_in_the_way(pact, office):
    one, two = PartnerFactory(listed=True).organisation, PartnerFactory(listed=True).organisation
    real, invented = OrganisationFactory(), OrganisationFactory(is_invented=True)

    with pytest.raises(NotPossible, match="Mit beiden ist eine Vereinbarung in Kraft"):
        merging.merge(one, two, take=[], by=office)
    with pytest.raises(NotPossible, match="erfunden"):
        merging.merge(real, invented, take=[], by=office)
    with pytest.raises(NotPossible, match=r"Beide sind Initialpartner.*Für beide liegt eine Profiländerung"):
        merging.merge(company(is_founder=True), company(is_founder=True), take=[], by=office)


def test_a_personal_link_of_the_merged_company_opens_the_kept_ones_pages(pair, office, client, open_link):
    kept, merged = pair
    contact = merged.contacts.get(is_main=True)
    link = partner_mails.partner_access(contact)

    merging.merge(kept, merged, take=[], by=office)

    open_link(client, link)
    assert kept.name in client.get("/mein-klimapakt/").text


def test_an_application_recognised_as_the_merged_organisation_means_the_kept_one(in_state, office):
    kept, merged, application = OrganisationFactory(), OrganisationFactory(), in_state("in_review")
    recognising.recognise(application, merged, take=[], by=office)

    row = merging.merge(kept, merged, take=[], by=office)

    application.refresh_from_db()
    assert application.known_as == kept
    merging.undo(row, by=office)
    application.refresh_from_db()
    assert application.known_as == merged


def test_the_end_of_the_trial_takes_merged_invented_companies_with_it(pact, office):
    real = company()
    kept, merged = (company(organisation__is_invented=True) for _ in range(2))
    merging.merge(kept, merged, take=[], by=office)
    pact.has_trial_data = True
    pact.save()

    trial.remove()

    assert list(Organisation.everyone.all()) == [real]
    assert not Merge.objects.exists()


def test_merging_mails_nobody(pair, office):
    before = OutgoingMail.objects.count()

    merging.undo(merging.merge(*pair, take=[], by=office), by=office)

    assert OutgoingMail.objects.count() == before


def test_what_came_to_the_merged_one_in_the_moment_of_the_merge_follows(pair, office):
    kept, merged = pair
    row = merging.merge(kept, merged, take=[], by=office)
    late = ContactFactory(organisation=merged)

    assert [merging.follow_all_late(now=timezone.now()) for _ in range(2)] == [1, 0]

    late.refresh_from_db()
    assert (late.organisation, late.is_main) == (kept, False)
    merging.undo(Merge.objects.get(pk=row.pk), by=office)
    late.refresh_from_db()
    assert (late.organisation, late.is_main) == (merged, True)


def test_a_merge_that_was_undone_lets_nothing_follow(pair, office):
    merging.undo(merging.merge(*pair, take=[], by=office), by=office)
    ContactFactory(organisation=pair[1], is_main=False)

    assert merging.follow_all_late(now=timezone.now()) == 0
