"""Whom the office reaches around partners: by agreement, profile, sector, size and role of the person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from klimapakt.mailbox import audiences
from klimapakt.mailbox.kinds import BASE
from klimapakt.mailbox.wording import render
from partners import access
from partners.services import merging
from tests.factories import AgreementFactory, ContactFactory, InitialPartnerFactory, PartnerFactory

pytestmark = pytest.mark.django_db

PARTNERS = {"standing": "in_force", "publication": "", "who": "first"}


def found(audience: str, **choices) -> list[audiences.Recipient]:
    """Return who belongs to an audience with these choices, as the form takes them."""
    offered = audiences.get(audience)
    sent = {name: value if isinstance(value, list) else [value] for name, value in choices.items()}
    form = offered.form(sent)
    assert form.is_valid(), form.errors
    return offered.recipients(form.cleaned_data)


def names(audience: str, **choices) -> list[str]:
    return [recipient.name for recipient in found(audience, **choices)]


def contact(name: str, *, partner: dict | None = None, **fields) -> object:
    organisation = PartnerFactory(**{"listed": True, **(partner or {})}).organisation
    return ContactFactory(name=name, organisation=organisation, **fields)


def test_without_a_choice_of_ones_own_the_main_contacts_of_klimapartner_are_meant(pact):
    audience = audiences.get("partners")
    contact("Anna Klimapartner")
    contact("Bernd Ohne Vereinbarung", partner={"listed": False})
    former = PartnerFactory()
    AgreementFactory(partner=former, in_force=True, in_force_until=timezone.localdate() - timedelta(days=1))
    ContactFactory(name="Doris Vorbei", organisation=former.organisation)

    form = audience.form(audience.first_choices())

    assert form.is_valid()
    assert [one.name for one in audience.recipients(form.cleaned_data)] == ["Anna Klimapartner"]


def test_partners_are_chosen_by_agreement(pact):
    contact("In Kraft")
    contact("Ohne", partner={"listed": False})
    over = PartnerFactory()
    AgreementFactory(partner=over, in_force=True, in_force_until=timezone.localdate() - timedelta(days=1))
    ContactFactory(name="Abgelaufen", organisation=over.organisation)

    assert names("partners", **PARTNERS) == ["In Kraft"]
    assert names("partners", **PARTNERS | {"standing": "not_in_force"}) == ["Ohne", "Abgelaufen"]
    assert names("partners", **PARTNERS | {"standing": "all"}) == ["In Kraft", "Ohne", "Abgelaufen"]


def test_partners_are_chosen_by_what_the_public_sees_of_them(pact):
    contact("Sichtbar")
    hidden = PartnerFactory()
    AgreementFactory(partner=hidden, in_force=True)
    ContactFactory(name="Verborgen", organisation=hidden.organisation)

    assert names("partners", **PARTNERS | {"publication": "shown"}) == ["Sichtbar"]
    assert names("partners", **PARTNERS | {"publication": "not_shown"}) == ["Verborgen"]


def test_partners_are_chosen_by_sector_and_size(pact):
    for employees, sector in ((None, "C"), (9, "C"), (10, "F"), (49, "C"), (50, "F"), (1000, "G")):
        contact(f"{sector}{employees}", partner={"organisation__employees": employees, "organisation__sector": sector})

    def chosen(**more) -> list[str]:
        return sorted(names("partners", **PARTNERS, **more))

    assert chosen(sectors=["F", "G"]) == ["F10", "F50", "G1000"]
    assert chosen(sizes=["10"]) == ["C49", "F10"]
    assert chosen(sizes=["1", "1000"]) == ["C9", "G1000"]
    assert chosen(sizes=["10"], sectors=["C"]) == ["C49"]


def test_whom_of_an_organisation_a_mail_is_for(pact):
    main = contact("Anna Erste", is_main=True)
    ContactFactory(name="Bernd Zweiter", organisation=main.organisation, is_main=False)
    ContactFactory(name="Carla Chefin", organisation=main.organisation, is_main=False, is_signatory=True)

    assert names("partners", **PARTNERS) == ["Anna Erste"]
    assert names("partners", **PARTNERS | {"who": "all"}) == ["Anna Erste", "Bernd Zweiter", "Carla Chefin"]
    assert names("partners", **PARTNERS | {"who": "signatories"}) == ["Carla Chefin"]


def test_where_the_first_person_has_no_address_the_next_one_is_written_to(pact):
    main = contact("Anna Erste", email="")
    ContactFactory(name="Bernd Zweiter", organisation=main.organisation, is_main=False)

    assert names("partners", **PARTNERS) == ["Bernd Zweiter"]


def test_an_organisation_with_nobody_to_write_to_stands_there_without_an_address(pact):
    partner = PartnerFactory(listed=True, organisation__name="Niemand GmbH")

    [gap] = found("partners", **PARTNERS)

    assert (gap.organisation, gap.email, gap.key) == ("Niemand GmbH", "", f"organisation:{partner.organisation.pk}")


def test_organisations_stand_in_german_order(pact):
    for name in ("Zebra", "Übung", "Uhu", "Äpfel", "Straße", "Strand"):
        contact(name, partner={"organisation__name": name})

    assert names("partners", **PARTNERS) == ["Äpfel", "Strand", "Straße", "Übung", "Uhu", "Zebra"]


def test_the_list_takes_the_same_queries_for_any_number_of_partners(pact, django_assert_num_queries):
    for n in range(5):
        contact(f"Person {n}")

    with django_assert_num_queries(3):
        assert len(found("partners", **PARTNERS)) == 5


def test_the_text_knows_person_organisation_and_function_and_the_link_is_the_partners_own(pact):
    one = contact("Anna Erste", function="Leitung", partner={"organisation__name": "A & B GmbH"})
    audience = audiences.get("partners")
    [recipient] = found("partners", **PARTNERS)

    rendered = render(audience.kind, recipient.context, text=("{organisation}", "{name}, {funktion}"))
    link = recipient.link()

    assert (rendered.subject, rendered.text.splitlines()[0]) == ("A & B GmbH", "Anna Erste, Leitung")
    assert (link.purpose, link.object_id, link.email) == (access.PARTNER, one.pk, one.email)
    assert recipient.about == one.organisation.partner


def test_applicants_are_chosen_by_state_and_never_before_their_address_is_proven(in_state):
    applications = {state: in_state(state) for state in ("unconfirmed", "submitted", "query", "rejected")}

    open_ones = found("applicants", states=["submitted", "in_review", "query"])
    rejected = found("applicants", states="rejected")

    assert {one.about for one in open_ones} == {applications["submitted"], applications["query"]}
    assert [one.about for one in rejected] == [applications["rejected"]]
    assert not audiences.get("applicants").form({"states": ["unconfirmed"]}).is_valid()
    assert rejected[0].link().purpose == access.APPLICATION


def test_whoever_moved_along_with_a_merge_is_not_written_to_for_both_applications(in_state, office):
    kept, merged = in_state("in_review"), in_state("in_review")
    merging.merge(kept, merged, take=[], by=office)
    offered = [state for state, _ in audiences.get("applicants").form({}).fields["states"].choices]

    assert "merged" not in offered
    assert not audiences.get("applicants").form({"states": ["merged"]}).is_valid()
    assert [one.about for one in found("applicants", states=offered)] == [kept]


def test_applicants_need_a_state(pact):
    form = audiences.get("applicants").form({})

    assert form.errors == {"states": ["Bitte kreuzen Sie mindestens einen Stand an."]}


def test_initial_partners_are_reached_by_their_contacts(pact):
    initial = InitialPartnerFactory(organisation__name="Stadtwerke")
    ContactFactory(name="Ina Initial", organisation=initial.organisation)
    contact("Kein Initialpartner")

    assert names("initial-partners", who="first") == ["Ina Initial"]


@pytest.mark.parametrize("audience", ["partners", "applicants", "initial-partners", "agreements"])
def test_each_audience_says_why_people_get_the_mail_and_fills_all_its_placeholders(audience, pact, in_state):
    in_state("submitted")
    initial = InitialPartnerFactory()
    ContactFactory(organisation=initial.organisation)
    contact("Anna Erste")
    offered = audiences.get(audience)
    choices = {**offered.first_choices()}
    if audience == "agreements":
        choices["states"] = ["in_force"]
    recipient = found(audience, **choices)[0]
    plain = [name for name, one in offered.kind.allowed.items() if not one.mark and name not in BASE]

    rendered = render(offered.kind, recipient.context, text=("S", "\n".join(f"{name}: {{{name}}}" for name in plain)))

    assert rendered.reason.startswith("Sie erhalten diese Mail, weil ")
    for line in rendered.text.splitlines()[: len(plain)]:
        assert line.partition(": ")[2], line


def test_partners_are_chosen_by_the_state_of_their_agreement(pact):
    offered, signed = PartnerFactory(), PartnerFactory()
    AgreementFactory(partner=offered, status="offered")
    AgreementFactory(partner=signed, status="signed")
    ContactFactory(name="Hat Angebot", organisation=offered.organisation)
    ContactFactory(name="Hat Unterschrieben", organisation=signed.organisation)

    assert names("agreements", states="offered", who="first") == ["Hat Angebot"]
    assert names("agreements", states=["offered", "signed"], who="all") == ["Hat Angebot", "Hat Unterschrieben"]


def test_an_agreement_that_is_over_is_not_among_those_in_force(pact):
    yesterday = timezone.localdate() - timedelta(days=1)
    over, in_force = PartnerFactory(), PartnerFactory()
    AgreementFactory(partner=over, in_force=True, in_force_until=yesterday)
    AgreementFactory(partner=in_force, in_force=True)
    ContactFactory(name="Ist vorbei", organisation=over.organisation)
    ContactFactory(name="Ist dabei", organisation=in_force.organisation)

    assert names("agreements", states="in_force", who="first") == ["Ist dabei"]
