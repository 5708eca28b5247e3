"""Partners, their organisations and contacts, and the initial partners."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from klimapakt.admin import ChangedFieldsAdmin, ServiceAction, ServiceActionsAdmin, TableInline
from klimapakt.mailbox import addresses, record
from partners import interfaces
from partners.models import Consent, Contact, InitialPartner, Organisation, Partner, TimelineEntry
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


@admin.register(Partner)
class PartnerAdmin(ServiceActionsAdmin):
    """A partner's page. Whoever may only read sees the listed partners, and of them what the public sees."""

    change_form_template = "admin/partners/partner/change_form.html"
    list_display = ["organisation", "publication", "shown_sector", "created_at"]
    list_filter = ["publication", "organisation__sector"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    service_actions = ACTIONS

    @admin.display(description="Branche", ordering="organisation__sector")
    def shown_sector(self, partner: Partner) -> str:
        return partner.organisation.get_sector_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        partners = super().get_queryset(request).select_related("organisation")
        if self.has_change_permission(request):
            return partners
        return partners.listed(on=timezone.localdate())

    def get_fields(self, request: HttpRequest, obj: Partner | None = None) -> list[str]:
        return ["organisation", "text"] if obj is None else ["slug", "text"]

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
class OrganisationAdmin(ChangedFieldsAdmin):
    """Who somebody is, whatever the role."""

    inlines = [ContactInline, ConsentInline]
    list_display = ["name", "kind", "sector", "place"]
    list_filter = ["kind", "sector"]
    search_fields = ["name"]
    fields = ["name", "kind", "sector", "employees", "street", "postal_code", "place", "website"]

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
