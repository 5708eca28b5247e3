"""Mails about an application: to the people who fill it, and to the office."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date, datetime, timedelta

from django.utils import timezone

from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.mailbox.models import OutgoingMail, shown
from klimapakt.mailbox.wording import render, words_of
from klimapakt.pact.models import Pact
from partners import access, receipt
from partners.mails.office import to_office
from partners.mails.partner import partner_access
from partners.mails.profile import contact_invited
from partners.models import Applicant, Application, ApplicationQuestion, Contact
from partners.models.application import LINK_LIFETIME

PROOFS = ["application_started", "application_invited", "application_entered", "application_proof_ends"]
"""Kinds of mail whose link proves an address. They hold no word from a form: anybody may have typed it."""

DECISIONS = ["application_accepted", "application_rejected"]
"""Kinds of mail that wait for the pact's time to think again."""

CONFIRMATIONS_AN_HOUR = 3
"""So many mails an hour may reach an address that nobody proved yet."""

ONE_WISH = timedelta(minutes=1)
"""Who asks for the same mail again in this time has pressed twice."""

TOO_MANY = (
    "An diese Adresse haben wir in der letzten Stunde schon mehrere Mails geschickt. Bitte sehen Sie auch im "
    "Spam-Ordner nach, oder versuchen Sie es in einer Stunde noch einmal."
)


def application_started(applicant: Applicant) -> None:
    """The link with which somebody goes on with an application, and proves the address by it."""
    _to_unproven(applicant, "application_started")


def application_begun(applicant: Applicant) -> None:
    """The link for somebody who has proven the address before, by an inquiry."""
    _to_person(applicant, "application_link", key=f"application-link:{applicant.application_id}:begun")


def proof_ends(applicant: Applicant, *, deleted_on: date) -> None:
    """Warn that the application will be deleted unless the address is proven."""
    _to_unproven(applicant, "application_proof_ends", deleted_on=deleted_on)


def application_invited(applicant: Applicant) -> None:
    """The link for a colleague who was asked to take part."""
    _to_unproven(applicant, "application_invited")


def application_entered(applicant: Applicant) -> None:
    """The first link to an address that the office entered; nobody has proven it yet."""
    _to_unproven(applicant, "application_entered")


def too_many_confirmations(address: str, *, now: datetime) -> bool:
    """Whether an address has had its share of unasked mail for this hour."""
    an_hour_ago = now - timedelta(hours=1)
    return sum(outbox.recently_sent(kind, to=address, since=an_hour_ago) for kind in PROOFS) >= CONFIRMATIONS_AN_HOUR


def draft_ends(applicant: Applicant, *, deleted_on: date) -> None:
    """Warn that a draft will be deleted unless somebody goes on with it."""
    _to_person(
        applicant,
        "application_draft_ends",
        key=f"application-draft-ends:{applicant.pk}:{deleted_on}",
        context={"deleted_on": deleted_on},
    )


def application_received(document: Document) -> bool:
    """The receipt, with what was sent in, its copy and the link to the status page; returns whether it is new.

    `document` is the copy; one that could not be made is not attached. Who entered no address gets nothing; for a
    sender who was removed meanwhile somebody else gets it.
    """
    application = receipt.application_of(document)
    if application is None or application.sent_by is None:
        return False
    reader = application.sent_by if application.sent_by.left_at is None else application.correspondent()
    if reader is None:
        return False
    copies = (
        [outbox.Attachment(document.name, document.content_type, bytes(document.content))] if document.content else []
    )
    return _to_person(
        reader,
        "application_received",
        key=f"application-received:{application.pk}",
        context={"has_copy": bool(copies)},
        attachments=copies,
    )


def application_link(application: Application) -> None:
    """A new personal link, at the office's wish or after the address was mended."""
    _to_applicant(
        application, "application_link", key=f"application-link:{application.pk}:{timezone.now():%Y%m%d%H%M%S}"
    )


def questions_asked(application: Application, questions: Sequence[ApplicationQuestion]) -> None:
    """All that the office asks at once, in one mail."""
    _to_applicant(
        application,
        "application_question",
        key=f"application-question:{questions[0].pk}",
        context={"questions": questions},
    )


def preview(application: Application, kind: str, **context: object) -> tuple[str, str] | None:
    """Return subject and text of a mail to whoever answers for the application; None where nobody has an address."""
    if (person := application.correspondent()) is None:
        return None
    context |= {"application": application, "applicant": person, "pact": Pact.load()}
    return outbox.preview(f"partners/mail/{kind}", context)


def application_accepted(application: Application, contact: Contact) -> None:
    """The good news; waits so long that the decision can still be undone.

    A contact whose address nobody has proven may be a stranger: that one is only invited, and whoever answers for the
    application reads the news.
    """
    due_at = application.decided_at + Pact.load().undo_time
    key = f"application-accepted:{application.pk}:{application.decided_at.timestamp():.6f}"
    if contact.email and contact.invited_at:
        contact_invited(contact, due_at=due_at)
        _to_applicant(application, "application_accepted", key=key, context={"is_contact": False}, due_at=due_at)
    elif contact.email:  # else applied on paper, without an address
        outbox.enqueue(
            "partners/mail/application_accepted",
            key=key,
            to=contact.email,
            name=contact.name,
            about=application,
            context={"application": application, "applicant": contact},
            link=lambda: partner_access(contact),
            due_at=due_at,
        )


def reader_of_acceptance(application: Application) -> Contact | Applicant | None:
    """Return who will read the good news: the contact, where that address is proven, or who answers in its place."""
    person = application.correspondent()
    if person and person.email.lower() == application.contact_email.lower():
        return Contact(name=application.contact_name, email=application.contact_email)
    return person


def application_rejected(application: Application, texts: tuple[str, str] | None = None) -> None:
    """The decision with its reason; waits so long that it can still be undone. `texts` are subject and text that the
    office wrote for this one mail."""
    if not (applicant := application.correspondent()):
        return
    letter = outbox.Letter(
        key=f"application-rejected:{application.pk}:{application.decided_at.timestamp():.6f}",
        to=applicant.email,
        name=applicant.name,
        context=_rejection(application, applicant),
        about=application,
        link=lambda: application_access(applicant),
    )
    due_at = application.decided_at + Pact.load().undo_time
    outbox.enqueue_all("application_rejected", [letter], texts=texts, due_at=due_at)


def rejection_draft(application: Application, pact: Pact) -> tuple[str, str]:
    """Return subject and text of the mail that turns this application down, for the office to go on writing; the
    reason is filled in later."""
    words = words_of("application_rejected")
    return words.draft(_rejection(application, application.correspondent()), pact, keep=["begruendung"])


def rejection_preview(application: Application, reason: str, texts: tuple[str, str] | None) -> tuple[str, str]:
    """Return subject and text exactly as they will be sent. Raises ValidationError for a text that cannot be."""
    application = copy(application)
    application.rejection_reason = reason
    rendered = render("application_rejected", _rejection(application, application.correspondent()), text=texts)
    return rendered.subject, shown(rendered.text)


def acceptance_preview(application: Application) -> tuple[str, str] | None:
    """Return subject and text of the good news as they will be sent; None where nobody can read it."""
    if not application.contact_email or not (reader := reader_of_acceptance(application)):
        return None
    context = {"application": application, "applicant": reader, "is_contact": isinstance(reader, Contact)}
    return outbox.preview("partners/mail/application_accepted", {**context, "pact": Pact.load()})


def _rejection(application: Application, applicant: Applicant | None) -> dict[str, object]:
    return {"application": application, "applicant": applicant or Applicant(name=application.contact_name)}


def decision_undone(application: Application) -> None:
    """A decision that was already told is open again."""
    _to_applicant(
        application, "application_reopened", key=f"application-reopened:{application.pk}:{timezone.now():%Y%m%d%H%M%S}"
    )


def application_withdrawn(application: Application) -> None:
    _to_applicant(application, "application_withdrawn", key=f"application-withdrawn:{application.pk}")


def tell_office_of_application(application: Application) -> None:
    to_office("office_application", key=f"office-application:{application.pk}", about=application)


def tell_office_of_answer(question: ApplicationQuestion) -> None:
    """The last answer is there, or somebody added to one: `answered_at` tells the two apart."""
    key = f"office-answer:{question.pk}:{question.answered_at.timestamp():.6f}"
    to_office("office_answer", key=key, about=question.application)


def tell_office_of_withdrawal(application: Application) -> None:
    to_office("office_withdrawal", key=f"office-withdrawal:{application.pk}", about=application)


def application_access(applicant: Applicant) -> AccessLink:
    """A link to an application for one of its people."""
    return AccessLink.issue(
        access.APPLICATION, applicant.application_id, email=applicant.email, valid_for=LINK_LIFETIME
    )


def is_under_way(applicant: Applicant, kind: str, *, now: datetime) -> bool:
    """Whether this mail was written in the last minute: a button pressed twice is one wish."""
    just_now = OutgoingMail.objects.about(applicant.application).filter(created_at__gt=now - ONE_WISH)
    return just_now.filter(key__startswith=f"{kind}:{applicant.pk}:", to_email__iexact=applicant.email).exists()


def _to_unproven(applicant: Applicant, kind: str, **context: object) -> None:
    """Mail somebody whose address may be a stranger's. Holds no word from the form."""
    application = applicant.application
    key = f"{kind}:{applicant.pk}:"
    before = OutgoingMail.objects.about(application).filter(key__startswith=key)
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{key}{before.count() + 1}",
        to=applicant.email,
        is_proven=applicant.is_proven,
        about=application,
        context={"days": LINK_LIFETIME.days, **context},
        link=lambda: application_access(applicant),
    )


def _to_applicant(application: Application, kind: str, **options: object) -> None:
    """Mail whoever answers for the application; one that came on paper may have nobody to write to."""
    if applicant := application.correspondent():
        _to_person(applicant, kind, **options)


def _to_person(
    applicant: Applicant,
    kind: str,
    *,
    key: str,
    context: dict[str, object] | None = None,
    due_at: datetime | None = None,
    attachments: Iterable[outbox.Attachment] = (),
) -> bool:
    application = applicant.application
    return outbox.enqueue(
        f"partners/mail/{kind}",
        key=key,
        to=applicant.email,
        name=applicant.name,
        about=application,
        context={"application": application, "applicant": applicant, **(context or {})},
        link=lambda: application_access(applicant),
        due_at=due_at,
        attachments=attachments,
    )
