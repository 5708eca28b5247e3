"""In a trial, people come to the events that lie ahead; they go with it without a trace."""

from django.utils import timezone

from events.models import Event, Invitation, Registration, Seats
from events.services.registration import Person, register
from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.setup import trial
from partners.models import Contact
from tests.factories import EventFactory, UserFactory

WORKSHOP, MEETING = "workshop-massnahmen-planen-und-rechnen", "netzwerktreffen-elektrische-lastwagen"


def test_a_public_event_is_nearly_full_and_some_wait(loaded):
    workshop = Event.objects.get(slug=WORKSHOP)

    seats = Seats.of(workshop)
    waiting = list(workshop.registrations.waiting_in_order())

    assert 0 < seats.free <= 2
    assert waiting
    assert not any(seats.are_enough_for(registration.seats) for registration in waiting)
    assert workshop.registrations.filter(organisation=None).exists()


def test_to_an_event_for_partners_all_are_invited_and_some_have_answered(loaded):
    meeting = Event.objects.get(slug=MEETING)

    answers = set(meeting.invitations.values_list("answer", flat=True))
    accepted = set(meeting.invitations.filter(answer="accepted").values_list("contact", flat=True))

    assert meeting.is_for_partners
    assert answers == {"open", "accepted", "declined"}
    assert accepted == set(meeting.registrations.values_list("contact", flat=True))


def test_invented_registrations_keep_every_rule(loaded):
    for registration in Registration.objects.prefetch_related("attendees"):
        registration.full_clean()
        assert len(registration.names) == registration.seats
        assert registration.email.endswith(".example")
        assert registration.seats <= registration.event.most_seats
    for invitation in Invitation.objects.all():
        invitation.full_clean()


def test_loading_people_writes_no_mail_and_no_link(loaded):
    assert Registration.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert not AccessLink.objects.exists()


def test_real_events_take_no_registration_unless_the_profile_says_so(krefeld):
    assert not Event.objects.filter(takes_registrations=True).exists()


def test_people_go_with_the_trial_also_from_real_events(loaded, now):
    real = EventFactory(status="published", starts_at=timezone.now() + timezone.timedelta(days=9))
    contact = Contact.objects.exclude(email="").filter(organisation__is_invented=True).first()
    by = UserFactory()
    register(real, Person.of_contact(contact), names=["Erika Muster"], by=by)
    register(real, Person("Ole", "ole@imkerei.example"), names=["Ole"], by=by)
    kept = register(real, Person("Ada", "ada@firma.de"), names=["Ada"], by=by).registration

    trial.remove()

    assert list(Registration.objects.all()) == [kept]
    assert not Invitation.objects.exists()
    assert not Event.objects.filter(is_invented=True).exists()
    assert set(AccessLink.objects.values_list("object_id", flat=True)) == {kept.pk}
    assert [mail.to_email for mail in OutgoingMail.objects.all()] == ["ada@firma.de"]
