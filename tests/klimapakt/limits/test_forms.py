"""Traps for programs, which cost a person nothing but a second press."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from klimapakt.limits.forms import AGAIN, new_token
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Interest

PAGE = "/mitmachen/interesse/"
ANSWERS = {"name": "Erika Muster", "email": "erika@musterbaeckerei.example", "question": "Was kostet das?"}


def send(client: Client, **changes: str):
    return client.post(PAGE, {"form_token": new_token("interest"), **ANSWERS, **changes})


def as_shown(response) -> dict[str, str]:
    """Return what the page that came back would send."""
    form = response.context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def nothing_happened() -> bool:
    return not Interest.objects.exists() and not OutgoingMail.objects.exists()


def test_whoever_fills_in_a_form_in_a_moment_is_asked_to_send_it_again(pact, client, settings):
    settings.FORM_SECONDS = 3
    token = new_token("interest")

    response = send(client, form_token=token)

    assert response.status_code == 422
    assert AGAIN in response.content.decode()
    assert nothing_happened()
    assert as_shown(response) == {**ANSWERS, "form_token": token, "homepage": "", "organisation": ""}


@pytest.mark.parametrize(("seconds", "code"), [(2, 422), (3, 302)])
def test_the_time_counts_from_when_the_page_was_shown(pact, client, settings, seconds, code):
    settings.FORM_SECONDS = 3
    shown_at = timezone.now().replace(microsecond=0)
    with time_machine.travel(shown_at, tick=False):
        token = new_token("interest")

    with time_machine.travel(shown_at + timedelta(seconds=seconds), tick=False):
        assert send(client, form_token=token).status_code == code


def test_sending_again_a_little_later_is_enough(pact, client, settings):
    settings.FORM_SECONDS = 3
    page = as_shown(send(client))

    with time_machine.travel(timezone.now() + timedelta(seconds=4)):
        response = client.post(PAGE, page)

    assert response.status_code == 302
    assert Interest.objects.get().question == ANSWERS["question"]


def test_a_field_that_nobody_sees_is_a_trap_out_of_which_a_person_gets(pact, client):
    response = send(client, homepage="https://musterbaeckerei.example")

    assert response.status_code == 422
    assert AGAIN in response.content.decode()
    assert nothing_happened()
    assert client.post(PAGE, as_shown(response)).status_code == 302


@pytest.mark.parametrize("token", ["", "abc", "a:b:c", "\0", new_token("newsletter"), "x" * 5000])
def test_a_token_that_is_none_gets_a_new_one(pact, client, token):
    response = send(client, form_token=token)

    assert response.status_code == 422
    assert "Bitte" in response.content.decode()
    assert nothing_happened()
    page = as_shown(response)
    assert {name: page[name] for name in ANSWERS} == ANSWERS
    assert client.post(PAGE, page).status_code == 302


def test_a_token_that_somebody_made_up_is_none(pact, client):
    honest = new_token("interest")
    value, stamp, signature = honest.rsplit(":", 2)

    forged = [f"{value}:{stamp}1:{signature}", f"{value}x:{stamp}:{signature}", f"{value}:{stamp}:{signature[:-1]}"]

    assert [send(client, form_token=token).status_code for token in forged] == [422, 422, 422]
    assert nothing_happened()
