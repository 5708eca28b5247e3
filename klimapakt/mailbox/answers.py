"""What the mail server's answers mean for a mail: refused for ever, not now, nobody knows, or stop altogether."""

from klimapakt.mailbox import addresses

SLOW_DOWN = {421, 432, 451}
"""Answers that are not about one mail: the server wants fewer of them, or fewer sessions (432, Exchange Online)."""


class Refused(Exception):
    """The server will never take this mail; `sentence` says it to the office.

    `is_about_address`: it takes none for this recipient. `is_our_fault`: it takes none like this from the portal.
    """

    def __init__(
        self, sentence: str, *, code: int | None = None, is_about_address: bool = False, is_our_fault: bool = False
    ) -> None:
        super().__init__(f"answer {code}")
        self.sentence, self.code = sentence, code
        self.is_about_address, self.is_our_fault = is_about_address, is_our_fault


class TryLater(Exception):
    """The mail was not sent and may go through another time.

    `server_is_down`: no other mail would now. `slows`: so shall none be tried for a while.
    """

    def __init__(
        self, sentence: str, *, reason: str, code: int | None = None, server_is_down: bool = True, slows: bool = False
    ) -> None:
        super().__init__(reason)
        self.sentence, self.reason, self.code = sentence, reason, code
        self.server_is_down, self.slows = server_is_down or slows, slows


class AnswerLost(Exception):
    """The final dot has gone and no answer came: nobody knows whether the server took the mail."""


class Stop(Exception):
    """No mail may be tried until a person has mended the settings; `sentence` says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__("login refused")
        self.sentence = sentence


class Answer(Exception):
    """The server did not say what it must for the dialogue to go on."""

    def __init__(self, stage: str, code: int, text: bytes) -> None:
        super().__init__(f"{stage} {code}")
        self.stage, self.code, self.text = stage, code, text


def meaning_of(answer: Answer) -> Refused | TryLater:
    """Return what an answer other than the expected one says of the mail; the sentence tells it to the office."""
    code, status = answer.code, addresses.status_in(answer.text)
    if 400 <= code < 500:
        return TryLater(
            f"Der Mailserver bittet um Geduld (Antwort {code}). Das Portal versucht es weiter.",
            reason=f"{answer.stage} answered {code}",
            code=code,
            server_is_down=False,
            slows=code in SLOW_DOWN,
        )
    if not 500 <= code < 600:
        return TryLater(
            "Der Mailserver antwortet unverständlich. Das Portal versucht es weiter.",
            reason=f"{answer.stage} answered {code}",
        )
    if answer.stage == "RCPT" and code != 530 and not status.startswith("5.7."):
        return Refused(f"{addresses.why(status)} (Antwort {code})", code=code, is_about_address=True)
    if code == 552 or status == "5.3.4":
        return Refused(
            f"Die Mail ist dem Mailserver zu groß (Antwort {code}). Bitte senden Sie sie ohne Anhang.", code=code
        )
    return Refused(f"Der Mailserver hat diese Mail abgelehnt (Antwort {code}).", code=code, is_our_fault=True)
