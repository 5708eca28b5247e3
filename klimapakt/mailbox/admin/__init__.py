"""What the office sees of its mail: importing the modules registers their pages."""

from klimapakt.mailbox.admin import address, incoming, mailing, outgoing, overview, wording

__all__ = ["address", "incoming", "mailing", "outgoing", "overview", "wording"]
