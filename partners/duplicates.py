"""Who might be the same organisation, and why it seems so. Only people decide: nothing is merged by itself.

Compared are organisations, applications under way and open inquiries. The folding is the database's own
(`partners/models/matching.py`); each search costs the same number of queries, however many rows there are.
"""

from dataclasses import dataclass
from typing import Self

from django.contrib.postgres.search import TrigramSimilarity
from django.db import models
from django.db.models import F, Q

from klimapakt.mailbox.models import case_of
from partners.models import Applicant, Application, Contact, Interest, NoDuplicate, Organisation
from partners.models.matching import mail_domain, match_name

Case = Organisation | Application | Interest

SIMILAR = 0.5
"""From this share of common trigrams on two folded names are alike. Below it stand different firms of one trade and
town (Sparkasse Krefeld, Sparkasse Kleve: 45 %), above it typing mistakes and other word orders (Blumen Petersen,
Petersen Blumen: 58 %); the pairs are in tests/partners/test_duplicates.py."""

SHOWN = 10
"""So many candidates at most: who sees more reads none."""

FREEMAIL = frozenset({
    "aol.com", "arcor.de", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net",
    "googlemail.com", "hotmail.com", "hotmail.de", "icloud.com", "live.com", "live.de", "mac.com", "magenta.de",
    "mail.de", "mailbox.org", "me.com", "msn.com", "online.de", "outlook.com", "outlook.de", "posteo.de", "posteo.net",
    "proton.me", "protonmail.com", "t-online.de", "unitybox.de", "vodafone.de", "web.de", "yahoo.com", "yahoo.de",
    "ymail.com", "1und1.de", "kabelmail.de", "netcologne.de", "versanet.de",
})  # fmt: skip
"""Mail providers for everybody: their domain says nothing about a firm."""

SHARED_HOSTS = frozenset({
    "facebook.com", "de-de.facebook.com", "m.facebook.com", "instagram.com", "linkedin.com", "de.linkedin.com",
    "xing.com", "youtube.com", "linktr.ee", "sites.google.com", "google.com", "goo.gl", "maps.app.goo.gl",
})  # fmt: skip
"""Web addresses under which many firms have a page."""

WEIGHTS = {"register": 0.95, "name": 0.9, "host": 0.7, "domain": 0.5, "address": 0.4}
"""How much each reason says, for the order of the candidates: a number is unique, an address may be an office park."""


@dataclass(frozen=True)
class Candidate:
    """A record that may be the same organisation; `reasons` are German, `score` orders from 0 to 1."""

    case: Case
    reasons: list[str]
    score: float


@dataclass(frozen=True)
class Traits:
    """What a record is recognised by; empty where it says nothing."""

    raw_name: str
    name: str
    host: str
    register: str
    address: str
    domains: frozenset[str]

    @classmethod
    def of(cls, case: Case) -> Self:
        """Read a record's traits, in at most two queries."""
        if isinstance(case, Interest):
            row = Interest.objects.annotate(folded=match_name("organisation")).get(pk=case.pk)
            return cls(row.organisation, row.folded or "", "", "", "", _domains([row.email]))
        columns = ("name", "match_name", "match_host", "match_register", "match_address")
        raw, name, host, register, address = type(case)._base_manager.values_list(*columns).get(pk=case.pk)
        if isinstance(case, Organisation):
            emails = list(Contact.objects.filter(organisation=case).values_list("email", flat=True))
        else:
            people = Applicant.objects.present().filter(application=case)
            emails = [case.contact_email, case.deputy_email, *people.values_list("email", flat=True)]
        host = "" if host in SHARED_HOSTS else host
        return cls(raw, name or "", host or "", register or "", address or "", _domains(emails))


def find(case: Case) -> list[Candidate]:
    """Return what may be the same organisation as this one, the likeliest first; without what was told apart."""
    traits = Traits.of(case)
    found = [
        *_organisations(traits, besides=case),
        *_applications(traits, besides=case),
        *_inquiries(traits, besides=case),
    ]
    apart = told_apart(case)
    found = [candidate for candidate in found if case_of(candidate.case) not in apart]
    return sorted(found, key=lambda candidate: -candidate.score)[:SHOWN]  # equal ones: organisations first


def told_apart(case: Case) -> set[str]:
    """Return the cases that somebody told apart from this one, as application or as the organisation it became."""
    own = {case_of(case)}
    if isinstance(case, Organisation):
        accepted = Application.objects.filter(partner__organisation=case.pk)
        own |= {f"application:{pk}" for pk in accepted.values_list("pk", flat=True)}
    pairs = NoDuplicate.objects.filter(Q(first__in=own) | Q(second__in=own)).values_list("first", "second")
    others = {side for pair in pairs for side in pair} - own
    numbers = [int(other.removeprefix("application:")) for other in others if other.startswith("application:")]
    accepted = Application.objects.filter(pk__in=numbers, partner__isnull=False)
    return others | {f"organisation:{pk}" for pk in accepted.values_list("partner__organisation", flat=True)}


def _organisations(traits: Traits, *, besides: Case) -> list[Candidate]:
    people = Contact.objects.annotate(domain=mail_domain("email")).filter(domain__in=traits.domains)
    by_domain = dict(people.values_list("organisation", "domain")) if traits.domains else {}
    rows = Organisation.objects.select_related("partner")
    if isinstance(besides, Organisation):
        rows = rows.exclude(pk=besides.pk)
    if isinstance(besides, Application) and besides.known_as_id:
        rows = rows.exclude(pk=besides.known_as_id)
    return [_candidate(row, traits, by_domain.get(row.pk)) for row in _alike(rows, traits, by_domain)]


def _applications(traits: Traits, *, besides: Case) -> list[Candidate]:
    people = Applicant.objects.present().filter(application__status__in=Application.UNDECIDED)
    people = people.annotate(domain=mail_domain("email")).filter(domain__in=traits.domains)
    by_domain = dict(people.values_list("application", "domain")) if traits.domains else {}
    rows = Application.objects.undecided()
    if isinstance(besides, Application):
        rows = rows.exclude(pk=besides.pk)
    if isinstance(besides, Organisation):
        rows = rows.exclude(known_as=besides.pk)
    return [_candidate(row, traits, by_domain.get(row.pk)) for row in _alike(rows, traits, by_domain)]


def _inquiries(traits: Traits, *, besides: Case) -> list[Candidate]:
    """Compare open inquiries that have not led to an application; they are few and hold little."""
    rows = Interest.objects.open().filter(application=None)
    if isinstance(besides, Interest):
        rows = rows.exclude(pk=besides.pk)
    rows = rows.annotate(match_name=match_name("organisation"), domain=mail_domain("email"))
    rows = rows.annotate(similarity=TrigramSimilarity("match_name", traits.name))
    rows = rows.filter(Q(similarity__gte=SIMILAR) | Q(domain__in=traits.domains)).order_by("pk")
    return [_candidate(row, traits, row.domain if row.domain in traits.domains else None) for row in rows]


def _alike(rows: models.QuerySet, traits: Traits, by_domain: dict[int, str]) -> models.QuerySet:
    """Narrow rows down to those with a trait in common. Each part of the condition has an index."""
    rows = rows.annotate(similarity=TrigramSimilarity("match_name", traits.name))
    which = Q(match_name__trigram_similar=traits.name, similarity__gte=SIMILAR) | Q(pk__in=by_domain)
    for column in ("host", "register", "address"):
        if value := getattr(traits, column):
            which |= Q(**{f"match_{column}": value})
    return rows.filter(which).order_by(F("similarity").desc(nulls_last=True), "pk")[: 5 * SHOWN]


def _candidate(row: Case, traits: Traits, domain: str | None) -> Candidate:
    reasons: list[tuple[str, float]] = []
    if traits.name and row.match_name == traits.name:
        is_same = str(row).casefold() == traits.raw_name.casefold()
        reasons.append(("gleicher Name" if is_same else "gleicher Name ohne Rechtsform", WEIGHTS["name"]))
    elif row.similarity is not None and row.similarity >= SIMILAR:  # „!!!“ has no letter to compare
        reasons.append((f"ähnlicher Name ({row.similarity:.0%})".replace("%", " %"), WEIGHTS["name"] * row.similarity))
    if not isinstance(row, Interest):
        if traits.register and row.match_register == traits.register:
            reasons.append((f"gleiche Registernummer {row.register_number}", WEIGHTS["register"]))
        if traits.host and row.match_host == traits.host:
            reasons.append((f"gleiche Internetadresse {traits.host}", WEIGHTS["host"]))
        if traits.address and row.match_address == traits.address:
            reasons.append((f"gleiche Anschrift {row.street}, {row.postal_code}", WEIGHTS["address"]))
    if domain:
        reasons.append((f"gleiche Mail-Domain {domain}", WEIGHTS["domain"]))
    doubt = 1.0
    for _, weight in reasons:
        doubt *= 1 - weight
    return Candidate(row, [words for words, _ in reasons], 1 - doubt)


def _domains(emails: list[str]) -> frozenset[str]:
    return frozenset(email.rpartition("@")[2].lower() for email in emails if "@" in email) - FREEMAIL
