"""Partners, their organisations and contacts, and the initial partners."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from klimapakt.admin import ChangedFieldsAdmin, ServiceAction, TableInline
from klimapakt.mailbox import addresses, record
from partners import interfaces
from partners.admin.desk import CaseSearchAdmin
from partners.admin.duplicate_panel import story
from partners.admin.duplicates import DuplicatesAdmin
from partners.admin.links import CLOSE_LINKS, LinkUsesAdmin
from partners.models import (
    Application,
    Consent,
    Contact,
    DataCheck,
    InitialPartner,
    Organisation,
    Partner,
    ProfileProposal,
    TimelineEntry,
)
from partners.services import contacts, publication


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

    title = "Aufgabe"
    parameter_name = "ansteht"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("profil", "Profiländerung zur Freigabe"),
            ("daten", "Daten nicht bestätigt"),
            ("adresse", "ohne E-Mail-Adresse"),
            ("einwilligung", "Einwilligung noch einzuholen"),
        ]

    def queryset(self, request: HttpRequest, found: QuerySet) -> QuerySet:
        match self.value():
            case "profil":
                return found.filter(has_proposal=True)
            case "daten":
                return found.filter(has_overdue_check=True)
            case "adresse":
                return found.filter(has_address=False)
            case "einwilligung":
                return found.listed_by_report_only()
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
class PartnerAdmin(CaseSearchAdmin, LinkUsesAdmin):
    """A partner's page. Whoever may only read sees the listed partners, and of them what the public sees."""

    change_form_template = "admin/partners/partner/change_form.html"
    list_display = ["organisation", "what_is_next", "publication", "shown_sector"]
    list_filter = [WaitingFilter, "publication", "organisation__sector"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    service_actions = [*ACTIONS, CLOSE_LINKS]

    def with_number(self, queryset: QuerySet, year: int, number: int) -> QuerySet:
        """A partner is found by the number of the application it came with."""
        return queryset.filter(pk__in=Application.objects.filter(pk=number, created_at__year=year).values("partner"))

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

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        if self.has_change_permission(request):
            return [*self.search_fields, "organisation__contacts__name", "organisation__contacts__email"]
        return self.search_fields

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
        obstacles = publication.obstacles(found, on=timezone.localdate())
        problems = addresses.problems_of([contact.email for contact in contacts])
        return (
            context
            | {
                "is_office": True,
                "obstacles": obstacles,
                "is_blocked": bool(obstacles),  # then another button leads on
                "contacts": [(contact, problems.get(contact.email.lower(), "")) for contact in contacts],
                "consents": organisation.consents.all(),
                "timeline": story(organisation),
                "mails": record.about(found),
                "next_steps": interfaces.next_steps(found),
                "gone": Contact.everyone.filter(organisation=organisation).exclude(left_at=None).order_by("-left_at"),
                "proposals": found.proposals.all()[:PROPOSALS_SHOWN],
                "checks": found.data_checks.all()[:CHECKS_SHOWN],
            }
        )


class ContactForm(forms.ModelForm):
    """Leaves the rule „one main contact“ to the formset, which sees all of them as they will be."""

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "is_main"}


class ContactFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if hasattr(form, "cleaned_data") and not form.cleaned_data.get("DELETE")]
        addresses = Counter(form.cleaned_data.get("email", "").lower() for form in kept)
        for form in kept:
            if (email := form.cleaned_data.get("email")) and addresses[email.lower()] > 1:
                form.add_error("email", "Diese Adresse steht bei zwei Personen. Bitte lassen Sie sie nur bei einer.")
        if sum(bool(form.cleaned_data.get("is_main")) for form in kept) > 1:
            raise ValidationError("Bitte kreuzen Sie nur eine Person als erste Ansprechperson an.")


class ConsentFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        given = self.instance.consents.standing() if self.instance.pk else []
        standing = {consent.purpose for consent in given if consent.is_up_to_date}
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
        formset.save(commit=False)
        if formset.model is Consent:
            for row in formset.new_objects:
                row.source = Consent.Source.OFFICE
                row.text = Consent.TEXTS[row.purpose]
                publication.end_former_wording(row.organisation, row.purpose)
                row.save()
            return
        for gone in formset.deleted_objects:
            for sentence in contacts.take_out(gone, by=request.user):
                messages.warning(request, f"{gone}: {sentence}")
        changed = sorted(formset.changed_objects, key=lambda pair: pair[0].is_main)  # the former main contact first
        for row, names in changed:
            _save_contact(request, row, set(names))
        for row in formset.new_objects:
            row.save()


def _save_contact(request: HttpRequest, contact: Contact, names: set[str]) -> None:
    """Write what was changed; another address goes the way that a company's people take, so that nobody is left out."""
    if others := names - {"email"}:
        contact.save(update_fields=others)
    if "email" in names:
        email = contact.email
        contacts.change_address(contact, email, by=request.user)
        if Contact.objects.filter(pk=contact.pk, new_email=email).exclude(new_email="").exists():
            messages.info(
                request,
                f"{contact}: Die neue Adresse {email} gilt, sobald dort der Link geöffnet ist. Die bisherige weiß Bescheid.",
            )


@admin.register(InitialPartner)
class InitialPartnerAdmin(ChangedFieldsAdmin):
    list_display = ["organisation", "short_name", "position"]
    list_select_related = ["organisation"]
    fields = ["organisation", "short_name", "role", "position"]
