"""The office decides about an application, where the pact wants it by two people, and may think again."""

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail, case_of
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.text import sort_key
from partners import access, duplicates, rules
from partners.mails import application as mails
from partners.models import Application, Consent, Contact, Organisation, Partner, TimelineEntry
from partners.services import people, profile, recognising, shown

TAKEN_OVER = (
    "name", "kind", "legal_form", "register_number", "street", "postal_code", "place", "sector", "employees", "website",
)  # fmt: skip
"""What an organisation takes from an application. Everything else stays with the application."""

Decision = Application.Decision
Texts = tuple[str, str]
"""Subject and text of a mail that the office wrote itself."""


# --- What stands in the way -------------------------------------------------------------------------------------------


def known_organisation(application: Application) -> Organisation | None:
    """Return the organisation as which it was recognised, or that of exactly this name; it takes the role then too.

    One of the same name that somebody told apart is another one.
    """
    found = Organisation.objects.select_related("partner")
    if application.known_as_id:
        return found.filter(pk=application.known_as_id).first()
    apart = duplicates.told_apart(application)
    namesakes = found.filter(sort_name=sort_key(application.name)).order_by("pk")
    return next((one for one in namesakes if case_of(one) not in apart), None)


def obstacles(application: Application, pact: Pact) -> list[str]:
    """Return why the application cannot be accepted now, as German sentences."""
    organisation = known_organisation(application)
    found = rules.obstacles(rules.checks(application, pact))
    if organisation and hasattr(organisation, "partner"):
        found.append(f"„{organisation}“ ist schon als Partner angelegt.")
    return found


def _check_acceptance(application: Application, pact: Pact, exception: str) -> None:
    if not application.may_become(Application.Status.ACCEPTED):
        raise TransitionNotAllowed("it is not in review any more")  # before the rules, which would blame the data
    if found := obstacles(application, pact):
        raise NotPossible(" ".join(found))
    if rules.exceptions(rules.checks(application, pact)) and not exception:
        raise NotPossible("Dieser Antrag erfüllt nicht alle Regeln. Bitte schreiben Sie, warum Sie ihn doch aufnehmen.")


def _check_single(application: Application, pact: Pact) -> None:
    """One person may decide alone where the pact lets her or him, and nobody has put something to a second."""
    if pact.needs_second_person:
        raise NotPossible("Über Anträge entscheiden zwei Personen. Bitte schlagen Sie die Entscheidung vor.")
    if application.proposed_decision:
        raise TransitionNotAllowed("somebody has proposed a decision meanwhile")


# --- Deciding alone ---------------------------------------------------------------------------------------------------


@transaction.atomic
def accept(application: Application, *, by: AbstractUser, exception: str = "") -> Partner:
    """Make organisation, partner and contacts from the application; nothing is typed twice.

    `exception` says why it is accepted against a rule. Raises NotPossible while something stands in the way.
    """
    application, pact = _locked_with_pact(application)
    _check_acceptance(application, pact, exception)
    _check_single(application, pact)
    return _accept(application, by=by, exception=exception)


@transaction.atomic
def reject(application: Application, reason: str, *, by: AbstractUser, texts: Texts | None = None) -> None:
    """Turn the application down; nobody is entitled to be accepted, but everybody is told why.

    `texts` replaces the usual words of the mail.
    """
    application, pact = _locked_with_pact(application)
    if not application.may_become(Application.Status.REJECTED):
        raise TransitionNotAllowed("it is not in review any more")
    _check_single(application, pact)
    _reject(application, reason, by=by, texts=texts)


# --- Deciding by two --------------------------------------------------------------------------------------------------


@transaction.atomic
def propose_acceptance(application: Application, *, by: AbstractUser, exception: str = "") -> None:
    """Ask a second person to accept."""
    application, pact = _locked_with_pact(application)
    _check_acceptance(application, pact, exception)
    application.propose(Decision.ACCEPT, by=by, reason=exception)
    said = (
        f"Aufnahme vorgeschlagen, obwohl nicht alle Regeln erfüllt sind: {exception}"
        if exception
        else "Aufnahme vorgeschlagen"
    )
    TimelineEntry.note(said, by=by, application=application)


@transaction.atomic
def propose_rejection(application: Application, reason: str, *, by: AbstractUser, texts: Texts | None = None) -> None:
    """Ask a second person to turn the application down, with the mail as it shall be sent."""
    subject, text = texts or ("", "")
    application.propose(Decision.REJECT, by=by, reason=reason, subject=subject, text=text)
    TimelineEntry.note(f"Ablehnung vorgeschlagen: {reason}", by=by, application=application)


@transaction.atomic
def confirm(application: Application, *, seen: str, by: AbstractUser) -> Partner | None:
    """Decide as another person proposed; returns the partner of an acceptance.

    `seen` marks what this person has read (`shown.proposal`): another proposal in its place, or the same about other
    answers, is not confirmed.
    """
    application, pact = _locked_with_pact(application)
    is_open = application.status == Application.Status.IN_REVIEW and application.proposed_decision
    if not is_open or shown.proposal(application) != seen:
        raise TransitionNotAllowed("the proposal, or what it is about, is another one now")
    if application.proposed_by_id == by.pk:
        raise NotPossible("Ihren eigenen Vorschlag bestätigt eine andere Person.")
    reason = application.proposed_reason
    if application.proposed_decision == Decision.ACCEPT:
        _check_acceptance(application, pact, reason)
        return _accept(application, by=by, exception=reason)
    texts = (application.proposed_subject, application.proposed_text) if application.proposed_text else None
    _reject(application, reason, by=by, texts=texts)
    return None


@transaction.atomic
def return_proposal(application: Application, *, seen: str, by: AbstractUser, note: str = "") -> None:
    """Do not decide as proposed, or take one's own proposal back; the review goes on."""
    application = application.locked()
    if not application.proposed_decision or shown.proposal(application) != seen:
        raise TransitionNotAllowed("the proposal was confirmed meanwhile, or is another one")
    what, is_own = application.get_proposed_decision_display(), application.proposed_by_id == by.pk
    application.return_proposal()
    said = f"Vorschlag „{what}“ {'zurückgenommen' if is_own else 'nicht bestätigt'}"
    TimelineEntry.note(f"{said}: {note}" if note else said, by=by, application=application)


# --- What a decision does ---------------------------------------------------------------------------------------------


def _accept(application: Application, *, by: AbstractUser, exception: str) -> Partner:
    organisation = recognising.take_over(application) or known_organisation(application)
    makes_organisation = organisation is None
    if makes_organisation:
        organisation = Organisation.objects.create(**{field: getattr(application, field) for field in TAKEN_OVER})
    partner = Partner.objects.create(organisation=organisation, slug=Partner.free_slug(organisation.name))
    profile.from_application(partner, application)
    application.accept(partner, made_organisation=makes_organisation, by=by)
    contact, changes = people.enter(application, organisation)
    recognising.remember(application, changes)
    standing = organisation.consents.standing().values("purpose")
    application.consents.exclude(purpose__in=standing).update(organisation=organisation)
    if Consent.objects.to_publish().filter(organisation=organisation).exists():
        partner.propose()
    said = f"Aufgenommen, obwohl nicht alle Regeln erfüllt sind: {exception}" if exception else "Aufgenommen"
    TimelineEntry.note(said, by=by, application=application, organisation=organisation)
    mails.application_accepted(application, contact)
    return partner


def _reject(application: Application, reason: str, *, by: AbstractUser, texts: Texts | None) -> None:
    application.reject(reason, by=by)
    TimelineEntry.note(f"Abgelehnt: {reason}", by=by, application=application)
    mails.application_rejected(application, texts)


# --- Thinking again ---------------------------------------------------------------------------------------------------


@transaction.atomic
def undo_decision(application: Application, *, by: AbstractUser | str) -> bool:
    """Take back acceptance or rejection; returns whether the company may have been told, and hears of this too.

    An acceptance can be undone while nothing is built on it: no agreement, not published, nothing of the company's own.
    """
    application = application.locked()
    if application.partner_id:  # nobody adds to it any more
        Organisation.objects.select_for_update().filter(partner=application.partner_id).first()
        Partner.objects.select_for_update(of=("self",)).get(pk=application.partner_id)
    if found := obstacles_to_undo(application):
        raise NotPossible(" ".join(found))
    partner, made_organisation = application.partner, application.made_organisation
    invitations = OutgoingMail.objects.none()
    if partner is not None:
        invitations = OutgoingMail.objects.about(partner).filter(kind="contact_invited")
    application.undo_decision()
    if partner is not None:
        _remove(application, partner, with_organisation=made_organisation)
    decisions = OutgoingMail.objects.about(application).filter(kind__in=mails.DECISIONS)
    decisions.call_off()
    invitations.call_off()
    newest = decisions.order_by("-pk")[:1]
    was_told = (
        OutgoingMail.objects.filter(pk__in=newest).may_have_left().exists() or invitations.may_have_left().exists()
    )
    if was_told:
        mails.decision_undone(application)
    TimelineEntry.note("Entscheidung zurückgenommen", by=by, application=application)
    return was_told


def obstacles_to_undo(application: Application) -> list[str]:
    """Return why a decision cannot be taken back any more, as German sentences."""
    partner = application.partner
    if partner is None:
        return []
    organisation, found = partner.organisation, []
    if partner.publication not in (Partner.Publication.HIDDEN, Partner.Publication.PROPOSED):
        found.append("Das Profil ist schon veröffentlicht.")
    if organisation.merges.standing().exists():
        found.append("Die Organisation ist inzwischen mit einer anderen zusammengeführt.")
    own: dict[str, models.QuerySet] = {
        "eine Bitte, die Daten zu prüfen": partner.data_checks.all(),
        "eine Profiländerung des Unternehmens": partner.proposals.all(),
    }
    if application.made_organisation:
        own |= {
            "weitere Ansprechpersonen": Contact.everyone.filter(organisation=organisation, application=None),
            "weitere Einwilligungen": organisation.consents.filter(application=None),
            "Notizen": organisation.notes.all(),
        }
    if there := [name for name, rows in own.items() if rows.exists()]:
        found.append(f"Beim neuen Partner gibt es inzwischen: {', '.join(there)}. Das ginge verloren.")
    return [*found, "Die Aufnahme lässt sich nicht mehr zurücknehmen."] if found else []


def _remove(application: Application, partner: Partner, *, with_organisation: bool) -> None:
    """Remove what the acceptance made, and nothing else. What was noted since stays with the application."""
    organisation = partner.organisation
    recognising.give_back(application)
    for contact in Contact.everyone.filter(organisation=organisation):
        AccessLink.objects.to(access.PARTNER, contact.pk).revoke()
    if with_organisation:
        organisation.timeline.filter(application=None, interest=None).update(application=application)
    application.timeline.update(organisation=None)
    application.consents.update(organisation=None)
    Contact.everyone.filter(application=application).delete()
    try:
        with transaction.atomic():
            partner.delete()
            if with_organisation:
                organisation.delete()
    except models.ProtectedError:
        raise NotPossible(
            "Es gibt schon eine Vereinbarung mit diesem Partner. Die Aufnahme lässt sich nicht mehr zurücknehmen."
        ) from None


def _locked_with_pact(application: Application) -> tuple[Application, Pact]:
    """Lock the pact first: of two acceptances of one name, the second sees the organisation of the first."""
    pact = Pact.objects.select_for_update().get()
    return application.locked(), pact
