"""Freeze a version and put it before the partner; take it back to change it."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from agreements import access, content, mails, pdf
from agreements.models import Agreement, Version
from agreements.placeholders import used_in
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Contact, Partner, TimelineEntry


def obstacles(agreement: Agreement) -> list[str]:
    """Say what is missing before the draft can be offered, as German sentences."""
    found = []
    if not agreement.clauses.exists():
        found.append("Die Vereinbarung hat noch keinen Text. Bitte übernehmen Sie ihn aus der Vorlage.")
    elif not any("laufzeit" in used_in(clause.text) for clause in agreement.clauses.all()):
        found.append("Kein Abschnitt nennt die Laufzeit. Bitte setzen Sie den Platzhalter {laufzeit} in den Text.")
    if not agreement.measures.exists():
        found.append("Bitte tragen Sie mindestens eine Maßnahme ein.")
    found += content.misplaced(agreement) + content.empty_placeholders(agreement)
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
def offer(agreement: Agreement, contact: Contact, *, by: AbstractUser, shown: str | None = None) -> Version:
    """Freeze the draft as its next version and mail the signatory the way to it.

    `shown` is the hash of the text that the page showed. Raises NotPossible with what is missing or when the text is
    another one meanwhile, TransitionNotAllowed when it is no draft (any more).
    """
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.is_draft:
        raise TransitionNotAllowed(f"agreement {agreement.pk} is no draft")
    if missing := obstacles(agreement):
        raise NotPossible(" ".join(missing))
    if contact.organisation_id != agreement.partner.organisation_id or not contact.email:
        raise NotPossible("Bitte wählen Sie eine Ansprechperson dieser Organisation, deren E-Mail-Adresse bekannt ist.")
    version = freeze(agreement, by=by, to=contact)
    if shown not in (None, version.sha256):
        raise NotPossible(CHANGED_MEANWHILE)
    agreement.offer()
    _close_links_to_others(version)
    pdf.order_copy_to_read(version)
    mails.offered(version)
    TimelineEntry.note(
        f"{Pact.load().agreement_name} angeboten: Fassung {version.number} an {contact.name}",
        by=by,
        organisation=agreement.partner.organisation,
    )
    return version


CHANGED_MEANWHILE = (
    "Der Text ist inzwischen ein anderer: Jemand hat den Entwurf oder eine Angabe geändert, die darin steht. "
    "Bitte sehen Sie ihn sich noch einmal an."
)


def _close_links_to_others(version: Version) -> None:
    """Close the links to older versions that went to another address; the reader's own say that they are superseded."""
    older = version.agreement.versions.filter(number__lt=version.number)
    links = AccessLink.objects.filter(purpose=access.AGREEMENT, object_id__in=older.values("pk"))
    links.exclude(email__iexact=version.to_email).revoke()


def freeze(agreement: Agreement, *, by: AbstractUser, to: Contact | None = None) -> Version:
    """Write down what the agreement says now as its next version; the caller holds the lock.

    Without a reader it was signed on paper: whose clauses nobody here has read, so only the facts are written down.
    """
    text = content.next_text(agreement, with_clauses=to is not None)
    return Version.objects.create(
        agreement=agreement,
        number=agreement.next_number(),
        content=text,
        sha256=content.fingerprint(text),
        offered_by=by.get_full_name() or by.get_username(),
        to_name=to.name if to else "",
        to_function=to.function if to else "",
        to_email=to.email if to else "",
        is_invented=Partner.objects.filter(INVENTED, pk=agreement.partner_id).exists(),
    )


def of_nobody(field: str) -> Q:
    """Addresses that can belong to nobody (RFC 2606): whoever uses one is trying the portal out."""
    return Q(**{f"{field}__iendswith": ".example"}) | Q(**{f"{field}__iregex": r"@example\.(com|net|org)$"})


INVENTED = Q(organisation__is_invented=True) | of_nobody("application__contact_email")
"""Partners whom the trial, when it ends, takes along with all that was signed with them."""


@transaction.atomic
def take_back(agreement: Agreement, *, by: AbstractUser) -> bool:
    """Make the agreement a draft again; returns whether the signatory hears of it."""
    agreement = Agreement.objects.locked(agreement.pk)
    state = agreement.status
    agreement.take_back()
    version = agreement.newest_version()
    is_told = end_offer(version, state=state)
    TimelineEntry.note(f"Fassung {version.number} zurückgenommen", by=by, organisation=agreement.partner.organisation)
    return is_told


def end_offer(version: Version, *, state: str, is_final: bool = False) -> bool:
    """Take back the mails that ask for a signature; returns whether the signatory hears of it.

    Whoever signed hears of it in any case. Whoever declined knows, and nobody hears of the end of an offer that never
    came. `state` is what the agreement was until now.
    """
    OutgoingMail.objects.about(version.agreement).filter(kind__in=mails.ASK_TO_SIGN).call_off()
    is_told = state == Agreement.Status.SIGNED or (state == Agreement.Status.OFFERED and _has_come(version))
    if is_told:
        mails.withdrawn(version, is_final=is_final)
    return is_told


def _has_come(version: Version) -> bool:
    """Whether the signatory may have got a mail with the link, or opened it."""
    written = OutgoingMail.objects.filter(mails.is_invitation_to(version))
    return version.openings.exists() or not written.exists() or written.may_have_left().exists()


@transaction.atomic
def send_link(agreement: Agreement, *, by: AbstractUser) -> None:
    """Mail the signatory a new link to the version that waits for a signature."""
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.is_offered:
        raise TransitionNotAllowed(f"agreement {agreement.pk} is not offered")
    version = agreement.newest_version()
    if not version.has_reader():
        raise NotPossible(
            f"Die Organisation hat keine Ansprechperson mit der Adresse {version.to_email} mehr. Bitte holen Sie die "
            "Vereinbarung zurück und bieten Sie sie neu an."
        )
    mails.link_again(version)
    TimelineEntry.note(
        f"Persönlichen Link zur Vereinbarung erneut an {version.to_name} gesendet",
        by=by,
        organisation=agreement.partner.organisation,
    )
