"""Telling apart and merging: the status code of every URL for every role, written by hand."""

from tests.urls.office_pages import APPLICATION, SERVICE, STAFF_

ORGANISATION = "/admin/partners/organisation"
BUTTON = STAFF_ + "403 403 405 405", STAFF_ + "403 403 302 302"
"""A button on the page of a record; its address is never looked at."""
COMPARISON = STAFF_ + "403 403 200 200", STAFF_ + "403 403 409 409"
"""Two side by side. Sent without what the page showed, it shows again."""

DUPLICATE_PAGES: dict[str, tuple] = {
    "admin/partners/organisation/<int:object_id>/vergleichen/<slug:kind>/<int:other_id>/": (
        ORGANISATION + "/{twin.pk}/vergleichen/organisation/{double.pk}/", *COMPARISON,
    ),
    "admin/partners/organisation/<int:object_id>/keine-dublette/": (
        ORGANISATION + "/{twin.pk}/keine-dublette/", *BUTTON, {"other": "organisation:{double.pk}"},
    ),
    "admin/partners/organisation/<int:object_id>/doch-pruefen/": (
        ORGANISATION + "/{twin.pk}/doch-pruefen/", *BUTTON, {"other": "organisation:{double.pk}"},
    ),
    "admin/partners/application/<int:object_id>/vergleichen/<slug:kind>/<int:other_id>/": (
        APPLICATION + "/{reviewed.pk}/vergleichen/organisation/{double.pk}/", *COMPARISON,
    ),
    "admin/partners/application/<int:object_id>/keine-dublette/": (
        APPLICATION + "/{reviewed.pk}/keine-dublette/", *BUTTON, {"other": "organisation:{double.pk}"},
    ),
    "admin/partners/application/<int:object_id>/doch-pruefen/": (
        APPLICATION + "/{reviewed.pk}/doch-pruefen/", *BUTTON, {"other": "organisation:{double.pk}"},
    ),
    "admin/partners/application/<int:object_id>/andere-organisation/": (
        APPLICATION + "/{reviewed.pk}/andere-organisation/", *BUTTON,
    ),
    "admin/partners/merge/<path:object_id>/zuruecknehmen/": (
        "/admin/partners/merge/{merge.pk}/zuruecknehmen/", *SERVICE,
    ),
}  # fmt: skip
