from datetime import datetime

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from klimapakt.admin import ReadOnlyAdmin
from klimapakt.mailbox.models import OptOut, Topic
from klimapakt.newsletter.models import Subscription


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Who gets the newsletter, and the proof that they wanted it. Unproven addresses are nobody's business yet.

    Whoever cancels by telephone is entered with the others who did („Abbestellungen“).
    """

    list_display = ["email", "asked_at", "confirmed_at", "ended_at"]
    search_fields = ["email"]
    ordering = ["email"]
    fields = ["email", "text", "asked_at", "confirmed_at", "ended_at"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        ended = OptOut.objects.filter(topic=Topic.NEWSLETTER, email=OuterRef("email")).values("since")
        return super().get_queryset(request).exclude(confirmed_at=None).annotate(ended=Subquery(ended))

    @admin.display(description="abbestellt", ordering="ended")
    def ended_at(self, subscription: Subscription) -> datetime | None:
        return subscription.ended

    def has_change_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        """Somebody asks to be forgotten (Article 17 GDPR); what ends a subscription is the opt-out."""
        return request.user.has_perm("newsletter.delete_subscription")
