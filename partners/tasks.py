from django.utils import timezone

from klimapakt.celery import app
from partners.services import asked_links, forgetting, interest, letters, merging, profile, receipts, talks


@app.task(name="partners.delete_unconfirmed_applications")
def delete_unconfirmed_applications() -> None:
    """Ask once more for the proof of an address, then forget applications without. Runs nightly; twice does no harm."""
    now = timezone.now()
    forgetting.warn_of_missing_proof(now=now)
    forgetting.delete_unconfirmed(now=now)


@app.task(name="partners.end_drafts")
def end_drafts() -> None:
    """Warn of drafts that lie, then delete them. Runs nightly; running twice does no harm."""
    now = timezone.now()
    forgetting.warn_of_deletion(now=now)
    forgetting.delete_drafts(now=now)


@app.task(name="partners.send_receipts")
def send_receipts() -> None:
    """Send the receipts whose PDF could not be made. Runs often; running twice does no harm."""
    receipts.send_without_copy(now=timezone.now())


@app.task(name="partners.send_asked_links")
def send_asked_links() -> None:
    """Mail the links that were asked for. Runs every minute; running twice does no harm."""
    asked_links.send_all()


@app.task(name="partners.delete_interests")
def delete_interests() -> None:
    """Close inquiries that became applications, forget what nobody confirmed and what is long done. Runs nightly."""
    now = timezone.now()
    interest.close_applied()
    interest.delete_unconfirmed(now=now)
    interest.delete_closed(now=now)
    letters.withdraw_orphans()


@app.task(name="partners.remind_of_talks")
def remind_of_talks() -> None:
    """End talks of companies that do not go on or were deleted, then remind of the others. Runs often; twice no harm."""
    now = timezone.now()
    talks.call_off_ended(now=now)
    talks.forget_orphans()
    talks.remind(now=now)


@app.task(name="partners.check_data")
def check_data() -> None:
    """Ask partners once in the pact's months whether their data is right, and remind once. Running twice does no harm."""
    now = timezone.now()
    profile.ask_for_data_checks(now=now)
    profile.remind_of_data_checks(now=now)


@app.task(name="partners.follow_merges")
def follow_merges() -> None:
    """Let follow what came to a merged record in the moment of its merge. Runs often; twice does no harm."""
    merging.follow_all_late(now=timezone.now())
