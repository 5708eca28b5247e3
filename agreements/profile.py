from datetime import date

from django.db.models import Exists, OuterRef, Prefetch

from agreements.models import Agreement, Measure
from partners.interfaces import ProfileSection
from partners.models import Consent, Partner


def targets_and_measures(partner: Partner, on: date) -> ProfileSection | None:
    """Targets and public measures of the agreement in force, while the partner consents to their publication."""
    consent = Consent.objects.standing().filter(purpose=Consent.Purpose.MEASURES, organisation=OuterRef("partner__organisation"))
    agreement = (
        Agreement.objects.in_force(on=on)
        .filter(Exists(consent), partner=partner)
        .prefetch_related("targets", Prefetch("measures", Measure.objects.filter(is_public=True), to_attr="public_measures"))
        .order_by("-in_force_from")
        .first()
    )
    if agreement is None or not (agreement.public_measures or agreement.targets.all()):
        return None
    return ProfileSection("agreements/_targets_and_measures.html", agreement)
