"""Which mail goes to whom, about what, and which key makes it unique.

Each function writes one row into the outbox, in the transaction of its caller.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox import outbox
from klimapakt.pact.models import Pact
from partners import access
from partners.models import Application, ApplicationQuestion, Consent, Contact, Partner
from partners.models.application import CONFIRMATION_LIFETIME, LINK_LIFETIME

DECISIONS = ["application_accepted", "application_rejected"]
"""Kinds of mail that wait for the pact's time to think again."""

CONFIRMATIONS_AN_HOUR = 3
"""So many mails an hour may reach an address that nobody proved yet."""

TOO_MANY = (
    "An diese Adresse haben wir in der letzten Stunde schon mehrere Mails geschickt. Bitte sehen Sie auch im "
    "Spam-Ordner nach, oder versuchen Sie es in einer Stunde noch einmal."
)


def confirm_address(application: Application) -> None:
    """Ask the contact to prove the address. Holds no word from the form: anybody may have typed it."""
    attempt = outbox.OutgoingMail.objects.about(application).filter(kind="application_confirm").count() + 1
    outbox.enqueue(
        "partners/mail/application_confirm",
        key=f"application-confirm:{application.pk}:{attempt}",
        to=application.contact_email,
        is_proven=False,
        about=application,
        context={"days": CONFIRMATION_LIFETIME.days},
        link=lambda: AccessLink.issue(
            access.CONFIRM, application.pk, email=application.contact_email, valid_for=CONFIRMATION_LIFETIME
        ),
    )


def too_many_confirmations(address: str, *, now: datetime) -> bool:
    """Whether an address has had its share of unasked mail for this hour."""
    return (
        outbox.recently_sent("application_confirm", to=address, since=now - timedelta(hours=1)) >= CONFIRMATIONS_AN_HOUR
    )


def application_received(application: Application, link: AccessLink) -> None:
    """The receipt, with what was sent in and the link to the status page."""
    _to_applicant(application, "application_received", key=f"application-received:{application.pk}", link=link)


def application_link(application: Application) -> None:
    """A new personal link, at the office's wish or after the address was mended."""
    _to_applicant(
        application, "application_link", key=f"application-link:{application.pk}:{timezone.now():%Y%m%d%H%M%S}"
    )


def question_asked(question: ApplicationQuestion) -> None:
    _to_applicant(
        question.application,
        "application_question",
        key=f"application-question:{question.pk}",
        context={"question": question},
    )


def application_accepted(application: Application, contact: Contact) -> None:
    """The good news; waits so long that the decision can still be undone."""
    outbox.enqueue(
        "partners/mail/application_accepted",
        key=f"application-accepted:{application.pk}:{application.decided_at.timestamp():.6f}",
        to=contact.email,
        name=contact.name,
        about=application,
        context={"application": application},
        link=lambda: partner_access(contact),
        due_at=application.decided_at + Pact.load().undo_time,
    )


def application_rejected(application: Application) -> None:
    """The decision with its reason; waits so long that it can still be undone."""
    _to_applicant(
        application,
        "application_rejected",
        key=f"application-rejected:{application.pk}:{application.decided_at.timestamp():.6f}",
        due_at=application.decided_at + Pact.load().undo_time,
    )


def decision_undone(application: Application) -> None:
    """A decision that was already told is open again."""
    _to_applicant(
        application, "application_reopened", key=f"application-reopened:{application.pk}:{timezone.now():%Y%m%d%H%M%S}"
    )


def application_withdrawn(application: Application) -> None:
    _to_applicant(application, "application_withdrawn", key=f"application-withdrawn:{application.pk}")


def profile_published(partner: Partner, contact: Contact) -> None:
    """Say that the profile is public, with the link that withdraws the consent."""
    _to_partner(partner, contact, "profile_published", occurrence=f"{partner.published_at.timestamp():.6f}")


def partner_link(partner: Partner, contact: Contact) -> None:
    _to_partner(partner, contact, "partner_link", occurrence=f"{timezone.now():%Y%m%d%H%M%S}")


def tell_office_of_application(application: Application) -> None:
    _to_office("office_application", key=f"office-application:{application.pk}", about=application)


def tell_office_of_answer(question: ApplicationQuestion) -> None:
    _to_office("office_answer", key=f"office-answer:{question.pk}", about=question.application)


def tell_office_of_withdrawal(application: Application) -> None:
    _to_office("office_withdrawal", key=f"office-withdrawal:{application.pk}", about=application)


def tell_office_of_consent(consent: Consent, partner: Partner) -> None:
    """A consent was withdrawn, or given again."""
    stand = "given" if consent.stands else "withdrawn"
    _to_office(
        "office_consent", key=f"office-consent:{consent.pk}:{stand}", about=partner, context={"consent": consent}
    )


def partner_access(contact: Contact) -> AccessLink:
    """A link to the partner's own pages for one contact."""
    return AccessLink.issue(access.PARTNER, contact.pk, email=contact.email, valid_for=LINK_LIFETIME)


def application_access(application: Application) -> AccessLink:
    """A link to the status page of an application."""
    return AccessLink.issue(
        access.APPLICATION, application.pk, email=application.contact_email, valid_for=LINK_LIFETIME
    )


def _to_applicant(
    application: Application,
    kind: str,
    *,
    key: str,
    link: AccessLink | None = None,
    context: dict[str, object] | None = None,
    due_at: datetime | None = None,
) -> None:
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=key,
        to=application.contact_email,
        name=application.contact_name,
        about=application,
        context={"application": application, **(context or {})},
        link=lambda: link or application_access(application),
        due_at=due_at,
    )


def _to_partner(partner: Partner, contact: Contact, kind: str, *, occurrence: str) -> None:
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=f"{kind}:{partner.pk}:{contact.pk}:{occurrence}",
        to=contact.email,
        name=contact.name,
        about=partner,
        context={"partner": partner, "contact": contact},
        link=lambda: partner_access(contact),
    )


def _to_office(kind: str, *, key: str, about: Application | Partner, context: dict[str, object] | None = None) -> None:
    pact = Pact.load()
    if not pact.can_send_mail:
        return  # nowhere to write to; the admin's start page shows the same
    outbox.enqueue(
        f"partners/mail/{kind}",
        key=key,
        to=pact.office_email,
        about=about,
        context={"about": about, **(context or {})},
    )
