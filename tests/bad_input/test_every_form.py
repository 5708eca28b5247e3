"""Bad input against every form. The fields come from the forms themselves; a form without a row here fails."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from events.models import Event
from klimapakt.fields import MailFormField, WebFormField
from klimapakt.uploads import UploadField
from tests.bad_input.checks import COMPARED, TEXT_FIELDS, check, of_kind, rows_for, undone
from tests.bad_input.conftest import FORMS
from tests.corpus import CHOICES, DATES, MAILS, NUMBERS, TEXTS, WEB
from tests.rows import all_rows

# Forms of the project that have no row of their own name, and where the tests of this folder fill them in.
COVERED = {
    "StepForm": "StepForm organisation", "ShownForm": "ProfileForm", "PlaceForm": "OtherPlaceForm", "PreviewedForm": "RejectionForm",
    "NamesForm": "RegistrationForm", "_VersionForm": "SigningForm", "DraftForm": "agreement", "EventForm": "event",
    "ContactForm": "organisation", "SignInForm": "login", "UserForm": "user", "TemplateTextForm": "templatesection",
    "PartnerFilter": "test_the_filter_of_the_list_takes_anything",
    "GuardedForm": "InterestForm", "PeopleForm": "PartnersForm", "FileForm": "DocumentForm", "NoChoice": "AudienceForm",
    "ReasonForm": "ReasonForm of an agreement",
    "InviteFilter": "test_the_filter_of_those_to_invite_takes_anything",
}  # fmt: skip
WITHOUT_TEXT = {
    "DataCheckForm",
    "ReleaseForm",
    "TakeBackForm",
    "ChoiceForm",
    "AssignForm",
    "ProposalForm",
    "LogoForm",
    "LogoForm of a partner",
    "DocumentForm",
    "ConfirmForm",
    "StepForm zusagen",
    "StepForm einwilligungen",
    "LinkRequestForm",
    "AssignForm of an inquiry",
    "FollowUpForm of an inquiry",
    "MendAddressForm",
    "LinkForm",
    "CopyForm",
    "NewDraftForm",
    "OfferForm",
    "CountersignForm",
    "AddressForm",
    "SubscriptionForm",
    "OptOutForm",
    "AudienceForm",
    "PartnersForm",
    "ApplicantsForm",
    "GuestsForm of a mailing",
    "UnansweredForm",
    "AgreementsForm",
    "SendForm",
    "CopyForm of a mailing",
}


def project_forms() -> Iterator[type[forms.BaseForm]]:
    for package in ("klimapakt", "partners", "events", "agreements"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            if ".migrations." in module.name or ".embedded" in module.name or module.name.endswith("wsgi"):
                continue
            for thing in vars(importlib.import_module(module.name)).values():
                if inspect.isclass(thing) and thing.__module__ == module.name and issubclass(thing, forms.BaseForm):
                    yield thing


def test_every_form_of_the_project_has_a_row():
    found = {form.__name__ for form in project_forms()}

    assert found - set(COVERED) - set(FORMS) == set(), "give these forms a row"


def test_every_model_that_the_admin_edits_has_a_row(db):
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    editable = {
        model._meta.model_name
        for model, model_admin in admin.site._registry.items()
        if model_admin.has_change_permission(request, model())
    }

    # A mailing has pages of its own in the place of a form; each of their forms has a row.
    assert editable - {"application", "group", "mailing"} <= set(FORMS)


def test_no_form_takes_a_file_past_the_common_check():
    loose = {
        f"{form.__name__}.{name}"
        for form in project_forms()
        for name, f in form.base_fields.items()
        if isinstance(f, forms.FileField) and not isinstance(f, UploadField)
    }

    assert loose == set()


def test_no_form_takes_a_text_past_the_common_cleaning():
    loose = {
        f"{form.__name__}.{name}"
        for form in project_forms()
        for name, f in form.base_fields.items()
        if type(f) in (forms.CharField, forms.EmailField, forms.URLField) and name not in COMPARED
    }

    # A password and the words of a search are compared too.
    assert loose == {"SignInForm.password", "PartnerFilter.q"}


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
    fields = [n for n in fields if n not in COMPARED and "password" not in n]
    assert bool(fields) != (name in WITHOUT_TEXT)
    before = all_rows()

    for text in rows_for(name, TEXTS) if fields else []:
        with undone(form):
            changed = dict.fromkeys(fields, text)
            response = form.send(**changed)
            check(form, response, changed, caplog, before)


@pytest.mark.parametrize(("kind", "corpus"), [(MailFormField, MAILS), (WebFormField, WEB)])
@pytest.mark.parametrize("name", FORMS)
def test_bad_addresses_in_all_fields_of_a_form(name, kind, corpus, form_named, caplog):
    form = form_named(name)
    fields = of_kind(form, kind)
    before = all_rows()

    for text in rows_for(name, corpus):
        if fields:
            with undone(form):
                changed = dict.fromkeys(fields, text)
                check(form, form.send(**changed), changed, caplog, before)


@pytest.mark.parametrize("name", FORMS)
def test_bad_numbers_dates_and_choices_in_each_field_of_a_form(name, form_named, caplog, client):
    form = form_named(name)
    numbers, dates = (NUMBERS[:12], DATES[:8]) if name in ("pact", "agreement") else (NUMBERS, DATES)
    before, public = all_rows(), Client()
    public.cookies["x"] = "1"

    tries = []
    for kinds, corpus, alone in (
        ((forms.IntegerField, forms.DecimalField), numbers, ["9" * 40]),
        ((forms.DateField, forms.DateTimeField, forms.SplitDateTimeField, forms.TimeField), dates, ["9999-12-31"]),
        ((forms.ChoiceField, forms.ModelChoiceField), CHOICES, ["gibt-es-nicht"]),
    ):
        names = [
            n for n, f in form.fields.items() if isinstance(f, kinds) and not n.endswith(("-id", "-pact", "_FORMS"))
        ]
        parts = [part for n in names for part in (n, f"{n}_0") if part in form.data]
        tries += [(parts, text) for text in corpus if parts]
        tries += [([part], text) for text in alone for part in parts]
    for parts, text in tries:
        with undone(form):
            changed = dict.fromkeys([*parts, *(part.removesuffix("_0") for part in parts)], text)
            response = form.send(**changed)
            check(form, response, changed, caplog, before)
            if response.status_code == 302 and text not in CHOICES:  # what was taken can be shown
                pages = ["/", "/wirkung/", "/veranstaltungen/", "/veranstaltungen/kalender.ics", "/klimapartner/"]
                pages += ["/initialpartner/", "/barrierefreiheit/"]
                pages += [event.get_absolute_url() for event in Event.objects.public()]
                assert {public.get(page).status_code for page in pages} <= {200}, (parts, text)
                if form.path.startswith("/admin/") and form.path.endswith("/change/"):
                    assert form.client.get(form.path).status_code == 200
                    assert form.client.get(form.path.rsplit("/", 3)[0] + "/").status_code in (200, 302)
