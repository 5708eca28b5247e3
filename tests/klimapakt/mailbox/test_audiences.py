"""The one interface by which apps say to whom a mailing can go."""

import pytest
from django import forms
from django.http import QueryDict

from klimapakt.mailbox import audiences
from klimapakt.mailbox.audiences import Audience
from klimapakt.mailbox.models import Topic


class ColourForm(forms.Form):
    colour = forms.ChoiceField(choices=[("green", "grün"), ("red", "rot")], initial="green")
    sizes = forms.MultipleChoiceField(choices=[("1", "klein"), ("2", "groß")], initial=["1"], required=False)
    day = forms.DateField(required=False)


def audience(name: str = "colours", **fields) -> Audience:
    given = {"title": "Farben", "explanation": "", "reason": "Grund", "form_class": ColourForm,
             "recipients": lambda choices: []}  # fmt: skip
    return Audience(name=name, **{**given, **fields})


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(audiences, "_audiences", {})
    one = audience()
    audiences.register(one)
    return one


def test_a_registered_audience_is_found_by_its_name(registered):
    assert audiences.get("colours") is registered
    assert audiences.all_audiences() == [registered]
    with pytest.raises(KeyError):
        audiences.get("shapes")


def test_registering_twice_is_harmless_and_two_of_a_name_are_not(registered):
    audiences.register(registered)

    with pytest.raises(ValueError, match="two audiences are called colours"):
        audiences.register(audience(title="Andere Farben"))


def test_the_form_proposes_and_takes_what_it_knows_and_nothing_else():
    sent = QueryDict("colour=red&sizes=1&sizes=2&csrfmiddlewaretoken=x&struck=contact:1")

    assert audience().first_choices() == {"colour": ["green"], "sizes": ["1"]}
    assert audience().choices_in(sent) == {"colour": ["red"], "sizes": ["1", "2"]}
    assert audience().form(audience().choices_in(sent)).is_valid()


def test_the_kind_of_its_mails_has_its_topic_and_its_reason():
    kind = audience(topic=Topic.MAILING, reason="Sie erhalten diese Mail, weil.").kind

    assert (kind.name, kind.topic, kind.shipped.reason) == ("mailing", "mailing", "Sie erhalten diese Mail, weil.")
    assert {"pakt", "stadt"} <= set(kind.allowed)


def test_each_app_has_registered_its_own():
    assert {one.name for one in audiences.all_audiences()} >= {
        "partners", "applicants", "initial-partners", "event-guests", "event-unanswered", "agreements"
    }  # fmt: skip


@pytest.mark.parametrize(("name", "topic"), [
    ("partners", "mailing"), ("initial-partners", "mailing"), ("agreements", "mailing"),
    ("event-unanswered", "invitation"),
    ("applicants", ""), ("event-guests", ""),
])  # fmt: skip
def test_only_what_people_asked_for_themselves_comes_without_a_way_to_unsubscribe(name, topic):
    assert audiences.get(name).topic == topic
