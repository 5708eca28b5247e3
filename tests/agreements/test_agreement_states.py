"""Every state × every action of an agreement, written by hand."""

import pytest

from agreements import services
from agreements.models import Agreement
from klimapakt.states import TransitionNotAllowed
from tests.factories import AgreementFactory, MeasureFactory
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

MATRIX = """
                draft     in_force
put_into_force  in_force  -
"""


@pytest.mark.parametrize(("action", "state", "expected"), cells(MATRIX))
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected, pact, office):
    agreement = AgreementFactory(scan="documents/scan.pdf", **({"in_force": True} if state == "in_force" else {}))
    MeasureFactory(agreement=agreement)
    before = all_rows()

    if expected == "-":
        with pytest.raises(TransitionNotAllowed):
            services.put_into_force(agreement, by=office)
        assert difference(before, all_rows()) == {}
    else:
        services.put_into_force(agreement, by=office)
        assert Agreement.objects.get().status == expected


def test_a_stale_copy_cannot_put_an_agreement_into_force_twice(pact, office):
    agreement = AgreementFactory(scan="documents/scan.pdf")
    MeasureFactory(agreement=agreement)
    stale = Agreement.objects.get()
    services.put_into_force(agreement, by=office)
    before = all_rows()

    with pytest.raises(TransitionNotAllowed):
        services.put_into_force(stale, by=office)

    assert difference(before, all_rows()) == {}
