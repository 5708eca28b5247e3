"""The personal links of this app: what each purpose opens."""

from django.http import HttpRequest
from django.urls import reverse

from klimapakt.links import entry
from klimapakt.links.models import AccessLink

AGREEMENT = "agreement"
"""Opens one version of an agreement for its signatory. `object_id` is the version.

Only while the organisation still has a contact with that address: who has left neither reads nor signs.
"""


def register_purposes() -> None:
    entry.register(AGREEMENT, _open_agreement)


def _open_agreement(request: HttpRequest, link: AccessLink) -> str:
    from agreements.models import Version
    from agreements.services import answering

    version = Version.objects.with_reader().filter(pk=link.object_id).first()
    if version is None:
        raise entry.LinkClosed
    answering.note_opening(version, link)
    entry.remember(request, link)
    return reverse("agreements:agreement")
