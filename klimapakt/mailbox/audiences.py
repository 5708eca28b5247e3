"""To whom a mailing can go. The apps register their audiences in `AppConfig.ready()`; the mailbox knows none of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django import forms
from django.db import models
from django.utils.datastructures import MultiValueDict

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.kinds import Kind, Placeholder, Shipped
from klimapakt.text import clean_line

KIND = "mailing"
"""The kind of every mail of a mailing."""

Choices = dict[str, list[str]]
"""What a person chose in the form of an audience, as the browser sent it."""


@dataclass(frozen=True)
class Recipient:
    """Somebody who belongs to an audience, with or without an address.

    `key` stays the same for the same person; `about` is the case the mail is filed under; `link` makes the personal
    link where the text has one.
    """

    key: str
    email: str
    name: str
    about: models.Model
    organisation: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    link: Callable[[], AccessLink] | None = None


@dataclass(frozen=True)
class Audience:
    """A circle of people. Its form narrows it down; `recipients` gets what the valid form holds.

    `reason` says to the people themselves why they get the mail. `topic` names what they can unsubscribe from.
    """

    name: str
    title: str
    explanation: str
    reason: str
    form_class: type[forms.Form]
    recipients: Callable[[dict[str, object]], list[Recipient]]
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict, hash=False)
    topic: str = ""
    button: str = ""

    @cached_property
    def kind(self) -> Kind:
        """What the mails of a mailing to these people are; their words are the mailing's own."""
        return _KindOfMailing(
            name=KIND,
            app="mailbox",
            title="Rundmail",
            group="Rundmails",
            when="wenn die Geschäftsstelle eine Rundmail sendet",
            placeholders=self.placeholders,
            button=self.button,
            topic=self.topic,
            reason=self.reason,
        )

    def form(self, choices: Choices) -> forms.Form:
        """Return the form with what was chosen."""
        return self.form_class(MultiValueDict(choices))

    def first_choices(self) -> Choices:
        """Return what the form proposes before anybody chose."""
        form = self.form_class()
        proposed = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        return {name: _as_sent(value) for name, value in proposed.items() if value not in (None, "", [])}

    def choices_in(self, sent: MultiValueDict) -> Choices:
        """Return those of the values sent that the form reads: of a single choice that is the last."""
        return {
            name: [clean_line(value) for value in sent.getlist(name)[0 if _takes_several(field) else -1 :]]
            for name, field in self.form_class.base_fields.items()
            if name in sent
        }


@dataclass(frozen=True)
class _KindOfMailing(Kind):
    reason: str = ""

    @property
    def shipped(self) -> Shipped:
        """No words come with the portal, only why people get the mail."""
        return Shipped("", self.reason, "")


def _takes_several(field: forms.Field) -> bool:
    return isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField)


def _as_sent(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


_audiences: dict[str, Audience] = {}


def register(*audiences: Audience) -> None:
    """Offer audiences to the office; a name belongs to one."""
    for audience in audiences:
        if audience.name in _audiences and _audiences[audience.name] != audience:
            raise ValueError(f"two audiences are called {audience.name}")
        _audiences[audience.name] = audience


def get(name: str) -> Audience:
    """Return an audience by its name. Raises KeyError for one whose app is gone."""
    return _audiences[name]


def all_audiences() -> list[Audience]:
    """Return all audiences, in the order of their apps."""
    return list(_audiences.values())
