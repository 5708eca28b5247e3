"""A form that comes after its session has ended: nothing is stored, and what was typed is there to be copied."""

import importlib
import pkgutil
from inspect import isclass

import pytest
from django import forms
from django.test import Client

from partners import views
from partners.views import needed
from tests.bad_input.form import page_form
from tests.filled import OVERVIEW
from tests.partners.company import browser_of, company
from tests.partners.test_profile_views import OFFERS, PROFILE
from tests.rows import all_rows, difference

TYPED = "Frisch getippt, <b>zwei</b> Zeilen"


def sent_too_late(client: Client, path: str, data: dict[str, object]) -> object:
    client.session.flush()
    before = all_rows()
    answer = client.post(path, data)
    assert answer.status_code == 403
    assert difference(before, all_rows()) == {}
    return answer


@pytest.mark.parametrize(("path", "field"), [(PROFILE, "text"), (OFFERS, "offers_text")])
def test_the_texts_of_a_partner_are_given_back(path, field, pact):
    client = browser_of(company(listed=True))
    form = page_form(client, path, **{field: TYPED})

    page = sent_too_late(client, path, form.data).text

    assert "Frisch getippt, &lt;b&gt;zwei&lt;/b&gt; Zeilen" in page
    assert "noch nicht gespeichert" in page
    assert form.data["shown"] not in page


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (OVERVIEW + "antwort/", {"answer_1": "Drei Standorte."}),
        (OVERVIEW + "mitwirkende/einladen/", {"name": "Kim Muster", "email": "kim@musterbaeckerei.example"}),
        ("/mein-klimapakt/personen/neu/", {"name": "Kim Muster", "function": "Umweltteam"}),
        ("/mein-klimapakt/gespraech/buchen/", {"phone": "0000 4711"}),
    ],
)
def test_answers_and_people_are_given_back(path, data, client, pact):
    page = sent_too_late(client, path, data).text

    assert [text for text in data.values() if text not in page] == []


def test_no_code_and_nothing_that_the_page_brought_along_is_shown(client, pact):
    secret = {"code": "12345678", "stepup_code": "87654321", "sha256": "a" * 64, "shown": "b" * 64, "name": "Kim"}

    page = sent_too_late(client, "/mein-klimapakt/absichtserklaerung/unterschreiben/", secret).text

    assert [name for name, value in secret.items() if value in page] == ["name"]


def test_a_page_that_is_only_looked_at_gives_nothing_back(client, pact):
    assert "eingegeben" not in client.get(PROFILE).text


def test_no_form_of_a_company_is_forgotten():
    of_everybody = {"StartForm", "InterestForm", "LinkRequestForm", "PartnerFilter"}
    modules = [importlib.import_module(f"partners.views.{one.name}") for one in pkgutil.iter_modules(views.__path__)]
    used = {one for module in modules for one in vars(module).values() if isclass(one) and issubclass(one, forms.Form)}
    typing = {
        form
        for form in used | set(needed.FORMS)
        if any(isinstance(one, forms.CharField) and not one.widget.is_hidden for one in form.base_fields.values())
    }

    assert {form.__name__ for form in typing - set(needed.FORMS)} == of_everybody & {one.__name__ for one in used}
    assert len(typing & used) > len(of_everybody)
