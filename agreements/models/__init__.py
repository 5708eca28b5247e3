from agreements.models.agreement import Agreement
from agreements.models.template import TemplateContribution, TemplateSection
from agreements.models.terms import Clause, Contribution, Measure, Target
from agreements.models.version import Opening, Response, Signature, Version

__all__ = [
    "Agreement",
    "Clause",
    "Contribution",
    "Measure",
    "Opening",
    "Response",
    "Signature",
    "Target",
    "TemplateContribution",
    "TemplateSection",
    "Version",
]
