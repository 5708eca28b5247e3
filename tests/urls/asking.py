"""Ask for a page without leaving a trace."""

import copy

from django.db import transaction
from django.http import HttpResponse
from django.test import Client


def ask(client: Client, method: str, path: str, data: dict | None = None, *, undo: bool = True) -> HttpResponse:
    """Ask for a page, and undo in the database and in the browser what the answer did."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(path, data)
        response.read = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(undo)
    client.cookies = cookies
    return response


def filled_in(data: dict[str, str], things: object) -> dict[str, str]:
    """Return what a row of the table sends, with the things it names."""
    return {name.format_map(vars(things)): value.format_map(vars(things)) for name, value in data.items()}
