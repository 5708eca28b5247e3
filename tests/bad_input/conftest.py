"""Every form of the portal, ready to be sent with good values."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

import agreements.mails
import events.mails
import partners.mails
from agreements.models import Agreement, TemplateContribution, TemplateSection
from events.models import Event
from klimapakt.links.models import OneTimeCode
from klimapakt.mailbox.models import Mailing
from klimapakt.pact.models import Benefit, JoiningStep
from klimapakt.setup.roles import COUNTERSIGNING
from partners.models import Partner
from tests.bad_input.form import Form, admin_form, page_form
from tests.corpus import PDF
from tests.factories import (
    AgendaItemFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    PartnerFactory,
    TargetFactory,
    UserFactory,
)
from tests.factories.agreements import ClauseFactory, ContributionFactory, agreement_in, ready_to_offer
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.filled import filled

Makers = dict[str, Callable[[], Form]]

FORMS = [
    "ApplicationForm", "MendAddressForm", "AnswerForm", "RegistrationForm", "LinkForm", "SeatsForm",
    "SeatsForm of who comes", "SigningForm", "ChangeForm", "DeclineForm",
    "QuestionForm", "ReasonForm", "StepForm", "CorrectionForm",
    "CancellationForm", "CopyForm", "EntryForm", "GuestsForm", "GuestsForm of who was invited", "AddressForm",
    "NewDraftForm", "OfferForm", "CountersignForm", "PaperForm", "EndForm", "ReasonForm of an agreement",
    "pact", "event", "organisation", "partner", "initialpartner", "agreement", "templatesection",
    "templatecontribution", "login", "user",
    "SubscriptionForm", "OptOutForm", "WordingForm", "AudienceForm", "PartnersForm", "ApplicantsForm",
    "GuestsForm of a mailing", "UnansweredForm", "AgreementsForm", "WordsForm", "SingleForm", "SendForm",
    "CopyForm of a mailing",
]  # fmt: skip


@pytest.fixture
def form_named(
    of_companies: Makers,
    of_guests: Makers,
    of_signatories: Makers,
    of_the_office: Makers,
    in_the_admin: Makers,
    of_the_mailbox: Makers,
):
    """Return a form by its name, ready to be sent with good values."""
    makers = of_companies | of_guests | of_signatories | of_the_office | in_the_admin | of_the_mailbox
    assert set(makers) == set(FORMS)
    return lambda name: makers[name]()


@pytest.fixture
def of_companies(pact, in_state, open_link) -> Makers:
    def application() -> Form:
        client = Client()
        data = filled(client)
        return Form("/mitmachen/antrag/", client, data, dict(client.get("/mitmachen/antrag/").context["form"].fields))

    def mend_address() -> Form:
        client = Client()
        client.post("/mitmachen/antrag/", filled(client))
        form = client.get("/mitmachen/antrag/eingang/").context["form"]
        return Form("/mitmachen/antrag/eingang/adresse/", client, {"email": "neu@firma.example"}, dict(form.fields))

    def answer() -> Form:
        client = Client()
        open_link(client, partners.mails.application_access(in_state("query")))
        form = client.get("/mein-klimapakt/antrag/").context["form"]
        return Form("/mein-klimapakt/antrag/antwort/", client, {"answer": "Zwei."}, dict(form.fields))

    return {"ApplicationForm": application, "MendAddressForm": mend_address, "AnswerForm": answer}


@pytest.fixture
def of_guests(pact, open_link) -> Makers:
    def registration() -> Form:
        path = f"/veranstaltungen/{MeetingFactory().slug}/anmelden/"
        return page_form(
            Client(), path, name_1="Erika Muster", name_2="Kim Muster", email="erika@musterbaeckerei.example",
            organisation_name="Musterbäckerei GmbH", note="Wir kommen mit dem Rad.",
        )  # fmt: skip

    def link() -> Form:
        path = f"/veranstaltungen/{MeetingFactory(audience=Event.Audience.PARTNERS).slug}/anmelden/"
        return page_form(Client(), path, email="erika@musterbaeckerei.example")

    def seats(button: str) -> Form:
        event, client = MeetingFactory(), Client()
        if button == "anmelden":
            open_link(client, events.mails.invitation_access(event, InvitationFactory(event=event)))
        else:
            open_link(client, events.mails.registration_access(event, RegistrationFactory(event=event)))
        page = f"/mein-klimapakt/veranstaltung/{event.slug}/"
        form = client.get(page).context["form"]
        data = {"name_1": "Erika Muster", "name_2": "Kim Muster", "note": "Wir kommen mit dem Rad."}
        data["seen"] = form["seen"].value()
        return Form(f"{page}{button}/", client, data, dict(form.fields))

    return {
        "RegistrationForm": registration,
        "LinkForm": link,
        "SeatsForm": lambda: seats("anmelden"),
        "SeatsForm of who comes": lambda: seats("aendern"),
    }


@pytest.fixture
def of_signatories(pact, open_link) -> Makers:
    def signatory() -> tuple[Client, str]:
        version, client = agreement_in("offered").newest_version(), Client()
        open_link(client, agreements.mails.access_to(version))
        return client, version.sha256

    def signing() -> Form:
        client, sha256 = signatory()
        client.post("/mein-klimapakt/vereinbarung/code/", {"sha256": sha256})
        code = OneTimeCode.objects.get().digits()
        return page_form(client, "/mein-klimapakt/vereinbarung/unterschreiben/", agrees="on", code=code)

    def answer(name: str, form_name: str, **data: str) -> Form:
        client, sha256 = signatory()
        form = client.get("/mein-klimapakt/vereinbarung/").context[form_name]
        return Form(f"/mein-klimapakt/vereinbarung/{name}/", client, {"sha256": sha256, **data}, dict(form.fields))

    return {
        "SigningForm": signing,
        "ChangeForm": lambda: answer("aenderung", "change_form", text="Bitte erst ab 2027."),
        "DeclineForm": lambda: answer("ablehnen", "decline_form", reason="Das können wir nicht leisten."),
    }


@pytest.fixture
def of_the_office(pact, in_state, office_client, settings, tmp_path) -> Makers:
    """The buttons of the office."""
    settings.MEDIA_ROOT = tmp_path

    def at(path: str, **data: object) -> Form:
        return page_form(office_client, f"/admin/{path}/", **data)

    def at_application(button: str, **data: object) -> Form:
        pact.uses_orientation_talk = True
        pact.save()
        return at(f"partners/application/{in_state('in_review').pk}/{button}", **data)

    def countersigning() -> Form:
        agreement, client = agreement_in("signed"), Client()
        user = UserFactory(first_name="Gerda", last_name="Muster")
        user.groups.add(Group.objects.get(name=COUNTERSIGNING))
        client.force_login(user)
        return page_form(client, f"/admin/agreements/agreement/{agreement.pk}/gegenzeichnen/")

    def paper() -> Form:
        form = at(
            f"agreements/agreement/{ready_to_offer().pk}/papier", signed_on="2026-01-02",
            signed_by_partner="Erika Muster, Geschäftsführerin", signed_for_pact="Dr. Beate Beispiel",
        )  # fmt: skip
        form.files = {"scan": lambda: SimpleUploadedFile("Vereinbarung.pdf", PDF)}
        return form

    guest = {"name_1": "Erika Muster", "name_2": "Kim Muster", "note": "Wir kommen mit dem Rad."}
    return {
        "QuestionForm": lambda: at_application("rueckfrage", text="Wie viele Standorte?"),
        "ReasonForm": lambda: at_application("ablehnen", reason="Nicht in der Stadt."),
        "StepForm": lambda: at_application("gespraech", done_on="2026-01-02", note="Gut."),
        "CancellationForm": lambda: at(f"events/event/{MeetingFactory().pk}/absagen", reason="Der Saal ist gesperrt."),
        "CopyForm": lambda: at(f"events/event/{MeetingFactory().pk}/kopieren", starts_at="2099-05-04T17:00"),
        "EntryForm": lambda: at(
            f"events/event/{MeetingFactory().pk}/anmeldung-eintragen",
            email="erika@musterbaeckerei.example", organisation_name="Musterbäckerei GmbH", **guest,
        ),
        "GuestsForm": lambda: at(f"events/registration/{RegistrationFactory().pk}/namen", **guest),
        "AddressForm": lambda: at(f"events/registration/{RegistrationFactory().pk}/adresse", email="neu@verein.example"),
        "GuestsForm of who was invited": lambda: at(f"events/invitation/{InvitationFactory().pk}/anmelden", **guest),
        "NewDraftForm": lambda: at("agreements/agreement/add", partner=PartnerFactory().pk),
        "OfferForm": lambda: at(f"agreements/agreement/{ready_to_offer().pk}/anbieten"),
        "CountersignForm": countersigning,
        "PaperForm": paper,
        "EndForm": lambda: at(
            f"agreements/agreement/{agreement_in('in_force').pk}/beenden",
            last_day=timezone.localdate().isoformat(), reason="Der Betrieb schließt.",
        ),
        "ReasonForm of an agreement": lambda: at(
            f"agreements/agreement/{agreement_in('offered').pk}/schliessen", reason="Der Betrieb schließt."
        ),
    }  # fmt: skip


@pytest.fixture
def in_the_admin(pact, in_state, office_client, administrator) -> Makers:
    """The pages on which the office writes."""

    def partner() -> Partner:
        partner = PartnerFactory(listed=True)
        ContactFactory(organisation=partner.organisation)
        return partner

    def draft() -> Agreement:
        agreement = Agreement.objects.create(partner=PartnerFactory(), in_force_until="2030-01-01")
        TargetFactory(agreement=agreement)
        MeasureFactory(agreement=agreement, to_year=2030)
        ClauseFactory(agreement=agreement)
        ContributionFactory(agreement=agreement)
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

    return {
        "CorrectionForm": lambda: admin_form(office_client, in_state("in_review")),
        "pact": lambda: admin_form(office_client, the_pact()),
        "event": lambda: admin_form(office_client, event()),
        "organisation": lambda: admin_form(office_client, partner().organisation),
        "partner": lambda: admin_form(office_client, partner()),
        "initialpartner": lambda: admin_form(office_client, InitialPartnerFactory(role="Gründerin")),
        "agreement": lambda: admin_form(office_client, draft()),
        "templatesection": lambda: admin_form(office_client, TemplateSection.objects.first()),
        "templatecontribution": lambda: admin_form(office_client, TemplateContribution.objects.first()),
        "login": login,
        "user": user,
    }


@pytest.fixture
def of_the_mailbox(pact, office_client) -> Makers:
    """Where the office writes to many, and where people say whether they want that."""

    def at(path: str, **data: object) -> Form:
        return page_form(office_client, f"/admin/mailbox/{path}/", **data)

    def to_whom(audience: str, **data: object) -> Form:
        return at(f"mailing/{MailingFactory(audience=audience).pk}/empfaenger", **data)

    def draft() -> Mailing:
        return mailing_in("draft")

    def prepared() -> Mailing:
        mailing = mailing_in("prepared")
        mailing.note_reading()
        return mailing

    def single() -> Form:
        mailing = prepared()
        return at(f"mailing/{mailing.pk}/mails/{mailing.mails.first().pk}", subject="Neues", body="Guten Tag")

    return {
        "SubscriptionForm": lambda: page_form(
            Client(), "/aktuelles/newsletter/", email="erika@musterbaeckerei.example"
        ),
        "OptOutForm": lambda: at("optout/add", email="erika@musterbaeckerei.example", topic="mailing"),
        "WordingForm": lambda: at(
            "mailwording/partner_link", subject="Ihr Link", body="Guten Tag {name},\n\n{link}\n", save="1"
        ),
        "AudienceForm": lambda: at("mailing/add", audience="partners"),
        "PartnersForm": lambda: to_whom("partners"),
        "ApplicantsForm": lambda: to_whom("applicants"),
        "GuestsForm of a mailing": lambda: to_whom("event-guests", event=RegistrationFactory().event_id),
        "UnansweredForm": lambda: to_whom("event-unanswered", event=InvitationFactory(event=MeetingFactory()).event_id),
        "AgreementsForm": lambda: to_whom("agreements"),
        "WordsForm": lambda: at(f"mailing/{draft().pk}/text", subject="Neues", body="Guten Tag {name}"),
        "SingleForm": single,
        "SendForm": lambda: at(f"mailing/{prepared().pk}/senden"),
        "CopyForm of a mailing": lambda: at(f"mailing/{draft().pk}/kopieren"),
    }
