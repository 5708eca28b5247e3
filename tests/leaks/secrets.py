"""One of everything, with a mark in each thing that is not everybody's business."""

from datetime import date, timedelta
from types import SimpleNamespace

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agreements import pdf
from agreements.services import answering, ending, offering
from events.models import Event
from klimapakt.mailbox import optout
from klimapakt.mailbox.models import AddressProblem, IncomingMail, MailboxState, MailWording, OutgoingMail
from klimapakt.newsletter.models import Subscription
from partners.models import Application
from partners.services import decision, publication, questions, review
from tests.corpus import PDF
from tests.factories import (
    AgreementFactory,
    ContactFactory,
    EventFactory,
    InitialPartnerFactory,
    MeasureFactory,
    OutgoingMailFactory,
    PartnerFactory,
)
from tests.factories.agreements import agreement_in, ready_to_offer, record_from_paper, sign
from tests.factories.events import InvitationFactory, MeetingFactory, RegistrationFactory
from tests.factories.interest import InterestFactory
from tests.factories.mailbox import MailingFactory
from tests.factories.talks import TalkSlotFactory
from tests.klimapakt.uploads.sample import received

OF_APPLICATIONS = {
    "application": "GEHEIMANTRAG", "contact of an application": "GEHEIMPERSON", "mail of an application": "geheimpost",
    "phone": "0815999", "signatory": "GEHEIMUNTERSCHRIFT", "wishes": "GEHEIMWUNSCH", "already doing": "GEHEIMTATEN",
    "question": "GEHEIMFRAGE", "answer": "GEHEIMANTWORT", "note of a step": "GEHEIMNOTIZ",
    "name of a document": "GEHEIMDATEI", "reason": "GEHEIMGRUND",
}  # fmt: skip
OF_PARTNERS = {
    "contact of a partner": "GEHEIMKONTAKT", "mail of a contact": "geheimkontakt",
    "partner that is not listed": "GEHEIMPARTNER", "text of a partner that is not listed": "GEHEIMTEXT",
    "who consented": "GEHEIMWILLIG", "street of an organisation": "GEHEIMSTRASSE",
    "subject of a mail": "GEHEIMBETREFF", "member of staff": "GEHEIMAMT",
}  # fmt: skip
OF_EVENTS = {
    "title of a draft": "GEHEIMTREFFEN", "who registered": "GEHEIMGAST", "mail of a guest": "geheimgast",
    "organisation of a guest": "GEHEIMVEREIN", "who comes along": "GEHEIMBEGLEITUNG", "note of a guest": "GEHEIMKUCHEN",
    "who waits": "GEHEIMWARTER", "who withdrew": "GEHEIMABSAGER", "who was invited": "GEHEIMEINGELADEN",
}  # fmt: skip
OF_AGREEMENTS = {
    "measure in a draft": "GEHEIMMASSNAHME", "measure that is not public": "GEHEIMTUN", "clause": "GEHEIMKLAUSEL",
    "contribution": "GEHEIMBEITRAG", "who is to sign": "GEHEIMCHEFIN", "function": "GEHEIMPROKURA",
    "wish": "GEHEIMÄNDERUNG", "who signed": "GEHEIMZEICHNER", "who signed on paper": "GEHEIMFEDER",
    "who countersigned on paper": "GEHEIMSIEGEL", "name of a scan": "GEHEIMSCAN", "why it came to nothing": "GEHEIMENDE",
}  # fmt: skip

OF_MAILS = {
    "look of a mail": "GEHEIMGESTALT", "words of a mailing": "GEHEIMRUNDBRIEF", "text that the office wrote": "GEHEIMFASSUNG",
    "answer by mail": "GEHEIMEINGANG", "who answered by mail": "GEHEIMSCHREIBER", "address that is ill": "geheimkaputt",
    "why nothing leaves": "GEHEIMSTILLSTAND", "who wants no more": "geheimabbesteller", "who reads the newsletter": "geheimleserin",
}  # fmt: skip

SECRETS = OF_APPLICATIONS | OF_PARTNERS | OF_EVENTS | OF_AGREEMENTS | OF_MAILS
"""None of it is the business of the public, of an initial partner, or of another company. The office finds it all."""


def hide_them(in_state, office) -> SimpleNamespace:
    """Put each secret where it belongs; returns the things that pages are about."""
    office.first_name, office.last_name, office.username = "Ada", SECRETS["member of staff"], "geheimamt"
    office.save()
    found = application(in_state, office)
    return SimpleNamespace(
        application=found,
        colleague=found.applicants.first(),
        question=found.questions.first(),
        paper=received(found),
        interest=InterestFactory(),
        slot=TalkSlotFactory(),
        founder=InitialPartnerFactory(),
        **partners(office),
        **events(),
        **agreements(office),
        **mails(),
    )


def application(in_state, office) -> Application:
    application = in_state("in_review")
    Application.objects.filter(pk=application.pk).update(
        name=SECRETS["application"], contact_name=SECRETS["contact of an application"], contact_phone=SECRETS["phone"],
        contact_email=SECRETS["mail of an application"] + "@b.example", signatory_name=SECRETS["signatory"],
        wishes=SECRETS["wishes"], already_doing=SECRETS["already doing"],
    )  # fmt: skip
    application.refresh_from_db()
    questions.ask(application, [questions.Asked(SECRETS["question"])], by=office)
    [question] = application.questions.all()
    applicant = application.applicants.get()
    questions.answer(application, [questions.Reply(question.pk, SECRETS["answer"])], by=applicant)
    review.record_step(
        application, "orientation_talk", done_on=date(2026, 1, 2), by=office, note=SECRETS["note of a step"],
        document=SimpleUploadedFile(SECRETS["name of a document"] + ".pdf", PDF),
    )  # fmt: skip
    decision.reject(application, SECRETS["reason"], by=office)
    return application


def partners(office) -> dict[str, object]:
    listed = PartnerFactory(
        listed=True, organisation__name="Öffentlich GmbH", organisation__street=SECRETS["street of an organisation"]
    )
    contact = ContactFactory(
        organisation=listed.organisation,
        name=SECRETS["contact of a partner"],
        email=SECRETS["mail of a contact"] + "@b.example",
    )
    listed.organisation.consents.update(given_by=SECRETS["who consented"])
    publication.send_link(listed, by=office)
    OutgoingMail.objects.filter(kind="partner_link").update(subject=SECRETS["subject of a mail"])
    hidden = PartnerFactory(
        organisation__name=SECRETS["partner that is not listed"],
        text=SECRETS["text of a partner that is not listed"],
        slug="geheimpartner",
    )
    return {
        "contact": contact,
        "invited": contact,
        "listed": listed,
        "hidden": hidden,
        "other": PartnerFactory(listed=True),
    }


def events() -> dict[str, object]:
    event = MeetingFactory(slug="treffen", title="Öffentliches Treffen", capacity=2)
    guest = RegistrationFactory(
        event=event, name=SECRETS["who registered"], email=SECRETS["mail of a guest"] + "@b.example", seats=2,
        organisation_name=SECRETS["organisation of a guest"], note=SECRETS["note of a guest"],
        attendees=[SECRETS["who registered"], SECRETS["who comes along"]],
    )  # fmt: skip
    RegistrationFactory(event=event, waiting=True, name=SECRETS["who waits"])
    RegistrationFactory(event=event, cancelled=True, name=SECRETS["who withdrew"])
    invitation = InvitationFactory(event=event, contact__name=SECRETS["who was invited"])
    draft = EventFactory(title=SECRETS["title of a draft"], slug="geheimtreffen")
    past = MeetingFactory(past=True, slug="vorbei", ends_at=timezone.now() - timedelta(days=29))
    RegistrationFactory(event=past, name=SECRETS["who registered"], note=SECRETS["note of a guest"])
    assert Event.objects.public().count() == 2
    return {"event": event, "registration": guest, "invitation": invitation, "draft": draft, "past": past}


def agreements(office) -> dict[str, object]:
    """A listed partner's agreement on paper, another that was signed online after a wish, and a draft."""
    bound = ready_to_offer(partner=PartnerFactory(listed=False, published=True))
    bound.measures.update(title="Öffentliche Maßnahme")
    bound.partner.organisation.consents.create(purpose="profile", text="Ja")
    bound.partner.organisation.consents.create(purpose="measures", text="Ja")
    MeasureFactory(agreement=bound, title=SECRETS["measure that is not public"], is_public=False)
    record_from_paper(
        bound, by=office, signed_by_partner=SECRETS["who signed on paper"],
        signed_for_pact=SECRETS["who countersigned on paper"],
        scan=SimpleUploadedFile(SECRETS["name of a scan"] + ".pdf", PDF),
    )  # fmt: skip
    signed = ready_to_offer()
    contact = signed.partner.organisation.contacts.get()
    contact.name, contact.function = SECRETS["who is to sign"], SECRETS["function"]
    contact.save()
    signed.clauses.filter(title="Ziele").update(text=SECRETS["clause"])
    signed.contributions.update(text=SECRETS["contribution"])
    signed.measures.update(title=SECRETS["measure in a draft"])
    version = offering.offer(signed, contact, by=office)
    answering.request_change(version, SECRETS["wish"])
    sign(version, signatory=answering.Signatory(SECRETS["who signed"], SECRETS["function"]))
    closed = agreement_in("offered")
    ending.close(closed, reason=SECRETS["why it came to nothing"], by=office)
    return {
        "bound": bound,
        "closed": closed,
        "scan": pdf.signed_copy(bound),
        "signed": signed,
        "version": version,
        "agreement": AgreementFactory(),
    }


def mails() -> dict[str, object]:
    """What was written, what came back, and who wants no more."""
    now = timezone.now()
    MailboxState.load()
    MailboxState.objects.update(stopped_at=now, stopped_because=SECRETS["why nothing leaves"])
    OutgoingMail.objects.filter(kind="partner_link").update(html=f"<p>{SECRETS['look of a mail']}</p>")
    email = SECRETS["who wants no more"] + "@b.example"
    invitation = OutgoingMailFactory(status="sent", topic="invitation", to_email=email)
    return {
        "unsubscribe": optout.address(invitation).removeprefix(settings.PORTAL_BASE_URL),
        "optout": optout.add(email, "invitation"),
        "mailing": MailingFactory(subject=SECRETS["words of a mailing"]),
        "wording": MailWording.objects.create(
            kind="partner_link", number=1, subject=SECRETS["text that the office wrote"], body="{link}"
        ),
        "incoming": IncomingMail.objects.create(
            fingerprint="1", kind="reply", received_at=now, text=SECRETS["answer by mail"],
            from_name=SECRETS["who answered by mail"],
        ),
        "problem": AddressProblem.objects.create(email=SECRETS["address that is ill"] + "@b.example", sentence="x"),
        "subscription": Subscription.objects.create(
            email=SECRETS["who reads the newsletter"] + "@b.example", confirmed_at=now, text="Ja."
        ),
    }  # fmt: skip
