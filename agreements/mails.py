"""Which mail goes to whom, about what, and which key makes it unique.

Each function writes one row into the outbox, in the transaction of its caller. All are about the agreement.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from agreements import access, content, pdf
from agreements.models import Response, Signature, Version
from klimapakt.documents.models import Document
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox import outbox
from klimapakt.pact.models import Pact

LINK_LIFETIME = timedelta(days=90)

ASK_TO_SIGN = ["agreement_offered", "agreement_link", "agreement_code"]
"""Kinds of mail that make no sense any more once the offer is gone."""

LARGEST_ATTACHMENT = 5 * 1024 * 1024
"""Larger files are refused by many a mailbox; the mail then says where to find the PDF."""


def offered(version: Version) -> None:
    """Ask the signatory to read and sign."""
    _to_signatory(version, "agreement_offered", key=offer_key(version))


def offer_key(version: Version) -> str:
    return f"agreement-offered:{version.pk}"


def link_again(version: Version) -> None:
    """The link once more, at the office's wish."""
    _to_signatory(version, "agreement_link", key=f"{_link_key(version)}:{timezone.now():%Y%m%d%H%M%S}")


def _link_key(version: Version) -> str:
    return f"agreement-link:{version.pk}"


def signing_code(version: Version, code: OneTimeCode) -> None:
    """The code for which the signatory waits at the screen; a mail with an older one is not sent any more."""
    outbox.OutgoingMail.objects.about(version.agreement).filter(kind="agreement_code").call_off()
    outbox.enqueue(
        "agreements/mail/agreement_code",
        key=f"agreement-code:{code.pk}",
        to=code.link.email,
        name=version.to_name,
        about=version.agreement,
        context=context_of(version),
        code=lambda: code,
        expires_at=code.expires_at,
        is_urgent=True,
    )


def signed(signature: Signature) -> None:
    """The receipt."""
    version = signature.version
    outbox.enqueue(
        "agreements/mail/agreement_signed",
        key=f"agreement-signed:{version.pk}",
        to=signature.email,
        name=signature.name,
        about=version.agreement,
        context=context_of(version, signature=signature),
    )


def is_invitation_to(version: Version) -> Q:
    """The mails that brought the signatory a link to this version."""
    return Q(key=offer_key(version)) | Q(key__startswith=f"{_link_key(version)}:")


def withdrawn(version: Version, *, is_final: bool) -> None:
    """What lay before the signatory is not to be signed any more; `is_final`: and nothing follows."""
    _to_signatory(
        version,
        "agreement_withdrawn",
        key=f"agreement-withdrawn:{version.pk}",
        is_signed=version.signatures.exists(),
        is_final=is_final,
    )


def in_force(document: Document) -> None:
    """The PDF with both signatures, to the signatory and to the office."""
    version = pdf.version_of(document)
    signatures = {signature.party: signature for signature in version.signatures.all()}
    partner, pact = signatures[Signature.Party.PARTNER], Pact.load()
    fits = len(document.content) <= LARGEST_ATTACHMENT
    copies = [("partner", partner.email, partner.name)]
    if pact.can_send_mail:
        copies.append(("office", pact.office_email, pact.office_name))
    for side, email, name in copies:
        outbox.enqueue(
            "agreements/mail/agreement_in_force" if side == "partner" else "agreements/mail/office_agreement_in_force",
            key=f"agreement-in-force:{version.pk}:{side}",
            to=email,
            name=name,
            about=version.agreement,
            context=context_of(version, signatures=signatures, is_attached=fits),
            attachments=[outbox.Attachment(document.name[-120:], document.content_type, bytes(document.content))]
            if fits
            else [],
        )


def tell_office_of_signature(signature: Signature) -> None:
    _to_office(signature.version, "office_agreement_signed", key=f"office-agreement-signed:{signature.version_id}",
               signature=signature)  # fmt: skip


def tell_office_of_change(wish: Response) -> None:
    _to_office(wish.version, "office_agreement_change", key=f"office-agreement-change:{wish.pk}", response=wish)


def tell_office_of_refusal(refusal: Response) -> None:
    _to_office(
        refusal.version, "office_agreement_declined", key=f"office-agreement-declined:{refusal.pk}", response=refusal
    )


def access_to(version: Version) -> AccessLink:
    """A link to one version for its signatory."""
    return AccessLink.issue(access.AGREEMENT, version.pk, email=version.to_email, valid_for=LINK_LIFETIME)


def _to_signatory(version: Version, kind: str, *, key: str, **context: object) -> None:
    outbox.enqueue(
        f"agreements/mail/{kind}",
        key=key,
        to=version.to_email,
        name=version.to_name,
        about=version.agreement,
        context=context_of(version, **context),
        link=lambda: access_to(version),
    )


def _to_office(version: Version, kind: str, *, key: str, **context: object) -> None:
    pact = Pact.load()
    if not pact.can_send_mail:
        return  # nowhere to write to; the admin's start page shows the same
    outbox.enqueue(
        f"agreements/mail/{kind}",
        key=key,
        to=pact.office_email,
        about=version.agreement,
        context=context_of(version, **context),
    )


def context_of(version: Version, **more: object) -> dict[str, object]:
    """What every text may use: the version, its agreement, and what it says."""
    return {"version": version, "agreement": version.agreement, "wording": content.read(version.content), **more}
