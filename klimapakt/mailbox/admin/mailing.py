"""Mailings: the list, the buttons, and the way through the four steps (`mailing_pages`)."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format

from klimapakt.admin import ServiceAction, ServiceActionsAdmin
from klimapakt.mailbox import mailing as service
from klimapakt.mailbox.admin import mailing_frame as frame
from klimapakt.mailbox.admin import mailing_pages as pages
from klimapakt.mailbox.admin.mailing_forms import AudienceForm, CopyForm
from klimapakt.mailbox.models import Mailing
from klimapakt.mailbox.moment import moment


def _back(mailing: Mailing, *, by: object) -> HttpResponse:
    service.back_to_draft(mailing)
    return redirect(frame.url_of(mailing, "empfaenger"))


def _pause(mailing: Mailing, *, by: object) -> str:
    held = service.pause(mailing)
    return f"Unterbrochen. {frame.mails(held)} {_wait(held)}, bis Sie fortsetzen."


def _resume(mailing: Mailing, *, by: object) -> str:
    number = service.resume(mailing)
    return f"Fortgesetzt. {frame.mails(number)} {_go(number)} {_from_when(mailing)} heraus."


def _stop(mailing: Mailing, *, by: object) -> str:
    end = service.stop(mailing)
    sent = "Gesendet war noch keine" if not end.left else f"Gesendet waren schon {end.left}"
    return f"Gestoppt. {frame.mails(end.withdrawn)} {_go(end.withdrawn)} nicht mehr heraus. {sent}."


def _copy(mailing: Mailing, *, token: object, by: object) -> HttpResponse:
    return redirect(frame.url_of(service.copy(mailing, token=token, by=by), "empfaenger"))


def _wait(number: int) -> str:
    return "wartet" if number == 1 else "warten"


def _go(number: int) -> str:
    return "geht" if number == 1 else "gehen"


def _already(left: int) -> str:
    """Say what nobody can fetch back."""
    return f" Schon gesendet: {frame.mails(left)}." if left else ""


def _from_when(mailing: Mailing) -> str:
    is_ahead = mailing.send_at and mailing.send_at > timezone.now()
    return f"ab {moment(mailing.send_at)}" if is_ahead else "weiter"


def _explain_going_back(mailing: Mailing) -> str:
    return (
        f"Die vorbereiteten Mails ({service.progress(mailing).drafts}) werden verworfen, auch was Sie an einzelnen geändert "
        "haben. Danach können Sie Auswahl und Text ändern und neu vorbereiten. Gesendet wird nichts."
    )


def _explain_pausing(mailing: Mailing) -> str:
    progress = service.progress(mailing)
    return (
        f"{frame.mails(progress.open)} {_wait(progress.open)} dann, bis Sie fortsetzen. Eine Mail, die der Mailserver gerade "
        f"bekommt, geht noch heraus. Gesendet sind bis jetzt {progress.left} von {progress.all}."
    )


def _explain_resuming(mailing: Mailing) -> str:
    number = service.progress(mailing).open
    return f"{frame.mails(number)} {_go(number)} dann {_from_when(mailing)} heraus. Niemand bekommt die Mail zweimal."


def _explain_stopping(mailing: Mailing) -> str:
    progress = service.progress(mailing)
    return (
        f"{frame.mails(progress.open)} {_go(progress.open)} dann nicht mehr heraus. Das lässt sich nicht zurücknehmen."
        f"{_already(progress.left)} Wenn Sie nur kurz nachdenken möchten, wählen Sie „Unterbrechen“."
    )


ACTIONS = [
    ServiceAction(
        name="zurueck",
        label="Auswahl oder Text ändern",
        available=lambda mailing: mailing.is_prepared,
        explain=_explain_going_back,
        run=_back,
    ),
    ServiceAction(
        name="unterbrechen",
        label="Unterbrechen",
        available=lambda mailing: mailing.is_released and not service.progress(mailing).is_over,
        explain=_explain_pausing,
        run=_pause,
        is_main=True,
    ),
    ServiceAction(
        name="fortsetzen",
        label="Fortsetzen",
        available=lambda mailing: mailing.is_paused,
        explain=_explain_resuming,
        run=_resume,
        is_main=True,
    ),
    ServiceAction(
        name="stoppen",
        label="Stoppen",
        available=lambda mailing: mailing.may_be_stopped and not service.progress(mailing).is_over,
        explain=_explain_stopping,
        run=_stop,
        is_destructive=True,
    ),
    ServiceAction(
        name="kopieren",
        label="Als Vorlage kopieren",
        available=lambda mailing: bool(mailing.subject),
        explain=lambda mailing: (
            "Es entsteht eine neue Rundmail mit demselben Empfängerkreis und demselben Text. Beides können Sie ändern. Wen Sie "
            "hier ausgelassen haben, ist auch dort ausgelassen. Gesendet wird nichts."
        ),
        form=CopyForm,
        run=_copy,
        permission="mailbox.add_mailing",
    ),
]


@admin.register(Mailing)
class MailingAdmin(ServiceActionsAdmin):
    """One text to many. A mailing has pages instead of a form: each step says what comes next."""

    list_display = ["__str__", "shown_audience", "shown_state", "mails_all", "mails_sent", "mails_troubled"]
    list_filter = ["status"]
    list_per_page = 50
    search_fields = ["subject"]
    ordering = ["-created_at"]
    actions = None
    fields: list[str] = []
    add_label = "Rundmail schreiben"
    about_list = "Eine Rundmail ist ein Text an viele: Sie wählen, wer ihn bekommt, und lesen ihn, bevor er herausgeht."
    service_actions = ACTIONS

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request)
        return found.with_figures() if request.resolver_match.url_name.endswith("changelist") else found

    @admin.display(description="Empfängerkreis")
    def shown_audience(self, mailing: Mailing) -> str:
        return frame.audience_title(mailing)

    @admin.display(description="Stand", ordering="status")
    def shown_state(self, mailing: Mailing) -> str:
        if not mailing.is_released:
            return mailing.get_status_display()
        if mailing.send_at > timezone.now():
            return f"geplant für {date_format(timezone.localtime(mailing.send_at), 'd.m.Y, H:i')} Uhr"
        return "wird gesendet" if mailing.mails_open else "fertig"

    @admin.display(description="Mails", ordering="mails_all")
    def mails_all(self, mailing: Mailing) -> int:
        return mailing.mails_all

    @admin.display(description="gesendet", ordering="mails_sent")
    def mails_sent(self, mailing: Mailing) -> int:
        return mailing.mails_sent

    @admin.display(description="Probleme", ordering="mails_troubled")
    def mails_troubled(self, mailing: Mailing) -> int:
        return mailing.mails_troubled

    # --- The pages ---

    def get_urls(self) -> list:
        wrap = self.admin_site.admin_view
        urls = [
            path(f"<int:object_id>/{route}", wrap(frame.page(view, permission)), name=name)
            for route, view, name, permission in pages.PAGES
        ]
        watch = path("<int:object_id>/verlauf/", wrap(self.watch), name="mailbox_mailing_verlauf")
        return [*urls, watch, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Begin a mailing by saying to whom."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AudienceForm(request.POST) if request.method == "POST" else AudienceForm()
        if request.method == "POST" and form.is_valid():
            mailing = service.create(form.cleaned_data["audience"], token=form.cleaned_data["token"], by=request.user)
            return redirect(frame.url_of(mailing, "empfaenger"))
        return pages.show_audiences(request, form, Mailing())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to where the mailing stands."""
        mailing = self.get_object(request, object_id)
        if not self.has_view_permission(request, mailing):
            raise PermissionDenied
        if mailing is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, mailing):
            return redirect(frame.url_of(mailing, "verlauf"))
        return redirect(frame.where_it_stands(mailing))

    def watch(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How far it is, for all who may see it, with the buttons for those who may change it."""
        mailing = get_object_or_404(Mailing, pk=object_id)
        if not self.has_view_permission(request, mailing):
            raise PermissionDenied
        may_act = self.may_act(request, mailing)
        buttons = [
            (action, reverse(f"admin:mailbox_mailing_{action.name}", args=[mailing.pk]))
            for action in self.service_actions
            if may_act and action.available(mailing) and action.is_allowed_to(request.user)
        ]
        return pages.watch(request, mailing, buttons=buttons)

    def has_delete_permission(self, request: HttpRequest, obj: Mailing | None = None) -> bool:
        """What has mails stays: they say where they came from."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)
