"""Partners by where their agreement stands, for mailings."""

from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone

from agreements.models import Agreement
from klimapakt.mailbox.audiences import Audience, Recipient
from klimapakt.mailbox.models import Topic
from partners.audiences import OF_CONTACTS, TO_OWN_PAGES, PeopleForm, link_to_own_pages, people_of
from partners.models import Organisation


class AgreementsForm(PeopleForm):
    """In which states, and whom of these partners."""

    states = forms.MultipleChoiceField(
        label="Stand der Vereinbarung",
        choices=Agreement.Status.choices,
        initial=[Agreement.Status.OFFERED],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Bitte kreuzen Sie mindestens einen Stand an."},
    )

    field_order = ["states", "who"]


def _partners(choices: dict[str, object]) -> list[Recipient]:
    over = Agreement.objects.over(on=timezone.localdate())  # stored as in force, and shown as „abgelaufen“
    agreements = Agreement.objects.filter(partner__organisation=OuterRef("pk"), status__in=choices["states"]).exclude(
        pk__in=over
    )
    return people_of(Organisation.objects.filter(Exists(agreements)), choices["who"], link=link_to_own_pages)


AGREEMENTS = Audience(
    name="agreements",
    title="Partner nach Stand der Vereinbarung",
    explanation="Zum Beispiel alle, denen eine Vereinbarung zur Unterschrift vorliegt.",
    reason="Sie erhalten diese Mail, weil Sie beim {pakt} als Ansprechperson eingetragen sind.",
    form_class=AgreementsForm,
    recipients=_partners,
    placeholders={**OF_CONTACTS, "link": TO_OWN_PAGES},
    topic=Topic.MAILING,
    button="Zu Ihren Seiten",
)

AUDIENCES = [AGREEMENTS]
