"""What the public sees of a partner, and who may change it."""

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible
from partners import interfaces
from partners.mails import partner as mails
from partners.models import Consent, Contact, Organisation, Partner, TimelineEntry
from partners.models.timeline import COMPANY


def obstacles(partner: Partner, *, on: date) -> list[str]:
    """Say what still keeps a partner out of the public list, as German sentences."""
    pact, found = Pact.load(), []
    if not Consent.objects.to_publish().filter(organisation=partner.organisation_id).exists():
        found.append("Die Einwilligung in die Veröffentlichung fehlt.")
    if not Partner.objects.filter(pk=partner.pk).klimapartner(on=on).exists():
        found.append(f"Es ist keine {pact.agreement_name} in Kraft.")
    return found


def explain(partner: Partner, pact: Pact, *, on: date) -> str:
    """Say in German why the public does not see a partner, and what comes next; empty when it does. One query."""
    P, agreements = Partner.Publication, interfaces.agreements_in_force(on).filter(partner=OuterRef("pk"))
    consents = Consent.objects.to_publish().filter(organisation=OuterRef("organisation"))
    partner = Partner.objects.annotate(is_agreed=Exists(agreements), has_consent=Exists(consents)).get(pk=partner.pk)
    if partner.publication == P.PUBLISHED and partner.is_agreed and partner.has_consent:
        return ""
    if partner.publication == P.FORMER:
        return "Ihr Profil ist nicht mehr öffentlich."
    if not partner.has_consent:
        return (
            f"Ihr Profil ist nicht öffentlich, weil Ihre Einwilligung „{Consent.Purpose.PROFILE.label}“ fehlt. Möchten "
            "Sie in die Liste, erteilen Sie sie bitte unten."
        )
    if not partner.is_agreed:
        return f"Ihr Profil wird öffentlich, sobald die {pact.agreement_name} in Kraft ist und die Geschäftsstelle es freigibt."
    if partner.publication == P.PAUSED or (partner.publication == P.HIDDEN and partner.published_at):
        return (
            "Die Geschäftsstelle hat Ihr Profil aus der Liste genommen. Haben Sie Fragen dazu, melden Sie sich bitte."
        )
    return "Ihr Profil ist noch nicht öffentlich. Die Geschäftsstelle sieht es an und gibt es frei; dann bekommen Sie eine Mail."


@transaction.atomic
def publish(partner: Partner, *, by: AbstractUser) -> None:
    """Release the profile for the public list and tell the partner. Raises NotPossible with what is missing."""
    partner = _locked(partner)
    missing = obstacles(partner, on=timezone.localdate())
    if missing:
        raise NotPossible(" ".join(missing))
    partner.publish()
    TimelineEntry.note("Profil veröffentlicht", by=by, organisation=partner.organisation)
    if contact := main_contact(partner):
        mails.profile_published(partner, contact)


@transaction.atomic
def hide(partner: Partner, *, by: AbstractUser) -> None:
    """Take the profile out of the public list."""
    partner.hide()
    TimelineEntry.note("Profil aus der Liste genommen", by=by, organisation=partner.organisation)


@transaction.atomic
def withdraw_consent(contact: Contact, purpose: str) -> None:
    """End a consent at the company's wish, at once; withdrawing twice changes nothing."""
    consent = Consent.objects.standing().filter(organisation=contact.organisation_id, purpose=purpose).first()
    if consent is None or not consent.withdraw():
        return
    consent.refresh_from_db()
    partner = _locked(contact.organisation.partner)
    if purpose == Consent.Purpose.PROFILE and partner.may_be_hidden:
        partner.hide()
    TimelineEntry.note(f"Einwilligung widerrufen: {consent}", by=COMPANY, organisation=contact.organisation)
    mails.tell_office_of_consent(consent, partner)


@transaction.atomic
def give_consent(contact: Contact, purpose: str) -> None:
    """Take a consent from the company's own pages; the office then decides about the release.

    One that stands with former words is renewed, one with today's words stays.
    """
    partner = _locked(contact.organisation.partner)
    if not end_former_wording(partner.organisation, purpose):
        return
    consent = Consent.objects.create(
        organisation=contact.organisation,
        purpose=purpose,
        text=Consent.TEXTS[purpose],
        given_by=contact.name,
        given_by_email=contact.email,
    )
    if purpose == Consent.Purpose.PROFILE and partner.publication == Partner.Publication.HIDDEN:
        partner.propose()
    TimelineEntry.note(f"Einwilligung erteilt: {consent}", by=COMPANY, organisation=contact.organisation)
    mails.tell_office_of_consent(consent, partner)


def end_former_wording(organisation: Organisation, purpose: str) -> bool:
    """Make way for a consent to today's words; returns whether there is room for one."""
    standing = organisation.consents.standing().filter(purpose=purpose).first()
    if standing and standing.is_up_to_date:
        return False
    if standing:
        standing.withdraw()
    return True


@transaction.atomic
def send_link(partner: Partner, *, by: AbstractUser) -> None:
    """Mail the main contact a new link to the partner's own pages."""
    contact = main_contact(partner)
    if contact is None:
        raise NotPossible("Bitte tragen Sie zuerst eine Ansprechperson mit E-Mail-Adresse ein.")
    mails.partner_link(partner, contact)
    TimelineEntry.note(f"Persönlichen Link an {contact} gesendet", by=by, organisation=partner.organisation)


def main_contact(partner: Partner) -> Contact | None:
    """Return the person the office writes to: the main contact, or else the first with an address.

    Whoever never opened a link comes after all others: the address may be mistyped.
    """
    people = partner.organisation.contacts.exclude(email="").alias(has_access=Q(invited_at=None))
    return people.order_by("-has_access", "-is_main", "pk").first()


def _locked(partner: Partner) -> Partner:
    return Partner.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=partner.pk)
