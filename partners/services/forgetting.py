"""How applications that nobody finished end: deleted at the company's wish, or in the pact's time."""

from datetime import datetime, timedelta

from django.db import models, transaction

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
    for pk in Application.objects.left_lying(since=limit).filter(warned_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            draft = (
                Application.objects.left_lying(since=limit).select_for_update().filter(pk=pk, warned_at=None).first()
            )
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
    return _delete_each(Application.objects.left_lying(since=limit).filter(warned_at__lte=warned_before))


def delete_unconfirmed(*, now: datetime) -> int:
    """Delete what nobody proved an address for in the pact's time, sent or not; returns how many applications."""
    limit = now - timedelta(days=Pact.load().delete_unconfirmed_after_days)
    drafts = Application.objects.left_lying(since=limit).unproven()
    return _delete_each(Application.objects.unconfirmed_since(limit)) + _delete_each(drafts)


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
