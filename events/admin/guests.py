"""One registration, one invitation: read here, changed by buttons that call the services of the site."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from events.admin.entering import GuestsForm, said_of
from events.admin.patience import patient
from events.models import Invitation, Registration
from events.services import invitation as inviting
from events.services import registration as registering
from events.services.guest import Person
from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.fields import MailFormField
from klimapakt.mailbox import record


def _why_settled(guest: Registration | Invitation) -> list[str]:
    return list(filter(None, [guest.event.why_settled(now=timezone.now(), for_office=True)]))


def _why_closed(guest: Registration | Invitation) -> list[str]:
    return list(filter(None, [guest.event.why_closed(now=timezone.now(), for_office=True)]))


def _mail_to(person: Any) -> str:
    return f"Eine Mail geht sofort an {person.name} ({person.email})."


def _names(typed: dict[str, str]) -> list[str]:
    return [name for name in typed.values() if name]


def _change(registration: Registration, *, by: object, note: str, seen: str, **typed: str) -> str:
    patient(registering.change)(registration, names=_names(typed), note=note, by=by, seen=seen)
    return "Die Anmeldung ist geändert."


class AddressForm(forms.Form):
    email = MailFormField(label="Neue E-Mail-Adresse")


def _change_address(registration: Registration, *, by: object, email: str) -> str:
    patient(registering.change_address)(registration, email, by=by)
    return f"Die Adresse ist geändert. Ein neuer persönlicher Link geht an {email}."


def _explain_withdraw(registration: Registration) -> str:
    names = ", ".join(registration.names)
    if registration.is_waiting:
        return f"{names}: nicht mehr auf der Warteliste. {_mail_to(registration)}"
    ahead = not registration.event.has_started(now=timezone.now())
    freed = "Freie Plätze gehen sofort an die Warteliste." if ahead else "Von der Warteliste rückt niemand mehr nach."
    return f"{names}: abgemeldet. {_mail_to(registration)} {freed}"


def _come_again(registration: Registration, *, by: object, note: str, seen: str, **typed: str) -> str:
    person = Person.of_registration(registration)
    return said_of(patient(registering.register)(registration.event, person, names=_names(typed), note=note, by=by))


def _register(invitation: Invitation, *, by: object, note: str, seen: str, **typed: str) -> str:
    person = Person.of_contact(invitation.contact)
    return said_of(patient(registering.register)(invitation.event, person, names=_names(typed), note=note, by=by))


def _guests_form(registration: Registration) -> partial:
    return partial(
        GuestsForm,
        seats=registration.event.most_seats,
        names=registration.names,
        note=registration.note,
        seen=registration.version,
    )


def _first_guest_form(invitation: Invitation) -> partial:
    return partial(GuestsForm, seats=invitation.event.most_seats, names=[invitation.contact.name])


class GuestAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """Rows that belong to an event. The list is found by search; the way to them is the event's page."""

    change_form_template = "admin/events/guest_change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a guest has said is read, never edited."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"events.view_{self.opts.model_name}")

    def may_act(self, request: HttpRequest, found: Any) -> bool:
        return request.user.has_perm(f"events.change_{self.opts.model_name}")

    def page_context(self, request: HttpRequest, found: Any) -> dict[str, Any]:
        return {"event": found.event, "mails": record.about(found)}

    @admin.display(description="Wann", ordering="event__starts_at")
    def shown_when(self, guest: Registration | Invitation) -> str:
        return guest.event.when


@admin.register(Registration)
class RegistrationAdmin(GuestAdmin):
    """Whoever has proven the address. Before that nobody in the office sees a name."""

    list_display = ["name", "organisation_name", "event", "shown_when", "status", "seats"]
    list_filter = ["status"]
    list_select_related = ["event"]
    search_fields = ["name", "email", "organisation_name", "attendees__name", "event__title"]
    fields = readonly_fields = [
        "event", "status", "shown_place", "name", "email", "organisation_name", "shown_names", "note", "accepted_at",
        "cancelled_at",
    ]  # fmt: skip
    service_actions = [
        ServiceAction(
            name="namen",
            label="Namen ändern",
            available=lambda registration: registration.is_active,
            is_main=True,
            obstacles=_why_settled,
            form_for=_guests_form,
            explain=lambda registration: (
                f"Eine leere Zeile gibt den Platz zurück. Ändert sich ein Name, bekommt {registration.name} "
                f"({registration.email}) sofort eine Mail."
            ),
            run=_change,
        ),
        ServiceAction(
            name="wieder-anmelden",
            label="Wieder anmelden",
            available=lambda registration: registration.is_cancelled,
            is_main=True,
            obstacles=_why_closed,
            form_for=_guests_form,
            explain=_mail_to,
            run=_come_again,
        ),
        ServiceAction(
            name="adresse",
            label="Adresse ändern",
            available=lambda registration: registration.is_active,
            obstacles=_why_settled,
            form=AddressForm,
            explain=lambda registration: (
                f"Bisher schreiben wir an {registration.email}. An die neue Adresse geht sofort eine Mail mit einem "
                "neuen persönlichen Link; die alten Links gelten dann nicht mehr."
            ),
            run=_change_address,
        ),
        ServiceAction(
            name="link",
            label="Link erneut senden",
            available=lambda registration: not registration.is_unconfirmed,
            explain=_mail_to,
            run=lambda registration, *, by: registering.send_link(registration, by=by) or "Der Link ist unterwegs.",
        ),
        ServiceAction(
            name="abmelden",
            label="Abmelden",
            available=lambda registration: registration.is_active,
            is_destructive=True,
            obstacles=_why_settled,
            explain=_explain_withdraw,
            run=lambda registration, *, by: patient(registering.withdraw)(registration, by=by) or "Abgemeldet.",
        ),
    ]

    @admin.display(description="Wer kommt")
    def shown_names(self, registration: Registration) -> str:
        return ", ".join(registration.names)

    @admin.display(description="Platz auf der Warteliste")
    def shown_place(self, registration: Registration) -> int:
        return registration.place_in_row

    def get_fields(self, request: HttpRequest, obj: Registration | None = None) -> list[str]:
        absent = set()
        if obj is not None and not obj.is_waiting:
            absent.add("shown_place")
        if obj is not None and not obj.is_cancelled:
            absent.add("cancelled_at")
        return [field for field in self.fields if field not in absent]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        registrations = super().get_queryset(request).proven()
        return registrations.select_related("event", "organisation", "contact__organisation")


@admin.register(Invitation)
class InvitationAdmin(GuestAdmin):
    """Whom the office has asked."""

    list_display = ["contact", "shown_organisation", "event", "shown_when", "answer", "invited_at"]
    list_filter = ["answer"]
    list_select_related = ["event", "contact__organisation"]
    search_fields = ["contact__name", "contact__organisation__name", "event__title"]
    fields = readonly_fields = [
        "event", "contact", "shown_organisation", "answer", "answered_at", "invited_at", "shown_inviter",
    ]  # fmt: skip
    service_actions = [
        ServiceAction(
            name="anmelden",
            label="Anmelden",
            available=lambda invitation: not _is_registered(invitation),
            is_main=True,
            permission="events.add_registration",
            obstacles=_why_closed,
            form_for=_first_guest_form,
            explain=lambda invitation: _mail_to(invitation.contact),
            run=_register,
        ),
        ServiceAction(
            name="absage",
            label="Absage vermerken",
            available=lambda invitation: not invitation.is_declined and not _is_registered(invitation),
            obstacles=_why_settled,
            explain=lambda invitation: (
                f"{invitation.contact} kommt nicht. Es geht keine Mail heraus; mit dem persönlichen Link ist eine "
                "Anmeldung weiter möglich."
            ),
            run=lambda invitation, *, by: patient(inviting.decline)(invitation, by=by) or "Die Absage ist vermerkt.",
        ),
        ServiceAction(
            name="link",
            label="Link erneut senden",
            available=lambda invitation: bool(invitation.contact.email),
            obstacles=_why_closed,
            explain=lambda invitation: _mail_to(invitation.contact),
            run=lambda invitation, *, by: inviting.send_link(invitation, by=by) or "Der Link ist unterwegs.",
        ),
    ]

    @admin.display(description="Organisation", ordering="contact__organisation__sort_name")
    def shown_organisation(self, invitation: Invitation) -> str:
        return str(invitation.contact.organisation)

    @admin.display(description="Eingeladen von")
    def shown_inviter(self, invitation: Invitation) -> str:
        by = invitation.invited_by
        return by.get_full_name() or by.get_username() if by else "niemand, der Link wurde angefordert"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("event", "contact__organisation", "invited_by")


def _is_registered(invitation: Invitation) -> bool:
    """Whether this person comes or waits; then the registration is the page to act on."""
    person = {"address": invitation.contact.email.lower(), "contact": invitation.contact_id}
    return invitation.event.registrations.active().of_person(**person).exists()
