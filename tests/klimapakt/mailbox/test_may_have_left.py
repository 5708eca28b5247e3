"""Which mails somebody may have in hand when they are taken back."""

import pytest

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import TransitionNotAllowed
from tests.factories import OutgoingMailFactory
from tests.factories.mailbox import MAY_HAVE_LEFT, bring

pytestmark = pytest.mark.django_db

MAILS = OutgoingMail.objects


def test_every_state_is_judged():
    assert set(OutgoingMail.Status) <= MAY_HAVE_LEFT.keys()


@pytest.mark.parametrize("state", MAY_HAVE_LEFT)
def test_the_answer_is_the_same_before_and_after_a_mail_is_taken_back(state):
    OutgoingMailFactory()
    bring(MAILS.all(), state)

    assert MAILS.may_have_left().exists() == MAY_HAVE_LEFT[state]
    MAILS.call_off()
    assert MAILS.may_have_left().exists() == MAY_HAVE_LEFT[state]


def test_what_was_in_flight_when_it_was_taken_back_does_not_leave_after_all():
    mail = OutgoingMailFactory(in_flight=True)
    MAILS.withdraw()

    with pytest.raises(TransitionNotAllowed):
        mail.hand_over()
    assert not MAILS.may_have_left().exists()
