"""The office asks about an application, the company answers and mends what was asked about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from klimapakt.text import quoted
from partners import steps
from partners.mails import application as mails
from partners.models import Applicant, Application, ApplicationQuestion, TimelineEntry
from partners.models.timeline import COMPANY
from partners.services import applying
from partners.sheet import change_in_words


@dataclass(frozen=True)
class Asked:
    """A question to ask; `field` names the answer it is about, if it is about one."""

    text: str
    field: str = ""


@dataclass(frozen=True)
class Reply:
    """What somebody says to a question: words, another value for the field asked about, or both.

    `shown` is the value that the page showed. Without a change `value` is the same.
    """

    question: int
    text: str = ""
    value: object = None
    shown: object = None


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else changed while this reply was written; nothing of the reply was stored."""

    question: ApplicationQuestion
    value: object


@transaction.atomic
def ask(application: Application, questions: Sequence[Asked], *, by: AbstractUser) -> list[ApplicationQuestion]:
    """Ask the company all this in one mail; the application waits until the last answer is there.

    Raises NotPossible when a question about one of these fields is open already.
    """
    application = application.locked()
    if application.status != Application.Status.QUERY:
        application.wait_for_answer()
    fields = [question.field for question in questions if question.field]
    taken = set(application.questions.open().filter(field__in=fields).values_list("field", flat=True))
    taken |= {field for field in fields if fields.count(field) > 1}
    if taken:
        labels = ", ".join(f"„{steps.label_of(field)}“" for field in steps.FIELDS if field in taken)
        raise NotPossible(f"Zu einer Angabe kann nur eine Frage offen sein: {labels}. Bitte fassen Sie sie zusammen.")
    application.touch()
    asked = [
        application.questions.create(text=question.text, field=question.field, asked_by=by) for question in questions
    ]
    for question in asked:
        about = f" zu „{question.about}“" if question.field else ""
        TimelineEntry.note(f"Rückfrage{about}: {question.text}", by=by, application=application)
    mails.questions_asked(application, asked)
    return asked


@transaction.atomic
def answer(application: Application, replies: Sequence[Reply], *, by: Applicant | AbstractUser) -> list[Conflict]:
    """Store what was answered; with the last answer the review goes on and the office hears of it once.

    Of two people who answer the same question, the second's words stand below the first's. Of two who change the
    same field, the second is asked: such replies are returned and not stored. Raises TransitionNotAllowed once the
    application is decided or withdrawn, or this person removed.
    """
    application = application.locked()
    if not application.is_open:
        raise TransitionNotAllowed("the application was decided meanwhile")
    if isinstance(by, Applicant) and not application.applicants.present().filter(pk=by.pk).exists():
        raise TransitionNotAllowed("this person was removed meanwhile")
    was_waiting = application.status == Application.Status.QUERY
    conflicts, last = [], None
    for reply in replies:
        question = application.questions.get(pk=reply.question)
        is_change = question.field and reply.value != reply.shown
        stored = getattr(application, question.field) if question.field else None
        if is_change and stored not in (reply.shown, reply.value):
            conflicts.append(Conflict(question, stored))
        elif said := _said(application, question, reply, is_change=is_change and stored != reply.value, by=by):
            _note(question, said, by=by)
            last = question
    if last is None:
        return conflicts
    application.touch()
    if was_waiting and not application.questions.open().exists():
        application.resume_review()
    if application.status != Application.Status.QUERY and isinstance(by, Applicant):
        mails.tell_office_of_answer(last)
    return conflicts


def _said(
    application: Application,
    question: ApplicationQuestion,
    reply: Reply,
    *,
    is_change: bool,
    by: Applicant | AbstractUser,
) -> str:
    """Change the field if the reply says so; returns what is new in this reply, in words."""
    change = _change(application, question.field, reply.value, by=by) if is_change else ""
    said = "\n\n".join(filter(None, [change, reply.text]))
    is_repeated = question.answered_at and question.answered_by == str(by) and said in question.answer
    return "" if is_repeated else said


def _change(application: Application, field: str, value: object, *, by: Applicant | AbstractUser) -> str:
    label, before = steps.label_of(field), getattr(application, field)
    changed = change_in_words(field, before, value)
    Application.objects.filter(pk=application.pk).update(
        **{field: value}, version=application.version + 1, touched_at=timezone.now()
    )
    application.refresh_from_db()
    TimelineEntry.note(f"{label} geändert: {changed}", by=_actor(by), application=application)
    if field == "contact_email" and value and isinstance(by, Applicant):
        _invite_contact(application, by=by)
    return f"{label} geändert: {changed}"


def _invite_contact(application: Application, *, by: Applicant) -> None:
    """Give the new contact a link of her or his own; nobody has proven that address yet."""
    if not application.applicants.present().filter(email__iexact=application.contact_email).exists():
        applying.invite(application, name=application.contact_name, email=application.contact_email, by=by)


def _note(question: ApplicationQuestion, said: str, *, by: Applicant | AbstractUser) -> None:
    if question.answered_at:
        question.answer = f"{question.answer}\n\nErgänzung von {_name(by)}: {said}"
    else:
        question.answer, question.answered_by = said, _name(by)
    question.answered_at = timezone.now()
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    TimelineEntry.note(f"Antwort auf {quoted(question.text)}: {said}", by=_actor(by), application=question.application)


@transaction.atomic
def take_back(application: Application, questions: Collection[int], *, by: AbstractUser) -> bool:
    """Say that open questions have settled themselves; returns whether the company may have read them.

    Once none is open the review goes on.
    """
    application = application.locked()
    found = list(application.questions.open().filter(pk__in=questions))
    if not found:
        raise TransitionNotAllowed("somebody has answered meanwhile")
    application.touch()
    application.questions.filter(pk__in=[question.pk for question in found]).update(taken_back_at=timezone.now())
    for question in found:
        TimelineEntry.note(f"Rückfrage zurückgenommen: {question.text}", by=by, application=application)
    asked = OutgoingMail.objects.about(application).filter(kind="application_question")
    if not application.questions.open().exists():
        application.resume_review()
        asked.call_off()
    return asked.may_have_left().exists()


def _name(person: Applicant | AbstractUser) -> str:
    return str(person) if isinstance(person, Applicant) else person.get_full_name() or person.get_username()


def _actor(person: Applicant | AbstractUser) -> AbstractUser | str:
    """Return who stands in the timeline: a person of the office by name, or else the company."""
    return f"{person} ({COMPANY})" if isinstance(person, Applicant) else person
