"""Every state × every action of a partner's publication, written by hand."""

import pytest

from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Consent, Partner
from partners.services import publication
from tests.factories import AgreementFactory, ConsentFactory, ContactFactory, PartnerFactory
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

# „-“: refused because the state does not allow it.
# The partner has an agreement in force, a standing consent and a contact with an address.
MATRIX = """
                      hidden     proposed   published  paused     former
publish               published  published  -          published  -
hide                  -          hidden     hidden     hidden     -
propose               proposed   -          -          -          proposed
withdraw_profile      hidden     hidden     hidden     hidden     former
withdraw_measures     hidden     proposed   published  paused     former
give_measures         hidden     proposed   published  paused     former
send_link             hidden     proposed   published  paused     former
"""

# The same for a partner that has not consented (any more).
WITHOUT_CONSENT = """
                      hidden     proposed   published  paused     former
publish               !          !          !          !          !
hide                  -          hidden     hidden     hidden     -
withdraw_profile      =          =          =          =          =
give_profile          proposed   proposed   published  paused     former
"""

ACTIONS = {
    "publish": lambda partner, contact, by: publication.publish(partner, by=by),
    "hide": lambda partner, contact, by: publication.hide(partner, by=by),
    "propose": lambda partner, contact, by: partner.propose(),
    "withdraw_profile": lambda partner, contact, by: publication.withdraw_consent(contact, "profile"),
    "withdraw_measures": lambda partner, contact, by: publication.withdraw_consent(contact, "measures"),
    "give_profile": lambda partner, contact, by: publication.give_consent(contact, "profile"),
    "give_measures": lambda partner, contact, by: publication.give_consent(contact, "measures"),
    "send_link": lambda partner, contact, by: publication.send_link(partner, by=by),
}


@pytest.fixture
def partner_in(pact):
    def partner_in(state: str, *, consents: tuple[str, ...]) -> tuple[Partner, object]:
        partner = PartnerFactory(publication=state)
        AgreementFactory(partner=partner, in_force=True)
        for purpose in consents:
            ConsentFactory(organisation=partner.organisation, purpose=purpose)
        return partner, ContactFactory(organisation=partner.organisation)

    return partner_in


def check(action, partner, contact, office, expected) -> None:
    before = all_rows()
    try:
        ACTIONS[action](partner, contact, office)
        refused = ""
    except TransitionNotAllowed:
        refused = "-"
    except NotPossible:
        refused = "!"

    if expected in ("-", "!", "="):
        assert refused == expected.replace("=", "")
        assert difference(before, all_rows()) == {}
    else:
        assert refused == ""
        partner.refresh_from_db()
        assert partner.publication == expected


@pytest.mark.parametrize(("action", "state", "expected"), cells(MATRIX))
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected, partner_in, office):
    consents = ("profile",) if action == "give_measures" else ("profile", "measures")
    partner, contact = partner_in(state, consents=consents)

    check(action, partner, contact, office, expected)


@pytest.mark.parametrize(("action", "state", "expected"), cells(WITHOUT_CONSENT))
def test_without_a_consent_nothing_is_published(action, state, expected, partner_in, office):
    partner, contact = partner_in(state, consents=())

    check(action, partner, contact, office, expected)


def test_the_matrix_has_every_state():
    assert {state for _, state, _ in cells(MATRIX)} == set(Partner.Publication.values)


@pytest.mark.parametrize(("action", "state"), [("publish", "proposed"), ("hide", "published")])
def test_a_stale_copy_cannot_move_a_profile_twice(action, state, partner_in, office):
    partner, contact = partner_in(state, consents=("profile",))
    stale = Partner.objects.get(pk=partner.pk)
    ACTIONS[action](partner, contact, office)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        ACTIONS[action](stale, contact, office)

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("purpose", Consent.Purpose.values)
def test_giving_and_withdrawing_twice_leaves_one_trace(purpose, partner_in):
    partner, contact = partner_in("hidden", consents=())
    publication.give_consent(contact, purpose)
    given = all_rows()

    publication.give_consent(contact, purpose)
    assert difference(given, all_rows()) == {}

    publication.withdraw_consent(contact, purpose)
    withdrawn = all_rows()
    publication.withdraw_consent(contact, purpose)
    assert difference(withdrawn, all_rows()) == {}
    assert Consent.objects.get(organisation=partner.organisation).withdrawn_at
