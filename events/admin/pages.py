"""What the pages about the people of an event have in common: who may see them, and their frame."""

from collections.abc import Callable
from functools import wraps
from typing import NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from events.models import Event


class Page(NamedTuple):
    """A page below the address of an event, for those who have a right."""

    route: str
    view: Callable[..., HttpResponse]
    name: str
    permission: str


def event_page(view: Callable[..., HttpResponse], permission: str) -> Callable[..., HttpResponse]:
    """Let in whoever has the right, and look up the event."""

    @wraps(view)
    def page(request: HttpRequest, object_id: int, **kwargs: object) -> HttpResponse:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return view(request, get_object_or_404(Event.objects.order_by(), pk=object_id), **kwargs)

    return page


def show(
    request: HttpRequest, template: str, event: Event, *, title: str, status: int = 200, **context: object
) -> TemplateResponse:
    """Render a page in the frame of the admin."""
    frame = {**admin.site.each_context(request), "opts": Event._meta, "title": title, "event": event}
    return TemplateResponse(request, template, {**frame, **context}, status=status)
