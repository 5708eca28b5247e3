"""Pages of agreements in the admin, asked for and sent as a browser does."""

from collections.abc import Iterator

from django.db import connection
from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement

LIST = "/admin/agreements/agreement/"


def page_of(agreement: Agreement, name: str = "change/") -> str:
    return f"{LIST}{agreement.pk}/{name}"


def sent_by(client: Client, path: str, **changes: object) -> dict[str, object]:
    """Return what a browser would send from this page after these changes."""
    values = {field.html_name: field.value() for form in _forms_of(client.get(path)) for field in form}
    return {name: value for name, value in values.items() if value is not None and value is not False} | changes


def _forms_of(page: HttpResponse) -> Iterator[BaseForm]:
    """Yield the forms of a button's page, a change page with its inlines, or a list with places to fill in."""
    context = page.context
    if context.get("form"):
        yield context["form"]
    if context.get("adminform"):
        yield context["adminform"].form
    formsets = [inline.formset for inline in context.get("inline_admin_formsets", [])]
    if context.get("cl"):
        formsets.append(context["cl"].formset)
    for formset in formsets:
        yield formset.management_form
        yield from formset.forms


def count(client: Client, path: str) -> int:
    """Return how many queries a page needs."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
