"""What the office can do with one mail, and what its page says in each state."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from klimapakt.mailbox.admin.outgoing import ACTIONS, GROUPS, MEANING
from klimapakt.mailbox.models import LINK_MARK, IncomingMail, MailAttachment, OutgoingMail, case_of
from tests.factories import OutgoingMailFactory, PartnerFactory
from tests.factories.events import RegistrationFactory
from tests.partners.test_application_states import cells

S = OutgoingMail.Status

# „-“: there is no such button, and asking for it changes nothing.
MATRIX = """
                draft      held       queued     in_flight  handing_over  sent  retry      failed     unclear  bounced    withdrawn  expired
erneut-senden   -          -          -          -          -             -     -          queued     queued   queued     -          -
wurde-gesendet  -          -          -          -          -             -     -          -          sent     -          -          -
zurueckziehen   withdrawn  withdrawn  withdrawn  -          -             -     withdrawn  -          -        -          -          -
erledigt        -          -          -          -          -             -     -          withdrawn  -        withdrawn  -          -
"""


def mail_in(state: str, **fields: object) -> OutgoingMail:
    now = timezone.now()
    times = {
        S.SENT: {"sent_at": now},
        S.IN_FLIGHT: {"lease_until": now},
        S.HANDING_OVER: {"lease_until": now, "handed_over_at": now},
        S.UNCLEAR: {"handed_over_at": now},
        S.BOUNCED: {"sent_at": now, "bounced_at": now},
    }
    return OutgoingMailFactory(status=state, **{**times.get(state, {}), **fields})


def page_of(mail: OutgoingMail) -> str:
    return f"/admin/mailbox/outgoingmail/{mail.pk}/"


def test_the_matrix_has_every_state_and_every_button():
    assert {state for _, state, _ in cells(MATRIX)} == set(S.values)
    assert {action for action, _, _ in cells(MATRIX)} == {action.name for action in ACTIONS}
    assert set(MEANING) == set(S)


@pytest.mark.parametrize(("button", "state", "expected"), cells(MATRIX))
def test_each_button_is_there_and_does_what_the_matrix_says(button, state, expected, pact, office_client):
    mail = mail_in(state)

    is_offered = f"{button}/" in office_client.get(page_of(mail) + "change/").content.decode()
    asked = office_client.get(page_of(mail) + f"{button}/").status_code
    office_client.post(page_of(mail) + f"{button}/")

    mail.refresh_from_db()
    assert is_offered == (expected != "-")
    assert asked == (302 if expected == "-" else 200)
    assert mail.status == (state if expected == "-" else expected)


@pytest.mark.parametrize("state", S.values)
def test_the_page_says_what_the_state_means(state, pact, office_client):
    page = office_client.get(page_of(mail_in(state)) + "change/").content.decode()

    label = S(state).label
    assert f"<strong>{label[0].upper()}{label[1:]}.</strong>" in page
    assert MEANING[state] in page


@pytest.mark.parametrize("button", [action.name for action in ACTIONS])
def test_two_who_press_at_once_do_it_once(button, pact, office_client):
    state = next(state for name, state, expected in cells(MATRIX) if name == button and expected != "-")
    mail = mail_in(state)
    office_client.post(page_of(mail) + f"{button}/")
    after = OutgoingMail.objects.values().get()

    office_client.post(page_of(mail) + f"{button}/")

    assert OutgoingMail.objects.values().get() == after
    assert LogEntry.objects.count() == 1


def test_whoever_sends_an_unclear_mail_again_is_told_that_it_may_arrive_twice(pact, office_client):
    texts = {
        state: office_client.get(page_of(mail_in(state)) + "erneut-senden/").content.decode()
        for state in (S.UNCLEAR, S.FAILED)
    }

    assert "bekommt die Person sie zweimal" in texts[S.UNCLEAR]
    assert "zweimal" not in texts[S.FAILED]


def test_who_may_only_read_has_no_button(pact, office):
    office.groups.clear()
    office.user_permissions.add(*permissions("view_outgoingmail"))
    client, mail = Client(), mail_in(S.FAILED)
    client.force_login(office)

    page = client.get(page_of(mail) + "change/")
    answer = client.post(page_of(mail) + "erneut-senden/")

    assert page.status_code == 200
    assert "erneut-senden" not in page.content.decode()
    assert answer.status_code == 403


def permissions(*names: str) -> list:
    from django.contrib.auth.models import Permission

    return list(Permission.objects.filter(codename__in=names))


def test_the_page_shows_all_there_is_to_know(pact, office_client):
    now = timezone.now()
    case = case_of(PartnerFactory(pk=17, organisation__name="Bäckerei Korn & Söhne"))
    mail = mail_in(
        S.UNCLEAR, attempts=3, tried_at=now, server_code=451, repeats=1, about=case, to_name="Erika Muster",
        problem="Die Antwort ging verloren.", body=f"Guten Tag,\n\nhier: {LINK_MARK}\n",
    )  # fmt: skip
    MailAttachment.objects.create(mail=mail, name="Blatt.pdf", content_type="application/pdf", content=b"x")
    other = mail_in(S.SENT, about=case, subject="Die erste Mail")
    answer = IncomingMail.objects.create(
        fingerprint="1", kind="reply", received_at=now, from_name="Kim Antwort", subject="Re: Ihre Mail", answers=mail
    )

    page = office_client.get(page_of(mail) + "change/").content.decode()

    for words in (
        "Erika Muster", mail.to_email, "Die Antwort ging verloren.", "451", "Einmal wiederholt", "[persönlicher Link]", "Blatt.pdf",
        other.subject, answer.subject, "Kim Antwort", f"/admin/mailbox/incomingmail/{answer.pk}/change/",
        'Partner: <a href="/admin/partners/partner/17/change/">Bäckerei Korn &amp; Söhne</a>',
    ):  # fmt: skip
        assert words in page, words


def test_a_case_that_may_not_be_read_is_not_named(pact, office_client, office):
    unproven = RegistrationFactory(unconfirmed=True, name="Frida Fremd")
    partner, gone = PartnerFactory(), "partner:4711"
    mails = [mail_in(S.SENT, about=about) for about in (case_of(unproven), case_of(partner), gone)]
    office.groups.clear()
    office.user_permissions.add(*permissions("view_outgoingmail", "view_registration"))

    pages = [office_client.get(page_of(mail) + "change/").content.decode() for mail in mails]

    assert [re.search("<dt>Vorgang</dt><dd>(.*?)</dd>", page)[1] for page in pages] == [
        "Anmeldung",
        "Partner",
        "Partner",
    ]
    assert "Frida Fremd" not in pages[0]
    assert str(partner) not in pages[1]


def test_the_look_of_a_mail_runs_nothing_and_shows_no_link(pact, office_client):
    mail = mail_in(S.SENT, html=f'<p style="color:red">Guten Tag</p><a href="{LINK_MARK}">x</a>')

    answer = office_client.get(page_of(mail) + "ansicht/")

    assert "Guten Tag" in answer.content.decode()
    assert LINK_MARK not in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy


def test_a_mail_without_a_look_has_none(pact, office_client, initial_partner_user):
    plain, coloured, stranger = mail_in(S.SENT), mail_in(S.SENT, html="<p>x</p>"), Client()
    stranger.force_login(initial_partner_user)

    codes = [
        office_client.get(page_of(plain) + "ansicht/").status_code,
        stranger.get(page_of(coloured) + "ansicht/").status_code,
    ]

    assert codes == [404, 404]
    assert "ansicht/" not in office_client.get(page_of(plain) + "change/").content.decode()


def test_markup_in_a_mail_is_text_on_its_page(pact, office_client):
    mail = mail_in(S.SENT, subject="A & B <GmbH>", body="<script>alert(1)</script>", to_name="<b>Erika</b>")

    page = office_client.get(page_of(mail) + "change/").content.decode()

    assert "A &amp; B &lt;GmbH&gt;" in page
    assert "<script>alert" not in page
    assert "<b>Erika" not in page


def test_the_list_is_narrowed_down_by_state_kind_and_day(pact, office_client):
    failed, sent = mail_in(S.FAILED, subject="Die Gescheiterte"), mail_in(S.SENT, subject="Die Gesendete")
    OutgoingMail.objects.filter(pk=sent.pk).update(kind="office_digest")

    found = {
        query: [mail.pk for mail in office_client.get(f"/admin/mailbox/outgoingmail/?{query}").context["cl"].queryset]
        for query in ("status__in=failed", "art=office_digest", "status__in=failed,unclear", "status__in=x")
    }

    assert found == {
        "status__in=failed": [failed.pk],
        "art=office_digest": [sent.pk],
        "status__in=failed,unclear": [failed.pk],
        "status__in=x": [],
    }


def choices_of(client: Client, query: str = "") -> list[list[str]]:
    """Return what each filter beside the list of mails offers; „*“ marks what is chosen."""
    filters = client.get(f"/admin/mailbox/outgoingmail/?{query}").context["cl"]
    return [
        [("*" if choice["selected"] else "") + choice["display"] for choice in spec.choices(filters)]
        for spec in filters.filter_specs
    ]


def test_every_state_belongs_to_one_group_of_the_filter():
    grouped = [state for states in GROUPS.values() for state in states]

    assert sorted(grouped) == sorted(S)


def test_the_filters_offer_groups_of_states_and_the_kinds_that_occur(pact, office_client):
    OutgoingMail.objects.filter(pk=mail_in(S.SENT).pk).update(kind="office_digest")
    OutgoingMail.objects.filter(pk=mail_in(S.FAILED).pk).update(kind="of_an_earlier_release")

    states, found, *_ = choices_of(office_client)
    of_a_link, *_ = choices_of(office_client, "status__in=bounced")
    of_the_overview, *_ = choices_of(office_client, "status__in=queued,retry,in_flight,handing_over")

    assert states == ["*Alle", *GROUPS]
    assert found == ["*Alle", "Was am Morgen offen ist", "of_an_earlier_release"]
    assert of_a_link == ["Alle", *GROUPS, "*nur „nicht zustellbar“"]
    assert of_the_overview[1] == "*wartet oder wird gesendet"


def test_the_list_names_the_person_but_nobody_who_has_not_proven_the_address(pact, office_client):
    mail_in(S.SENT, to_name="Erika Muster", to_email="erika@musterbaeckerei.example")
    mail_in(S.SENT, to_name="Frida Fremd", to_email="frida@fremd.example", is_proven=False)

    page = office_client.get("/admin/mailbox/outgoingmail/").content.decode()

    assert "Erika Muster, erika@musterbaeckerei.example" in page
    assert "unbestätigte Adresse" in page
    assert "Frida" not in page


@pytest.mark.parametrize(("repeats", "words"), [(0, "bekommt die Person sie zweimal"), (1, "zum dritten Mal")])
def test_before_an_unclear_mail_is_repeated_the_page_says_how_often_it_may_arrive(repeats, words, pact, office_client):
    mail = mail_in(S.UNCLEAR, repeats=repeats)

    assert words in office_client.get(page_of(mail) + "erneut-senden/").content.decode()
