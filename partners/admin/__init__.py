from partners.admin.application import ApplicationAdmin
from partners.admin.interest import InterestAdmin
from partners.admin.letter import LetterAdmin
from partners.admin.merge import MergeAdmin
from partners.admin.partner import InitialPartnerAdmin, OrganisationAdmin, PartnerAdmin
from partners.admin.profile import ProfileProposalAdmin
from partners.admin.talk import TalkSlotAdmin

__all__ = [
    "ApplicationAdmin",
    "InitialPartnerAdmin",
    "InterestAdmin",
    "LetterAdmin",
    "MergeAdmin",
    "OrganisationAdmin",
    "PartnerAdmin",
    "ProfileProposalAdmin",
    "TalkSlotAdmin",
]
