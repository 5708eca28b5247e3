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
              queued     in_flight  sent  failed  withdrawn  expired
mark_sent     -          sent       -     -       -          -
mark_failed   -          failed     -     -       -          -
retry_later   -          queued     -     -       -          -
send_again    -          -          -     queued  -          -
withdraw      withdrawn  in_flight  -     -       -          -
expire        expired    -          -     -       -          -
drop_failed   -          -          -     withdrawn  -       -
"""

ACTIONS = {
    "mark_sent": lambda mail: mail.mark_sent(),
    "mark_failed": lambda mail: mail.mark_failed("Der Mailserver kennt diese Adresse nicht."),
    "retry_later": lambda mail: mail.retry_later("Bitte um Geduld.", now=timezone.now()),
    "send_again": lambda mail: mail.send_again(),
    "withdraw": lambda mail: withdraw(mail),
    "expire": lambda mail: expire(mail),
    "drop_failed": lambda mail: drop_failed(mail),
}


def withdraw(mail: OutgoingMail) -> None:
    is_taken_back = OutgoingMail.objects.filter(pk=mail.pk).withdraw()
    if not is_taken_back and not OutgoingMail.objects.get(pk=mail.pk).is_unwanted:  # in flight: it is not tried again
        raise TransitionNotAllowed


def drop_failed(mail: OutgoingMail) -> None:
    if not OutgoingMail.objects.filter(pk=mail.pk).drop_failed():
        raise TransitionNotAllowed


def expire(mail: OutgoingMail) -> None:
    OutgoingMail.objects.update(expires_at=timezone.now())
    if not OutgoingMail.objects.expire(now=timezone.now()):
        OutgoingMail.objects.update(expires_at=None)
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


@pytest.mark.parametrize("state", OutgoingMail.Status.values)
def test_only_a_failed_mail_has_the_button_that_sends_it_again(state, pact, office_client):
    mail = OutgoingMailFactory(status=state)
    page = f"/admin/mailbox/outgoingmail/{mail.pk}/"

    offered = "erneut-senden/" in office_client.get(page + "change/").content.decode()
    office_client.post(page + "erneut-senden/")

    mail.refresh_from_db()
    assert offered == (state == "failed")
    assert mail.status == ("queued" if state == "failed" else state)
