"""What comes into the office's mailbox: notices that a mail did not arrive, and answers of people we know."""

from klimapakt.mailbox.inbox.reading import read

__all__ = ["read"]
