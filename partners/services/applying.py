"""A company's way to an application: begun, filled by several people, sent, proven; and what it does afterwards."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid4

from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.newsletter import services as newsletter
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.uploads.models import Upload
from klimapakt.uploads.receiving import receive
from partners import access, receipt, steps
from partners.mails import application as mails
from partners.models import Applicant, Application, Consent, SavedStep, TimelineEntry
from partners.models.timeline import COMPANY
from partners.services import decision
from partners.services.shown import Outdated

MOST_APPLICANTS = 10
"""So many people may fill one application: enough for every firm, too few for a mail bomb."""

CONFIRMED = "{} hat bestätigt: darf für die Organisation handeln, die Angaben stimmen, Datenschutzhinweise gelesen"


# --- The draft --------------------------------------------------------------------------------------------------------


@transaction.atomic
def start(
    *, form_token: UUID, organisation: str, name: str, email: str, is_proven: bool = False
) -> tuple[Applicant, bool]:
    """Begin an application and mail its link; returns the person who began it, and whether it is new.

    `is_proven`: the person came by the link to an inquiry and has proven the address by that.
    The same form sent again (double click, back button, two tabs) finds the first application.
    """
    try:
        with transaction.atomic():
            application = Application.objects.create(
                form_token=form_token, name=organisation, contact_name=name, contact_email=email
            )
    except IntegrityError:
        return _who_began(Application.objects.get(form_token=form_token)), False
    applicant = application.applicants.create(name=name, email=email, proven_at=timezone.now() if is_proven else None)
    TimelineEntry.note("Antrag begonnen", by=COMPANY, application=application)
    (mails.application_begun if is_proven else mails.application_started)(applicant)
    return applicant, True


def _who_began(application: Application) -> Applicant:
    """Return the person who began an application: of one merged since, where its people are now."""
    if application.merged_into_id is None:
        return application.applicants.earliest("pk")
    address, kept = application.contact_email, application
    while kept.merged_into_id:
        kept = kept.merged_into
    return kept.applicants.filter(email__iexact=address).first() or kept.applicants.earliest("pk")


@dataclass(frozen=True)
class Conflict:
    """Somebody else changed the same answer meanwhile."""

    field: str
    value: object
    by: Applicant | None
    at: datetime


@transaction.atomic
def save(
    application: Application,
    step: steps.Step,
    answers: Mapping[str, object],
    *,
    shown: Mapping[str, object],
    by: Applicant,
    page: str,
) -> list[Conflict]:
    """Store what this person changed in a step, and nothing else; returns what somebody else changed too.

    `answers` are named as in `steps.stored`. `shown` holds what the page showed before: only an answer that differs
    from it is this person's. Of two who change the same answer, the second is asked; `page` names the opened page,
    which may save again and again. Raises TransitionNotAllowed once the application was sent or the person removed.
    """
    application = taken_part_in(application, by)
    if not application.is_draft:
        raise TransitionNotAllowed("the application was sent meanwhile")
    saved = application.saved_steps.filter(step=step.slug).first()
    log = saved.changes if saved else {}
    changes, conflicts = {}, []
    for name, answer in answers.items():
        stored, last = steps.stored(application, name), log.get(name)
        is_ours = last is not None and last["page"] == page
        if answer == stored or (answer == shown[name] and not is_ours):
            continue
        if stored != shown[name] and not is_ours:
            conflicts.append(_conflict(application, name, stored, last))
        else:
            changes[name] = answer
    now = timezone.now()
    Application.objects.filter(pk=application.pk).update(
        **steps.columns(application, changes),
        version=application.version + bool(changes),
        saved_at=now,
        warned_at=None,
    )
    if changes or not saved:
        note = {"page": page, "by": by.pk, "at": now.isoformat()}
        SavedStep.objects.update_or_create(
            application=application,
            step=step.slug,
            defaults={"saved_by": by, "saved_at": now, "changes": {**log, **dict.fromkeys(changes, note)}},
        )
    return conflicts


def _conflict(application: Application, name: str, stored: object, last: dict | None) -> Conflict:
    if last is None:  # stands there since the application was begun
        return Conflict(name, stored, application.applicants.first(), application.created_at)
    by = application.applicants.filter(pk=last["by"]).first()
    return Conflict(name, stored, by, datetime.fromisoformat(last["at"]))


# --- Its people -------------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(application: Application, *, name: str, email: str, by: Applicant) -> Applicant:
    """Let a colleague take part, with a link of her or his own; asking again later mails the link again.

    Raises NotPossible for a stranger's wish: whoever invites has proven an address. TransitionNotAllowed for somebody
    who was removed.
    """
    application = taken_part_in(application, by)
    if not by.is_proven:
        raise NotPossible(
            "Bitte bestätigen Sie zuerst Ihre eigene E-Mail-Adresse: Öffnen Sie den Link in der Mail, die wir Ihnen "
            "geschickt haben."
        )
    found = application.applicants.present().filter(email__iexact=email).first()
    if found is None:
        if application.applicants.present().count() >= MOST_APPLICANTS:
            raise NotPossible(f"Mehr als {MOST_APPLICANTS} Personen können nicht an einem Antrag mitarbeiten.")
        found = application.applicants.create(name=name, email=email, invited_by=by)
        TimelineEntry.note(f"{by} hat {found} zur Mitarbeit eingeladen", by=COMPANY, application=application)
    if mails.is_under_way(found, "application_invited", now=timezone.now()):
        return found
    if mails.too_many_confirmations(email, now=timezone.now()):
        raise NotPossible(mails.TOO_MANY)
    mails.application_invited(found)
    return found


@transaction.atomic
def remove(applicant: Applicant, *, by: Applicant) -> None:
    """Let somebody take part no longer: the links end at once. Nobody removes herself or himself."""
    application = taken_part_in(applicant.application, by)
    if applicant.pk == by.pk:
        raise NotPossible("Sie können sich nicht selbst entfernen. Das kann eine andere Person für Sie tun.")
    if application.applicants.present().filter(pk=applicant.pk).update(left_at=timezone.now()):
        links = _links_of(applicant)
        links.revoke()
        OutgoingMail.objects.filter(link__in=links).call_off()
        TimelineEntry.note(f"{applicant} arbeitet nicht mehr mit", by=COMPANY, application=application)


@transaction.atomic
def mend_address(applicant: Applicant, email: str) -> Applicant:
    """Take another address for whoever has not proven one yet; the links to the old one are closed.

    Raises TransitionNotAllowed when the address was proven meanwhile.
    """
    application = applicant.application.locked()
    applicant = application.applicants.get(pk=applicant.pk)
    if applicant.is_proven:
        raise TransitionNotAllowed("the address was proven meanwhile")
    if mails.too_many_confirmations(email, now=timezone.now()):
        raise NotPossible(mails.TOO_MANY)
    if application.applicants.present().filter(email__iexact=email).exclude(pk=applicant.pk).exists():
        raise NotPossible("Mit dieser Adresse arbeitet schon jemand an diesem Antrag mit.")
    _links_of(applicant).revoke()
    OutgoingMail.objects.about(application).filter(kind__in=mails.PROOFS, to_email__iexact=applicant.email).call_off()
    Application.objects.filter(pk=application.pk, contact_email__iexact=applicant.email).update(contact_email=email)
    application.consents.filter(given_by_email__iexact=applicant.email).update(given_by_email=email)
    Applicant.objects.filter(pk=applicant.pk).update(email=email)
    applicant.email = email
    mails.application_started(applicant)
    return applicant


@transaction.atomic
def ask_for_proof(applicant: Applicant, *, by: AbstractUser | str = COMPANY) -> None:
    """Mail the link again to whoever has not proven the address yet."""
    application = applicant.application.locked()
    if application.applicants.filter(pk=applicant.pk, proven_at__isnull=False).exists():
        raise TransitionNotAllowed("the address was proven meanwhile")
    if mails.is_under_way(applicant, "application_started", now=timezone.now()):
        return
    if mails.too_many_confirmations(applicant.email, now=timezone.now()):
        raise NotPossible(mails.TOO_MANY)
    mails.application_started(applicant)
    if by != COMPANY:
        TimelineEntry.note("Bestätigungsmail erneut gesendet", by=by, application=application)


# --- Sending and proving ----------------------------------------------------------------------------------------------


@transaction.atomic
def send(application: Application, *, by: Applicant, shown: int | None = None) -> Application:
    """Hand the draft to the office. Without a proven address it waits for the sender to open the mailed link.

    `shown` is the version that the person has checked. Raises Outdated when it is another one now, NotPossible while
    something is missing, TransitionNotAllowed when it was sent before.
    """
    application = taken_part_in(application, by)
    by = application.applicants.get(pk=by.pk)
    if application.is_draft and shown not in (None, application.version):
        raise Outdated
    if application.is_draft and (missing := steps.missing(application)):
        raise NotPossible(f"Es fehlt noch: {', '.join(one.label for one in missing)}.")
    application.send(by, is_proven=by.is_proven)
    _give_consents(application, application.chosen_consents, by=by)
    TimelineEntry.note(CONFIRMED.format(by), by=COMPANY, application=application)
    if by.is_proven:
        _arrived(application, by)
    else:
        TimelineEntry.note("Antrag gesendet, E-Mail-Adresse noch unbestätigt", by=COMPANY, application=application)
        if not mails.too_many_confirmations(by.email, now=timezone.now()):
            mails.application_started(by)
    return application


@transaction.atomic
def prove(link: AccessLink) -> Applicant:
    """Take the address of a person who opened a mailed link as proven; what she or he sent has arrived with that.

    Links that were not mailed, but given to the browser that typed the address, open nothing from then on: somebody
    else may have typed it. Opening a link again changes nothing. Raises TransitionNotAllowed when the link was closed
    or the person was removed meanwhile.
    """
    application = Application.objects.select_for_update(of=("self",)).filter(pk=access.application_behind(link)).first()
    if application is None or not AccessLink.objects.live(now=timezone.now()).filter(pk=link.pk).exists():
        raise TransitionNotAllowed("the link was closed while it was used")
    applicant = application.applicants.present().filter(email__iexact=link.email).first()
    if applicant is None:
        raise TransitionNotAllowed("this person takes part no longer")
    now = timezone.now()
    if application.applicants.filter(pk=applicant.pk, proven_at=None).update(proven_at=now):
        applicant.proven_at = now
        Application.objects.filter(pk=application.pk).update(warned_at=None)  # of another end than a draft has now
        mailed = OutgoingMail.objects.about(application).exclude(link=None).values("link")
        _links_of(applicant).exclude(pk=link.pk).exclude(pk__in=mailed).revoke()
        if application.is_open and application.source != Application.Source.ONLINE:
            receipt.order(application)
    if application.status == Application.Status.UNCONFIRMED and application.sent_by_id == applicant.pk:
        application.confirm()
        _arrived(application, applicant)
    return applicant


@transaction.atomic
def enter(
    answers: Mapping[str, object],
    *,
    source: str,
    consents: Collection[str],
    by: AbstractUser,
    form_token: UUID | None = None,
    received_on: date | None = None,
    consented_on: date | None = None,
    scan: UploadedFile | None = None,
) -> tuple[Application, bool]:
    """Enter an application that reached the office on paper, by mail or phone; it is treated as if sent online.

    Days are days in Europe/Berlin, `scan` is a checked document. Returns the application and whether it is new: the same
    form sent again finds the first one. What is needed online is needed here, but for a mail address: without one
    nobody is written to. Who has one gets a link first, and the receipt once it was opened. Raises NotPossible, and ValidationError for a scan that there is no room for.
    """
    try:
        with transaction.atomic():
            application = Application.objects.create(
                form_token=form_token or uuid4(), source=source, chosen_consents=list(consents), **answers
            )
    except IntegrityError:
        return Application.objects.get(form_token=form_token), False
    if missing := steps.missing(application):
        raise NotPossible(f"Es fehlt noch: {', '.join(one.label for one in missing)}.")
    applicant = None
    if application.contact_email:
        applicant = application.applicants.create(
            name=application.contact_name, email=application.contact_email, is_vouched=True
        )
    application.send(applicant, is_proven=True)
    if received_on and received_on < timezone.localdate():
        arrived = _start_of(received_on)  # the office's time to answer counts from there
        Application.objects.filter(pk=application.pk).update(sent_at=arrived, confirmed_at=arrived)
        application.refresh_from_db()
    given_at = _start_of(consented_on) if consented_on else timezone.now()
    _give_consents(application, consents, by=applicant, source=Consent.Source.OFFICE, given_at=given_at)
    if scan:
        upload = receive(scan, profile=Upload.Profile.DOCUMENT, about=application, by=by.get_full_name())
        application.files.create(upload=upload)
    _arrived(application, applicant, entered_by=by)
    return application, True


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _give_consents(
    application: Application,
    purposes: Collection[str],
    *,
    by: Applicant | None,
    source: str = Consent.Source.ONLINE,
    given_at: datetime | None = None,
) -> None:
    Consent.objects.bulk_create(
        Consent(
            application=application,
            purpose=purpose,
            source=source,
            text=Consent.TEXTS[purpose],
            given_by=str(by or application.contact_name)[:200],
            given_by_email=by.email if by else "",
            given_at=given_at or timezone.now(),
        )
        for purpose in purposes
    )


def _arrived(application: Application, sender: Applicant | None, *, entered_by: AbstractUser | None = None) -> None:
    """Do what follows when the office may read an application: receipt, the contact's own link, word to the office."""
    if entered_by:
        arrived = date_format(timezone.localdate(application.confirmed_at), "j. F Y")
        said = f"Antrag eingetragen: {application.get_source_display()} eingegangen am {arrived}"
        TimelineEntry.note(said, by=entered_by, application=application)
    else:
        TimelineEntry.note("Antrag eingegangen, E-Mail-Adresse bestätigt", by=COMPANY, application=application)
        mails.tell_office_of_application(application)
    if sender is None:
        return
    if entered_by:
        mails.application_entered(sender)  # a clerk may have mistyped the address: the receipt waits for its proof
    else:
        receipt.order(application)
    if application.orders_newsletter:
        newsletter.ask(application.contact_email)
    is_known = application.applicants.present().filter(email__iexact=application.contact_email).exists()
    if not is_known:
        contact = application.applicants.create(
            name=application.contact_name, email=application.contact_email, invited_by=sender
        )
        mails.application_invited(contact)


# --- Afterwards -------------------------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(application: Application, *, note: str = "", by: AbstractUser | str = COMPANY) -> None:
    """The company does not want to go on; it says so itself, or to somebody of the office, who may note how.

    A decision that it was not told yet is taken back before. Raises TransitionNotAllowed once it was told, NotPossible
    when something was built on a decision.
    """
    stored = application.locked()
    if not stored.is_open and stored.is_open_as_told(Pact.load()):
        decision.undo_decision(stored, by=by)
    application.withdraw()
    TimelineEntry.note(f"Antrag zurückgezogen{f': {note}' if note else ''}", by=by, application=application)
    mails.application_withdrawn(application)
    if by == COMPANY:
        mails.tell_office_of_withdrawal(application)


def taken_part_in(application: Application, by: Applicant) -> Application:
    """Return it locked; raises TransitionNotAllowed when somebody has removed this person meanwhile."""
    application = application.locked()
    if not application.applicants.present().filter(pk=by.pk).exists():
        raise TransitionNotAllowed("this person was removed meanwhile")
    return application


def _links_of(applicant: Applicant) -> "object":
    return AccessLink.objects.to(access.APPLICATION, applicant.application_id).filter(email__iexact=applicant.email)
