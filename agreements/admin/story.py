"""What the office sees of an agreement beside its text: whom it waits for, and what became of each version."""

from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Prefetch, Q, QuerySet
from django.utils import timezone

from agreements import pdf
from agreements.models import Agreement, Response, Signature, Version
from klimapakt.documents.models import Document

DONE_LAST = ExpressionWrapper(~Q(status__in=Agreement.UNDER_WAY), output_field=BooleanField())
"""Orders what somebody still works on before what is done."""


def with_story(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Load the versions with all that happened to them: four queries for any number of agreements."""
    versions = Version.objects.defer("content").prefetch_related("openings", "responses", "signatures")
    return agreements.prefetch_related(Prefetch("versions", queryset=versions.order_by("-number")))


def newest(agreement: Agreement) -> Version | None:
    """Return the newest version of an agreement that came from `with_story`, without asking the database."""
    return next(iter(agreement.versions.all()), None)


def waits_for(agreement: Agreement) -> str:
    """Say who has to act next; empty when nobody has."""
    S = Agreement.Status
    match agreement.status:
        case S.DRAFT:
            return "Geschäftsstelle: anbieten"
        case S.DECLINED:
            return "Geschäftsstelle: ändern oder abschließen"
        case S.SIGNED:
            return "Gegenzeichnung"
        case S.OFFERED:
            version = newest(agreement)
            if version.responses.all():
                return "Geschäftsstelle: Änderungswunsch"
            return f"{version.to_name}, seit {timezone.localtime(version.offered_at):%d.%m.%Y}"
    return ""


def term(agreement: Agreement) -> str:
    """Say from when to when it binds; empty while it does not."""
    if not agreement.is_in_force:
        return ""
    first_day = f"{agreement.in_force_from:%d.%m.%Y}" if agreement.in_force_from else "nicht bekannt"
    return f"{first_day} bis {agreement.in_force_until:%d.%m.%Y}" if agreement.in_force_until else first_day


@dataclass(frozen=True)
class VersionShown:
    """A version, what became of it in a few words, and its file for reading."""

    version: Version
    fate: str
    copy: Document | None


def versions_of(agreement: Agreement, documents: list[Document]) -> list[VersionShown]:
    """Return the versions of an agreement from `with_story`, the newest first."""
    files = {document.key: document for document in documents}
    return [
        VersionShown(version, _fate(version, agreement), files.get(pdf.key_to_read(version)))
        for version in agreement.versions.all()
    ]


def _fate(version: Version, agreement: Agreement) -> str:
    if any(response.kind == Response.Kind.DECLINE for response in version.responses.all()):
        return "abgelehnt"
    if version != newest(agreement) or agreement.is_draft:
        was_signed = any(signature.party == Signature.Party.PARTNER for signature in version.signatures.all())
        return "zurückgenommen nach der Unterschrift des Partners" if was_signed else "zurückgenommen"
    if agreement.is_offered and version.responses.all():
        return "Änderung gewünscht"
    return "liegt dem Partner vor" if agreement.is_offered else agreement.shown_status


def last_answer(agreement: Agreement) -> Response | None:
    """Return what the partner answered to the newest version, if anything: the office works from it."""
    version = newest(agreement)
    return max(version.responses.all(), key=lambda response: response.at, default=None) if version else None
