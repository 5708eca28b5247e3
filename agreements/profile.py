from datetime import date

from agreements.models import Measure, Target
from partners.interfaces import ProfileSection
from partners.models import Partner


def targets_and_measures(partner: Partner, on: date) -> ProfileSection | None:
    """Targets and released measures, while the partner consents to their publication."""
    targets = list(Target.objects.public(on=on).filter(agreement__partner=partner))
    measures = list(Measure.objects.public(on=on).filter(agreement__partner=partner))
    if not targets and not measures:
        return None
    return ProfileSection("agreements/_targets_and_measures.html", {"targets": targets, "measures": measures})
