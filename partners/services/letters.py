"""The letter of intent: read, signed online with a code, kept as a PDF, and taken back by one button.

It gives no rights; the office alone sees it. Who signs is proven twice: by the personal link, and by a code that was
mailed to the link's own address (docs/decisions/0008).
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils import timezone

from klimapakt.documents import archive
from klimapakt.documents.models import Document
from klimapakt.links import codes
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.pact.models import Pact
from klimapakt.states import TransitionNotAllowed
from partners.mails import letter as mails
from partners.models import Application, ApplicationStep, Interest, LetterOfIntent
from partners.models.letter import fingerprint
from partners.models.prospect import Prospect
from partners.services import prospects

NO_RIGHTS = (
    "Diese Erklärung hält eine Absicht fest. Rechte und Pflichten entstehen daraus für keine Seite. Sie lässt sich "
    "jederzeit zurückziehen, und nur die Geschäftsstelle sieht sie."
)
IN_BRACES = re.compile(r"\{(organisation|stadt|pakt)\}")
"""What the office can write into the text of the letter: whose it is, the city, the pact."""


@dataclass(frozen=True)
class Wording:
    """What somebody reads and signs: the pact's words for this company."""

    text: str
    organisation: str

    @property
    def sha256(self) -> str:
        return fingerprint(self.text)

    @property
    def statement(self) -> str:
        """The sentence that the person ticks."""
        return f"Ich bin berechtigt, für „{self.organisation}“ zu sprechen, und unterschreibe diese Absichtserklärung."


def is_used(pact: Pact) -> bool:
    """Whether letters are signed online here; else they come on paper."""
    return pact.signs_letters_online


def wording_for(prospect: Prospect, pact: Pact) -> Wording:
    """Return the words as they are now. Filling is one plain replacement: what is filled in is never read again."""
    values = {"organisation": prospect.organisation, "stadt": pact.city, "pakt": pact.name}
    filled = IN_BRACES.sub(lambda found: values[found[1]], pact.letter_of_intent.strip())
    head = f"Absichtserklärung von {prospect.organisation}\n{pact.name}"
    text = unicodedata.normalize("NFC", "\n\n".join([head, filled, NO_RIGHTS]))
    return Wording(text, prospect.organisation)


def current(prospect: Prospect) -> LetterOfIntent | None:
    """Return the letter that the company has signed and not taken back."""
    return LetterOfIntent.objects.of(prospect).standing().select_related("interest", "application").first()


@transaction.atomic
def send_code(prospect: Prospect, *, request: HttpRequest, link: AccessLink) -> None:
    """Mail a code for this browser; older ones end.

    Raises TransitionNotAllowed when the letter is signed already, NotPossible after too many codes or when the company
    is not open any more.
    """
    prospect = prospects.locked(prospect)
    if current(prospect):
        raise TransitionNotAllowed("the letter is signed already")
    mails.signing_code(prospect, codes.issue(request, link))


@transaction.atomic
def sign(
    prospect: Prospect, *, sha256: str, name: str, function: str, code: OneTimeCode, link: AccessLink
) -> LetterOfIntent:
    """Sign exactly the words whose hash the person's page showed, once.

    `code` is what `codes.check` returned. Raises TransitionNotAllowed when the words have changed meanwhile, somebody
    of the company has signed, or the code was used before; then nothing is signed.
    """
    prospect = prospects.locked(prospect)
    pact = Pact.load()
    wording = wording_for(prospect, pact)
    if not is_used(pact) or current(prospect) or sha256 != wording.sha256:
        raise TransitionNotAllowed("another text than the one shown was to be signed")
    if code.link_id != link.pk:
        raise TransitionNotAllowed("the code was sent for something else")
    code.use()
    letter = LetterOfIntent.objects.create(
        interest=prospect.interest,
        application=prospect.application,
        organisation=prospect.organisation,
        name=name,
        function=function,
        email=link.email,
        text=wording.text,
        sha256=sha256,
        statement=wording.statement,
        evidence={"link": str(link.pk), "code": str(code.pk), "code_sent_at": code.created_at.isoformat()},
        is_invented=pact.has_trial_data and link.email.endswith(".example"),  # goes with the trial
    )
    prospects.record_step(letter, ApplicationStep.Kind.LETTER_OF_INTENT)
    prospects.note(letter.case, f"Absichtserklärung unterschrieben von {name}, {function}")
    archive.order(
        mails.LETTER,
        key=_key(letter),
        name=f"Absichtserklärung {letter.organisation}.pdf",
        html=html(letter, pact),
        about=letter,
        is_kept=True,
        is_invented=letter.is_invented,
    )
    mails.tell_office(letter)
    return letter


@transaction.atomic
def withdraw(prospect: Prospect, letter: LetterOfIntent) -> None:
    """Take the letter back, at any time, as its words promise; it stays in the history.

    Raises TransitionNotAllowed when that happened before.
    """
    prospect = prospects.held(prospect)
    letter = LetterOfIntent.objects.of(prospect).select_related("interest", "application").get(pk=letter.pk)
    letter.withdraw()
    prospects.take_back_step(letter)
    prospects.note(letter.case, "Absichtserklärung zurückgezogen")
    mails.withdrawn(letter)
    mails.tell_office(letter)


@transaction.atomic
def end_with(case: Interest | Application) -> None:
    """Withdraw what was signed for a case that is about to be deleted: nobody could take it back any more.

    Nobody is told: the deletion itself has its mails. Call with the case held.
    """
    for letter in LetterOfIntent.objects.ending_with(case):
        letter.withdraw()


def withdraw_orphans() -> int:
    """Withdraw letters whose inquiry and application ended at the same moment, each leaving them to the other.

    Returns how many. Running twice does no harm.
    """
    withdrawn = 0
    for letter in LetterOfIntent.objects.standing().filter(interest=None, application=None):
        with suppress(TransitionNotAllowed):  # another worker was quicker
            letter.withdraw()
            withdrawn += 1
    return withdrawn


@transaction.atomic
def take_note(letter: LetterOfIntent, *, by: AbstractUser) -> None:
    """Somebody of the office has read it. Raises TransitionNotAllowed when that happened before."""
    if not LetterOfIntent.objects.filter(pk=letter.pk, seen_at=None).update(seen_at=timezone.now(), seen_by=by):
        raise TransitionNotAllowed(f"letter {letter.pk} was read before")
    prospects.note(letter.case, "Absichtserklärung zur Kenntnis genommen", by=by)


# --- The file ---------------------------------------------------------------------------------------------------------


def file_of(letter: LetterOfIntent) -> Document | None:
    return Document.objects.filter(key=_key(letter)).first()


def html(letter: LetterOfIntent, pact: Pact) -> str:
    """Return the page that becomes the PDF."""
    return get_template("partners/pdf/letter_of_intent.html").render({"letter": letter, "pact": pact})


def _key(letter: LetterOfIntent) -> str:
    return f"{mails.LETTER}:{letter.pk}"
