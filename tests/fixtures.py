"""People and things that tests speak of."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.setup.roles import INITIAL_PARTNER, OFFICE
from partners.services import applying, decision, questions, review
from tests.factories import ApplicationFactory, PactFactory, UserFactory


@pytest.fixture
def pact(db) -> Pact:
    """The pact of Musterstadt, with a mailbox and no time to think again."""
    return PactFactory()


@pytest.fixture
def office(db):
    """A member of the office."""
    user = UserFactory(username="geschaeftsstelle", first_name="Ottilie", last_name="Amt")
    user.groups.add(Group.objects.get(name=OFFICE))
    return user


@pytest.fixture
def initial_partner_user(db):
    """Somebody of an initial partner, who may only read."""
    user = UserFactory(username="initialpartner")
    user.groups.add(Group.objects.get(name=INITIAL_PARTNER))
    return user


@pytest.fixture
def administrator(db):
    return UserFactory(username="verwaltung", is_superuser=True)


@pytest.fixture
def office_client(office) -> Client:
    client = Client()
    client.force_login(office)
    return client


@pytest.fixture
def mails() -> Callable[..., list[OutgoingMail]]:
    """Return the mails in the outbox, oldest first, narrowed down by fields."""
    return lambda **wanted: list(OutgoingMail.objects.filter(**wanted).order_by("pk"))


@pytest.fixture
def open_link() -> Callable[[Client, AccessLink], object]:
    """Open a personal link as a person does: the page, then the button."""

    def open_link(client: Client, link: AccessLink) -> object:
        path = link.url().removeprefix(_base_url())
        assert client.get(path).status_code == 200
        return client.post(path)

    return open_link


def _base_url() -> str:
    from django.conf import settings

    return settings.PORTAL_BASE_URL


@pytest.fixture
def in_state(pact, office) -> Callable[[str], object]:
    """Return a new application in the named state, brought there by the services."""

    def in_state(state: str) -> object:
        if state == "draft":
            return ApplicationFactory()
        is_proven = state != "unconfirmed"
        application = ApplicationFactory(applicant__is_proven=is_proven)
        applying.send(application, by=application.applicants.get())
        if state in ("unconfirmed", "submitted"):
            pass
        elif state == "withdrawn":
            applying.withdraw(application)
        else:
            review.start_review(application, by=office)
        match state:
            case "query":
                questions.ask(application, [questions.Asked("Wie viele Standorte haben Sie?")], by=office)
            case "accepted":
                decision.accept(application, by=office)
            case "rejected":
                decision.reject(application, "Ihr Sitz liegt nicht in der Stadt.", by=office)
        application.refresh_from_db()
        assert application.status == state
        return application

    return in_state
