"""What the public may ask the list of partners."""

from django import forms

from partners.models import Sector


class PartnerFilter(forms.Form):
    """What the public may narrow the list down by; nonsense counts as nothing chosen."""

    q = forms.CharField(required=False, max_length=100)
    branche = forms.ChoiceField(required=False, choices=Sector.choices)

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {"words": self.cleaned_data.get("q", ""), "sector": self.cleaned_data.get("branche", "")}
