"""The kinds of mail the portal sends, and what may be filled into each: the apps say it, the office reads it.

An app registers its kinds in `AppConfig.ready()`. The words themselves stand in `templates/<app>/mail/<kind>.txt`
(`wording` says in which grammar) until the office writes its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from django.template.loader import get_template

from klimapakt.mailbox.models import CODE_MARK, LINK_MARK

Context = Mapping[str, object]
"""What a mail is about: the objects that `enqueue` was given, plus `pact` and `base_url`."""


@dataclass(frozen=True)
class Placeholder:
    """One `{name}` of a text.

    `value` finds in the context what stands there; nothing and False are empty. `sample` stands for it where there is
    no example yet. Only with `is_link` the value, an address of the portal itself, becomes a link. `mark` is for what
    is filled in while sending. With `is_needed` nobody can leave it out.
    """

    explanation: str
    value: Callable[[Context], object] = lambda context: ""
    sample: str = ""
    is_link: bool = False
    mark: str = ""
    is_needed: bool = False


LINK = Placeholder(
    "Der persönliche Link, am besten mit einem Satz davor. Er entsteht beim Senden und gilt nur für diese Person.",
    sample="[persönlicher Link]",
    is_link=True,
    mark=LINK_MARK,
)
CODE = Placeholder("Der Code. Er entsteht erst beim Senden und gilt nur einmal.", sample="[Code]", mark=CODE_MARK)


def days(count: int) -> str:
    """Return a number of days after „nach“ or „innerhalb von“."""
    return "einem Tag" if count == 1 else f"{count} Tagen"


VALIDITY = Placeholder("Wie lange der Link gilt", lambda c: f"{c['days']} Tage", "7 Tage")
DELETION = Placeholder(
    "Nach wie vielen Tagen unbestätigte Angaben gelöscht werden",
    lambda c: days(c["pact"].delete_unconfirmed_after_days),
    "30 Tagen",
)

BASE: Mapping[str, Placeholder] = {
    "pakt": Placeholder("Name des Pakts", lambda c: c["pact"].name, "Klimapakt Musterstadt"),
    "stadt": Placeholder("Name der Stadt", lambda c: c["pact"].city, "Musterstadt"),
    "bezeichnung": Placeholder("Wie Partner im Pakt heißen", lambda c: c["pact"].partner_title, "Klimapartner"),
    "vereinbarung": Placeholder(
        "Wie die Vereinbarung mit Partnern heißt", lambda c: c["pact"].agreement_name, "Klimaschutzvereinbarung"
    ),
    "geschaeftsstelle": Placeholder(
        "Name der Geschäftsstelle", lambda c: c["pact"].office_name, "Geschäftsstelle Klimapakt"
    ),
    "telefon": Placeholder("Telefon der Geschäftsstelle", lambda c: c["pact"].office_phone, "0123 456"),
    "startseite": Placeholder(
        "Adresse der Startseite", lambda c: f"{c['base_url']}/", "https://klimapakt.example/", is_link=True
    ),
}
"""What every text may use."""

OFFICE = "Geschäftsstelle"
"""The group of the mails to the office itself."""

EXAMPLES = 5
"""So many occasions are offered at most."""


@dataclass(frozen=True)
class Example:
    """A real or invented occasion to show a text with."""

    label: str
    context: Context


@dataclass(frozen=True)
class Shipped:
    """The words that come with the portal."""

    subject: str
    reason: str
    text: str


@dataclass(frozen=True)
class Kind:
    """One kind of mail. `topic` names what people can unsubscribe from; mails of no topic are duties.

    `when` says to the office what sets it off. `button` stands on the button that a line with only `{link}` becomes;
    mails to the office itself may give `link` a value of their own.
    """

    name: str
    app: str
    title: str
    group: str
    when: str
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict, hash=False)
    button: str = ""
    topic: str = ""
    to_office: bool = False
    examples: Callable[[], Iterable[Example]] = field(default=lambda: [], hash=False)

    @cached_property
    def allowed(self) -> Mapping[str, Placeholder]:
        """All that its text may use, its own first."""
        return {**self.placeholders, **{name: BASE[name] for name in BASE if name not in self.placeholders}}

    @cached_property
    def allowed_in_subject(self) -> Mapping[str, Placeholder]:
        """The same without links and codes: a subject is read by everybody who passes the screen."""
        return {name: one for name, one in self.allowed.items() if not (one.is_link or one.mark)}

    @property
    def shipped(self) -> Shipped:
        """The words that come with the portal."""
        return _shipped(f"{self.app}/mail/{self.name}.txt")

    @property
    def needed(self) -> list[str]:
        """Placeholders without which the mail would be of no use: link, code, and what says so, in the shipped text."""
        return [
            name
            for name, one in self.allowed.items()
            if (one.mark or one.is_needed) and f"{{{name}}}" in self.shipped.text
        ]


@cache
def _shipped(path: str) -> Shipped:
    """Read `Betreff: …`, `Grund: …` (not for mails to the office), an empty line, the text. No Django template."""
    head, _, text = get_template(path).template.source.partition("\n\n")
    subject, *more = head.split("\n")
    if not subject.startswith("Betreff: ") or [line for line in more if not line.startswith("Grund: ")] or more[1:]:
        raise ValueError(f"{path}: wants the lines „Betreff: …“, „Grund: …“ and an empty one before the text")
    reason = more[0].removeprefix("Grund: ") if more else ""
    return Shipped(subject.removeprefix("Betreff: "), reason, text.strip())


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Make kinds of mail known; a name belongs to one kind."""
    for kind in kinds:
        if kind.name in _kinds and _kinds[kind.name] != kind:
            raise ValueError(f"two kinds of mail are called {kind.name}")
        _kinds[kind.name] = kind


def get(name: str) -> Kind:
    """Return a kind by its name. Raises KeyError."""
    return _kinds[name]


def is_registered(name: str) -> bool:
    """Whether there is such a kind; a stored mail may be of one that an earlier release had."""
    return name in _kinds


WITHOUT_TEXTS = {"mailing": "Rundmail", "sample": "Testmail einer Rundmail", "test": "Testmail"}
"""How people call the kinds that are not registered, because the list of texts has none for them."""


def titles() -> dict[str, str]:
    """Return how people call each kind of mail."""
    return {**{kind.name: kind.title for kind in _kinds.values()}, **WITHOUT_TEXTS}


def all_kinds() -> list[Kind]:
    """Return all kinds, in the order of their apps."""
    return list(_kinds.values())
