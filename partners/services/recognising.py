"""An application is from an organisation that the office knows already; or two that look alike are told apart."""

from collections.abc import Collection

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import F

from klimapakt.mailbox.models import case_of
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Application, NoDuplicate, Organisation, TimelineEntry
from partners.services import choosing
from partners.services.moving import Move, put_back

PEOPLE = "people"
"""Stands among the fields in `known_before`."""

# --- The same organisation --------------------------------------------------------------------------------------------


@transaction.atomic
def recognise(application: Application, organisation: Organisation, *, take: Collection[str], by: AbstractUser) -> None:
    """Note that an application is from this organisation; `take` names the fields it takes over at the acceptance.

    Until then nothing of the organisation changes. Raises TransitionNotAllowed once the application is decided or the
    organisation was merged.
    """
    application = _locked(application)
    organisation = Organisation.objects.select_for_update().filter(pk=organisation.pk).first()
    if not application.is_open or organisation is None:
        raise TransitionNotAllowed("the application is decided, or the organisation was merged")
    differing = {name for one in choosing.differences(organisation, application) for name in one.fields}
    Application.objects.filter(pk=application.pk).update(
        known_as=organisation,
        known_choices=sorted(differing & set(take)),
        known_before=None,
        version=F("version") + 1,
    )
    application.touch()
    TimelineEntry.note(f"Als dieselbe Organisation wie „{organisation}“ erkannt", by=by, application=application)


@transaction.atomic
def forget(application: Application, *, by: AbstractUser) -> None:
    """Take that back, as long as the application is not decided."""
    application = _locked(application)
    if not application.is_open or application.known_as is None:
        raise TransitionNotAllowed("the application is decided, or nobody recognised it")
    TimelineEntry.note(f"Doch nicht dieselbe Organisation wie „{application.known_as}“", by=by, application=application)
    Application.objects.filter(pk=application.pk).update(known_as=None, known_choices=[], version=F("version") + 1)
    application.touch()


def take_over(application: Application) -> Organisation | None:
    """Return the organisation that the application was recognised as, with the chosen answers; None if it is new.

    Part of an acceptance, in its transaction and under its lock. Raises TransitionNotAllowed when it was merged.
    """
    if application.known_as_id is None:
        return None
    organisation = Organisation.objects.select_for_update().filter(pk=application.known_as_id).first()
    if organisation is None:
        raise TransitionNotAllowed("the organisation was merged into another one")
    taken = choosing.take(organisation, application, application.known_choices)
    Application.objects.filter(pk=application.pk).update(known_before=taken)
    return Organisation.objects.get(pk=organisation.pk)


def remember(application: Application, changes: Collection[Move]) -> None:
    """Note what the acceptance changed in the people whom the office knew already."""
    if changes:
        before = Application.objects.values_list("known_before", flat=True).get(pk=application.pk) or {}
        before[PEOPLE] = [change.as_json() for change in changes]
        Application.objects.filter(pk=application.pk).update(known_before=before)


def give_back(application: Application) -> None:
    """Restore what the acceptance changed in the organisation; part of undoing it. What somebody changed since stays."""
    if application.known_before is None:
        return
    before = dict(application.known_before)
    put_back(Move.of_json(stored) for stored in before.pop(PEOPLE, []))
    if application.known_as is not None:
        choosing.give_back(application.known_as, before)
    Application.objects.filter(pk=application.pk).update(known_before=None)


# --- Not the same -----------------------------------------------------------------------------------------------------


@transaction.atomic
def tell_apart(one: models.Model, other: models.Model, *, by: AbstractUser) -> None:
    """Remember that two records that look alike are different ones; doing it twice is doing it once."""
    if type(one) is type(other) and one.pk == other.pk:
        raise NotPossible("Das ist ein und derselbe Eintrag.")
    first, second = sorted([case_of(one), case_of(other)])
    _, is_new = NoDuplicate.objects.get_or_create(first=first, second=second, defaults={"by": by})
    if is_new:
        _note(one, other, "Keine Dublette von", by)


@transaction.atomic
def look_again(one: models.Model, other: models.Model, *, by: AbstractUser) -> None:
    """Show the two to each other again."""
    first, second = sorted([case_of(one), case_of(other)])
    if NoDuplicate.objects.filter(first=first, second=second).delete()[0]:
        _note(one, other, "Vielleicht doch eine Dublette von", by)


def _note(one: models.Model, other: models.Model, words: str, by: AbstractUser) -> None:
    for case, against in ((one, other), (other, one)):
        if isinstance(case, Application | Organisation):
            TimelineEntry.note(f"{words} „{against}“", by=by, **{case._meta.model_name: case})


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).select_related("known_as").get(pk=application.pk)
