"""The office compares what a company proposes with what is public, and releases or returns it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.fields import ProseFormField
from klimapakt.uploads.models import Upload
from partners.comparison import changes_of, hidden_without_consent, history_of, mended_by_office
from partners.forms.profile import ShownForm
from partners.mails import profile as mails
from partners.models import Consent, Contact, Partner, ProfileProposal
from partners.models.profile import FIELDS
from partners.services import profile
from partners.services.profile import listed_today
from partners.services.shown import mark

COMPARE_AGAIN = "Inzwischen haben sich die öffentlichen Angaben geändert. Bitte vergleichen Sie noch einmal und bestätigen Sie dann."


class ReleaseForm(ShownForm):
    """Carries a mark of what the page compared; when something else stands now, the office compares again."""

    def __init__(self, proposal: ProfileProposal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = profile.state_of(proposal.partner)
        self.fields["shown"].initial = self.state

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("shown") != self.state:
            self.renew(self.state)
            raise ValidationError(COMPARE_AGAIN, code="outdated")
        return cleaned


class MendForm(ReleaseForm, forms.ModelForm):
    """What the company changed, to be mended before the release. It is valid once its writer has seen exactly that."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    class Meta:
        model = ProfileProposal
        fields = [field for field in FIELDS if field != "logo_id"]
        widgets = {name: forms.Textarea(attrs={"rows": 6}) for name in ("text", "quote", "links")}

    def __init__(self, proposal: ProfileProposal, *args: Any, **kwargs: Any) -> None:
        super().__init__(proposal, *args, instance=ProfileProposal.objects.get(pk=proposal.pk), **kwargs)
        self.proposal = proposal
        self.preview: dict[str, Any] | None = None
        self.was_changed = False
        for name in set(self.Meta.fields) - set(proposal.changes):
            del self.fields[name]
        for name in {"quote", "quote_person"} & set(self.fields):
            self.fields[name].help_text = "Nur kürzen oder weglassen: Es sind die Worte dieser Person."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned.pop("seen", None)
        for name in {"quote", "quote_person"} & set(cleaned):
            if not profile.may_say(name, self.proposal, cleaned[name]):
                self.add_error(name, profile.OWN_WORDS)
        return cleaned

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        values = {name: value for name, value in self.cleaned_data.items() if name != "shown"}
        self.preview = _preview(self.proposal, values)
        seen = mark(self.proposal.pk, values)
        before = self.data.get("seen", "")
        self.was_changed = before not in ("", seen)
        self.data = self.data.copy()
        self.data["seen"] = seen
        return before == seen


def _preview(proposal: ProfileProposal, values: dict[str, object]) -> dict[str, Any]:
    """Return what a release of the office's words would make public, and the mail that tells it."""
    version = profile.mended_version(proposal, values)
    mended = mended_by_office(version)
    return {
        "changes": changes_of(version, proposal.partner),
        "mended": mended,
        "mail": mails.release_preview(version if mended else proposal, profile.told_of(proposal)),
    }


class ReturnForm(forms.Form):
    reason = ProseFormField(
        label="Grund, so wie ihn das Unternehmen liest",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Bitte schreiben Sie, was das Unternehmen ändern soll."},
    )


def _recipient(proposal: ProfileProposal) -> str:
    contact = profile.told_of(proposal)
    return (
        f"{contact} ({contact.email}) bekommt eine Mail."
        if contact
        else "Es geht keine Mail heraus, weil keine E-Mail-Adresse bekannt ist."
    )


def _explain_release(proposal: ProfileProposal) -> str:
    hidden = hidden_without_consent(proposal)
    if not listed_today(proposal.partner):
        sees = "Das Profil ist zurzeit nicht öffentlich; die neuen Angaben stehen bereit."
    elif hidden and set(proposal.changes) <= {"quote", "quote_person", "logo_id"}:
        sees = "Öffentlich wird davon noch nichts."
    else:
        sees = "Die Öffentlichkeit sieht die neuen Angaben sofort."
    without = " " + profile.LOGO_LEFT_OUT if profile.logo_is_refused(proposal) else ""
    if hidden:
        without += (
            f" {hidden} bleibt verborgen, bis das Unternehmen in die „{Consent.Purpose.QUOTE.label}“ einwilligt; das "
            "steht auch in der Mail."
        )
    return f"{sees}{without} {_recipient(proposal)} Das lässt sich nicht zurücknehmen, aber jederzeit wieder ändern."


def _obstacles(proposal: ProfileProposal) -> list[str]:
    problem = profile.logo_problem(proposal)
    return [problem] if problem else []


def _release(proposal: ProfileProposal, *, by: Any, shown: str, **values: object) -> str:
    profile.release(proposal, by=by, shown=shown, values=values)
    return "Die Profiländerung ist freigegeben."


def _give_back(proposal: ProfileProposal, *, by: Any, reason: str) -> str:
    profile.give_back(proposal, reason, by=by)
    return "Die Profiländerung ist zurückgegeben."


def _page_context(proposal: ProfileProposal) -> dict[str, Any]:
    return {"changes": changes_of(proposal, proposal.partner), "logos": _logos(proposal)}


def _logos(proposal: ProfileProposal) -> list[dict[str, str]]:
    """Return the pictures before and after: where to see each, or why not."""
    if "logo_id" not in proposal.changes:
        return []
    logos = {"Bisheriges Logo": proposal.partner.logo_id, "Neues Logo": proposal.logo_id}
    return [{"title": title, **_picture(upload)} for title, upload in logos.items()]


def _picture(pk: object) -> dict[str, str]:
    upload = Upload.objects.filter(pk=pk).first()
    if upload is None:
        return {"problem": "keines"}
    if upload.is_released:
        return {"url": reverse("admin:uploads_upload_file", args=[pk])}
    return {"problem": f"nicht angenommen: {upload.problem}" if upload.is_refused else "wird noch geprüft"}


TEMPLATE = "admin/partners/profileproposal/action.html"


def _form(form: type[forms.BaseForm]) -> Callable[[ProfileProposal], Callable[..., forms.BaseForm]]:
    return lambda proposal: partial(form, proposal)


ACTIONS = [
    ServiceAction(
        name="freigeben",
        label="Freigeben",
        is_main=True,
        available=lambda proposal: proposal.is_open,
        explain=_explain_release,
        obstacles=_obstacles,
        run=_release,
        form_for=_form(ReleaseForm),
        template=TEMPLATE,
        page_context=_page_context,
    ),
    ServiceAction(
        name="aendern",
        label="Ändern und freigeben",
        available=lambda proposal: proposal.is_open and set(proposal.changes) != {"logo_id"},
        explain=lambda proposal: (
            f"Freigegeben wird unter dem Namen des Unternehmens, was Sie hier schreiben; in der Mail steht, was Sie geändert haben. {_explain_release(proposal)}"
        ),
        obstacles=_obstacles,
        run=_release,
        form_for=_form(MendForm),
        template="admin/partners/profileproposal/mend.html",
        page_context=_page_context,
    ),
    ServiceAction(
        name="zurueckgeben",
        label="Zurückgeben",
        available=lambda proposal: proposal.is_open,
        explain=lambda proposal: (
            f"Das bisherige Profil bleibt. {_recipient(proposal)} Ihr Grund steht darin; das Unternehmen ändert seinen Vorschlag und schickt ihn noch einmal."
        ),
        run=_give_back,
        form=ReturnForm,
        template=TEMPLATE,
        page_context=_page_context,
    ),
]


@admin.register(ProfileProposal)
class ProfileProposalAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """Before and after side by side."""

    change_form_template = "admin/partners/profileproposal/change_form.html"
    list_display = ["partner", "what_is_next", "author", "proposed_at", "what_changes"]
    list_filter = ["status"]
    list_select_related = ["partner__organisation"]
    search_fields = ["partner__organisation__name"]
    service_actions = ACTIONS
    about_list = (
        "Hier steht, was Partner an ihrem Profil ändern möchten. Die Öffentlichkeit sieht es erst nach Ihrer Freigabe."
    )

    @admin.display(description="Als Nächstes", ordering="status")
    def what_is_next(self, proposal: ProfileProposal) -> str:
        return "Vergleichen, dann freigeben oder zurückgeben" if proposal.is_open else proposal.get_status_display()

    @admin.display(description="Angaben")
    def what_changes(self, proposal: ProfileProposal) -> str:
        return ", ".join(proposal.changed_labels)

    def get_fieldsets(self, request: HttpRequest, obj: ProfileProposal | None = None) -> list:
        return []  # the comparison says it all

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("partner__organisation")

    def has_change_permission(self, request: HttpRequest, obj: ProfileProposal | None = None) -> bool:
        return False  # a proposal is never edited: another one replaces it

    def may_act(self, request: HttpRequest, found: ProfileProposal) -> bool:
        return request.user.has_perm("partners.change_profileproposal")

    def page_context(self, request: HttpRequest, found: ProfileProposal) -> dict[str, Any]:
        partner: Partner = found.partner
        context = {"partner": partner, "organisation": partner.organisation, "proposer": _proposer(found)}
        if found.is_open:
            return context | _page_context(found) | {"is_listed": listed_today(partner)}
        logos = _logos(found) if found.is_returned else []
        return context | {
            "changes": history_of(found),
            "logos": logos,
            "newer": _newer(found),
            "mended": mended_by_office(found),
            "released": ProfileProposal.objects.filter(mends=found).first(),
        }


def _newer(proposal: ProfileProposal) -> ProfileProposal | None:
    """Return the partner's latest proposal, if another one came after this: a mail may lead to what was replaced."""
    latest = proposal.partner.proposals.first()
    return latest if latest.pk > proposal.pk and latest.mends_id != proposal.pk else None


def _proposer(proposal: ProfileProposal) -> Contact | None:
    return Contact.everyone.filter(pk=proposal.proposed_by_id).first()
