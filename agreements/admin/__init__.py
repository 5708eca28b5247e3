from agreements.admin.agreement import AgreementAdmin
from agreements.admin.template import TemplateContributionAdmin, TemplateSectionAdmin

__all__ = ["AgreementAdmin", "TemplateContributionAdmin", "TemplateSectionAdmin"]
