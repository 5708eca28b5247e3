"""Partners, their organisations and contacts, and the initial partners."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from klimapakt.admin import ChangedFieldsAdmin, ServiceAction, ServiceActionsAdmin, TableInline
from klimapakt.mailbox import addresses, record
from partners import interfaces
from partners.admin.duplicates import DuplicatesAdmin
from partners.models import (
    Consent,
    Contact,
    DataCheck,
    InitialPartner,
    Organisation,
    Partner,
    ProfileProposal,
    TimelineEntry,
)
from partners.services import publication


def _explain_publish(partner: Partner) -> str:
    contact = publication.main_contact(partner)
    mail = (
        f"{contact} ({contact.email}) bekommt eine Mail mit dem Link, um die Einwilligung zu widerrufen."
        if contact
        else "Es geht keine Mail heraus, weil keine E-Mail-Adresse bekannt ist."
    )
    return f"Das Profil steht dann sofort in der öffentlichen Liste. {mail}"


ACTIONS = [
    ServiceAction(
        name="veroeffentlichen",
        label="Veröffentlichen",
        is_main=True,
        available=lambda partner: partner.may_be_published,
        explain=_explain_publish,
        obstacles=lambda partner: publication.obstacles(partner, on=timezone.localdate()),
        run=lambda partner, *, by: publication.publish(partner, by=by) or "Das Profil ist veröffentlicht.",
    ),
    ServiceAction(
        name="verbergen",
        label="Aus der Liste nehmen",
        is_destructive=True,
        available=lambda partner: partner.may_be_hidden,
        explain=lambda partner: (
            "Das Profil ist dann sofort nicht mehr öffentlich. Es geht keine Mail heraus. Sie können es wieder veröffentlichen."
        ),
        run=lambda partner, *, by: publication.hide(partner, by=by) or "Das Profil ist nicht mehr öffentlich.",
    ),
    ServiceAction(
        name="link",
        label="Persönlichen Link senden",
        available=lambda partner: True,
        explain=lambda partner: (
            f"{publication.main_contact(partner) or 'Die Ansprechperson'} bekommt einen Link zu „Mein Klimapakt“."
        ),
        run=lambda partner, *, by: publication.send_link(partner, by=by) or "Der Link ist unterwegs.",
    ),
]


PROPOSALS_SHOWN = 10
CHECKS_SHOWN = 3


class WaitingFilter(admin.SimpleListFilter):
    """What the office looks for first."""

    title = "was ansteht"
    parameter_name = "ansteht"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("profil", "Profiländerung zur Freigabe"),
            ("daten", "Daten nicht bestätigt"),
            ("adresse", "ohne E-Mail-Adresse"),
        ]

    def queryset(self, request: HttpRequest, found: QuerySet) -> QuerySet:
        match self.value():
            case "profil":
                return found.filter(has_proposal=True)
            case "daten":
                return found.filter(has_overdue_check=True)
            case "adresse":
                return found.filter(has_address=False)
        return found


def with_what_waits(partners: QuerySet) -> QuerySet:
    """Annotate what the list says of each partner."""
    proposals = ProfileProposal.objects.filter(status=ProfileProposal.Status.OPEN, partner=OuterRef("pk"))
    checks = DataCheck.objects.overdue(now=timezone.now()).filter(partner=OuterRef("pk"))
    addresses = Contact.objects.exclude(email="").filter(organisation=OuterRef("organisation"))
    return partners.annotate(
        has_proposal=Exists(proposals), has_overdue_check=Exists(checks), has_address=Exists(addresses)
    )


@admin.register(Partner)
class PartnerAdmin(ServiceActionsAdmin):
    """A partner's page. Whoever may only read sees the listed partners, and of them what the public sees."""

    change_form_template = "admin/partners/partner/change_form.html"
    list_display = ["organisation", "what_is_next", "publication", "shown_sector", "created_at"]
    list_filter = [WaitingFilter, "publication", "organisation__sector"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    service_actions = ACTIONS

    @admin.display(description="Branche", ordering="organisation__sector")
    def shown_sector(self, partner: Partner) -> str:
        return partner.organisation.get_sector_display()

    @admin.display(description="Als Nächstes")
    def what_is_next(self, partner: Partner) -> str:
        if partner.has_proposal:
            return "Profiländerung ansehen"
        if partner.publication == Partner.Publication.PROPOSED:
            return "Profil veröffentlichen"
        if not partner.has_address:
            return "Mailadresse eintragen"
        if partner.has_overdue_check:
            return "Nach Daten fragen"
        return "nichts"

    def get_list_display(self, request: HttpRequest) -> list[str]:
        if self.has_change_permission(request):
            return self.list_display
        return [column for column in self.list_display if column != "what_is_next"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        if self.has_change_permission(request):
            return self.list_filter
        return [found for found in self.list_filter if found is not WaitingFilter]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        partners = super().get_queryset(request).filter(organisation__merged_into=None).select_related("organisation")
        if self.has_change_permission(request):
            return with_what_waits(partners)
        return partners.listed(on=timezone.localdate())

    def get_fields(self, request: HttpRequest, obj: Partner | None = None) -> list[str]:
        if obj is None:
            return ["organisation", "text"]
        if not self.has_change_permission(request, obj):
            return ["slug", "text"]
        return ["slug", "text", "quote", "quote_person", "links", "offers", "offers_text", "needs"]

    def has_delete_permission(self, request: HttpRequest, obj: Partner | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        if not change:
            obj.slug = Partner.free_slug(obj.organisation.name)
        super().save_model(request, obj, form, change)
        if not change:
            TimelineEntry.note("Als Partner angelegt", by=request.user, organisation=obj.organisation)

    def page_context(self, request: HttpRequest, found: Partner) -> dict[str, Any]:
        organisation = found.organisation
        context = {
            "organisation": organisation,
            "is_listed": Partner.objects.listed(on=timezone.localdate()).filter(pk=found.pk).exists(),
        }
        if not self.has_change_permission(request, found):
            return context
        contacts = list(organisation.contacts.all())
        problems = addresses.problems_of([contact.email for contact in contacts])
        return context | {
            "is_office": True,
            "obstacles": publication.obstacles(found, on=timezone.localdate()),
            "contacts": [(contact, problems.get(contact.email.lower(), "")) for contact in contacts],
            "consents": organisation.consents.all(),
            "timeline": organisation.timeline.all(),
            "mails": record.about(found),
            "next_steps": interfaces.next_steps(found),
            "gone": Contact.everyone.filter(organisation=organisation).exclude(left_at=None).order_by("-left_at"),
            "proposals": found.proposals.all()[:PROPOSALS_SHOWN],
            "checks": found.data_checks.all()[:CHECKS_SHOWN],
        }


class ContactForm(forms.ModelForm):
    """Leaves the rule „one main contact“ to the formset, which sees all of them as they will be."""

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "is_main"}


class ContactFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        if sum(bool(data.get("is_main")) and not data.get("DELETE") for data in kept) > 1:
            raise ValidationError("Bitte kreuzen Sie nur eine Person als erste Ansprechperson an.")


class ConsentFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        standing = (
            set(self.instance.consents.standing().values_list("purpose", flat=True)) if self.instance.pk else set()
        )
        for form in self.extra_forms:
            purpose = getattr(form, "cleaned_data", {}).get("purpose")
            if purpose in standing:
                form.add_error("purpose", "Diese Einwilligung ist schon erteilt.")
            elif purpose:
                standing.add(purpose)


class ContactInline(admin.StackedInline):
    model = Contact
    form = ContactForm
    formset = ContactFormSet
    extra = 1  # works without JavaScript too


class ConsentInline(TableInline):
    """A consent that reached the office on paper; what was given online is never edited."""

    model = Consent
    formset = ConsentFormSet
    extra = 0
    fields = ["purpose", "source", "given_by", "given_at", "withdrawn_at"]
    readonly_fields = ["source", "withdrawn_at"]
    verbose_name = "schriftlich erteilte Einwilligung"
    verbose_name_plural = "Einwilligungen"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(DuplicatesAdmin, ChangedFieldsAdmin):
    """Who somebody is, whatever the role."""

    change_form_template = "admin/partners/organisation/change_form.html"
    inlines = [ContactInline, ConsentInline]
    list_display = ["name", "kind", "sector", "place"]
    list_filter = ["kind", "sector"]
    search_fields = ["name"]
    fields = [
        "name", "kind", "legal_form", "register_number", "sector", "employees", "street", "postal_code", "place",
        "website",
    ]  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        rows = formset.save(commit=False)
        for gone in formset.deleted_objects:
            gone.delete()
        for row in sorted(rows, key=lambda row: getattr(row, "is_main", False)):  # the former main contact first
            if isinstance(row, Consent):
                row.source = Consent.Source.OFFICE
                row.text = Consent.TEXTS[row.purpose]
            row.save()


@admin.register(InitialPartner)
class InitialPartnerAdmin(ChangedFieldsAdmin):
    list_display = ["organisation", "short_name", "position"]
    list_select_related = ["organisation"]
    fields = ["organisation", "short_name", "role", "position"]
