"""Every form of the portal, ready to be sent with good values."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

import agreements.mails
import events.mails
from agreements.models import Agreement, TemplateContribution, TemplateSection
from events.models import Event
from klimapakt.links.models import OneTimeCode
from klimapakt.mailbox.models import Mailing
from klimapakt.pact.models import Benefit, JoiningStep
from klimapakt.setup.roles import COUNTERSIGNING
from partners import steps
from partners.mails.application import application_access
from partners.models import Application, Partner
from partners.services import decision, profile, questions
from tests.bad_input.form import Form, admin_form, page_form
from tests.corpus import FILES, PDF
from tests.factories import (
    AgendaItemFactory,
    ApplicationFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    OrganisationFactory,
    PartnerFactory,
    TargetFactory,
    UserFactory,
)
from tests.factories.agreements import ClauseFactory, ContributionFactory, agreement_in, ready_to_offer
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.factories.interest import InterestFactory
from tests.factories.mailbox import MailingFactory, mailing_in
from tests.factories.talks import LETTER, TalkBookingFactory, TalkSlotFactory, applying_company, link_of
from tests.filled import BEGIN, CHECK, CONFIRMATIONS, NEXT, OVERVIEW, SEND, START, apply, fill, path_of_step
from tests.partners.company import browser_of, company, prove_oneself

ON_PAPER = {
    "name": "Papier GmbH", "kind": "company", "street": "Weg 1", "postal_code": "12345", "place": "Musterstadt",
    "sector": "C", "employees": "12", "contact_name": "Paula Papier", "contact_email": "paula@papier.example",
    "signatory_name": "Peter Papier", "signatory_function": "Inhaber", "supports_goal": "on", "sets_measures": "on",
    "accepts_monitoring": "on",
}  # fmt: skip

Makers = dict[str, Callable[[], Form]]

FORMS = [
    "ChoiceForm",
    "StartForm", "InviteForm", "ConfirmForm", "StepForm organisation", "StepForm personen", "StepForm heute",
    "StepForm wuensche", "StepForm zusagen", "StepForm profil", "StepForm einwilligungen", "MendAddressForm", "AnswerForm",
    "AnswerForm about fields", "SpokenAnswersForm", "TakeBackForm", "ApplicationEntryForm", "RegistrationForm", "LinkForm", "SeatsForm",
    "SeatsForm of who comes", "SigningForm", "ChangeForm", "DeclineForm",
    "QuestionForm", "StepForm", "CorrectionForm", "RejectionForm", "WithdrawalForm", "ExceptionForm", "AssignForm", "FollowUpForm",
    "NoteForm", "ProposalForm", "ReturnProposalForm",
    "CancellationForm", "CopyForm", "EntryForm", "GuestsForm", "GuestsForm of who was invited", "AddressForm",
    "NewDraftForm", "OfferForm", "CountersignForm", "PaperForm", "EndForm", "ReasonForm of an agreement",
    "pact", "event", "organisation", "partner", "initialpartner", "agreement", "templatesection",
    "templatecontribution", "login", "user",
    "SubscriptionForm", "OptOutForm", "WordingForm", "AudienceForm", "PartnersForm", "ApplicantsForm",
    "GuestsForm of a mailing", "UnansweredForm", "AgreementsForm", "WordsForm", "SingleForm", "SendForm",
    "CopyForm of a mailing",
    "LogoForm", "LogoForm of a partner", "DocumentForm",
    "InterestForm", "LinkRequestForm", "InterestAnswerForm", "AssignForm of an inquiry",
    "FollowUpForm of an inquiry", "NoteForm of an inquiry", "InterestCloseForm",
    "TalkForm", "TalkForm of another time", "LetterForm", "OtherPlaceForm", "SlotsForm", "BookForm",
    "WithdrawForm",
    "ProfileForm", "OffersForm", "DataCheckForm", "ColleagueForm", "ColleagueForm of who is there", "HandOverForm", "ReleaseForm", "MendForm",
    "ReturnForm",
]  # fmt: skip


@pytest.fixture
def form_named(
    of_companies: Makers,
    of_guests: Makers,
    of_signatories: Makers,
    of_the_office: Makers,
    in_the_admin: Makers,
    of_the_mailbox: Makers,
    of_the_interested: Makers,
    of_uploads: Makers,
    of_talks: Makers,
    of_partners: Makers,
):
    """Return a form by its name, ready to be sent with good values."""
    makers = of_companies | of_guests | of_signatories | of_the_office | in_the_admin | of_the_mailbox
    makers |= of_the_interested | of_uploads | of_talks | of_partners
    assert set(makers) == set(FORMS)
    return lambda name: makers[name]()


@pytest.fixture
def of_companies(pact, in_state, open_link) -> Makers:
    def opened(state: str) -> Client:
        client = Client()
        open_link(client, application_access(in_state(state).applicants.get()))
        return client

    def step(slug: str) -> Form:
        pact.offers_climate_concept = True
        pact.save()
        client = opened("draft")
        deputy = {"deputy_name": "Kim Muster", "deputy_email": "kim@musterbaeckerei.example"}
        fill(client, slug, **(deputy if slug == steps.PEOPLE.slug else {}))  # one without the other is missed
        return page_form(client, path_of_step(slug), **NEXT)

    def invite() -> Form:
        form = page_form(opened("draft"), OVERVIEW + "mitwirkende/", name="Kim Muster", email="kim@firma.example")
        return replace(form, path=form.path + "einladen/")

    def confirm() -> Form:
        client = opened("draft")
        return Form(SEND, client, CONFIRMATIONS, dict(client.get(CHECK).context["form"].fields))

    def mend_address() -> Form:
        client = Client()
        apply(client)
        return replace(page_form(client, OVERVIEW, email="neu@firma.example"), path=OVERVIEW + "adresse/")

    def answer() -> Form:
        form = page_form(opened("query"), OVERVIEW)
        form.data |= {name: "Zwei." for name in form.data if name.startswith("answer_")}
        return replace(form, path=OVERVIEW + "antwort/")

    def answer_about(*fields: str) -> Form:
        application = in_state("in_review")
        asked = [questions.Asked("Stimmt das?", field) for field in fields]
        questions.ask(application, asked, by=UserFactory())
        client = Client()
        open_link(client, application_access(application.applicants.get()))
        form = page_form(client, OVERVIEW)
        form.data |= {name: "Ja." for name in form.data if name.startswith("answer_")}
        return replace(form, path=OVERVIEW + "antwort/")

    return {
        "StartForm": lambda: page_form(Client(), START, **BEGIN),
        "InviteForm": invite,
        "ConfirmForm": confirm,
        "MendAddressForm": mend_address,
        "AnswerForm": answer,
        "AnswerForm about fields": lambda: answer_about("name", "employees", "contact_email", "links", "sector"),
        **{f"StepForm {one.slug}": lambda slug=one.slug: step(slug) for one in steps.STEPS},
    }


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


def read_before(form: Form) -> Form:
    """Return the form of a mail that was shown before it is sent."""
    shown = form.send().context["form"]
    return replace(form, data=form.data | {"seen": shown["seen"].value()})


@pytest.fixture
def of_the_office(pact, in_state, office, office_client, settings, tmp_path) -> Makers:
    """The buttons of the office."""
    settings.MEDIA_ROOT = tmp_path

    def at(path: str, **data: object) -> Form:
        return page_form(office_client, f"/admin/{path}/", **data)

    def at_application(button: str, **data: object) -> Form:
        pact.uses_orientation_talk = True
        pact.save()
        return at(f"partners/application/{in_state('in_review').pk}/{button}", **data)

    def rejection() -> Form:
        return read_before(at_application("ablehnen", reason="Nicht in der Stadt."))

    def against_a_rule() -> Form:
        application = in_state("in_review")
        Application.objects.update(place="Anderswo", postal_code="99999")
        return at(f"partners/application/{application.pk}/aufnehmen", exception="Der Umzug steht bevor.")

    def asked(button: str, **answers: object) -> Form:
        application = in_state("query")
        question = application.questions.get()
        data = {f"{name}_{question.pk}": text for name, text in answers.items()} or {"chosen": question.pk}
        return at(f"partners/application/{application.pk}/{button}", **data)

    def proposed(button: str, **data: object) -> Form:
        application = in_state("in_review")
        decision.propose_rejection(application, "Nicht in der Stadt.", by=UserFactory())
        return at(f"partners/application/{application.pk}/{button}", **data)

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
        "ChoiceForm": lambda: at(
            f"partners/organisation/{OrganisationFactory().pk}/vergleichen/organisation/{OrganisationFactory(place='Neustadt').pk}"
        ),
        "QuestionForm": lambda: read_before(
            at_application("rueckfrage", text_1="Wie viele Standorte?", text_2="Stimmt das?", field_2="sector")
        ),
        "SpokenAnswersForm": lambda: asked("antwort", answer="Zwei, sagt Frau Muster."),
        "TakeBackForm": lambda: asked("rueckfrage-zuruecknehmen"),
        "ApplicationEntryForm": lambda: at(
            "partners/application/add", **ON_PAPER, source="mail", consents=["profile"], consented_on="2026-02-03"
        ),
        "RejectionForm": rejection,
        "WithdrawalForm": lambda: at_application("zurueckziehen", note="Brief vom 3. Mai"),
        "ExceptionForm": against_a_rule,
        "AssignForm": lambda: at_application("zuweisen", person=office.pk),
        "FollowUpForm": lambda: at_application(
            "wiedervorlage", until=(timezone.localdate() + timedelta(days=30)).isoformat(), note="Urlaub"
        ),
        "NoteForm": lambda: at_application("notiz", text="Am Telefon sehr freundlich."),
        "ProposalForm": lambda: proposed("bestaetigen"),
        "ReturnProposalForm": lambda: proposed("zurueckgeben", note="Bitte erst fragen."),
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
        "CorrectionForm": lambda: page_form(
            office_client, f"/admin/partners/application/{in_state('in_review').pk}/berichtigen/organisation/"
        ),
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


@pytest.fixture
def of_uploads(pact, open_link) -> Makers:
    """The files of an application, each sent by itself."""

    def upload(slug: str, **data: object) -> Form:
        client, path = Client(), f"/mein-klimapakt/antrag/dateien/{slug}/"
        open_link(client, application_access(ApplicationFactory().applicants.get()))
        fields = dict(client.get(path).context["uploads"]["form"].fields)
        return Form(path, client, data, fields, {"file": lambda: SimpleUploadedFile("a.png", FILES["a png"][0]())})

    return {"LogoForm": lambda: upload("logo", rights="on"), "DocumentForm": lambda: upload("unterlagen")}


@pytest.fixture
def of_talks(pact, office_client, open_link) -> Makers:
    """Times for talks, and what companies do with them."""
    place = {"form": "place", "where": "Rathaus, Zimmer 12", "host": "Ottilie Amt"}

    def offered() -> None:
        pact.books_talks_online = pact.uses_letter_of_intent = True
        pact.letter_of_intent = LETTER
        pact.save()

    def opened() -> Client:
        offered()
        client = Client()
        open_link(client, link_of(applying_company()))
        return client

    def talk() -> Form:
        slot = TalkSlotFactory(form="phone", where="")
        form = page_form(opened(), "/mein-klimapakt/gespraech/", slot=slot.pk, phone="0211 123456")
        return replace(form, path=form.path + "buchen/")

    def another_time() -> Form:
        offered()
        company, client = applying_company(), Client()
        TalkBookingFactory(application=company.application)
        open_link(client, link_of(company))
        slot = TalkSlotFactory(form="phone", where="")
        form = page_form(client, "/mein-klimapakt/gespraech/", slot=slot.pk, phone="0211 123456")
        return replace(form, path=form.path + "verschieben/")

    def book() -> Form:
        offered()
        slot, asked = TalkSlotFactory(form="phone", where=""), InterestFactory()
        return page_form(
            office_client, f"/admin/partners/talkslot/{slot.pk}/buchen/",
            company=f"interest:{asked.pk}", phone="0211 123456",
        )  # fmt: skip

    def letter() -> Form:
        client, page = opened(), "/mein-klimapakt/absichtserklaerung/"
        client.post(page + "code/", {"sha256": client.get(page).context["wording"].sha256})
        code = OneTimeCode.objects.latest("created_at").digits()
        return page_form(client, page + "unterschreiben/", function="Inhaberin", agrees="on", code=code)

    return {
        "TalkForm": talk,
        "TalkForm of another time": another_time,
        "LetterForm": letter,
        "OtherPlaceForm": lambda: page_form(
            office_client, f"/admin/partners/talkslot/{TalkSlotFactory().pk}/ort/", **{**place, "where": "Saal 3"}
        ),
        "BookForm": book,
        "WithdrawForm": lambda: page_form(
            office_client, f"/admin/partners/talkslot/{TalkBookingFactory().slot_id}/zuruecknehmen/", reason="Krank.",
        ),
        "SlotsForm": lambda: page_form(
            office_client, "/admin/partners/talkslot/add/", **place, first_day="2027-05-03", begins="10:00", offer="1",
        ),
    }  # fmt: skip


@pytest.fixture
def of_the_interested(pact, office_client) -> Makers:
    """What somebody asks before applying, and what the office does with it."""

    def at(button: str, **data: object) -> Form:
        return page_form(office_client, f"/admin/partners/interest/{InterestFactory().pk}/{button}/", **data)

    def inquiry() -> Form:
        pact.books_talks_online = True
        pact.save()
        return page_form(
            Client(), "/mitmachen/interesse/", name="Ida Muster", organisation="Musterverein e. V.",
            email="ida@musterverein.example", question="Was kostet uns das?", wants_talk="on",
        )  # fmt: skip

    return {
        "InterestForm": inquiry,
        "LinkRequestForm": lambda: page_form(Client(), "/mitmachen/link/", email="ida@musterverein.example"),
        "InterestAnswerForm": lambda: read_before(at("antworten", text="Die Teilnahme kostet nichts.")),
        "AssignForm of an inquiry": lambda: at("zuweisen"),
        "FollowUpForm of an inquiry": lambda: at(
            "wiedervorlage", until=(timezone.localdate() + timedelta(days=30)).isoformat()
        ),
        "NoteForm of an inquiry": lambda: at("notiz", text="Klingt nett."),
        "InterestCloseForm": lambda: at("abschliessen", reason="Frage beantwortet"),
    }


@pytest.fixture
def of_partners(pact, office_client) -> Makers:
    def own(path: str, **data: object) -> Form:
        client = browser_of(company())
        prove_oneself(client)
        return page_form(client, f"/mein-klimapakt/{path}", **data)

    def data_check() -> Form:
        form = own("daten/")
        form.path += "bestaetigen/"
        return form

    def logo() -> Form:
        client, path = browser_of(company()), "/mein-klimapakt/profil/logo/"
        fields = dict(client.get(path).context["form"].fields)
        files = {"file": lambda: SimpleUploadedFile("a.png", FILES["a png"][0]())}
        return Form(path, client, {"rights": "on"}, fields, files)

    def colleague() -> Form:
        erika = company()
        client = browser_of(erika)
        prove_oneself(client)
        person = ContactFactory(organisation=erika.organisation, is_main=False)
        return page_form(client, f"/mein-klimapakt/personen/{person.pk}/", function="Prokura")

    def hand_over() -> Form:
        erika = company()
        client = browser_of(erika)
        prove_oneself(client)
        successor = {"successor": "neu", "name": "Kim Neu", "email": "kim@musterbetrieb.example"}
        return page_form(client, f"/mein-klimapakt/personen/{erika.pk}/uebergeben/", **successor)

    def decide(action: str, **data: object) -> Form:
        erika = company()
        partner = erika.organisation.partner
        changes = {
            "name": "Neu GmbH", "text": "Neu.", "quote": "Ja!", "quote_person": "E. M.", "street": "Neuer Weg 1",
            "postal_code": "54321", "place": "Neustadt", "website": "https://neu.example/", "employees": 3,
            "links": ["https://bericht.example/"], "sector": "A",
        }  # fmt: skip
        wished = profile.wished(partner) | changes
        proposal = profile.propose(erika, wished, shown=profile.state_of(partner))
        return page_form(office_client, f"/admin/partners/profileproposal/{proposal.pk}/{action}/", **data)

    return {
        "ProfileForm": lambda: own("profil/", text="Neu."),
        "OffersForm": lambda: own("angebote/", offers_text="Führung"),
        "DataCheckForm": data_check,
        "ColleagueForm": lambda: own("personen/neu/", name="Kim Neu", email="kim@musterbetrieb.example"),
        "ColleagueForm of who is there": colleague,
        "HandOverForm": hand_over,
        "LogoForm of a partner": logo,
        "ReleaseForm": lambda: decide("freigeben"),
        "MendForm": lambda: read_before(decide("aendern")),
        "ReturnForm": lambda: decide("zurueckgeben", reason="Bitte kürzer."),
    }
