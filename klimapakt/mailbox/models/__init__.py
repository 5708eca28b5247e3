from klimapakt.mailbox.models.address import AddressProblem, OptOut, Topic
from klimapakt.mailbox.models.attachment import MailAttachment
from klimapakt.mailbox.models.incoming import IncomingMail, ReadMark
from klimapakt.mailbox.models.mailing import EditedMeanwhile, Mailing
from klimapakt.mailbox.models.marks import CODE_MARK, LINK_MARK, SHOWN_AS, UNSUBSCRIBE_MARK, shown
from klimapakt.mailbox.models.outgoing import OutgoingMail, new_message_id
from klimapakt.mailbox.models.queue import GIVE_UP_AFTER_ATTEMPTS, RETRY_AFTER, OutgoingMailQuerySet, case_of
from klimapakt.mailbox.models.state import MailboxState
from klimapakt.mailbox.models.wording import MailWording

__all__ = [
    "CODE_MARK",
    "GIVE_UP_AFTER_ATTEMPTS",
    "LINK_MARK",
    "RETRY_AFTER",
    "SHOWN_AS",
    "UNSUBSCRIBE_MARK",
    "AddressProblem",
    "EditedMeanwhile",
    "IncomingMail",
    "MailAttachment",
    "MailWording",
    "MailboxState",
    "Mailing",
    "OptOut",
    "OutgoingMail",
    "OutgoingMailQuerySet",
    "ReadMark",
    "Topic",
    "case_of",
    "new_message_id",
    "shown",
]
