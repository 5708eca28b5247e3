"""The pact's template: what every new draft begins with."""

from agreements.models.terms import ClauseText, ContributionText


class TemplateSection(ClauseText):
    class Meta(ClauseText.Meta):
        verbose_name = "Abschnitt der Vorlage"
        verbose_name_plural = "Vorlage: Abschnitte"


class TemplateContribution(ContributionText):
    class Meta(ContributionText.Meta):
        verbose_name = "Beitrag der Stadt in der Vorlage"
        verbose_name_plural = "Vorlage: Beiträge der Stadt"
