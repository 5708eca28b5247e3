"""Log lines without tokens, addresses and rows of the database: the last net, below code that logs neither."""

import logging
import re
import time

PERSONAL_LINK = re.compile(r"/(z|abbestellen)/[^/\s\"'?]+")
MAIL_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
ROW = re.compile(
    r"(?:\n|\\n)(?:DETAIL|CONTEXT): .*?"
    r"(?=\n\n(?:The above exception was the direct cause of the following exception|"
    r"During handling of the above exception, another exception occurred):\n\nTraceback |\Z)",
    re.DOTALL,
)
"""What Postgres quotes of a refused row: from there to the end of its message, in a traceback or in a `repr`."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def mask(text: str) -> str:
    """Return `text` without rows of the database, and with links, mail addresses, control characters made harmless."""
    text = ROW.sub(" [row]", text)
    text = PERSONAL_LINK.sub(r"/\1/[link]", text)
    text = MAIL_ADDRESS.sub("[address]", text)
    return CONTROL.sub("?", text)


class HidePrivateData(logging.Filter):
    """Merge a record's arguments and mask the result; a traceback keeps its frames, not what is private in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a wrong call costs its arguments, not the request
            message = str(record.msg)
        record.msg, record.args = mask(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:  # another handler may have made it before
            record.exc_text = mask(record.exc_text)
        return True


class UtcFormatter(logging.Formatter):
    """One line a record, time in UTC with seconds."""

    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
