"""Bad input against every form: no fault, a German message at the field or a clean value, nothing lost, nothing logged.

The fields come from the forms themselves; a form without a row here fails.
"""

import importlib
import inspect
import pkgutil
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events.models import Event
from klimapakt.fields import LineFormField, MailFormField, ProseFormField, WebFormField
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Benefit, JoiningStep
from klimapakt.uploads import DocumentField
from partners.mails import application_access
from partners.models import Application, ApplicationStep, Organisation, Partner
from tests.corpus import CHOICES, COMMONEST, DATES, FILE_NAMES, FILES, MAILS, NUMBERS, TEXTS, WEB, M
from tests.factories import (
    AgendaItemFactory,
    AgreementFactory,
    ConsentFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    PartnerFactory,
    TargetFactory,
)
from tests.filled import ANSWERS, filled
from tests.rows import all_rows, difference

ENGLISH = re.compile(r"\b(the|this|that|field|enter|valid|please|ensure|required|must|not|value|with|select)\b", re.I)


class Page(HTMLParser):
    """The fields of the form on a page that posts, as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, object] = {}
        self.kinds: dict[str, str] = {}
        self._name, self._select = "", ""
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        if tag == "form":
            self._inside = given.get("method", "").lower() == "post" and given.get("id") != "logout-form"
        name = given.get("name")
        if tag == "option" and self._select:
            if "selected" in given:
                self.sent[self._select] = given.get("value", "")
            return
        if not self._inside or not name or tag not in ("input", "textarea", "select"):
            return
        kind = given.get("type", tag)
        if kind in ("submit", "file") or name == "csrfmiddlewaretoken":
            return
        self.kinds[name] = kind
        if tag == "select":
            self._select = name
            self.sent[name] = ""
        elif tag == "textarea":
            self._name = name
            self.sent[name] = ""
        elif kind not in ("checkbox", "radio") or "checked" in given:
            self.sent[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._name:
            self.sent[self._name] += data.removeprefix("\n") if not self.sent[self._name] else data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._name = ""
        elif tag == "select":
            self._select = ""


@dataclass
class Form:
    """A form somebody fills in: where it is sent, with what, and what its answers mean."""

    path: str
    client: Client
    data: dict[str, object]
    fields: dict[str, forms.Field]
    stored: Callable[[], dict[str, object]] = lambda: {}
    optional_files: list[str] = field(default_factory=list)

    def send(self, **changes: object) -> HttpResponse:
        data = {name: value for name, value in {**self.data, **changes}.items() if value is not None}
        return self.client.post(self.path, data)


def form_of(response: HttpResponse) -> list[forms.BaseForm]:
    """Return the forms that an answer shows, those of inlines too."""
    context = response.context
    if "adminform" in context:
        rows = [row for formset in context["inline_admin_formsets"] for row in formset.formset.forms]
        return [context["adminform"].form, *rows]
    return [context["form"]]


def admin_form(client: Client, thing: models.Model, model_admin: type | None = None) -> Form:
    """Return the change form of an object with all its inlines, filled as it stands."""
    path = reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])
    page = client.get(path)
    assert page.status_code == 200, path
    fields = {form.add_prefix(name): f for form in form_of(page) for name, f in form.fields.items()}
    data = Page(page.content.decode()).sent
    assert any(name in data for name in fields)
    return Form(path, client, data, fields)


def button_form(client: Client, path: str, data: dict[str, object]) -> Form:
    page = client.get(path)
    return Form(path, client, data, dict(page.context["form"].fields))


@pytest.fixture
def form_named(pact, in_state, office_client, open_link, settings, tmp_path, administrator):
    """Return a form by its name, ready to be sent with good values."""
    settings.MEDIA_ROOT = tmp_path

    def application() -> Form:
        client = Client()
        data = filled(client)
        fields = client.get("/mitmachen/antrag/").context["form"].fields
        return Form("/mitmachen/antrag/", client, data, dict(fields))

    def mend_address() -> Form:
        client = Client()
        client.post("/mitmachen/antrag/", filled(client))
        form = client.get("/mitmachen/antrag/eingang/").context["form"]
        return Form("/mitmachen/antrag/eingang/adresse/", client, {"email": "neu@firma.example"}, dict(form.fields))

    def answer() -> Form:
        client = Client()
        open_link(client, application_access(in_state("query")))
        form = client.get("/mein-klimapakt/antrag/").context["form"]
        return Form("/mein-klimapakt/antrag/antwort/", client, {"answer": "Zwei."}, dict(form.fields))

    def at_application(button: str, data: dict) -> Form:
        pact.uses_orientation_talk = True
        pact.save()
        return button_form(office_client, f"/admin/partners/application/{in_state('in_review').pk}/{button}/", data)

    def partner() -> Partner:
        partner = PartnerFactory(listed=True)
        ContactFactory(organisation=partner.organisation)
        return partner

    def agreement() -> object:
        agreement = AgreementFactory(in_force_until="2030-01-01")
        TargetFactory(agreement=agreement)
        MeasureFactory(agreement=agreement, to_year=2030)
        return agreement

    def event() -> Event:
        event = EventFactory(published=True, host=partner().organisation)
        AgendaItemFactory(event=event)
        return event

    def the_pact() -> object:
        Benefit.objects.create(pact=pact, title="Netzwerk")
        JoiningStep.objects.create(pact=pact, title="Gespräch")
        return pact

    def login() -> Form:
        client = Client()
        data = {"username": "jemand", "password": "falsch", "next": "/admin/"}
        return Form("/admin/login/", client, data, dict(client.get("/admin/login/").context["form"].fields))

    def user() -> Form:
        client = Client()
        client.force_login(administrator)
        return admin_form(client, administrator)

    makers = {
        "ApplicationForm": application,
        "MendAddressForm": mend_address,
        "AnswerForm": answer,
        "QuestionForm": lambda: at_application("rueckfrage", {"text": "Wie viele Standorte?"}),
        "ReasonForm": lambda: at_application("ablehnen", {"reason": "Nicht in der Stadt."}),
        "StepForm": lambda: at_application("gespraech", {"done_on": "2026-01-02", "note": "Gut."}),
        "CorrectionForm": lambda: admin_form(office_client, in_state("in_review")),
        "pact": lambda: admin_form(office_client, the_pact()),
        "event": lambda: admin_form(office_client, event()),
        "organisation": lambda: admin_form(office_client, partner().organisation),
        "partner": lambda: admin_form(office_client, partner()),
        "initialpartner": lambda: admin_form(office_client, InitialPartnerFactory(role="Gründerin")),
        "agreement": lambda: admin_form(office_client, agreement()),
        "login": login,
        "user": user,
    }
    return lambda name: makers[name]()


FORMS = [
    "ApplicationForm", "MendAddressForm", "AnswerForm", "QuestionForm", "ReasonForm", "StepForm", "CorrectionForm",
    "pact", "event", "organisation", "partner", "initialpartner", "agreement", "login", "user",
]  # fmt: skip

# Forms of the project and where they are filled in by the tests of this file.
COVERED = {
    "ApplicationForm": "ApplicationForm", "MendAddressForm": "MendAddressForm", "AnswerForm": "AnswerForm",
    "QuestionForm": "QuestionForm", "ReasonForm": "ReasonForm", "StepForm": "StepForm", "CorrectionForm": "CorrectionForm",
    "ContactForm": "organisation", "SignInForm": "login", "AgreementForm": "agreement", "PartnerFilter": "test_the_filter_of_the_list_takes_anything", "UserForm": "user",
}  # fmt: skip


def project_classes() -> Iterator[type]:
    for package in ("klimapakt", "partners", "events", "agreements"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            if ".migrations." in module.name or ".embedded" in module.name or module.name.endswith("wsgi"):
                continue
            for thing in vars(importlib.import_module(module.name)).values():
                if inspect.isclass(thing) and thing.__module__ == module.name:
                    yield thing


def test_every_form_of_the_project_has_a_row():
    found = {c.__name__ for c in project_classes() if issubclass(c, forms.BaseForm)}

    assert found - set(COVERED) == set(), "give these forms a row"


def test_every_model_that_the_admin_edits_has_a_row():
    editable = {
        model._meta.model_name
        for model, model_admin in admin.site._registry.items()
        if model_admin.__class__.has_change_permission is admin.ModelAdmin.has_change_permission
        or model._meta.model_name not in ("outgoingmail",)
    }

    assert editable - {"application", "group"} <= set(FORMS)


def test_no_form_takes_a_file_past_the_common_check():
    loose = {
        f"{c.__name__}.{name}"
        for c in project_classes()
        if issubclass(c, forms.BaseForm)
        for name, f in c.base_fields.items()
        if isinstance(f, forms.FileField) and not isinstance(f, DocumentField)
    }

    assert loose == set()


def test_no_form_takes_a_text_past_the_common_cleaning():
    loose = {
        f"{c.__name__}.{name}"
        for c in project_classes()
        if issubclass(c, forms.BaseForm)
        for name, f in c.base_fields.items()
        if type(f) in (forms.CharField, forms.EmailField, forms.URLField)
    }

    # A signed token, a trap for programs, a password and the words of a search are compared, never stored.
    compared = {"ApplicationForm.form_token", "ApplicationForm.homepage", "SignInForm.password", "PartnerFilter.q"}
    assert loose == compared


def is_clean(value: object) -> bool:
    if not isinstance(value, str):
        return True
    bad = [c for c in value if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn") and c != "\n"]
    marks = re.search(r"[\u0300-\u036f]{4}", value)
    return not bad and not marks and unicodedata.is_normalized("NFC", value)


def texts_stored() -> list[object]:
    """All texts that people can have typed, from all tables."""
    typed = (models.CharField, models.TextField)
    return [
        value
        for model in (Application, ApplicationStep, Organisation, Partner, Event, *_inlined())
        for row in model.objects.all()
        for f in model._meta.concrete_fields
        if isinstance(f, typed) and not isinstance(f, models.FileField)
        for value in [getattr(row, f.attname)]
    ]


def _inlined() -> list[type[models.Model]]:
    from agreements.models import Measure
    from events.models import AgendaItem
    from klimapakt.pact.models import Pact
    from partners.models import ApplicationQuestion, Contact, InitialPartner

    return [Pact, Benefit, JoiningStep, Contact, InitialPartner, ApplicationQuestion, AgendaItem, Measure]


def check(form: Form, response: HttpResponse, changed: dict[str, object], caplog, before: dict) -> None:
    """Whatever was typed: no fault; either taken and clean, or refused in German with the rest kept and no trace."""
    assert response.status_code in (200, 302, 422), response.status_code
    assert M not in caplog.text
    if response.status_code == 302:
        assert [text for text in texts_stored() if not is_clean(text)] == []
        return
    shown = form_of(response)
    errors = [message for one in shown for messages in one.errors.values() for message in messages]
    assert errors
    assert [message for message in errors if ENGLISH.search(message)] == []
    bound = {one.add_prefix(name): one[name] for one in shown for name in one.fields}
    for name, value in form.data.items():
        if name in bound and name not in changed and not isinstance(bound[name].field, forms.FileField):
            kept = bound[name].value()
            assert str(kept) == str(value) or (value == "on" and kept is True), f"{name} lost what was typed"
    ignored = {"axes_accessattempt", "axes_accessfailurelog"} if form.path == "/admin/login/" else set()
    assert {table: rows for table, rows in difference(before, all_rows()).items() if table not in ignored} == {}
    html = response.content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def of_kind(form: Form, *kinds: type) -> list[str]:
    return [name for name, f in form.fields.items() if isinstance(f, kinds) and name in form.data]


def rows_for(name: str, corpus: dict[str, str]) -> list[str]:
    """Return all rows for a small form, the commonest for a large one."""
    large = name in ("CorrectionForm", "pact", "event", "organisation", "partner", "agreement", "user", "login")
    return [text for row, text in corpus.items() if not large or row in COMMONEST]


TEXT_FIELDS = (LineFormField, ProseFormField, forms.CharField)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_taken_when_it_is_filled_in_well(name, form_named):
    form = form_named(name)

    response = form.send()

    assert response.status_code == (200 if name == "login" else 302)
    assert form.fields


@pytest.mark.parametrize("name", FORMS)
def test_bad_texts_in_all_fields_of_a_form(name, form_named, caplog):
    form = form_named(name)
    fields = [n for n in of_kind(form, *TEXT_FIELDS) if not isinstance(form.fields[n], MailFormField | WebFormField)]
    fields = [n for n in fields if n not in ("form_token", "homepage") and "password" not in n]
    if not fields:
        assert name == "MendAddressForm"
    before = all_rows()

    for text in rows_for(name, TEXTS):
        with transaction.atomic():
            changed = dict.fromkeys(fields, text)
            response = form.send(**changed)
            check(form, response, changed, caplog, before)
            transaction.set_rollback(True)


@pytest.mark.parametrize(("kind", "corpus"), [(MailFormField, MAILS), (WebFormField, WEB)])
@pytest.mark.parametrize("name", FORMS)
def test_bad_addresses_in_all_fields_of_a_form(name, kind, corpus, form_named, caplog):
    form = form_named(name)
    fields = of_kind(form, kind)
    before = all_rows()

    for text in rows_for(name, corpus):
        if fields:
            with transaction.atomic():
                changed = dict.fromkeys(fields, text)
                check(form, form.send(**changed), changed, caplog, before)
                transaction.set_rollback(True)


@pytest.mark.parametrize("name", FORMS)
def test_bad_numbers_dates_and_choices_in_each_field_of_a_form(name, form_named, caplog, client):
    form = form_named(name)
    numbers, dates = (NUMBERS, DATES) if name != "pact" else (NUMBERS[:12], DATES[:8])
    before, public = all_rows(), Client()
    public.cookies["x"] = "1"

    tries = []
    for kinds, corpus, alone in (
        ((forms.IntegerField, forms.DecimalField), numbers, ["9" * 40]),
        ((forms.DateField, forms.SplitDateTimeField, forms.TimeField), dates, ["9999-12-31"]),
        ((forms.ChoiceField, forms.ModelChoiceField), CHOICES, ["gibt-es-nicht"]),
    ):
        names = [
            n for n, f in form.fields.items() if isinstance(f, kinds) and not n.endswith(("-id", "-pact", "_FORMS"))
        ]
        parts = [part for n in names for part in (n, f"{n}_0") if part in form.data]
        tries += [(parts, text) for text in corpus if parts]
        tries += [([part], text) for text in alone for part in parts]
    for parts, text in tries:
        with transaction.atomic():
            changed = dict.fromkeys([*parts, *(part.removesuffix("_0") for part in parts)], text)
            response = form.send(**changed)
            check(form, response, changed, caplog, before)
            if response.status_code == 302 and text not in CHOICES:  # what was taken can be shown
                pages = ["/", "/veranstaltungen/", "/klimapartner/", "/initialpartner/", "/barrierefreiheit/"]
                pages += [event.get_absolute_url() for event in Event.objects.all()]
                assert {public.get(page).status_code for page in pages} <= {200}, (parts, text)
                if form.path.startswith("/admin/") and form.path.endswith("/change/"):
                    assert form.client.get(form.path).status_code == 200
                    assert form.client.get(form.path.rsplit("/", 3)[0] + "/").status_code in (200, 302)
            transaction.set_rollback(True)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_bad_text_in_one_field_of_the_application_loses_nothing_of_the_others(text, form_named, caplog):
    form = form_named("ApplicationForm")
    fields = [n for n in of_kind(form, *TEXT_FIELDS) if n not in ("form_token", "contact_email", "website")]
    before = all_rows()

    for field_name in fields:
        with transaction.atomic():
            response = form.send(**{field_name: text})
            if response.status_code == 422:
                assert set(response.context["form"].errors) == {field_name}
                assert f'id="id_{field_name}_error"' in response.content.decode()
            else:
                assert OutgoingMail.objects.count() == 1
            check(form, response, {field_name: text}, caplog, before)
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("25", 25), (" 25 ", 25), ("1000000", 1_000_000), ("1000001", None), ("0", None), ("-1", None), ("ca. 25", None),
        ("1.000", (1000, None)), ("1.500", (1500, None)), ("1,5", None), ("12.5", None), ("1e3", None),
    ],
)  # fmt: skip
def test_a_number_of_employees_is_never_misread(typed, stored, form_named):
    form = form_named("ApplicationForm")

    form.send(employees=typed)

    application = Application.objects.first()
    assert (application and application.employees) in (stored if isinstance(stored, tuple) else (stored,))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("erika@firma.example", "erika@firma.example"),
        ("  Erika@FIRMA.Example ", "Erika@firma.example"),
        ("erika@müller.example", "erika@xn--mller-kva.example"),
        ("erika@sub.firma.example", "erika@sub.firma.example"),
        ("erika+klima@firma.example", "erika+klima@firma.example"),
        ("erika@localhost", None),
        ("erika@[127.0.0.1]", None),
        ("erika@127.0.0.1", None),
        ("-oQ/tmp@firma.example", None),
        ("=cmd@firma.example", None),
        ("+x@firma.example", None),
        ("'or'='1@firma.example", None),
        ('"a b"@firma.example', None),
        ("m\u00fcller@firma.example", None),
        ("a@firma.example,b@firma.example", None),
        ("Max <a@firma.example>", None),
        ("", None),
    ],
)
def test_a_mail_address_is_stored_in_one_spelling_or_refused(typed, stored, form_named):
    form = form_named("ApplicationForm")

    form.send(contact_email=typed)

    application = Application.objects.first()
    assert (application and application.contact_email) == stored


def test_mail_for_a_domain_with_sharp_s_never_goes_to_another_domain(form_named):
    form = form_named("ApplicationForm")

    form.send(contact_email="erika@straße.example")

    application = Application.objects.first()
    assert application is None or application.contact_email == "erika@xn--strae-oqa.example"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("www.firma.example", "https://www.firma.example"),
        ("https://firma.example/a?b=c", "https://firma.example/a?b=c"),
        ("http://firma.example", "http://firma.example"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://firma.example", None),
        ("firma", None),
    ],
)
def test_a_web_address_is_a_web_address(typed, stored, form_named):
    form = form_named("ApplicationForm")

    form.send(website=typed)

    application = Application.objects.first()
    assert (application and application.website) == stored


@pytest.mark.parametrize("code", ["1234", "123456", "D-12345", "12 345", "abcde", "١٢٣٤٥"])
def test_a_postal_code_has_five_digits(code, form_named):
    form = form_named("ApplicationForm")

    response = form.send(postal_code=code)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"postal_code"}


def test_an_empty_application_says_at_each_field_what_is_missing(pact):
    response = Client().post("/mitmachen/antrag/", {})

    errors = response.context["form"].errors
    assert response.status_code == 422
    assert set(errors) == {
        "form_token", "name", "kind", "street", "postal_code", "place", "sector", "employees", "contact_name",
        "contact_email", "signatory_name", "signatory_function", "may_apply",
    }  # fmt: skip
    assert not any(ENGLISH.search(message) for messages in errors.values() for message in messages)


@pytest.mark.parametrize("token", ["", "quatsch", "a:b:c", "ImFiYyI:1x:2y", None])
def test_a_damaged_form_token_is_said_and_nothing_is_lost(token, form_named):
    form = form_named("ApplicationForm")

    response = form.send(form_token=token)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"form_token"}
    assert response.context["form"]["name"].value() == ANSWERS["name"]
    assert response.context["form"].errors["form_token"][0] in response.content.decode()


def test_a_program_that_fills_the_hidden_field_is_refused(form_named):
    response = form_named("ApplicationForm").send(homepage="https://spam.example")

    assert response.status_code == 422
    assert not Application.objects.exists()


def test_the_contact_that_signs_needs_a_function_and_no_second_name(form_named):
    form = form_named("ApplicationForm")

    refused = form.send(signatory_is_contact="on", contact_function="", signatory_name="", signatory_function="")
    taken = form.send(signatory_is_contact="on", signatory_name="", signatory_function="")

    assert set(refused.context["form"].errors) == {"contact_function"}
    assert taken.status_code == 302
    application = Application.objects.get()
    assert (application.signatory_name, application.signatory_function) == ("Erika Muster", "Inhaberin")


def test_fields_that_the_form_does_not_have_are_ignored(form_named):
    form = form_named("ApplicationForm")

    form.send(status="accepted", confirmed_at="2026-01-01", version="9", reviewer="1", partner="1", id="77", pk="77")

    application = Application.objects.get()
    assert (application.status, application.confirmed_at, application.version) == ("unconfirmed", None, 1)
    assert application.pk != 77


def test_of_a_field_sent_twice_one_counts_everywhere(form_named, mails):
    form = form_named("ApplicationForm")

    form.send(contact_email=["eins@firma.example", "zwei@firma.example"])

    application = Application.objects.get()
    [mail] = mails()
    assert mail.to_email == mail.link.email == application.contact_email


# --- the admin --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["0001-01-01", "0999-05-05", "9999-12-31"])
@pytest.mark.parametrize(("name", "field_name"), [("agreement", "signed_on"), ("agreement", "in_force_until"), ("StepForm", "done_on"),
                                                  ("event", "starts_at_0"), ("pact", "framework_signed_on")])  # fmt: skip
def test_a_year_that_cannot_be_meant_is_refused(name, field_name, day, form_named):
    response = form_named(name).send(**{field_name: day})

    assert response.status_code in (200, 422)
    assert any(one.errors for one in form_of(response))


@pytest.mark.parametrize("moment", [("2026-03-29", "02:30"), ("2026-10-25", "02:30")])
def test_an_hour_that_does_not_exist_or_exists_twice_is_asked_back(moment, form_named):
    response = form_named("event").send(starts_at_0=moment[0], starts_at_1=moment[1])

    assert response.status_code == 200
    assert "starts_at" in form_of(response)[0].errors


def test_two_main_contacts_are_refused_with_a_message(form_named):
    form = form_named("organisation")
    organisation = Organisation.objects.get()
    ContactFactory(organisation=organisation, is_main=False)
    form = admin_form(form.client, organisation)

    response = form.send(**{name: "on" for name in form.fields if name.endswith("is_main") and "__prefix__" not in name
                            and int(name.split("-")[1]) < 2})  # fmt: skip

    assert response.status_code == 200
    assert organisation.contacts.filter(is_main=True).count() == 1


def test_the_main_contact_can_pass_to_another_in_one_go(form_named):
    form = form_named("organisation")
    organisation = Organisation.objects.get()
    second = ContactFactory(organisation=organisation, name="Zweite Person", is_main=False)
    form = admin_form(form.client, organisation)
    numbers = {
        str(form.data[n]): n.split("-")[1] for n in form.data if re.fullmatch(r"contacts-\d+-id", n) and form.data[n]
    }
    first = organisation.contacts.get(is_main=True)

    response = form.send(**{
        f"contacts-{numbers[str(first.pk)]}-is_main": None, f"contacts-{numbers[str(second.pk)]}-is_main": "on",
    })  # fmt: skip

    assert response.status_code == 302
    second.refresh_from_db()
    assert second.is_main


def test_a_consent_on_paper_is_noted_once(form_named):
    form = form_named("organisation")
    organisation = Organisation.objects.get()
    row = {"consents-TOTAL_FORMS": "2", "consents-1-purpose": "profile", "consents-1-given_by": "Erika Muster",
           "consents-1-given_at_0": "2026-01-02", "consents-1-given_at_1": "10:00"}  # fmt: skip

    again = form.send(**row)
    new = form.send(**{**row, "consents-1-purpose": "measures"})

    assert again.status_code == 200
    assert any("consents" in str(f.prefix) and f.errors for f in form_of(again)) or again.context["errors"]
    assert new.status_code == 302
    consent = organisation.consents.get(purpose="measures")
    assert (consent.source, consent.given_by, consent.text != "") == ("office", "Erika Muster", True)


@pytest.mark.parametrize(("name", "changes", "message"), [
    ("agreement", {"in_force_until": "2020-01-01"}, "Das Ende der Laufzeit muss nach der Unterschrift liegen."),
    ("agreement", {"measures-0-to_year": "2020"}, "Das Ende der Maßnahme darf nicht vor dem Beginn liegen."),
    ("agreement", {"targets-0-year": "2019"}, "Das Zieljahr muss nach dem Basisjahr liegen."),
    ("agreement", {"targets-0-amount": "101"}, "Mehr als 100 Prozent Minderung sind nicht möglich."),
    ("event", {"precision": "unknown"}, "Bitte geben Sie den Beginn an, oder wählen Sie „nicht bekannt“ und lassen Sie ihn leer."),
    ("event", {"starts_at_0": "", "starts_at_1": ""}, "Bitte geben Sie den Beginn an, oder wählen Sie „nicht bekannt“ und lassen Sie ihn leer."),
    ("event", {"ends_at_0": "2020-01-01", "ends_at_1": "10:00"}, "Das Ende muss nach dem Beginn liegen und ist nur bei bekannter Uhrzeit möglich."),
])  # fmt: skip
def test_a_rule_of_the_database_is_said_in_german_at_the_form(name, changes, message, form_named):
    response = form_named(name).send(**changes)

    assert response.status_code == 200
    assert message in [m for one in form_of(response) for messages in one.errors.values() for m in messages]


def test_a_correction_from_an_old_page_is_refused_and_keeps_what_was_typed(form_named, office):
    form = form_named("CorrectionForm")
    application = Application.objects.get()
    Application.objects.update(version=2, street="Inzwischen geändert 1")

    response = form.send(name="Meine Berichtigung GmbH")

    assert response.status_code == 200
    assert "inzwischen geändert" in response.content.decode()
    assert "Meine Berichtigung GmbH" in response.content.decode()
    application.refresh_from_db()
    assert application.street == "Inzwischen geändert 1"


# --- lists and addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [["q"], ["branche", "seite"], []])
def test_the_filter_of_the_list_takes_anything(parameters, pact):
    PartnerFactory(listed=True)

    for text in [*TEXTS.values(), *NUMBERS, *CHOICES]:
        query = dict.fromkeys(parameters, text) or {text[:50]: "x"}
        response = Client().get("/klimapartner/", query)

        assert response.status_code == (400 if "\0" in "".join([*query, *query.values()]) else 200), text
        assert b"<script>alert" not in response.content
        assert b"<img src=x" not in response.content


@pytest.mark.parametrize(
    "parameter", ["q", "p", "o", "status__exact", "all", "e", "_facets", "gibt_es_nicht", "id__in", "created_at__gte"]
)
def test_the_lists_of_the_admin_take_any_parameter(parameter, pact, office_client):
    for name in ("partners/application", "partners/partner", "events/event"):
        for text in ("abc", "-1", "9" * 20, "a\0", "C' OR 1=1", "\u202e", "1,2", ""):
            response = office_client.get(f"/admin/{name}/", {parameter: text})

            assert response.status_code in (200, 302, 400), (name, text)


@pytest.mark.parametrize(
    "path", ["/%00", "/klimapartner/a%00b/", "/z/%00/", "/admin/%00/", "/?q=%00", "/admin/login/?next=%00"]
)
def test_a_nul_in_the_address_is_a_bad_request(path, pact):
    response = Client().get(path)

    assert response.status_code == 400
    assert "Diese Anfrage haben wir nicht verstanden" in response.content.decode()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "text/plain", "", "multipart/form-data",
                                  "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7"])  # fmt: skip
@pytest.mark.parametrize("path", ["/mitmachen/antrag/", "/admin/login/"])
def test_a_body_that_is_no_form_is_no_fault_of_ours(path, kind, pact):
    bodies = [b"name=%ff%fe", b"name=\xff\xfe", b"=&&==&", b"%", b"name=%u0041", b"\0" * 50, b'{"name": "\\ud800"}']
    client = Client(raise_request_exception=False)

    codes = {body: client.generic("POST", path, body, content_type=kind).status_code for body in bodies}

    assert set(codes.values()) <= {200, 400, 415, 422}, codes
    assert not Application.objects.exists()


@pytest.mark.parametrize("path", ["/mitmachen/antrag/", "/admin/login/"])
@pytest.mark.parametrize("what", ["1001 fields", "3 MB", "50 files"])
def test_a_body_that_is_too_much_is_refused_in_german(what, path, pact):
    client = Client(raise_request_exception=False)
    match what:
        case "1001 fields":
            response = client.post(path, {f"f{n}": "x" for n in range(1001)})
        case "3 MB":
            response = client.post(path, {"wishes": "x" * 3_000_000})
        case "50 files":
            response = client.post(path, {f"f{n}": SimpleUploadedFile("a.pdf", b"x") for n in range(50)})

    assert response.status_code == 400
    assert "Diese Anfrage haben wir nicht verstanden" in response.content.decode()


@pytest.mark.parametrize("cookie", ["\xff", "x" * 3000, "a;b", '"', "../../etc/passwd", "{{7*7}}"])
def test_a_broken_cookie_is_no_fault_of_ours(cookie, pact):
    client = Client(raise_request_exception=False)

    codes = [
        client.get(p, HTTP_COOKIE=f"s={cookie}; c={cookie}").status_code
        for p in ("/", "/mitmachen/antrag/", "/mein-klimapakt/")
    ]

    assert codes == [200, 200, 403]


# --- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("called", ["loi.pdf", "bild.png", "foto.JPG"])
def test_only_harmless_documents_are_taken_whatever_they_are_called(called, form_named):
    form = form_named("StepForm")
    before, wrong = all_rows(), []

    for name, (make, is_taken) in FILES.items():
        with transaction.atomic():
            response = form.send(document=SimpleUploadedFile(called, make(), content_type="application/pdf"))
            if (response.status_code, ApplicationStep.objects.exists()) != ((302, True) if is_taken else (422, False)):
                wrong.append(name)
            elif not is_taken:
                [message] = response.context["form"].errors["document"]
                assert not ENGLISH.search(message), name
                assert difference(before, all_rows()) == {}, name
            transaction.set_rollback(True)

    assert wrong == []


@pytest.mark.parametrize("form_name", ["StepForm", "agreement"])
@pytest.mark.parametrize(("called", "shown"), FILE_NAMES.items(), ids=repr)
def test_the_name_of_a_document_is_shown_and_never_used(called, shown, form_name, form_named, settings):
    form = form_named(form_name)
    file_field = "document" if form_name == "StepForm" else "scan"

    response = form.send(
        **{file_field: SimpleUploadedFile(called, FILES["a pdf"][0](), content_type="application/pdf")}
    )

    assert response.status_code == 302
    if form_name == "StepForm":
        step = ApplicationStep.objects.get()
        stored, name = step.document, step.document_name
        path = f"/admin/partners/application/{step.application_id}/dokument/{step.pk}/"
    else:
        from agreements.models import Agreement

        agreement = Agreement.objects.exclude(scan="").get()
        stored, name = agreement.scan, agreement.scan_name
        path = f"/admin/agreements/agreement/{agreement.pk}/scan/"
    assert re.fullmatch(r"documents/[0-9a-f]{32}\.(pdf|bin)", stored.name)
    assert (settings.MEDIA_ROOT / stored.name).is_file()
    assert len(name) <= 120
    assert is_clean(name)
    if shown is not None:
        assert name == shown
    answer = form.client.get(path)
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] in ("application/pdf", "application/octet-stream")
    assert "Set-Cookie" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "\n" not in answer["Content-Disposition"]


@pytest.mark.parametrize("called", ["scan.html", "scan.exe", "scan.svg", "scan.pdf.js", "scan"])
def test_a_document_is_handed_out_as_what_it_is(called, form_named):
    form = form_named("StepForm")

    form.send(document=SimpleUploadedFile(called, FILES["a pdf"][0]()))

    step = ApplicationStep.objects.first()
    if step is not None:
        answer = form.client.get(f"/admin/partners/application/{step.application_id}/dokument/{step.pk}/")
        b"".join(answer.streaming_content)
        assert answer["Content-Type"] in ("application/pdf", "application/octet-stream")
        assert not re.search(r"\.(html|exe|svg|js)\"?$", answer["Content-Disposition"])


def test_a_refused_document_leaves_no_file_behind(form_named, settings):
    form = form_named("StepForm")

    form.send(document=SimpleUploadedFile("a.pdf", b"MZ"))
    form.send(done_on="9999-01-01", document=SimpleUploadedFile("a.pdf", FILES["a pdf"][0]()))

    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


# --- what is typed is shown as text -----------------------------------------------------------------------------------


def test_what_a_company_types_is_text_on_every_page(form_named, office, office_client, open_link):
    from partners.services import joining, publication

    bad = '<script>alert("x")</script>{{ 1|add:"7006651" }}'
    client, form = Client(), form_named("ApplicationForm")
    fields = [n for n in of_kind(form, LineFormField, ProseFormField) if n not in ("postal_code", "contact_phone")]
    assert form.send(**dict.fromkeys(fields, bad)).status_code == 302
    application = Application.objects.get()
    pages = [form.client.get("/mitmachen/antrag/eingang/")]
    joining.confirm(AccessLink.objects.get())
    joining.start_review(application, by=office)
    joining.ask(application, bad, by=office)
    joining.answer(application, bad)
    open_link(client, application_access(application))
    pages += [
        client.get("/mein-klimapakt/antrag/"),
        office_client.get(f"/admin/partners/application/{application.pk}/change/"),
    ]
    pages += [
        office_client.get(f"/admin/partners/application/{application.pk}/{b}/")
        for b in ("aufnehmen", "ablehnen", "rueckfrage")
    ]
    partner = joining.accept(application, by=office)
    Partner.objects.update(text=bad)
    ConsentFactory(organisation=partner.organisation, purpose="initial_partners")
    agreement = AgreementFactory(partner=partner, in_force=True)
    MeasureFactory(agreement=agreement, title=bad, description=bad)
    event = EventFactory(
        published=True, title=bad, teaser=bad, text=bad, venue=bad, results=bad, host=partner.organisation
    )
    AgendaItemFactory(event=event, title=bad, speaker=bad)
    InitialPartnerFactory(organisation__name=bad, role=bad, short_name=bad[:40])
    publication.publish(partner, by=office)
    public = Client()
    pages += [public.get(path) for path in ("/", "/klimapartner/", partner.get_absolute_url(), "/initialpartner/",
                                            "/veranstaltungen/", event.get_absolute_url(), "/sitemap.xml")]  # fmt: skip
    pages += [
        office_client.get(path)
        for path in (
            "/admin/", "/admin/partners/application/", "/admin/partners/partner/", f"/admin/partners/partner/{partner.pk}/change/",
            f"/admin/partners/organisation/{partner.organisation_id}/change/", "/admin/partners/organisation/",
            "/admin/partners/initialpartner/", f"/admin/events/event/{event.pk}/change/", "/admin/events/event/",
            f"/admin/agreements/agreement/{agreement.pk}/change/", "/admin/agreements/agreement/", "/admin/mailbox/outgoingmail/",
            f"/admin/mailbox/outgoingmail/{OutgoingMail.objects.get(kind='application_received').pk}/change/",
        )
    ]  # fmt: skip

    shown = 0
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert "<script>alert" not in html, page.request["PATH_INFO"]
        assert "</script>{{" not in html
        assert "7006652" not in html
        shown += "&lt;script&gt;alert" in html
    assert shown >= len(pages) - 5  # the search was able to find it


@pytest.mark.parametrize("q", ["brot", "BROT", "müller", "MULLER", "strasse", "Straße", "straße"])
def test_the_search_minds_neither_capitals_nor_umlauts(q, pact):
    PartnerFactory(listed=True, organisation__name="Brot Müller Straße GmbH", text="")
    PartnerFactory(listed=True, organisation__name="Anders AG", text="")

    page = Client().get("/klimapartner/", {"q": q}).content.decode()

    assert "Brot Müller" in page
    assert "Anders AG" not in page
