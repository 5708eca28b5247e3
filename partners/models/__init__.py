from partners.models.applicant import Applicant, SavedStep
from partners.models.application import Application
from partners.models.consent import Consent
from partners.models.files import ApplicationFile
from partners.models.interest import Interest
from partners.models.letter import LetterOfIntent
from partners.models.link_request import LinkRequest
from partners.models.merge import Merge, NoDuplicate
from partners.models.note import Note
from partners.models.organisation import Contact, InitialPartner, Organisation, Sector
from partners.models.partner import Partner
from partners.models.profile import DataCheck, ProfileProposal
from partners.models.question import ApplicationQuestion, ApplicationStep
from partners.models.talk import TalkBooking, TalkSlot
from partners.models.timeline import TimelineEntry

__all__ = [
    "Applicant",
    "Application",
    "ApplicationFile",
    "ApplicationQuestion",
    "ApplicationStep",
    "Consent",
    "Contact",
    "DataCheck",
    "InitialPartner",
    "Merge",
    "NoDuplicate",
    "Interest",
    "LetterOfIntent",
    "LinkRequest",
    "Note",
    "Organisation",
    "Partner",
    "ProfileProposal",
    "SavedStep",
    "Sector",
    "TalkBooking",
    "TalkSlot",
    "TimelineEntry",
]
