"""Who reads what: the office everything, an initial partner and the public nothing about a person, a company its own."""

import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from agreements.mails import access_to
from events.mails import registration_access
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.setup.roles import COUNTERSIGNING
from partners.mails.application import application_access
from partners.mails.partner import partner_access
from partners.models import Application, Partner
from tests.factories import ContactFactory, UserFactory
from tests.factories.events import RegistrationFactory
from tests.leaks.secrets import OF_AGREEMENTS, OF_EVENTS, SECRETS, hide_them
from tests.urls.table import COMPANY_PAGES, PUBLIC_PAGES, table

MODELS = {
    "partners/application": "application", "partners/partner": "listed hidden", "partners/initialpartner": "founder",
    "events/event": "event draft", "events/registration": "registration", "events/invitation": "invitation",
    "agreements/agreement": "bound signed closed agreement", "documents/document": "scan",
    "mailbox/incomingmail": "incoming", "mailbox/addressproblem": "problem", "mailbox/optout": "optout",
    "mailbox/mailing": "mailing", "mailbox/mailwording": "wording", "newsletter/subscription": "subscription",
}  # fmt: skip


@pytest.fixture
def secrets(pact, in_state, office, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    pact.uses_orientation_talk = True
    pact.save()
    return hide_them(in_state, office)


def office_paths(secrets) -> list[str]:
    """Return every page of the admin with every object, also those that the person may not see, and ways to ask for more."""
    things = {model: [getattr(secrets, name).pk for name in names.split()] for model, names in MODELS.items()}
    things |= {
        "partners/organisation": [secrets.listed.organisation_id, secrets.hidden.organisation_id],
        "mailbox/outgoingmail": list(OutgoingMail.objects.values_list("pk", flat=True)),
        "agreements/templatesection": [1],
        "auth/user": [1],
        "pact/pact": [1],
        "mailbox/mailboxstate": [1],
    }
    found = ["/admin/", "/admin/partners/", "/admin/events/", "/admin/password_change/", "/postfach/", "/admin/jsi18n/"]
    for model, keys in things.items():
        found += [f"/admin/{model}/", f"/admin/{model}/add/", f"/admin/{model}/?q=geheim", f"/admin/{model}/?e=1"]
        found += [f"/admin/{model}/{key}/{page}" for key in keys for page in ("change/", "history/", "delete/", "")]
    step = secrets.application.steps.get()
    found += [
        f"/admin/partners/application/{secrets.application.pk}/dokument/{step.pk}/",
        f"/admin/agreements/agreement/{secrets.bound.pk}/dokument/{secrets.scan.pk}/",
        *(f"/admin/agreements/agreement/{one.pk}/fassung/1/" for one in (secrets.signed, secrets.bound)),
        *(f"/admin/mailbox/mailwording/partner_link/{page}" for page in ("", "ansicht/", "fassung/1/")),
    ]
    for route in table():
        if place := re.fullmatch(r"(admin/(\w+/\w+))/<\w+:object_id>/([a-z-]+/)+", route):
            for key in things.get(place[2], []):
                found.append("/" + re.sub(r"<\w+:object_id>", str(key), route))
    for app, model, name in (("partners", "partner", "organisation"), ("agreements", "agreement", "partner"), ("events", "event", "host"),
                             ("partners", "initialpartner", "organisation"), ("events", "registration", "contact"),
                             ("events", "invitation", "contact")):  # fmt: skip
        found.append(f"/admin/autocomplete/?app_label={app}&model_name={model}&field_name={name}&term=geheim")
    for model in (Partner, Application):
        number = ContentType.objects.get_for_model(model).pk
        found += [f"/admin/r/{number}/{thing.pk}/" for thing in (secrets.hidden, secrets.application)]
    return found


def read(client: Client, paths: list[str]) -> str:
    """Return all that these pages say, headers too, without the addresses that were asked for."""
    seen = []
    for path in paths:
        response = client.get(path)
        assert response.status_code < 500, path
        body = b"".join(response) if response.streaming else response.content
        text = f"{path} {response.headers} {body.decode(errors='replace')}".replace(path, "")
        seen.append(re.sub(r'value="geheim"|\?q=geheim|_changelist_filters=\S+', "", text))
    return "\n".join(seen)


def found_in(text: str, secrets: dict[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if secret.lower() in text.lower()]


def signed_in(user: object) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_the_office_finds_every_secret(secrets, office):
    seen = read(signed_in(office), office_paths(secrets))

    assert [name for name, secret in SECRETS.items() if secret not in seen] == []


def test_an_initial_partner_finds_none(secrets, initial_partner_user):
    seen = read(signed_in(initial_partner_user), office_paths(secrets))

    assert "Öffentlich GmbH" in seen
    assert "Öffentliches Treffen" in seen
    assert found_in(seen, SECRETS) == ["title of a draft"]  # they see what is being planned


def test_who_only_countersigns_finds_what_is_to_be_signed_and_nothing_else(secrets):
    user = UserFactory()
    user.groups.add(Group.objects.get(name=COUNTERSIGNING))

    seen = read(signed_in(user), office_paths(secrets))

    of_others = {name: secret for name, secret in SECRETS.items() if name not in OF_AGREEMENTS}
    assert found_in(seen, of_others) == ["member of staff"]  # who offered it
    assert {"clause", "who signed", "measure in a draft"} <= set(found_in(seen, OF_AGREEMENTS))


# --- The public -------------------------------------------------------------------------------------------------------


def public_paths(secrets) -> list[str]:
    fitting = {**vars(secrets), "partner": secrets.listed}
    paths = [path.format_map(fitting) for path, *_ in PUBLIC_PAGES.values()]
    paths += [path.replace("/treffen/", "/vorbei/") for path in paths if "/treffen/" in path]
    paths += [path.replace("/treffen/", "/geheimtreffen/") for path in paths if "/treffen/" in path]
    paths += [
        secrets.hidden.get_absolute_url(),
        secrets.bound.partner.get_absolute_url(),
        "/klimapartner/?q=geheim",
        "/klimapartner/?seite=2",
    ]
    return paths + [path.format_map(fitting) for path, *_ in COMPANY_PAGES.values() if path.startswith("/")]


def test_the_search_finds_on_public_pages_what_is_public(secrets):
    seen = read(Client(), public_paths(secrets))

    public = ["Öffentlich GmbH", "Öffentliches Treffen", "Öffentliche Maßnahme", "ausgebucht", "BEGIN:VEVENT"]
    assert [word for word in public if word.lower() not in seen.lower()] == []


def test_a_planted_secret_would_be_found(secrets):
    secrets.event.teaser = SECRETS["who registered"]
    secrets.event.save()

    seen = read(Client(), public_paths(secrets))

    assert found_in(seen, SECRETS) == ["who registered", "mail of a guest"]  # the same word in small letters


@pytest.mark.parametrize("role", ["anonymous", "initial_partner", "another company", "another guest", "an applicant"])
def test_nobody_else_finds_a_secret_on_the_pages_of_the_public_and_of_companies(
    role, secrets, initial_partner_user, in_state, open_link
):
    client = Client(raise_request_exception=False)
    match role:
        case "initial_partner":
            client.force_login(initial_partner_user)
        case "another company":
            open_link(client, partner_access(ContactFactory(organisation=secrets.other.organisation)))
        case "another guest":
            own = RegistrationFactory(event=secrets.event)
            open_link(client, registration_access(secrets.event, own))
        case "an applicant":
            open_link(client, application_access(in_state("query").applicants.get()))

    seen = read(client, public_paths(secrets))

    assert "Öffentlich GmbH" in seen
    assert found_in(seen, SECRETS) == []


def test_a_signatory_finds_the_own_version_and_nothing_of_guests_and_applications(secrets, open_link):
    client = Client(raise_request_exception=False)
    open_link(client, access_to(secrets.version))

    seen = read(client, public_paths(secrets))

    own = {"clause", "contribution", "measure in a draft", "wish", "who signed", "function"}
    assert set(found_in(seen, SECRETS)) == own


def test_a_guest_finds_the_own_names_and_nobody_elses(secrets, open_link):
    client = Client(raise_request_exception=False)
    open_link(client, registration_access(secrets.event, secrets.registration))

    seen = read(client, public_paths(secrets))

    own = {"who registered", "mail of a guest", "who comes along", "note of a guest"}
    assert set(found_in(seen, SECRETS)) - {"organisation of a guest"} == own
    assert {"who waits", "who withdrew"}.isdisjoint(found_in(seen, OF_EVENTS))


# --- Asking by the address bar ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "organisation__contacts__email__startswith=geheim",
        "organisation__contacts__name=GEHEIMKONTAKT",
        "organisation__contacts__registrations__note__startswith=G",
        "organisation__registrations__name__startswith=G",
        "organisation__street__startswith=GEHEIM",
        "agreements__versions__to_name__startswith=G",
        "agreements__versions__signatures__name__startswith=G",
        "application__contact_email__contains=geheim",
        "organisation__employees__gt=20",
        "organisation__consents__given_by__startswith=G",
        "publication__exact=hidden",
        "o=9.-9",
        "q=geheimkontakt",
        "_to_field=organisation",
        "_popup=1",
        "all=",
    ],
)
def test_an_initial_partner_cannot_ask_by_the_address_bar(query, secrets, initial_partner_user):
    answer = signed_in(initial_partner_user).get("/admin/partners/partner/?" + query)

    text = answer.content.decode()
    assert answer.status_code in (200, 302, 400)
    assert "GEHEIM" not in text
    if "__" in query and "publication" not in query:
        assert answer.status_code in (302, 400)


@pytest.mark.parametrize(
    "query",
    [
        "registrations__name__startswith=GEHEIM",
        "registrations__note__contains=KUCHEN",
        "registrations__attendees__name__startswith=G",
        "invitations__contact__name__startswith=GEHEIM",
        "host__contacts__email__startswith=g",
    ],
)
def test_an_initial_partner_learns_of_events_only_how_many_come(query, secrets, initial_partner_user):
    client = signed_in(initial_partner_user)

    text = client.get("/admin/events/event/").content.decode()
    answer = client.get("/admin/events/event/?" + query)

    assert "2 von 2" in text
    assert answer.status_code in (302, 400)


def test_an_initial_partner_sees_in_the_partner_list_only_what_the_public_sees(secrets, initial_partner_user):
    client = signed_in(initial_partner_user)

    codes = {
        which: client.get(f"/admin/partners/partner/{getattr(secrets, which).pk}/change/").status_code
        for which in ("listed", "hidden")
    }

    assert "4 Partner" in client.get("/admin/partners/partner/").content.decode()
    assert codes == {"listed": 200, "hidden": 302}


def test_the_work_of_the_office_is_not_shown_to_an_initial_partner(secrets, initial_partner_user, office):
    for user, is_shown in ((initial_partner_user, False), (office, True)):
        assert ("Zu tun" in signed_in(user).get("/admin/").content.decode()) == is_shown
