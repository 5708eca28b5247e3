"""The people of a mailing, and how far it is."""

from klimapakt.mailbox import mailing
from klimapakt.mailbox.models import Mailing
from tests.factories import ContactFactory, PartnerFactory


def person(name: str, **fields) -> object:
    """A contact of a new Klimapartner."""
    organisation = fields.pop("organisation", None) or PartnerFactory(listed=True).organisation
    return ContactFactory(name=name, organisation=organisation, **fields)


def states_of(found: Mailing) -> dict[str, int]:
    return mailing.progress(found).counts
