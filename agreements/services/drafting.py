"""A draft for a partner, from the pact's template."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from agreements.models import Agreement, Clause, Contribution, TemplateContribution, TemplateSection
from klimapakt.pact.models import Pact
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import Partner, TimelineEntry


@transaction.atomic
def draft_for(partner: Partner, *, by: AbstractUser) -> Agreement:
    """Begin an agreement with the pact's template.

    Raises NotPossible while another one with this partner is under way.
    """
    partner = Partner.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=partner.pk)
    if open_one := partner.agreements.under_way().first():
        raise NotPossible(
            f"Für „{partner}“ gibt es schon eine Vereinbarung, die noch nicht in Kraft ist "
            f"(Stand: {open_one.get_status_display()}). Bitte arbeiten Sie an dieser weiter."
        )
    agreement = Agreement.objects.create(partner=partner, recorded_by=by)
    copy_template(agreement)
    TimelineEntry.note(f"{Pact.load().agreement_name} entworfen", by=by, organisation=partner.organisation)
    return agreement


@transaction.atomic
def take_template(agreement: Agreement, *, by: AbstractUser) -> None:
    """Give a draft that has no text yet (from before there was a template) the clauses of the template."""
    agreement = editable(agreement)
    if agreement.clauses.exists() or agreement.contributions.exists():
        raise NotPossible("Diese Vereinbarung hat schon einen Text.")
    copy_template(agreement)
    TimelineEntry.note("Text aus der Vorlage übernommen", by=by, organisation=agreement.partner.organisation)


def editable(agreement: Agreement) -> Agreement:
    """Return the draft, locked, so that nobody offers it while it is being saved; call it inside a transaction.

    Raises TransitionNotAllowed when it is no draft (any more).
    """
    agreement = Agreement.objects.locked(agreement.pk)
    if not agreement.is_draft:
        raise TransitionNotAllowed(f"agreement {agreement.pk} is no draft")
    return agreement


def copy_template(agreement: Agreement) -> None:
    """Give an agreement the clauses and contributions of the template."""
    Clause.objects.bulk_create(
        Clause(
            agreement=agreement,
            position=section.position,
            title=section.title,
            text=section.text,
            contains=section.contains,
        )
        for section in TemplateSection.objects.all()
    )
    Contribution.objects.bulk_create(
        Contribution(agreement=agreement, position=contribution.position, text=contribution.text)
        for contribution in TemplateContribution.objects.all()
    )
