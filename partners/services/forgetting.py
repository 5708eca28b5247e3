"""How applications that nobody finished end: deleted at the company's wish, or in the pact's time."""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed
from partners import access
from partners.mails import application as mails
from partners.models import Application
from partners.services import letters


@transaction.atomic
def discard(application: Application) -> None:
    """Delete a draft at the company's wish, with everybody's links and mails."""
    application = application.locked()
    if not application.is_draft:
        raise TransitionNotAllowed("the application was sent meanwhile")
    _delete(application)


def warn_of_deletion(*, now: datetime) -> int:
    """Remind whoever left a draft lying that it will be deleted; returns how many drafts."""
    pact, warned = Pact.load(), 0
    limit = now - timedelta(days=pact.delete_drafts_after_days - pact.warn_of_deletion_days)
    lying = Application.objects.left_lying(since=limit).proven().filter(warned_at=None)
    for pk in lying.values_list("pk", flat=True):
        with transaction.atomic():
            draft = lying.select_for_update(of=("self",)).filter(pk=pk).first()
            if draft is None:
                continue  # saved at the last moment
            for applicant in draft.applicants.present().exclude(proven_at=None):
                mails.draft_ends(applicant, deleted_on=draft.deleted_on(pact))
            Application.objects.filter(pk=pk).update(warned_at=now)
            warned += 1
    return warned


def delete_drafts(*, now: datetime) -> int:
    """Delete drafts that nobody finished in the pact's time, never without the warning before; returns how many."""
    pact = Pact.load()
    limit = now - timedelta(days=pact.delete_drafts_after_days)
    warned_before = now - timedelta(days=pact.warn_of_deletion_days)
    return _delete_each(Application.objects.left_lying(since=limit).proven().filter(warned_at__lte=warned_before))


def _unproven(since: datetime) -> list[models.QuerySet]:
    """Return what lies since that moment because nobody proves an address: what was sent, and drafts."""
    return [Application.objects.unconfirmed_since(since), Application.objects.left_lying(since=since).unproven()]


def _notice(pact: Pact) -> timedelta:
    """Return how long before the deletion somebody is warned: half of a short time is left to prove the address."""
    return timedelta(days=min(pact.warn_of_deletion_days, pact.delete_unconfirmed_after_days // 2))


def warn_of_missing_proof(*, now: datetime) -> int:
    """Ask once more for the proof of an address before what was sent or begun is deleted; returns how many."""
    pact, warned = Pact.load(), 0
    lasts, notice = timedelta(days=pact.delete_unconfirmed_after_days), _notice(pact)
    for unproven in _unproven(now - lasts + notice):
        for pk in unproven.filter(warned_at=None).values_list("pk", flat=True):
            with transaction.atomic():
                found = unproven.select_for_update(of=("self",)).filter(pk=pk, warned_at=None).first()
                if found is None:
                    continue  # proven or saved at the last moment
                ends = max((found.sent_at or found.saved_at) + lasts, now + notice)
                people = found.applicants.present().filter(proven_at=None)
                for applicant in people.filter(pk=found.sent_by_id) if found.sent_at else people:
                    mails.proof_ends(applicant, deleted_on=timezone.localdate(ends))
                Application.objects.filter(pk=pk).update(warned_at=now)
                warned += 1
    return warned


def delete_unconfirmed(*, now: datetime) -> int:
    """Delete what nobody proved an address for in the pact's time, sent or not, never without the warning before.

    Returns how many applications.
    """
    pact = Pact.load()
    outdated = _unproven(now - timedelta(days=pact.delete_unconfirmed_after_days))
    return sum(_delete_each(unproven.filter(warned_at__lte=now - _notice(pact))) for unproven in outdated)


def _delete_each(outdated: models.QuerySet) -> int:
    deleted = 0
    for pk in outdated.values_list("pk", flat=True):
        with transaction.atomic():
            found = outdated.select_for_update(of=("self",)).filter(pk=pk).first()
            if found is None:
                continue  # saved or proven at the last moment
            _delete(found)
            deleted += 1
    return deleted


def _delete(application: Application) -> None:
    for purpose in (access.CONFIRM, access.APPLICATION):
        AccessLink.objects.to(purpose, application.pk).delete()
    OutgoingMail.objects.about(application).delete()
    letters.end_with(application)
    application.delete()
