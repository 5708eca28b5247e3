from events.admin.event import EventAdmin
from events.admin.guests import InvitationAdmin, RegistrationAdmin

__all__ = ["EventAdmin", "InvitationAdmin", "RegistrationAdmin"]
