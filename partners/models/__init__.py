from partners.models.application import Application, ApplicationQuestion, ApplicationStep
from partners.models.consent import Consent
from partners.models.organisation import Contact, InitialPartner, Organisation, Sector
from partners.models.partner import Partner
from partners.models.timeline import TimelineEntry

__all__ = [
    "Application",
    "ApplicationQuestion",
    "ApplicationStep",
    "Consent",
    "Contact",
    "InitialPartner",
    "Organisation",
    "Partner",
    "Sector",
    "TimelineEntry",
]
