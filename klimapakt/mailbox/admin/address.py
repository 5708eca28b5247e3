"""Addresses at which nothing arrives, and addresses that want no more of something."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.mailbox import addresses, optout
from klimapakt.mailbox.models import AddressProblem, OptOut


def _is_well(problem: AddressProblem, *, by: object) -> HttpResponse:
    addresses.clear(problem.email)
    return redirect("admin:mailbox_addressproblem_changelist")


@admin.register(AddressProblem)
class AddressProblemAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    list_display = ["email", "sentence", "since"]
    search_fields = ["email"]
    fields = ["email", "sentence", "since", "mail"]
    about_list = "Hier stehen die Adressen, von denen eine Mail als unzustellbar zurückkam."
    service_actions = [
        ServiceAction(
            name="in-ordnung",
            label="Adresse ist wieder in Ordnung",
            available=lambda problem: True,
            explain=lambda problem: (
                f"Der Hinweis bei {problem.email} verschwindet. Kommt wieder eine Mail zurück, erscheint er von selbst."
            ),
            run=_is_well,
            is_main=True,
        )
    ]

    def has_change_permission(self, request: HttpRequest, obj: AddressProblem | None = None) -> bool:
        return False

    def may_act(self, request: HttpRequest, found: AddressProblem) -> bool:
        return request.user.has_perm("mailbox.delete_addressproblem")


class OptOutForm(forms.ModelForm):
    class Meta:
        model = OptOut
        fields = ["email", "topic"]

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


@admin.register(OptOut)
class OptOutAdmin(admin.ModelAdmin):
    """Somebody said by telephone or on paper what others say by the link in a mail."""

    form = OptOutForm
    list_display = ["email", "topic", "since"]
    list_filter = ["topic"]
    search_fields = ["email"]
    about_list = "Hier steht, wer keine Einladungen, keine Rundmails oder keinen Newsletter mehr möchte."
    delete_confirmation_template = "admin/mailbox/optout/delete_confirmation.html"
    actions = None  # to take back what many people said would need the warning for each

    def has_change_permission(self, request: HttpRequest, obj: OptOut | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: OptOut | None = None) -> list[str]:
        return ["email", "topic", "since"] if obj else ["email", "topic"]

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().delete_view(
            request, object_id, {**(extra_context or {}), "title": "Abbestellung zurücknehmen", "subtitle": None}
        )

    def save_model(self, request: HttpRequest, obj: OptOut, form: Any, change: bool) -> None:
        obj.pk = optout.add(obj.email, obj.topic).pk
