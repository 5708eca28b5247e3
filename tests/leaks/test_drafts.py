"""A draft is its people's own: until it is sent, nobody of the office reads a word of it anywhere."""

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from django.contrib.admin import site
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.test import Client
from django.utils import timezone

from klimapakt.mailbox import digest
from klimapakt.mailbox.models import OutgoingMail
from partners.models import Application
from partners.models.answers import Answers
from partners.services import applying, files, forgetting
from tests.factories import ApplicationFactory, PartnerFactory
from tests.klimapakt.uploads.sample import examine_all, file
from tests.urls.table import table

REGISTER = "HRB 47110815"
"""The same in the draft and in what is there already: whoever compares finds them alike."""


def marks() -> dict[str, object]:
    """Return a mark for every column of the form that holds words."""
    found: dict[str, object] = {}
    for number, column in enumerate(Answers._meta.get_fields()):
        mark = f"GEHEIM{number:02d}X"
        if isinstance(column, ArrayField | models.JSONField) or column.choices or column.name == "postal_code":
            continue
        if isinstance(column, models.URLField) or column.name == "website":
            found[column.name] = f"https://{mark.lower()}.example/"
        elif isinstance(column, models.EmailField) or column.name.endswith("email"):
            found[column.name] = f"{mark.lower()}@firma.example"
        elif isinstance(column, models.CharField | models.TextField):
            found[column.name] = mark[: column.max_length]
    return found | {"links": ["https://geheimlink.example/"], "register_number": REGISTER}


def found_in(text: str) -> set[str]:
    return set(re.findall(r"geheim(?!nis)\w+", text.lower()))


@pytest.fixture
def draft(pact, in_state) -> Application:
    """A complete draft of two people with a paper; beside it another application and a partner that look alike."""
    pact.uses_orientation_talk = True
    pact.save()
    PartnerFactory(listed=True)
    Application.objects.filter(pk=in_state("in_review").pk).update(register_number=REGISTER)
    draft = ApplicationFactory(**marks())
    erika = draft.applicants.get()
    applying.invite(draft, name="GEHEIMKOLLEGE", email="geheimkollege@firma.example", by=erika)
    files.add_document(draft, file("a pdf"), by=erika)
    draft.files.first().upload.__class__.objects.update(name="GEHEIMPAPIER.pdf")
    examine_all()
    forgetting.warn_of_deletion(now=timezone.now() + timedelta(days=1000))
    return draft


def crawled(client: Client, first: list[str]) -> dict[str, set[str]]:
    """Follow each link of the admin, but filters; return the marks that stand on each page."""
    waiting, seen, found = list(first), set(first), {}
    while waiting:
        path = waiting.pop()
        answer = client.get(path, follow=True)
        assert answer.status_code < 500, path
        body = b"".join(answer).decode(errors="replace")
        words = f"{answer.headers} {body}".replace("?q=geheim", "").replace('value="geheim"', "")
        found[path] = found_in(words)
        links = {unescape(link) for link in re.findall(r'(?:href|action)="(/admin/[^"#?]*)', body)}
        links = {link for link in links if "logout" not in link} - seen
        seen |= links
        waiting += links
    assert len(found) > 60
    return {path: marks for path, marks in found.items() if marks}


def addresses_of(draft: Application) -> list[str]:
    """Return every address of the admin that could be about this draft, and every list that can be searched."""
    things = SimpleNamespace(pk=draft.pk)
    about_it = [
        "/" + re.sub(r"<(?:path|int):object_id>", str(things.pk), route)
        for route in table()
        if route.startswith("admin/partners/application/<")
    ]
    about_it = [re.sub(r"<[^>]+>", "1", path) for path in about_it]
    upload = draft.files.get().upload_id
    lists = [
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/?q={word}"
        for model in site._registry
        for word in ("geheim", REGISTER.replace(" ", "+"))
    ]
    return ["/admin/", *about_it, *lists, f"/admin/partners/application/{draft.pk}/datei/{upload}/"]


def read_by(user: object, draft: Application) -> dict[str, set[str]]:
    client = Client()
    client.force_login(user)
    return crawled(client, addresses_of(draft))


def told_to_the_office() -> str:
    digest.send(now=timezone.now() + timedelta(days=60))
    return "\n".join(
        f"{mail.subject} {mail.body}" for mail in OutgoingMail.objects.filter(to_email="klimapakt@musterstadt.example")
    )


@pytest.mark.parametrize("role", ["office", "administrator"])
def test_nobody_of_the_office_reads_a_draft(role, draft, request):
    of_the_warning = {text.lower().partition("@")[0] for text in (draft.contact_name, draft.contact_email)}

    seen = read_by(request.getfixturevalue(role), draft)

    outbox = {path: seen.pop(path) for path in list(seen) if path.startswith("/admin/mailbox/outgoingmail/")}
    assert seen == {}
    assert set().union(*outbox.values()) == of_the_warning  # the mail to whoever left it lying names its reader
    assert found_in(told_to_the_office()) == set()


def test_and_everybody_there_reads_what_was_sent(draft, office):
    applying.send(draft, by=draft.applicants.first())

    seen = set().union(*read_by(office, draft).values())

    hidden = {str(mark).lower() for mark in marks().values() if "GEHEIM" in str(mark)}
    assert {mark for mark in hidden if found_in(mark) - seen} == set()
    assert {"geheimpapier", "geheimkollege"} <= seen


def test_no_button_of_the_office_does_anything_with_a_draft(draft, office_client):
    answers = {}
    for route, (path, *_) in table().items():
        if route.startswith("admin/partners/application/<"):
            address = re.sub(r"\{[^}]+\}", str(draft.pk), path, count=1)
            if "{" in address:
                continue
            with transaction.atomic():
                answer = office_client.post(address, {"post": "yes", "reason": "Nein.", "text": "Notiz"})
                answers[route] = (answer.status_code, Application.objects.get(pk=draft.pk).status)
                assert found_in(answer.content.decode()) == set(), route
                transaction.set_rollback(True)

    assert len(answers) > 15
    assert {route: given for route, given in answers.items() if given[1] != "draft" or given[0] >= 500} == {}
