"""Whoever wants no more of something says so by one button; duties still come."""

import pytest
from django.conf import settings
from django.test import Client

from klimapakt.logs import mask
from klimapakt.mailbox import optout
from klimapakt.mailbox.models import OptOut, OutgoingMail
from klimapakt.states import TransitionNotAllowed
from tests.factories import OutgoingMailFactory
from tests.rows import all_rows, difference

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def mail(pact) -> OutgoingMail:
    """An invitation that was sent."""
    return OutgoingMailFactory(topic="invitation", status="sent", to_email="Erika@musterbaeckerei.example")


def path_of(mail: OutgoingMail) -> str:
    return optout.address(mail).removeprefix(settings.PORTAL_BASE_URL)


def strict_client() -> Client:
    return Client(enforce_csrf_checks=True)


def button(client: Client, path: str, page: str) -> object:
    """Press a button of the page as a browser does, with its cookie and its hidden field."""
    token = client.get(page).context["csrf_token"]
    return client.post(path, {"csrfmiddlewaretoken": str(token)})


def test_the_page_changes_nothing_however_often_a_scanner_opens_it(mail):
    before = all_rows()

    answers = [getattr(Client(), method)(path_of(mail)) for method in ("get", "head", "get")]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert difference(before, all_rows()) == {}


def test_the_page_says_what_it_is_about_and_tells_neither_address_nor_name(mail):
    answer = Client().get(path_of(mail))

    page = answer.content.decode()
    assert "Einladungen zu Veranstaltungen" in page
    assert "Was zu einem Vorgang gehört, schreiben wir Ihnen weiterhin" in page
    assert "musterbaeckerei" not in page.lower()
    assert "Max" not in page


def test_the_address_stays_out_of_caches_search_engines_and_referrers(mail):
    answer = Client().get(path_of(mail))

    assert path_of(mail).split("/")[2] not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Referrer-Policy"] == "strict-origin"
    assert answer["X-Robots-Tag"] == "noindex"


def test_the_button_ends_the_topic_once(mail):
    client = strict_client()

    for _ in range(2):
        answer = button(client, path_of(mail), path_of(mail))

        assert answer.status_code == 302
    assert list(OptOut.objects.values_list("email", "topic")) == [("erika@musterbaeckerei.example", "invitation")]
    assert "Doch wieder erhalten" in client.get(path_of(mail)).content.decode()


def test_a_mail_program_ends_it_without_cookie_and_without_redirect(mail):
    answer = strict_client().post(path_of(mail), ONE_CLICK)

    assert answer.status_code == 200
    assert OptOut.objects.get().topic == "invitation"


@pytest.mark.parametrize(
    "body", [{}, {"List-Unsubscribe": "one-click!"}, {"Other": "One-Click"}], ids=["empty", "other value", "other name"]
)
def test_any_other_body_needs_the_cookie(mail, body):
    answer = strict_client().post(path_of(mail), body)

    assert answer.status_code == 403
    assert not OptOut.objects.exists()


def test_it_can_be_undone_on_the_same_page(mail):
    client, path = strict_client(), path_of(mail)
    button(client, path, path)

    answer = button(client, path + "wieder/", path)

    assert answer.status_code == 302
    assert not OptOut.objects.exists()
    assert "Mit dem Knopf" in client.get(path).content.decode()


def test_undoing_needs_the_cookie(mail):
    optout.add(mail.to_email, mail.topic)

    answer = strict_client().post(path_of(mail) + "wieder/")

    assert answer.status_code == 403
    assert OptOut.objects.exists()


def forged(mail: OutgoingMail) -> dict[str, str]:
    number, mac = path_of(mail).split("/")[2].split(".")
    other = OutgoingMailFactory(topic="invitation", status="sent")
    return {
        "nothing": "x",
        "no mac": f"{number}.",
        "wrong mac": f"{number}.{mac[:-1]}{'A' if mac[-1] != 'A' else 'B'}",
        "somebody else's": f"{other.pk}.{mac}",
        "a number beyond all": f"{'9' * 30}.{mac}",
        "digits of another script": f"٣.{mac}",
        "no such mail": f"999999.{mac}",
    }


def test_a_token_that_was_not_mailed_opens_nothing(mail):
    before_tokens = forged(mail)
    before = all_rows()

    codes = {
        (name, kind): getattr(Client(), kind)(f"/abbestellen/{token}/{end}", data).status_code
        for name, token in before_tokens.items()
        for kind, end, data in (
            ("get", "", {}), ("post", "", {}), ("post", "", ONE_CLICK), ("post", "wieder/", {}),
        )
    }  # fmt: skip

    assert set(codes.values()) == {404}
    assert difference(before, all_rows()) == {}


def test_a_duty_cannot_be_ended(pact):
    duty = OutgoingMailFactory(topic="", status="sent")

    answer = Client().post(path_of(duty), ONE_CLICK)

    assert answer.status_code == 404
    assert not OptOut.objects.exists()


def test_a_key_that_was_replaced_still_opens_what_it_signed(mail, settings):
    path = path_of(mail)
    settings.LINK_KEYS = ["n" * 40, *settings.LINK_KEYS]

    assert Client().get(path).status_code == 200
    settings.LINK_KEYS = settings.LINK_KEYS[:1]
    assert Client().get(path).status_code == 404


def test_the_token_stands_in_no_table_and_in_no_log_line(mail):
    path = path_of(mail)
    Client().post(path, ONE_CLICK)

    mac = path.split(".")[1].strip("/")
    assert mac not in str(all_rows(without=()))
    assert mask(f"POST {path}wieder/ 302") == "POST /abbestellen/[link]/wieder/ 302"


def test_what_waits_of_the_topic_is_taken_back_and_nothing_else(mail):
    S = OutgoingMail.Status
    mine = {"to_email": "erika@Musterbaeckerei.example".lower(), "topic": "invitation"}
    waiting = [OutgoingMailFactory(**mine, status=state) for state in (S.QUEUED, S.RETRY, S.DRAFT, S.HELD)]
    others = [
        OutgoingMailFactory(**{**mine, "topic": "mailing"}),
        OutgoingMailFactory(**{**mine, "topic": ""}),
        OutgoingMailFactory(**{**mine, "to_email": "kim@musterbaeckerei.example"}),
    ]

    optout.opt_out(path_of(mail).split("/")[2])

    taken_back = OutgoingMail.objects.filter(pk__in=[one.pk for one in waiting])
    assert set(taken_back.values_list("status", "problem")) == {("withdrawn", "Abbestellt")}
    assert set(OutgoingMail.objects.filter(pk__in=[one.pk for one in others]).values_list("status")) == {("queued",)}


def test_what_is_unclear_of_the_topic_is_not_repeated(mail):
    unclear = OutgoingMailFactory(to_email=mail.to_email, topic=mail.topic, status="unclear", problem="Unklar.")

    optout.add(mail.to_email, mail.topic)

    with pytest.raises(TransitionNotAllowed):
        unclear.repeat_once()
    unclear.refresh_from_db()
    assert (unclear.status, unclear.problem) == ("unclear", "Unklar.")


def test_who_is_asked_for_is_found_in_any_spelling(db):
    optout.add("Erika@Firma.example", "mailing")

    assert not optout.is_wanted("ERIKA@firma.example", "mailing")
    assert optout.is_wanted("erika@firma.example", "invitation")
    assert optout.is_wanted("erika@firma.example", "")
    assert optout.without(["Erika@firma.example", "Kim@firma.example"], "mailing") == {"Kim@firma.example"}
    assert optout.without(["erika@firma.example"], "") == {"erika@firma.example"}


def test_the_office_notes_what_somebody_said_by_telephone(pact, office_client):
    waiting = OutgoingMailFactory(topic="mailing", to_email="erika@firma.example")

    office_client.post("/admin/mailbox/optout/add/", {"email": "Erika@Firma.example", "topic": "mailing"})
    again = office_client.post("/admin/mailbox/optout/add/", {"email": "erika@firma.example", "topic": "mailing"})

    waiting.refresh_from_db()
    assert waiting.status == "withdrawn"
    assert OptOut.objects.get().email == "erika@firma.example"
    assert again.status_code == 200  # the form again, with what is wrong
    assert again.context["adminform"].form.non_field_errors()


def test_before_somebodys_word_is_taken_back_the_office_is_warned(pact, office_client):
    found = optout.add("erika@firma.example", "mailing")
    page = f"/admin/mailbox/optout/{found.pk}/delete/"

    warning = office_client.get(page).content.decode()
    office_client.post(page, {"post": "yes"})

    assert "nicht mehr möchte" in warning
    assert not OptOut.objects.exists()
