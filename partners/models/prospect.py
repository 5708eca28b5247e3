"""Who is on the way into the pact and no partner yet: interested, applying, or one after the other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from klimapakt.fields import LineField, MailField

if TYPE_CHECKING:
    from partners.models.application import Application
    from partners.models.interest import Interest


@dataclass(frozen=True)
class Prospect:
    """A person of a company with a personal link to an interest or an application.

    An application that grew out of an interest is the same company: both are known then.
    """

    interest: "Interest | None"
    application: "Application | None"
    organisation: str
    name: str
    email: str
    is_proven: bool

    @property
    def case(self) -> "Interest | Application":
        """What the office files things under."""
        return self.application or self.interest


class OfProspectQuerySet(models.QuerySet):
    def of(self, prospect: Prospect) -> Self:
        """All of one company, whether from the time when it was interested or since it applies."""
        own = Q(pk__in=[])
        if prospect.interest is not None:
            own |= Q(interest=prospect.interest)
        if prospect.application is not None:
            own |= Q(application=prospect.application)
        return self.filter(own)


class OfProspect(models.Model):
    """A row about such a company. It says who that was, also after a draft or an interest was deleted."""

    interest = models.ForeignKey(
        "partners.Interest",
        null=True,
        on_delete=models.SET_NULL,
        editable=False,
        verbose_name="Interesse",
    )
    application = models.ForeignKey(
        "partners.Application",
        null=True,
        on_delete=models.SET_NULL,
        editable=False,
        verbose_name="Antrag",
    )
    step = models.OneToOneField(
        "partners.ApplicationStep", null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    """The step of the application that this row recorded; goes away with it."""
    organisation = LineField("Organisation", editable=False)
    name = LineField("Name", editable=False)
    email = MailField("E-Mail", editable=False)
    is_invented = models.BooleanField("erfunden (Testbetrieb)", default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def case(self) -> "Interest | Application | None":
        """What the office files this under; None once that was deleted."""
        return self.application or self.interest

    @property
    def open_case(self) -> "Interest | Application | None":
        """What the office can open of it: a draft is the company's."""
        return self.interest if self.application is None or self.application.is_draft else self.application
