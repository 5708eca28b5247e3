"""From an application to a partner."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.text import sort_key
from klimapakt.uploads import shown_name
from partners import access, mails
from partners.models import (
    Application,
    ApplicationQuestion,
    ApplicationStep,
    Consent,
    Contact,
    Organisation,
    Partner,
    TimelineEntry,
)
from partners.models.timeline import COMPANY

CORRECTABLE = [
    "name", "kind", "street", "postal_code", "place", "sector", "employees", "website",
    "contact_name", "contact_function", "contact_email", "contact_phone", "signatory_name", "signatory_function",
    "already_doing", "wishes",
]  # fmt: skip
"""What staff may mend in an application: everything the company typed."""


def submit(*, form_token: UUID, answers: dict[str, object], consents: Iterable[str]) -> tuple[Application, bool]:
    """Store an application and ask for proof of its address; returns it and whether it is new.

    The same form sent again (double click, back button, two tabs) finds the first application.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                application = Application.objects.create(form_token=form_token, **answers)
        except IntegrityError:
            return Application.objects.get(form_token=form_token), False
        Consent.objects.bulk_create(
            Consent(
                application=application,
                purpose=purpose,
                text=Consent.TEXTS[purpose],
                given_by=application.contact_name,
                given_by_email=application.contact_email,
            )
            for purpose in consents
        )
        TimelineEntry.note("Antrag gesendet, E-Mail-Adresse noch unbestätigt", by=COMPANY, application=application)
        mails.confirm_address(application)
    return application, True


@transaction.atomic
def mend_address(application: Application, email: str) -> None:
    """Take another address for an application that nobody has confirmed; the old address' link is closed."""
    application = _locked(application)
    if application.is_confirmed:
        raise TransitionNotAllowed
    _ask_for_proof(application, email)


@transaction.atomic
def resend_confirmation(application: Application, *, by: AbstractUser) -> None:
    """Send the proof mail again, at the office's wish."""
    application = _locked(application)
    if application.is_confirmed:
        raise TransitionNotAllowed
    _ask_for_proof(application, application.contact_email)
    TimelineEntry.note("Bestätigungsmail erneut gesendet", by=by, application=application)


def _ask_for_proof(application: Application, email: str) -> None:
    if mails.too_many_confirmations(email, now=timezone.now()):
        raise NotPossible(mails.TOO_MANY)
    AccessLink.objects.to(access.CONFIRM, application.pk).revoke()
    asking = OutgoingMail.objects.about(application).filter(kind="application_confirm")
    asking.call_off()
    if email != application.contact_email:
        Application.objects.filter(pk=application.pk).update(contact_email=email)
        application.consents.update(given_by_email=email)
        application.contact_email = email
    mails.confirm_address(application)


@transaction.atomic
def confirm(link: AccessLink) -> AccessLink:
    """Take the address as proven, once; returns the link to the status page that the receipt also carries.

    Raises TransitionNotAllowed when the link was closed meanwhile, Application.DoesNotExist when it came too late.
    """
    application = Application.objects.select_for_update().get(pk=link.object_id)
    if not AccessLink.objects.live(now=timezone.now()).filter(pk=link.pk).exists():
        raise TransitionNotAllowed("the link was closed while it was used")
    application.confirm()
    AccessLink.objects.to(access.CONFIRM, application.pk).revoke()
    TimelineEntry.note("E-Mail-Adresse bestätigt, Antrag eingegangen", by=COMPANY, application=application)
    status_link = mails.application_access(application)
    mails.application_received(application, status_link)
    mails.tell_office_of_application(application)
    return status_link


@transaction.atomic
def start_review(application: Application, *, by: AbstractUser) -> None:
    """Take the application on one's desk."""
    application.start_review(by)
    TimelineEntry.note("In Prüfung genommen", by=by, application=application)


@transaction.atomic
def ask(application: Application, text: str, *, by: AbstractUser) -> ApplicationQuestion:
    """Ask the company something; the application waits for the answer."""
    application.wait_for_answer()
    question = application.questions.create(text=text, asked_by=by)
    TimelineEntry.note(f"Rückfrage: {text}", by=by, application=application)
    mails.question_asked(question)
    return question


@transaction.atomic
def answer(application: Application, text: str) -> None:
    """Store the company's answer to the open question; the review goes on."""
    application = _locked(application)
    application.resume_review()
    question = application.questions.get(answered_at=None)
    question.answer, question.answered_at = text, timezone.now()
    question.save(update_fields=["answer", "answered_at"])
    TimelineEntry.note(f"Antwort: {text}", by=COMPANY, application=application)
    mails.tell_office_of_answer(question)


@transaction.atomic
def correct(application: Application, answers: dict[str, object], *, version: int, by: AbstractUser) -> list[str]:
    """Mend what the company typed and leave a trace; returns the labels of the changed fields.

    Raises NotPossible when someone else has changed the application since `version` was read.
    """
    application = _locked(application)
    if not application.is_open:
        raise TransitionNotAllowed
    changes = {
        field: answers[field]
        for field in CORRECTABLE
        if field in answers and answers[field] != getattr(application, field)
    }
    if not changes:
        return []
    unchanged_since = Application.objects.filter(pk=application.pk, version=version)
    if not unchanged_since.update(version=version + 1, **changes):
        raise NotPossible(
            "Jemand hat diesen Antrag inzwischen geändert. Bitte laden Sie die Seite neu und tragen Sie Ihre Änderung noch einmal ein."
        )
    before, after = application, Application.objects.get(pk=application.pk)
    labels = []
    for field in changes:
        label = str(Application._meta.get_field(field).verbose_name)
        labels.append(label)
        TimelineEntry.note(
            f"{label} berichtigt: „{_shown(before, field)}“ → „{_shown(after, field)}“", by=by, application=after
        )
    if "contact_email" in changes:
        AccessLink.objects.to(access.APPLICATION, after.pk).revoke()
        mails.application_link(after)
    return labels


@transaction.atomic
def send_link(application: Application, *, by: AbstractUser) -> None:
    """Mail the company a new link to its status page; older links stay good until they end."""
    if not application.is_confirmed:
        raise TransitionNotAllowed
    mails.application_link(application)
    TimelineEntry.note("Persönlichen Link erneut gesendet", by=by, application=application)


@transaction.atomic
def record_step(
    application: Application, kind: str, *, done_on: date, document: UploadedFile | None, note: str, by: AbstractUser
) -> None:
    """Record a step the pact asks for, or mend what was recorded."""
    application = _locked(application)
    if not application.is_open:
        raise TransitionNotAllowed
    values: dict[str, object] = {"done_on": done_on, "note": note, "recorded_by": by, "recorded_at": timezone.now()}
    if document:
        values |= {"document": document, "document_name": shown_name(document.name)}
    step, _ = ApplicationStep.objects.update_or_create(application=application, kind=kind, defaults=values)
    TimelineEntry.note(
        f"{step}: {done_on:%d.%m.%Y}{', mit Dokument' if document else ''}", by=by, application=application
    )


def missing_steps(application: Application, pact: Pact) -> list[str]:
    """Name the steps that this pact asks for and that are not recorded yet."""
    wanted = {
        ApplicationStep.Kind.ORIENTATION_TALK: pact.uses_orientation_talk,
        ApplicationStep.Kind.LETTER_OF_INTENT: pact.uses_letter_of_intent,
    }
    done = set(application.steps.values_list("kind", flat=True))
    return [kind.label for kind, needed in wanted.items() if needed and kind not in done]


def known_organisation(application: Application) -> Organisation | None:
    """Return the organisation of exactly this name, which then takes the role of a partner too."""
    return Organisation.objects.filter(sort_name=sort_key(application.name)).select_related("partner").first()


@transaction.atomic
def accept(application: Application, *, by: AbstractUser) -> Partner:
    """Make organisation, partner and contacts from the application; nothing is typed twice."""
    # One acceptance at a time: two applications of one name must not become two organisations.
    pact = Pact.objects.select_for_update().get()
    application = _locked(application)
    if not application.may_become(Application.Status.ACCEPTED):
        raise TransitionNotAllowed  # before the checks below, which would blame the name
    missing = missing_steps(application, pact)
    if missing:
        raise NotPossible(f"Bitte tragen Sie zuerst ein: {', '.join(missing)}.")
    organisation = known_organisation(application)
    if organisation and hasattr(organisation, "partner"):
        raise NotPossible(f"„{organisation}“ ist schon als Partner angelegt.")
    makes_organisation = organisation is None
    if makes_organisation:
        organisation = Organisation.objects.create(**{field: getattr(application, field) for field in CORRECTABLE[:8]})
    partner = Partner.objects.create(organisation=organisation, slug=Partner.free_slug(organisation.name))
    application.accept(partner, made_organisation=makes_organisation)
    contact = _create_contacts(application, organisation)
    standing = organisation.consents.standing().values("purpose")
    application.consents.exclude(purpose__in=standing).update(organisation=organisation)
    if Consent.objects.to_publish().filter(organisation=organisation).exists():
        partner.propose()
    TimelineEntry.note("Aufgenommen", by=by, application=application, organisation=organisation)
    mails.application_accepted(application, contact)
    return partner


def _create_contacts(application: Application, organisation: Organisation) -> Contact:
    same_person = application.signatory_name == application.contact_name
    contact = organisation.contacts.create(
        application=application,
        name=application.contact_name,
        function=application.contact_function or (application.signatory_function if same_person else ""),
        email=application.contact_email,
        phone=application.contact_phone,
        is_main=not organisation.contacts.filter(is_main=True).exists(),
        is_signatory=same_person,
    )
    if not same_person:
        organisation.contacts.create(
            application=application,
            name=application.signatory_name,
            function=application.signatory_function,
            is_signatory=True,
        )
    return contact


@transaction.atomic
def reject(application: Application, reason: str, *, by: AbstractUser) -> None:
    """Turn the application down; nobody is entitled to be accepted, but everybody is told why."""
    application.reject(reason)
    TimelineEntry.note(f"Abgelehnt: {reason}", by=by, application=application)
    mails.application_rejected(application)


@transaction.atomic
def undo_decision(application: Application, *, by: AbstractUser) -> bool:
    """Take back acceptance or rejection; returns whether the company may have been told, and hears of this too.

    An acceptance can be undone while nothing is built on it: no agreement, not published.
    """
    application = _locked(application)
    partner, made_organisation = application.partner, application.made_organisation
    application.undo_decision()
    if partner is not None:
        _remove(application, partner, with_organisation=made_organisation)
    decisions = OutgoingMail.objects.about(application).filter(kind__in=mails.DECISIONS)
    decisions.call_off()
    newest = decisions.order_by("-pk")[:1]
    was_told = OutgoingMail.objects.filter(pk__in=newest).may_have_left().exists()
    if was_told:
        mails.decision_undone(application)
    TimelineEntry.note("Entscheidung zurückgenommen", by=by, application=application)
    return was_told


def _remove(application: Application, partner: Partner, *, with_organisation: bool) -> None:
    """Remove what the acceptance made, and nothing else."""
    organisation = partner.organisation
    if partner.publication not in (Partner.Publication.HIDDEN, Partner.Publication.PROPOSED):
        raise NotPossible("Das Profil ist schon veröffentlicht. Die Aufnahme lässt sich nicht mehr zurücknehmen.")
    for contact in organisation.contacts.all():
        AccessLink.objects.to(access.PARTNER, contact.pk).revoke()
    application.timeline.update(organisation=None)
    application.consents.update(organisation=None)
    application.contacts.all().delete()
    try:
        with transaction.atomic():
            partner.delete()
            if with_organisation:
                organisation.delete()
    except models.ProtectedError:
        raise NotPossible(
            "Es gibt schon eine Vereinbarung mit diesem Partner. Die Aufnahme lässt sich nicht mehr zurücknehmen."
        ) from None


@transaction.atomic
def withdraw(application: Application) -> None:
    """The company does not want to go on."""
    application.withdraw()
    TimelineEntry.note("Antrag zurückgezogen", by=COMPANY, application=application)
    mails.application_withdrawn(application)
    mails.tell_office_of_withdrawal(application)


def delete_unconfirmed() -> int:
    """Delete applications whose address nobody proved in the pact's time; returns how many."""
    limit = timezone.now() - timedelta(days=Pact.load().delete_unconfirmed_after_days)
    deleted = 0
    for pk in Application.objects.unconfirmed_since(limit).values_list("pk", flat=True):
        with transaction.atomic():
            stale = Application.objects.unconfirmed_since(limit).select_for_update().filter(pk=pk).first()
            if stale is None:
                continue  # proven at the last moment
            AccessLink.objects.to(access.CONFIRM, stale.pk).delete()
            OutgoingMail.objects.about(stale).delete()
            stale.delete()
            deleted += 1
    return deleted


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


def _shown(application: Application, field: str) -> str:
    display = getattr(application, f"get_{field}_display", None)
    return str(display() if display else getattr(application, field))
