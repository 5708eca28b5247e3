"""What a process can die in while a file is received and examined (tests.killed)."""

from klimapakt.uploads import decoding
from klimapakt.uploads.profiles import PNG
from tests.killed import Act

RECEIVING = ("klimapakt/uploads/receiving.py", "klimapakt/uploads/models.py", "klimapakt/uploads/names.py")
EXAMINING = ("klimapakt/uploads/examining.py", "klimapakt/uploads/models.py", "klimapakt/states.py")


def receive() -> None:
    from klimapakt.uploads.receiving import receive
    from partners.models import Organisation
    from tests.klimapakt.uploads.sample import file

    receive(file("a png"), profile="logo", about=Organisation.objects.get())


def examine() -> None:
    from klimapakt.uploads import examining

    decoding.draw_again = lambda content, longest_side: (PNG, b"drawn again")  # its own process is not ours
    examining.examine_next()


ACTS = {"receive": Act(receive, RECEIVING), "examine": Act(examine, EXAMINING)}
