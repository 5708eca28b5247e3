"""Freeze a version and put it before the partner; take it back to change it."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from agreements import content, mails, pdf
from agreements.models import Agreement, Version
from agreements.placeholders import used_in
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Contact, Organisation, TimelineEntry


def obstacles(agreement: Agreement) -> list[str]:
    """Say what is missing before the draft can be offered, as German sentences."""
    found = []
    if not agreement.clauses.exists():
        found.append("Die Vereinbarung hat noch keinen Text. Bitte übernehmen Sie ihn aus der Vorlage.")
    elif not any("laufzeit" in used_in(clause.text) for clause in agreement.clauses.all()):
        found.append("Kein Abschnitt nennt die Laufzeit. Bitte setzen Sie den Platzhalter {laufzeit} in den Text.")
    if not agreement.measures.exists():
        found.append("Bitte tragen Sie mindestens eine Maßnahme ein.")
    found += content.unplaced(agreement) + content.empty_placeholders(agreement)
    if agreement.in_force_until and agreement.in_force_until < timezone.localdate():
        found.append("Das Ende der Laufzeit liegt in der Vergangenheit. Bitte tragen Sie einen späteren Tag ein.")
    if not Pact.load().countersigned_by:
        found.append(
            "Bitte tragen Sie unter „Klimapakt“, „Vereinbarungen“ ein, in wessen Namen gegengezeichnet wird: "
            "Diese Seite steht als Vertragspartner in der Vereinbarung."
        )
    if not agreement.partner.organisation.contacts.exclude(email="").exists():
        found.append("Bitte tragen Sie bei der Organisation eine Ansprechperson mit E-Mail-Adresse ein.")
    return found


@transaction.atomic
def offer(agreement: Agreement, contact: Contact, *, by: AbstractUser) -> Version:
    """Freeze the draft as its next version and mail the signatory the way to it.

    Raises NotPossible with what is missing, TransitionNotAllowed when it is no draft (any more).
    """
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.is_draft:
        raise TransitionNotAllowed(f"agreement {agreement.pk} is no draft")
    if missing := obstacles(agreement):
        raise NotPossible(" ".join(missing))
    if contact.organisation_id != agreement.partner.organisation_id or not contact.email:
        raise NotPossible("Bitte wählen Sie eine Ansprechperson dieser Organisation, deren E-Mail-Adresse bekannt ist.")
    version = freeze(agreement, by=by, to=contact)
    agreement.offer()
    pdf.order_copy_to_read(version)
    mails.offered(version)
    TimelineEntry.note(
        f"{Pact.load().agreement_name} angeboten: Fassung {version.number} an {contact.name}",
        by=by,
        organisation=agreement.partner.organisation,
    )
    return version


def freeze(agreement: Agreement, *, by: AbstractUser, to: Contact | None = None) -> Version:
    """Write down what the agreement says now as its next version; the caller holds the lock."""
    newest = agreement.newest_version()
    number = newest.number + 1 if newest else 1
    text = content.freeze(content.compose(agreement, number=number))
    return Version.objects.create(
        agreement=agreement,
        number=number,
        content=text,
        sha256=content.fingerprint(text),
        offered_by=by.get_full_name() or by.get_username(),
        to_name=to.name if to else "",
        to_function=to.function if to else "",
        to_email=to.email if to else "",
        is_invented=_is_invented(agreement.partner.organisation),
    )


NOBODYS = Q(email__iendswith=".example") | Q(email__iregex=r"@example\.(com|net|org)$")
"""Addresses that can belong to nobody (RFC 2606): whoever uses one in a trial is trying the portal out."""


def _is_invented(organisation: Organisation) -> bool:
    """Whether the trial, when it ends, takes this organisation and all that was signed with it along."""
    if organisation.is_invented:
        return True
    return Pact.load().has_trial_data and organisation.contacts.filter(NOBODYS).exists()


@transaction.atomic
def take_back(agreement: Agreement, *, by: AbstractUser) -> bool:
    """Make the agreement a draft again; returns whether the signatory hears of it.

    Nobody hears of an offer whose mail has not left yet; who declined knows.
    """
    agreement = Agreement.objects.locked(agreement.pk)
    was_declined = agreement.status == Agreement.Status.DECLINED
    agreement.take_back()
    version = agreement.newest_version()
    waiting = OutgoingMail.objects.about(agreement)
    held_back = waiting.filter(key=mails.offer_key(version)).withdraw()
    waiting.filter(kind__in=mails.ASK_TO_SIGN).withdraw()
    is_told = not (held_back or was_declined)
    if is_told:
        mails.withdrawn(version)
    TimelineEntry.note(f"Fassung {version.number} zurückgenommen", by=by, organisation=agreement.partner.organisation)
    return is_told


@transaction.atomic
def send_link(agreement: Agreement, *, by: AbstractUser) -> None:
    """Mail the signatory a new link to the version that waits for a signature."""
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.is_offered:
        raise TransitionNotAllowed(f"agreement {agreement.pk} is not offered")
    version = agreement.newest_version()
    mails.link_again(version)
    TimelineEntry.note(
        f"Persönlichen Link zur Vereinbarung erneut an {version.to_name} gesendet",
        by=by,
        organisation=agreement.partner.organisation,
    )
