from partners.admin.application import ApplicationAdmin
from partners.admin.partner import InitialPartnerAdmin, OrganisationAdmin, PartnerAdmin

__all__ = ["ApplicationAdmin", "InitialPartnerAdmin", "OrganisationAdmin", "PartnerAdmin"]
