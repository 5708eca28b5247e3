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
from partners.comparison import changes_of, history_of
from partners.forms.profile import ShownForm
from partners.models import Contact, Partner, ProfileProposal
from partners.models.profile import FIELDS
from partners.services import profile
from partners.services.profile import listed_today

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
    """What the company changed, to be mended before the release."""

    class Meta:
        model = ProfileProposal
        fields = [field for field in FIELDS if field != "logo_id"]
        widgets = {name: forms.Textarea(attrs={"rows": 6}) for name in ("text", "quote", "links")}

    def __init__(self, proposal: ProfileProposal, *args: Any, **kwargs: Any) -> None:
        super().__init__(proposal, *args, instance=ProfileProposal.objects.get(pk=proposal.pk), **kwargs)
        for name in set(self.Meta.fields) - set(proposal.changes):
            del self.fields[name]


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
    sees = (
        "Die Öffentlichkeit sieht die neuen Angaben sofort."
        if listed_today(proposal.partner)
        else "Das Profil ist zurzeit nicht öffentlich; die neuen Angaben stehen bereit."
    )
    without = " " + profile.LOGO_LEFT_OUT if profile.logo_is_refused(proposal) else ""
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


def _logos(proposal: ProfileProposal) -> dict[str, str] | None:
    """Return the addresses of the pictures before and after, as far as they may be seen."""
    if "logo_id" not in proposal.changes:
        return None

    def address(upload: object) -> str:
        return reverse("admin:uploads_upload_file", args=[upload]) if profile.is_released(upload) else ""

    return {"before": address(proposal.partner.logo_id), "after": address(proposal.logo_id)}


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
            f"Freigegeben wird, was Sie hier schreiben; der Vorschlag des Unternehmens bleibt im Verlauf. {_explain_release(proposal)}"
        ),
        obstacles=_obstacles,
        run=_release,
        form_for=_form(MendForm),
        template=TEMPLATE,
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
        return context | {"changes": history_of(found)}


def _proposer(proposal: ProfileProposal) -> Contact | None:
    return Contact.everyone.filter(pk=proposal.proposed_by_id).first()
