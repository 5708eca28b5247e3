from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.http import require_safe

from klimapakt.admin import ReadOnlyAdmin, ServiceAction, ServiceActionsAdmin
from klimapakt.mailbox import html, kinds, outbox
from klimapakt.mailbox.admin.case import link_to
from klimapakt.mailbox.frame import a_mail
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import TransitionNotAllowed

S = OutgoingMail.Status

MEANING = {
    S.DRAFT: "Die Mail ist geschrieben und geht erst heraus, wenn die Rundmail freigegeben wird.",
    S.HELD: "Die Mail ist angehalten. Sie geht heraus, sobald sie freigegeben wird; bis dahin können Sie sie zurückziehen.",
    S.QUEUED: "Die Mail wartet und geht von selbst heraus. Sie müssen nichts tun.",
    S.IN_FLIGHT: "Die Mail wird gerade gesendet. Sie müssen nichts tun.",
    S.HANDING_OVER: "Der Mailserver bekommt die Mail gerade. Sie müssen nichts tun.",
    S.RETRY: "Es hat noch nicht geklappt. Das Portal versucht es von selbst wieder, ungefähr drei Tage lang.",
    S.SENT: "Der Mailserver hat die Mail angenommen.",
    S.FAILED: "Die Mail ist nicht gesendet worden und geht nicht von selbst noch einmal heraus. Wenn der Grund behoben ist,"
    " senden Sie sie noch einmal. Braucht es die Mail nicht mehr, wählen Sie „Erledigt“.",
    S.UNCLEAR: "Die Mail kann angekommen sein oder nicht: Der Mailserver bekam sie, aber seine Antwort ging verloren. Bitte sehen"
    " Sie im Ordner der gesendeten Mails nach oder fragen Sie die Person. Kam sie an, wählen Sie „Wurde gesendet“, sonst „Noch"
    " einmal senden“.",
    S.BOUNCED: "Die Mail kam als unzustellbar zurück. Bitte berichtigen Sie die Adresse dort, wo sie eingetragen ist; neue Mails"
    " gehen dann an die richtige. Diese hier geht auch beim nochmaligen Senden an die alte Adresse.",
    S.WITHDRAWN: "Die Mail wurde zurückgezogen und geht nicht heraus.",
    S.EXPIRED: "Die Mail ging nicht heraus, weil sie zu spät gekommen wäre.",
}
"""What each state means, and what to do."""


def _send_again(mail: OutgoingMail, *, by: object) -> str:
    mail.send_again()
    outbox.wake()
    return "Die Mail wird noch einmal gesendet."


def _explain_sending_again(mail: OutgoingMail) -> str:
    text = f"Die Mail „{mail.subject}“ geht noch einmal heraus, an: {mail.shown_recipient}."
    if mail.status == S.UNCLEAR and mail.repeats:
        return (
            f"{text} Sie ist schon einmal wiederholt worden: Vielleicht bekommt die Person sie jetzt zum dritten Mal."
        )
    if mail.status == S.UNCLEAR:
        return f"{text} Vielleicht ist sie schon angekommen: Dann bekommt die Person sie zweimal."
    if mail.status == S.BOUNCED:
        return f"{text} Sie kam von dort schon einmal zurück."
    return text


def _was_sent(mail: OutgoingMail, *, by: object) -> str:
    mail.was_sent(by)
    return "Vermerkt: Die Mail wurde gesendet."


def _withdraw(mail: OutgoingMail, *, by: object) -> str:
    if not OutgoingMail.objects.filter(pk=mail.pk, status__in=[S.DRAFT, S.HELD, S.QUEUED, S.RETRY]).withdraw():
        raise TransitionNotAllowed
    return "Die Mail ist zurückgezogen."


def _settle(mail: OutgoingMail, *, by: object) -> str:
    if not OutgoingMail.objects.filter(pk=mail.pk).drop_failed():
        raise TransitionNotAllowed
    return "Erledigt. Die Mail geht nicht mehr heraus."


ACTIONS = [
    ServiceAction(
        name="erneut-senden",
        label="Noch einmal senden",
        available=lambda mail: mail.can_be_sent_again and mail.body_deleted_at is None,
        explain=_explain_sending_again,
        run=_send_again,
        is_main=True,
    ),
    ServiceAction(
        name="wurde-gesendet",
        label="Wurde gesendet",
        available=lambda mail: mail.status == S.UNCLEAR,
        explain=lambda mail: (
            f"Sie haben nachgesehen: Die Mail „{mail.subject}“ ist angekommen oder liegt im Ordner der gesendeten Mails. Das"
            " Portal vermerkt sie als gesendet und sendet sie nicht noch einmal."
        ),
        run=_was_sent,
    ),
    ServiceAction(
        name="zurueckziehen",
        label="Zurückziehen",
        available=lambda mail: mail.status in (S.DRAFT, S.HELD, S.QUEUED, S.RETRY),
        explain=lambda mail: (
            f"Die Mail „{mail.subject}“ an {mail.shown_recipient} geht dann nicht mehr heraus. Das lässt sich nicht zurücknehmen."
        ),
        run=_withdraw,
        is_destructive=True,
    ),
    ServiceAction(
        name="erledigt",
        label="Erledigt",
        available=lambda mail: mail.status in (S.FAILED, S.BOUNCED),
        explain=lambda mail: (
            f"Die Mail „{mail.subject}“ wird nicht mehr gebraucht. Sie steht danach als zurückgezogen da und nicht mehr auf Ihrer"
            " Aufgabenliste."
        ),
        run=_settle,
    ),
]


GROUPS = {
    "wartet oder wird gesendet": [S.QUEUED, S.RETRY, S.IN_FLIGHT, S.HANDING_OVER],
    "gesendet": [S.SENT],
    "braucht eine Entscheidung": [S.FAILED, S.UNCLEAR, S.BOUNCED, S.HELD],
    "zurückgezogen oder verfallen": [S.WITHDRAWN, S.EXPIRED],
    "Entwurf": [S.DRAFT],
}
"""States as the office tells them apart."""


class StateFilter(admin.SimpleListFilter):
    """Offers groups of states; links of other pages ask for a single one."""

    title = "Stand"
    parameter_name = "status__in"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        groups = {",".join(states): title for title, states in GROUPS.items()}
        if self.value() and self.value() not in groups and self._asked:
            groups[self.value()] = "nur " + ", ".join(f"„{S(state).label}“" for state in self._asked)
        return list(groups.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(status__in=self._asked) if self.value() else queryset

    @property
    def _asked(self) -> list[str]:
        return [state for state in self.value().split(",") if state in S.values]


class KindFilter(admin.SimpleListFilter):
    """Offers the kinds of which there are mails."""

    title = "Art"
    parameter_name = "art"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        titles, occurring = kinds.titles(), OutgoingMail.objects.order_by().values_list("kind", flat=True).distinct()
        return sorted(((kind, titles.get(kind, kind)) for kind in occurring), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin, ServiceActionsAdmin):
    """What the portal has written, to whom, and what became of it."""

    change_form_template = "admin/mailbox/outgoingmail/change_form.html"
    list_display = ["subject", "status", "written_at", "shown_recipient", "problem"]
    list_filter = [StateFilter, KindFilter, "created_at"]
    list_per_page = 50
    search_fields = ["subject", "to_name"]
    ordering = ["-created_at"]
    fieldsets = []
    service_actions = ACTIONS
    about_list = "Hier steht jede Mail, die das Portal schreibt, und was aus ihr wurde."

    @admin.display(description="An")
    def shown_recipient(self, mail: OutgoingMail) -> str:
        is_named = mail.is_proven and mail.to_name
        return f"{mail.to_name}, {mail.shown_recipient}" if is_named else mail.shown_recipient

    @admin.display(description="geschrieben", ordering="created_at")
    def written_at(self, mail: OutgoingMail) -> str:
        return f"{timezone.localtime(mail.created_at):%d.%m.%Y %H:%M}"

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        """A mail that was written is read, never edited."""
        return False

    def may_act(self, request: HttpRequest, found: OutgoingMail) -> bool:
        return request.user.has_perm("mailbox.change_outgoingmail")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        mails = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("changelist"):
            return mails.defer("body", "html")
        return mails.select_related("link", "mailing", "wording")

    def get_fieldsets(self, request: HttpRequest, obj: OutgoingMail | None = None) -> list:
        """The page says it all in words (`page_context`)."""
        return []

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_safe(a_mail(self.look)))
        look = path("<int:object_id>/ansicht/", view, name="mailbox_outgoingmail_look")
        return [look, *super().get_urls()]

    def page_context(self, request: HttpRequest, found: OutgoingMail) -> dict[str, Any]:
        thread = OutgoingMail.objects.filter(about=found.about).exclude(pk=found.pk) if found.about else []
        return {
            "subtitle": None,
            "title": Truncator(found.subject).chars(80),
            "mail": found,
            "meaning": MEANING[found.status],
            "kind": kinds.titles().get(found.kind, found.kind),
            "case": link_to(found.about, request),
            "attachments": found.attachments.values_list("name", flat=True),
            "answers": found.answers.order_by("received_at"),
            "thread": thread and thread.defer("body", "html").order_by("-created_at")[:20],
        }

    def look(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the mail as a mail program does, without link and code."""
        if not self.has_view_permission(request):
            raise Http404
        mail = self.get_object(request, str(object_id))
        if mail is None or not mail.html:
            raise Http404
        return HttpResponse(html.shown(mail.html))
