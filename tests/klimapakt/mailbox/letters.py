"""A kind of mail of the tests, with one placeholder of every sort."""

from klimapakt.mailbox.kinds import CODE, LINK, Kind, Placeholder, Shipped
from klimapakt.mailbox.models import Topic


def given(name: str, *, is_link: bool = False) -> Placeholder:
    """A placeholder that says what the context holds under its name."""
    return Placeholder(f"Was unter {name} steht", lambda context: context.get(name), f"Muster {name}", is_link)


class KindOfTests(Kind):
    """Its words are given in the test."""

    @property
    def shipped(self) -> Shipped:
        return Shipped("Betreff", "Sie erhalten diese Mail, weil {name} es wollte.", "Text")


PROBE = KindOfTests(
    name="probe",
    app="mailbox",
    title="Probe",
    group="Proben",
    when="nie",
    placeholders={
        **{name: given(name) for name in ("name", "firma", "text", "liste", "leer", "größe_2")},
        "seite": given("seite", is_link=True),
        "link": LINK,
        "code": CODE,
    },
    button="Zur Seite",
    topic=Topic.INVITATION,
)
