"""What holds whatever was typed: no fault; taken and clean, or refused in German with the rest kept and no trace."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from django import forms
from django.db import models, transaction
from django.http import HttpResponse

from agreements import models as of_agreements
from events import models as of_events
from klimapakt.fields import LineFormField, ProseFormField
from klimapakt.mailbox import models as of_the_mailbox
from klimapakt.newsletter import models as of_the_newsletter
from klimapakt.pact import models as of_the_pact
from partners import models as of_partners
from partners.forms.steps import StepForm
from tests.bad_input.form import Form, form_of
from tests.corpus import COMMONEST, M
from tests.rows import all_rows, difference

ENGLISH = re.compile(r"\b(the|this|that|field|enter|valid|please|ensure|required|must|not|value|with|select)\b", re.I)

TEXT_FIELDS = (LineFormField, ProseFormField, forms.CharField)

LARGE = (
    "CorrectionForm",
    "ApplicationEntryForm",
    "StepForm organisation",
    "StepForm personen",
    "StepForm heute",
    "pact",
    "event",
    "organisation",
    "partner",
    "agreement",
    "user",
    "login",
)
"""Forms of the office with many fields, whose classes are those of the small ones."""

COMPARED = ("form_token", "pen", "token", "homepage", "sha256", "shown", "seen", "notify", "code")
"""Tokens, a trap for programs, hashes and codes: compared, never stored."""


def is_clean(value: object) -> bool:
    if not isinstance(value, str):
        return True
    bad = [c for c in value if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn") and c != "\n"]
    marks = re.search(r"[\u0300-\u036f]{4}", value)
    return not bad and not marks and unicodedata.is_normalized("NFC", value)


def texts_stored() -> list[object]:
    """Return all texts that people can have typed, from all tables."""
    typed = (models.CharField, models.TextField)
    return [
        value
        for app in (of_the_pact, of_partners, of_events, of_agreements, of_the_mailbox, of_the_newsletter)
        for model in vars(app).values()
        if isinstance(model, type) and issubclass(model, models.Model) and not model._meta.abstract
        if model is not of_the_mailbox.OutgoingMail  # holds marks, which nobody can type
        for row in model.objects.all()
        for f in model._meta.concrete_fields
        if isinstance(f, typed) and not isinstance(f, models.FileField)
        for value in [getattr(row, f.attname)]
    ]


@contextmanager
def undone(form: Form) -> Iterator[None]:
    """Undo in the database and in the browser what one sending did."""
    cookies = deepcopy(form.client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    form.client.cookies = cookies


def check(form: Form, response: HttpResponse, changed: dict[str, object], caplog, before: dict) -> None:
    """Whatever was typed: no fault; either taken and clean, or refused in German with the rest kept and no trace."""
    assert response.status_code in (200, 302, 409, 422), response.status_code
    assert M not in caplog.text
    if response.status_code == 302:
        assert [text for text in texts_stored() if not is_clean(text)] == []
        return
    if response.status_code == 409:  # the number of the version was not the one that stands there
        assert difference(before, all_rows()) == {}
        return
    shown = form_of(response)
    if getattr(shown[0], "preview", None):  # a mail is shown before it is sent
        assert [text for text in shown[0].preview if not is_clean(text)] == []
        assert difference(before, all_rows()) == {}
        return
    errors = [message for one in shown for messages in one.errors.values() for message in messages]
    assert errors
    assert [message for message in errors if ENGLISH.search(message)] == []
    bound = {one.add_prefix(name): one[name] for one in shown for name in one.fields}
    for name, value in form.data.items():
        if name in bound and name not in changed and not isinstance(bound[name].field, forms.FileField):
            kept = bound[name].value()
            assert str(kept) == str(value) or kept == [value] or (value == "on" and kept is True), (
                f"{name} lost what was typed"
            )
    ignored = {"axes_accessattempt", "axes_accessfailurelog"} if form.path == "/admin/login/" else set()
    if isinstance(shown[0], StepForm):  # keeps the answers that are in order; of the others, nothing
        ignored = {"partners_application", "partners_savedstep"}
        stored = of_partners.Application.objects.get()
        refused = [name for name in shown[0].errors if name in changed and changed[name]]
        assert [name for name in refused if str(getattr(stored, name, "")) == str(changed[name])] == []
    assert {table: rows for table, rows in difference(before, all_rows()).items() if table not in ignored} == {}
    html = response.content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def of_kind(form: Form, *kinds: type) -> list[str]:
    return [name for name, f in form.fields.items() if isinstance(f, kinds) and name in form.data]


def rows_for(name: str, corpus: dict[str, str]) -> list[str]:
    """Return all rows for a small form, the commonest for a large one."""
    return [text for row, text in corpus.items() if name not in LARGE or row in COMMONEST]
