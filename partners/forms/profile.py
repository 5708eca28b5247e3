"""What a company may say about itself on its own pages. Each form carries a mark of what its page showed."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout, Row, Submit
from django import forms

from partners.models import Partner, ProfileProposal
from partners.models.profile import FIELDS

TYPED = [field for field in FIELDS if field != "logo_id"]
"""What is typed; the logo has a page of its own."""

QUOTE_NOTICE = (
    "<p>Zitat und Logo zeigen wir nur, solange Ihre Einwilligung „Veröffentlichung von Zitat und Logo“ besteht.</p>"
)


class ShownForm(forms.Form):
    """`shown` says what the page showed."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def renew(self, shown: str) -> None:
        """Take what stands now as shown, and keep what was typed."""
        self.data = self.data.copy()
        self.data["shown"] = shown


class ProfileForm(ShownForm, forms.ModelForm):
    """The public data as the company would like it."""

    class Meta:
        model = ProfileProposal
        fields = TYPED
        labels = {"text": "Profiltext", "links": "Links"}
        help_texts = {
            "name": "Mit Rechtsform, zum Beispiel „Musterbäckerei GmbH“.",
            "employees": "Veröffentlicht wird nur die Größenklasse, zum Beispiel „10 bis 49“.",
            "website": "Zum Beispiel www.musterbetrieb.de",
            "text": "In einfachen Worten: wer Sie sind und was Sie für das Klima tun. Höchstens 1.500 Zeichen.",
            "quote": "Ein Satz, warum Sie mitmachen. Höchstens 300 Zeichen.",
            "quote_person": "Name und Funktion, zum Beispiel „Erika Muster, Geschäftsführerin“.",
            "links": "Zum Beispiel zu Ihrem Klimabericht. Höchstens fünf Adressen, jede in einer eigenen Zeile.",
        }
        widgets = {
            "text": forms.Textarea(attrs={"rows": 8}),
            "quote": forms.Textarea(attrs={"rows": 3}),
            "links": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, data: Any = None, *, draft: dict[str, object], shown: str) -> None:
        super().__init__(
            data, initial={**draft, "shown": shown}, instance=ProfileProposal(**{f: draft[f] for f in TYPED})
        )
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        self.fields["website"].widget.attrs["autocomplete"] = "url"
        self.fields["street"].widget.attrs["autocomplete"] = "street-address"
        self.fields["postal_code"].widget.attrs["autocomplete"] = "postal-code"
        self.fields["place"].widget.attrs["autocomplete"] = "address-level2"
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            "shown",
            Fieldset("Ihre Organisation", "name", "sector", "employees", "website", css_class="form-section"),
            Fieldset(
                "Anschrift",
                HTML("<p>Öffentlich ist davon nur der Ort.</p>"),
                "street",
                Row("postal_code", "place", css_class="form-row form-row--postal"),
                css_class="form-section",
            ),
            Fieldset("Ihr Profil", "text", "links", css_class="form-section"),
            Fieldset("Zitat", HTML(QUOTE_NOTICE), "quote", "quote_person", css_class="form-section"),
            Submit("propose", "Zur Freigabe senden"),
        )

    def values(self) -> dict[str, object]:
        """Return what was typed. Call after `is_valid()`."""
        return {field: self.cleaned_data[field] for field in TYPED}


class OffersForm(ShownForm, forms.ModelForm):
    """What the company offers other partners, and what it looks for."""

    class Meta:
        model = Partner
        fields = ["offers", "offers_text", "needs"]
        labels = {"offers": "Das bieten wir an", "offers_text": "Unser Angebot in Worten", "needs": "Das suchen wir"}
        help_texts = {"offers_text": "Zum Beispiel: „Führung durch unsere Wärmerückgewinnung, bis 15 Personen“."}
        widgets = {"offers_text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, data: Any = None, *, partner: Partner, shown: str) -> None:
        super().__init__(data, initial={"shown": shown}, instance=partner)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout("shown", "offers", "offers_text", "needs", Submit("save", "Speichern"))

    def values(self) -> dict[str, object]:
        """Return what was ticked and typed. Call after `is_valid()`."""
        return {field: self.cleaned_data[field] for field in self.Meta.fields}


class DataCheckForm(ShownForm):
    """„Alles richtig“: one click."""
