"""The role of a partner, and whether the public sees it."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from klimapakt.fields import LineField, LinksField, ProseField, SeveralField
from klimapakt.states import StateMachine
from klimapakt.text import sort_key
from partners import interfaces
from partners.models.answers import Offer
from partners.models.consent import Consent
from partners.models.organisation import Organisation


class PartnerQuerySet(models.QuerySet):
    def klimapartner(self, *, on: date) -> Self:
        """Partners with an agreement in force on that day: they are counted in N."""
        return self.filter(Exists(interfaces.agreements_in_force(on).filter(partner=OuterRef("pk"))))

    def with_standing_consent(self) -> Self:
        return self.filter(Exists(Consent.objects.to_publish().filter(organisation=OuterRef("organisation"))))

    def listed_by_report_only(self) -> Self:
        """Partners who never agreed themselves: their names are known from public reports."""
        reported = Consent.objects.to_publish().filter(source=Consent.Source.PUBLIC_REPORT)
        return self.filter(Exists(reported.filter(organisation=OuterRef("organisation"))))

    def released(self) -> Self:
        """Published by the office while the partner's consent stands."""
        return self.filter(publication=Partner.Publication.PUBLISHED).with_standing_consent()

    def listed(self, *, on: date) -> Self:
        """What the public sees: released by the office, agreed to by the partner, and in force. All three, live."""
        return self.released().klimapartner(on=on)

    def with_consent_to_quote(self) -> Self:
        """Annotate `may_show_quote`: whether quote and picture may be seen; read live, so that a withdrawal works."""
        consents = Consent.objects.standing().filter(organisation=OuterRef("organisation"))
        return self.annotate(may_show_quote=Exists(consents.filter(purpose=Consent.Purpose.QUOTE)))

    def matching(self, *, words: str = "", sector: str = "") -> Self:
        """Narrow down by words in name, place or text, and by sector."""
        found = self
        if words:
            found = found.filter(
                Q(organisation__sort_name__contains=sort_key(words))
                | Q(organisation__place__icontains=words)
                | Q(text__icontains=words)
            )
        if sector:
            found = found.filter(organisation__sector=sector)
        return found


class Partner(StateMachine):
    """An organisation that joins the pact. It is a Klimapartner while an agreement is in force."""

    class Publication(models.TextChoices):
        HIDDEN = "hidden", "nicht öffentlich"
        PROPOSED = "proposed", "zur Freigabe"
        PUBLISHED = "published", "veröffentlicht"
        PAUSED = "paused", "ausgesetzt"
        FORMER = "former", "ehemalig"

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="partner", verbose_name="Organisation"
    )
    slug = models.SlugField("Adresse der Seite", max_length=80, unique=True)
    text = ProseField(
        "Profiltext",
        max_length=1500,
        blank=True,
        help_text="In einfachen Worten: wer Sie sind und was Sie für das Klima tun.",
    )
    quote = ProseField("Zitat", max_length=300, blank=True)
    quote_person = LineField("Wer das sagt", max_length=160, blank=True)
    links = LinksField("Links", blank=True)
    logo = models.ForeignKey(
        "uploads.Upload", null=True, on_delete=models.SET_NULL, related_name="+", editable=False, verbose_name="Logo"
    )
    offers = SeveralField("Was der Partner anbietet", choices=Offer)
    offers_text = ProseField("Angebot in Worten", max_length=1000, blank=True)
    needs = SeveralField("Was der Partner sucht", choices=Offer)
    publication = models.CharField(
        "Veröffentlichung", max_length=10, choices=Publication, default=Publication.HIDDEN, editable=False
    )
    published_at = models.DateTimeField("veröffentlicht am", null=True, editable=False)
    created_at = models.DateTimeField("angelegt am", default=timezone.now, editable=False)

    STATE = "publication"
    TRANSITIONS = {
        Publication.HIDDEN: {Publication.PROPOSED, Publication.PUBLISHED, Publication.FORMER},
        Publication.PROPOSED: {Publication.PUBLISHED, Publication.HIDDEN, Publication.FORMER},
        Publication.PUBLISHED: {Publication.PAUSED, Publication.HIDDEN, Publication.FORMER},
        Publication.PAUSED: {Publication.PUBLISHED, Publication.HIDDEN, Publication.FORMER},
        Publication.FORMER: {Publication.PROPOSED},
    }

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = "Partner"
        verbose_name_plural = "Partner"
        ordering = ["organisation__sort_name"]
        indexes = [models.Index(fields=["publication"], name="partner_publication")]

    def __str__(self) -> str:
        return self.organisation.name

    def get_absolute_url(self) -> str:
        return reverse("partners:detail", args=[self.slug])

    @classmethod
    def free_slug(cls, name: str) -> str:
        """Return an address for a name that no other partner has."""
        base = (
            slugify(sort_key(name.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")))[:70] or "partner"
        )
        taken = set(cls.objects.filter(slug__startswith=base).values_list("slug", flat=True))
        return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)

    @property
    def may_be_published(self) -> bool:
        return self.may_become(self.Publication.PUBLISHED)

    @property
    def may_be_hidden(self) -> bool:
        return self.may_become(self.Publication.HIDDEN)

    def propose(self) -> None:
        """Put the profile before the office for release."""
        self._move_to(self.Publication.PROPOSED)

    def publish(self) -> None:
        """Release the profile. The services check consent and agreement; the list reads both live."""
        self._move_to(self.Publication.PUBLISHED, published_at=timezone.now())

    def hide(self) -> None:
        """Take the profile out of the public list."""
        self._move_to(self.Publication.HIDDEN)

    def end(self) -> None:
        """The organisation is a partner no longer, or goes on as another one."""
        self._move_to(self.Publication.FORMER)

    propose.alters_data = publish.alters_data = hide.alters_data = end.alters_data = True
