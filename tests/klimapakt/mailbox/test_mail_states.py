"""Every state × every action of a mail, written by hand."""

import pytest
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import TransitionNotAllowed
from tests.factories import OutgoingMailFactory
from tests.partners.test_application_states import cells
from tests.rows import all_rows, difference

# „-“: refused, and nothing happens.
MATRIX = """
             draft      held       queued     in_flight     handing_over  retry      sent     failed     unclear  bounced    withdrawn  expired
hand_over    -          -          -          handing_over  -             -          -        -          -        -          -          -
mark_sent    -          sent       -          -             sent          -          -        -          sent     -          -          -
mark_failed  -          -          -          failed        failed        -          -        -          -        -          -          -
retry_later  -          -          -          retry         retry         -          -        -          -        -          -          -
put_back     -          -          -          queued        -             -          -        -          -        -          -          -
mark_unclear -          -          -          -             unclear       -          -        -          -        -          -          -
mark_bounced -          -          -          -             bounced       -          bounced  -          bounced  -          -          -
repeat_once  -          -          -          -             -             -          -        -          queued   -          -          -
was_sent     -          -          -          -             -             -          -        -          sent     -          -          -
send_again   -          -          -          -             -             -          -        queued     queued   queued     -          -
release      queued     queued     -          -             -             -          -        -          -        -          -          -
hold         -          -          held       held          -             held       -        -          -        -          -          -
withdraw     withdrawn  withdrawn  withdrawn  withdrawn     handing_over  withdrawn  -        -          unclear  -          -          -
expire       -          expired    expired    -             -             expired    -        -          -        -          -          -
vanish       -          -          -          -             unclear       -          -        -          -        -          -          -
drop_failed  -          -          -          -             -             -          -        withdrawn  -        withdrawn  -          -
call_off     withdrawn  withdrawn  withdrawn  withdrawn     handing_over  withdrawn  -        withdrawn  unclear  withdrawn  -          -
"""

ACTIONS = {
    "hand_over": lambda mail: mail.hand_over(),
    "mark_sent": lambda mail: mail.mark_sent(),
    "mark_failed": lambda mail: mail.mark_failed("Der Mailserver kennt diese Adresse nicht."),
    "retry_later": lambda mail: mail.retry_later("Bitte um Geduld.", now=timezone.now()),
    "put_back": lambda mail: mail.put_back(),
    "mark_unclear": lambda mail: mail.mark_unclear(),
    "mark_bounced": lambda mail: mail.mark_bounced("Das Postfach ist voll.", at=timezone.now()),
    "repeat_once": lambda mail: mail.repeat_once(),
    "was_sent": lambda mail: mail.was_sent("Ottilie Amt"),
    "send_again": lambda mail: mail.send_again(),
    "release": lambda mail: some(OutgoingMail.objects.release()),
    "hold": lambda mail: some(OutgoingMail.objects.hold("Sie haben die Rundmail unterbrochen.")),
    "withdraw": lambda mail: withdraw(mail),
    "expire": lambda mail: expire(mail),
    "vanish": lambda mail: vanish(mail),
    "drop_failed": lambda mail: some(OutgoingMail.objects.drop_failed()),
    "call_off": lambda mail: call_off(mail),
}


def some(rows: int) -> None:
    if not rows:
        raise TransitionNotAllowed


def withdraw(mail: OutgoingMail) -> None:
    is_taken_back = OutgoingMail.objects.filter(pk=mail.pk).withdraw()
    if (
        not is_taken_back and not OutgoingMail.objects.get(pk=mail.pk).is_unwanted
    ):  # handing over or unclear: it is not tried again
        raise TransitionNotAllowed


def call_off(mail: OutgoingMail) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).call_off()
    found = OutgoingMail.objects.get(pk=mail.pk)
    if (found.status, found.is_unwanted) == (mail.status, mail.is_unwanted):
        raise TransitionNotAllowed


def expire(mail: OutgoingMail) -> None:
    OutgoingMail.objects.update(expires_at=timezone.now())
    if not OutgoingMail.objects.expire(now=timezone.now()):
        OutgoingMail.objects.update(expires_at=None)
        raise TransitionNotAllowed


def vanish(mail: OutgoingMail) -> None:
    """The worker that had it is gone, and its lease over."""
    OutgoingMail.objects.exclude(lease_until=None).update(lease_until=timezone.now())
    if not OutgoingMail.objects.doubt(now=timezone.now()):
        OutgoingMail.objects.update(lease_until=mail.lease_until)
        raise TransitionNotAllowed


def test_the_matrix_has_every_state():
    assert {state for _, state, _ in cells(MATRIX)} == set(OutgoingMail.Status.values)


@pytest.mark.parametrize(("action", "state", "expected"), cells(MATRIX))
def test_each_action_does_in_each_state_what_the_matrix_says(action, state, expected, db):
    mail = OutgoingMailFactory(status=state)
    before = all_rows()

    if expected == "-":
        with pytest.raises(TransitionNotAllowed):
            ACTIONS[action](mail)
        assert difference(before, all_rows()) == {}
    else:
        ACTIONS[action](mail)
        assert OutgoingMail.objects.get().status == expected
