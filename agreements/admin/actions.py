"""What the office can do with an agreement: each button says first what will happen, and who gets which mail."""

from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from agreements import content
from agreements.models import Agreement, Version
from agreements.services import binding, drafting, ending, offering
from klimapakt.admin import ServiceAction
from klimapakt.fields import LineFormField, ProseFormField
from klimapakt.pact.models import Pact
from klimapakt.uploads import DocumentField
from partners.models import Contact

S = Agreement.Status

PAPERS_SINCE = date(2000, 1, 1)
"""A day of signature before that one is a slip of the pen."""


# --- Offering ---------------------------------------------------------------------------------------------------------


class ContactChoice(forms.ModelChoiceField):
    def label_from_instance(self, contact: Contact) -> str:
        who = ", ".join(filter(None, [contact.name, contact.function]))
        return f"{who} ({contact.email})" + (", zeichnungsberechtigt" if contact.is_signatory else "")


class OfferForm(forms.Form):
    """Who gets the agreement to sign, among the contacts whose address is known; carries the hash of the text shown."""

    contact = ContactChoice(
        label="Wer unterschreibt für den Partner?",
        queryset=Contact.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Bitte wählen Sie eine Person."},
    )
    shown = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, agreement: Agreement, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts = reachable_contacts(agreement)
        self.fields["contact"].queryset = contacts
        self.fields["contact"].initial = contacts.first()
        self.fields["contact"].help_text = format_html(
            'Fehlt jemand? Tragen Sie die Person mit E-Mail-Adresse bei der <a href="{}">Organisation</a> ein.',
            reverse("admin:partners_organisation_change", args=[agreement.partner.organisation_id]),
        )
        self.fields["shown"].initial = content.fingerprint(content.next_text(agreement))


def reachable_contacts(agreement: Agreement) -> QuerySet[Contact]:
    """Return the contacts who can be written to, those first who may sign."""
    contacts = agreement.partner.organisation.contacts.exclude(email="")
    return contacts.order_by("-is_signatory", "-is_main", "name", "pk")


def _explain_offer(agreement: Agreement) -> str:
    return (
        f"Der Entwurf wird als Fassung {agreement.next_number()} festgehalten und lässt sich dann nicht mehr ändern. "
        "Die Person, die Sie wählen, bekommt sofort eine Mail mit einem persönlichen Link. Dort liest sie genau diese "
        "Fassung und unterschreibt, wünscht eine Änderung oder lehnt ab. Sie erfahren davon per Mail und in der Übersicht."
        f"{_without_mailbox()}"
    )


def _offer(agreement: Agreement, *, by: Any, contact: Contact, shown: str) -> str:
    version = offering.offer(agreement, contact, by=by, shown=shown)
    return f"Fassung {version.number} ist angeboten. {version.to_name} ({version.to_email}) bekommt den Link per Mail."


# --- Taking back ------------------------------------------------------------------------------------------------------


def _explain_take_back(agreement: Agreement) -> str:
    version = agreement.newest_version()
    after = f"Danach ändern Sie den Entwurf und bieten ihn als Fassung {version.number + 1} neu an."
    match agreement.status:
        case S.DECLINED:
            return f"Die Vereinbarung wird wieder ein Entwurf. {after} Es geht keine Mail heraus."
        case S.SIGNED:
            kept = (
                "Der Partner hat schon unterschrieben. Diese Unterschrift bleibt im Verlauf, gilt aber nicht für eine "
                "neue Fassung: Die muss er noch einmal unterschreiben. "
            )
        case _:
            kept = ""
    return (
        f"{kept}Fassung {version.number} gilt dann nicht mehr, und der Link sagt das. {version.to_name} "
        f"({version.to_email}) bekommt eine Mail, dass nichts mehr zu unterschreiben ist"
        f"{UNLESS_IT_NEVER_CAME if agreement.is_offered else ''}. {after}"
    )


UNLESS_IT_NEVER_CAME = ", außer das Angebot ist noch gar nicht angekommen"


def _take_back(agreement: Agreement, *, by: Any) -> str:
    is_told = offering.take_back(agreement, by=by)
    return "Die Vereinbarung ist wieder ein Entwurf. " + (
        "Die Person, der sie vorlag, bekommt eine Mail." if is_told else "Es ist keine Mail herausgegangen."
    )


# --- Countersigning ---------------------------------------------------------------------------------------------------


class CountersignForm(forms.Form):
    """Carries the hash of the text that the page showed."""

    sha256 = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, agreement: Agreement, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sha256"].initial = agreement.newest_version().sha256


def _explain_countersign(agreement: Agreement) -> str:
    wording = content.read(agreement.newest_version().content)
    return (
        f"Sie unterschreiben die Fassung {wording.version} im Namen von „{wording.party}“, mit dem Namen aus Ihrem "
        f"Konto und der Uhrzeit. Ab heute ist sie in Kraft und „{wording.partner}“ zählt als "
        f"{Pact.load().partner_title}.{_ends_others(agreement)} Beide Seiten bekommen das PDF mit beiden Unterschriften per Mail. "
        "Das lässt sich nicht zurücknehmen."
    )


def _ends_others(agreement: Agreement) -> str:
    """Say beforehand what becomes of the agreement that binds the partner now."""
    today = timezone.localdate()
    return "".join(
        f" Die bisherige Vereinbarung{f' vom {other.in_force_from:%d.%m.%Y}' if other.in_force_from else ''} "
        f"{'wird ersetzt' if other.in_force_from == today else 'endet am Tag vor der neuen'}."
        for other in binding.others_in_force(agreement, on=today)
    )


def _countersign(agreement: Agreement, *, by: Any, sha256: str) -> str:
    binding.countersign(agreement, sha256=sha256, by=by)
    return "Sie haben unterschrieben. Die Vereinbarung ist in Kraft, das PDF wird gerade erstellt."


def _what_is_signed(agreement: Agreement) -> dict[str, Any]:
    version: Version = agreement.newest_version()
    return {
        "version": version,
        "wording": content.read(version.content),
        "signatures": version.signatures.all(),
    }


# --- On paper ---------------------------------------------------------------------------------------------------------


class PaperForm(forms.Form):
    signed_on = forms.DateField(
        label="Tag der letzten Unterschrift", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    signed_by_partner = LineFormField(
        label="Unterschrieben für den Partner von",
        max_length=200,
        help_text="Name und Funktion, so wie sie auf dem Papier stehen.",
        error_messages={"required": "Bitte nennen Sie, wer für den Partner unterschrieben hat."},
    )
    signed_for_pact = LineFormField(
        label="Gegengezeichnet von",
        max_length=200,
        error_messages={"required": "Bitte nennen Sie, wer gegengezeichnet hat."},
    )
    scan = DocumentField(
        label="Scan der unterschriebenen Fassung",
        error_messages={"required": "Bitte laden Sie den Scan der unterschriebenen Fassung hoch."},
    )

    def clean_signed_on(self) -> Any:
        day = self.cleaned_data["signed_on"]
        if day > timezone.localdate() or day < PAPERS_SINCE:
            raise ValidationError("Bitte geben Sie einen Tag an, der nicht in der Zukunft liegt.")
        return day


def _explain_paper(agreement: Agreement) -> str:
    link = " Der persönliche Link zum Unterschreiben gilt dann nicht mehr." if agreement.is_offered else ""
    return (
        f"Hält fest, dass beide Seiten auf Papier unterschrieben haben. Vom Tag der Unterschrift an zählt "
        f"„{agreement.partner}“ als {Pact.load().partner_title}; ändern lässt sich die Vereinbarung danach nicht mehr. Bitte "
        f"prüfen Sie, dass Ziele und Maßnahmen im Portal dieselben sind wie auf dem Papier.{_takes_turns(agreement)}{link} "
        "Unterschrieben ist das Papier: Das Portal bewahrt den Scan auf und hält fest, was es dazu weiß. "
        "Es geht keine Mail heraus."
    )


def _takes_turns(agreement: Agreement) -> str:
    """Say beforehand what becomes of two agreements that overlap: only the day on the paper tells which one ends."""
    if not binding.others_in_force(agreement, on=PAPERS_SINCE).exists():
        return ""
    return (
        " Gilt in dieser Zeit schon eine andere Vereinbarung, so endet die früher begonnene am Tag vor der später "
        "begonnenen; eine vom selben Tag wird ersetzt."
    )


def _record_from_paper(agreement: Agreement, *, by: Any, **signed: Any) -> str:
    binding.record_from_paper(agreement, by=by, **signed)
    return "Die Vereinbarung ist in Kraft. Das Profil können Sie jetzt veröffentlichen."


# --- Ways out ---------------------------------------------------------------------------------------------------------


class ReasonForm(forms.Form):
    reason = ProseFormField(
        label="Grund",
        max_length=1000,
        help_text="Bleibt in der Geschäftsstelle.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Bitte nennen Sie den Grund."},
    )


class EndForm(ReasonForm):
    last_day = forms.DateField(
        label="Letzter Tag",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )
    field_order = ["last_day", "reason"]


def _explain_close(agreement: Agreement) -> str:
    version = agreement.newest_version()
    told = "Es geht keine Mail heraus."
    if agreement.status in (S.OFFERED, S.SIGNED):
        told = (
            f"{version.to_name} ({version.to_email}) bekommt eine Mail, dass nichts mehr zu unterschreiben ist"
            f"{UNLESS_IT_NEVER_CAME if agreement.is_offered else ''}."
        )
    return (
        "Die Vereinbarung bleibt mit ihrem Verlauf stehen und lässt sich nicht wieder öffnen. Danach können Sie mit dem "
        f"Partner eine neue beginnen. {told}"
    )


def _close(agreement: Agreement, *, by: Any, reason: str) -> str:
    is_told = ending.close(agreement, reason=reason, by=by)
    return "Die Vereinbarung ist nicht zustande gekommen. " + (
        "Die Person, der sie vorlag, bekommt eine Mail." if is_told else "Es ist keine Mail herausgegangen."
    )


def _explain_end(agreement: Agreement) -> str:
    return (
        f"Die Vereinbarung gilt bis zum Ende des Tages, den Sie eintragen. Danach zählt „{agreement.partner}“ nicht mehr "
        f"als {Pact.load().partner_title}, außer eine andere Vereinbarung gilt. Alles bleibt aufbewahrt. Es geht keine Mail "
        "heraus: Bitte sagen Sie dem Partner selbst Bescheid."
    )


def _end(agreement: Agreement, *, by: Any, last_day: date, reason: str) -> str:
    ending.end(agreement, last_day=last_day, reason=reason, by=by)
    return f"Die Vereinbarung gilt bis zum {last_day:%d.%m.%Y}."


# --- The buttons ------------------------------------------------------------------------------------------------------


def _without_mailbox() -> str:
    return "" if Pact.load().can_send_mail else " Noch hat die Geschäftsstelle kein Postfach: So lange wartet die Mail."


MAY_CHANGE, MAY_COUNTERSIGN = "agreements.change_agreement", "agreements.countersign_agreement"
"""Each button asks for one of the two: who signs for the pact need not be who writes, nor the other way round."""


def _has_no_text(agreement: Agreement) -> bool:
    return agreement.is_draft and not agreement.clauses.exists() and not agreement.contributions.exists()


ACTIONS = [
    ServiceAction(
        name="anbieten",
        label="Anbieten",
        permission=MAY_CHANGE,
        available=lambda agreement: agreement.is_draft,
        is_main=True,
        obstacles=offering.obstacles,
        explain=_explain_offer,
        form_for=lambda agreement: partial(OfferForm, agreement),
        run=_offer,
    ),
    ServiceAction(
        name="gegenzeichnen",
        label="Gegenzeichnen",
        available=lambda agreement: agreement.may_be_countersigned,
        permission=MAY_COUNTERSIGN,
        is_main=True,
        obstacles=binding.obstacles_to_countersign,
        explain=_explain_countersign,
        form_for=lambda agreement: partial(CountersignForm, agreement),
        run=_countersign,
        template="admin/agreements/agreement/countersign.html",
        page_context=_what_is_signed,
    ),
    ServiceAction(
        name="vorlage",
        label="Text aus der Vorlage übernehmen",
        permission=MAY_CHANGE,
        available=_has_no_text,
        explain=lambda agreement: (
            "Der Entwurf bekommt alle Abschnitte und Beiträge der Stadt aus der Vorlage. Danach passen Sie sie an."
        ),
        run=lambda agreement, *, by: (
            drafting.take_template(agreement, by=by) or "Der Text der Vorlage steht jetzt im Entwurf."
        ),
    ),
    ServiceAction(
        name="link",
        label="Link erneut senden",
        permission=MAY_CHANGE,
        available=lambda agreement: agreement.is_offered,
        explain=lambda agreement: (
            f"{agreement.newest_version().to_name} ({agreement.newest_version().to_email}) bekommt noch einmal eine Mail "
            f"mit einem Link zu Fassung {agreement.newest_version().number}. Der frühere Link gilt weiter."
        ),
        run=lambda agreement, *, by: offering.send_link(agreement, by=by) or "Der Link ist unterwegs.",
    ),
    ServiceAction(
        name="papier",
        label="Unterschrift auf Papier eintragen",
        permission=MAY_CHANGE,
        available=lambda agreement: agreement.may_be_recorded_from_paper,
        obstacles=binding.obstacles_to_paper,
        explain=_explain_paper,
        form=PaperForm,
        run=_record_from_paper,
    ),
    ServiceAction(
        name="zurueckholen",
        label="Zurückholen und ändern",
        permission=MAY_CHANGE,
        available=lambda agreement: agreement.may_be_taken_back,
        is_destructive=True,
        explain=_explain_take_back,
        run=_take_back,
    ),
    ServiceAction(
        name="schliessen",
        label="Nicht zustande gekommen",
        permission=MAY_CHANGE,
        available=lambda agreement: agreement.is_under_way,
        is_destructive=True,
        explain=_explain_close,
        form=ReasonForm,
        run=_close,
    ),
    ServiceAction(
        name="beenden",
        label="Vor der Zeit beenden",
        permission=MAY_CHANGE,
        available=lambda agreement: agreement.may_be_ended,
        is_destructive=True,
        explain=_explain_end,
        form=EndForm,
        run=_end,
    ),
]
