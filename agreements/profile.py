from datetime import date

from agreements.models import Measure, Target
from klimapakt.statement import Statement
from partners.interfaces import ProfileSection
from partners.models import Partner

_TARGETS = Statement(lambda partner, on: Target.objects.public(on=on).filter(agreement__partner=partner))
_MEASURES = Statement(lambda partner, on: Measure.objects.public(on=on).filter(agreement__partner=partner))


def targets_and_measures(partner: Partner, on: date) -> ProfileSection | None:
    """Targets and released measures, while the partner consents to their publication."""
    targets, measures = _TARGETS(partner=partner.pk, on=on), _MEASURES(partner=partner.pk, on=on)
    if not targets and not measures:
        return None
    return ProfileSection("agreements/_targets_and_measures.html", {"targets": targets, "measures": measures})
