"""Tokens, codes and personal data stand in the mail that carries them and on the pages of those they concern."""

import logging
from email import message_from_bytes
from email.policy import default

import pytest
from django.conf import settings
from django.test import Client

from agreements.models import Agreement
from events.models import Event
from klimapakt.links.models import OneTimeCode
from klimapakt.mailbox import kinds, optout
from klimapakt.mailbox.message import build
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, OutgoingMail
from klimapakt.mailbox.pump import pump
from partners import steps
from partners.models import Application, Contact, Partner
from tests.bad_input.form import page_form
from tests.factories import MeasureFactory, TargetFactory
from tests.factories.events import MeetingFactory
from tests.filled import CONFIRMATIONS, SEND, begin, fill
from tests.leaks.conftest import Walk, make_documents


@pytest.fixture
def whole_way(walk) -> Walk:
    """A company applies, signs, is published, comes to a meeting; a stranger comes too. Each link from a real mail."""
    apply(walk)
    sign(walk)
    publish(walk)
    meet(walk)
    pump()
    look_around(walk)
    return walk


def apply(walk: Walk) -> None:
    company, member = walk.company, walk.member
    page = "/mein-klimapakt/antrag/"
    begin(company)
    for step in steps.STEPS:
        fill(company, step.slug, **({"consent_initial_partners": "on"} if step is steps.CONSENTS else {}))
        walk.page(company, f"{page}{step.slug}/")
    walk.page(company, page + "adresse/", {"email": "zweite@musterbaeckerei.example"})
    walk.open_newest_link()
    walk.page(company, page + "mitwirkende/einladen/", {"name": "Kim Muster", "email": "kim@musterbaeckerei.example"})
    walk.open_newest_link(Client())
    for path in ("", "mitwirkende/", "pruefen/", "loeschen/"):
        walk.page(company, page + path)
    walk.page(company, SEND, CONFIRMATIONS)
    make_documents()
    admin = f"/admin/partners/application/{Application.objects.get().pk}/"
    walk.page(member, admin + "pruefen/", {})
    asked = page_form(member, admin + "rueckfrage/", text_1="Wie viele Standorte?").data
    preview = walk.page(member, admin + "rueckfrage/", asked)
    walk.page(member, admin + "rueckfrage/", asked | {"seen": preview.context["form"]["seen"].value()})
    walk.open_newest_link()
    question = Application.objects.get().questions.get()
    walk.page(company, page + "antwort/", {f"answer_{question.pk}": "Zwei."})
    for button, data in (
        ("link", {}),
        ("ablehnen", page_form(member, admin + "ablehnen/", reason="Doch nicht.").data),
        ("zuruecknehmen", {}),
        ("aufnehmen", {}),
    ):
        walk.page(member, admin + button + "/", data)
    pump()


def sign(walk: Walk) -> None:
    company, member = walk.company, walk.member
    walk.page(member, "/admin/agreements/agreement/add/", {"partner": Partner.objects.get().pk})
    agreement = Agreement.objects.get()
    MeasureFactory(agreement=agreement)
    TargetFactory(agreement=agreement)
    admin, page = f"/admin/agreements/agreement/{agreement.pk}/", "/mein-klimapakt/vereinbarung/"
    walk.page(member, admin + "anbieten/", page_form(member, admin + "anbieten/").data)
    walk.open_newest_link()
    make_documents()
    version = {"sha256": agreement.newest_version().sha256}
    walk.page(company, page + "aenderung/", {**version, "text": "Bitte ohne Dachbegrünung."})
    walk.page(company, page + "code/", version)
    walk.page(company, page + "unterschreiben/")
    pump()
    wrong = {**version, "name": "Heinz Muster", "function": "Geschäftsführer", "agrees": "on", "code": "00000000"}
    assert company.post(page + "unterschreiben/", wrong).status_code == 422
    walk.page(company, page + "unterschreiben/", {**wrong, "new_code": "Neuen Code senden"})
    pump()
    code = OneTimeCode.objects.order_by("created_at").last().digits()
    walk.page(company, page + "unterschreiben/", {**wrong, "code": code})
    walk.page(member, admin + "gegenzeichnen/")
    walk.page(member, admin + "gegenzeichnen/", version)
    make_documents()
    for path in ("", "pdf/"):
        walk.page(company, page + path)
    for path in ("change/", "history/", "fassung/1/"):
        walk.page(member, admin + path)


def publish(walk: Walk) -> None:
    company, partner = walk.company, Partner.objects.get()
    walk.page(walk.member, f"/admin/partners/partner/{partner.pk}/veroeffentlichen/", {})
    walk.open_newest_link()
    walk.page(company, "/mein-klimapakt/einwilligung/profile/widerrufen/", {})
    walk.page(company, "/mein-klimapakt/einwilligung/profile/erteilen/", {})
    walk.page(company, "/mein-klimapakt/")
    pump()


def meet(walk: Walk) -> None:
    company, member, stranger = walk.company, walk.member, Client()
    event = MeetingFactory(slug="treffen", title="Treffen", capacity=2)
    admin, page = f"/admin/events/event/{event.pk}/", "/mein-klimapakt/veranstaltung/treffen/"
    contact = str(Contact.objects.exclude(email="").get().pk)
    walk.page(member, admin + "einladen/", {"contact": contact})
    walk.page(member, admin + "einladen/senden/", {"chosen": contact})
    walk.open_newest_link()
    names = {"name_1": "Erika Muster", "name_2": "Kim Nebenan", "note": "Wir bringen Kuchen mit."}
    walk.page(company, page + "anmelden/", names)
    form = page_form(stranger, "/veranstaltungen/treffen/anmelden/", name_1="Frida Fremd", email="frida@fern.example")
    walk.page(stranger, form.path, form.data)
    walk.page(stranger, "/veranstaltungen/treffen/anmelden/eingang/")
    walk.open_newest_link(stranger)
    walk.page(company, page + "aendern/", {**names, "name_2": ""})
    for path in ("rueckmeldungen/", "teilnahmeliste/", "change/"):
        walk.page(member, admin + path)
    walk.page(member, admin + "teilnahmeliste/pdf/", {})
    walk.page(company, page + "abmelden/", {})
    unsubscribe(walk)
    walk.page(member, admin + "absagen/", {"reason": "Der Saal ist gesperrt."})
    assert Event.objects.get().registrations.count() == 2


def unsubscribe(walk: Walk) -> None:
    """By the link of the invitation, back again, and by the button of a mail program."""
    path = optout.address(OutgoingMail.objects.get(topic="invitation")).removeprefix(settings.PORTAL_BASE_URL)
    for end, data in (("", None), ("", {}), ("", None), ("wieder/", {}), ("", {"List-Unsubscribe": "One-Click"})):
        walk.page(walk.public, path + end, data)


def look_around(walk: Walk) -> None:
    partner = Partner.objects.get()
    for path in (
        "/admin/", f"/admin/partners/application/{Application.objects.get().pk}/change/",
        f"/admin/partners/application/{Application.objects.get().pk}/history/",
        f"/admin/partners/partner/{partner.pk}/change/", f"/admin/partners/organisation/{partner.organisation_id}/change/",
        "/admin/events/registration/", "/admin/events/invitation/", "/admin/mailbox/outgoingmail/",
        *(
            f"/admin/mailbox/outgoingmail/{mail.pk}/{page}"
            for mail in OutgoingMail.objects.all()
            for page in ("change/", "ansicht/", "history/")
        ),
        "/admin/mailbox/mailboxstate/1/change/", "/admin/mailbox/optout/", "/admin/mailbox/mailwording/",
        *(
            f"/admin/mailbox/mailwording/{kind.name}/{page}"
            for kind in kinds.all_kinds()
            if kind.name != "mailing"
            for page in ("", "ansicht/", "fassung/0/")
        ),
    ):  # fmt: skip
        walk.page(walk.member, path)
    for path in ("/", "/wirkung/", "/klimapartner/", "/sitemap.xml", "/initialpartner/", "/veranstaltungen/treffen/",
                 "/veranstaltungen/kalender.ics", "/veranstaltungen/treffen/termin.ics"):  # fmt: skip
        walk.page(walk.public, path)


def test_the_search_finds_what_stands_somewhere(whole_way):
    for secret in (next(iter(whole_way.macs)), next(iter(whole_way.codes))):
        logging.getLogger("klimapakt.probe").warning("the secret %s", secret)
        whole_way.pages.append(secret)
        mail = OutgoingMail.objects.filter(attachments__isnull=False).first()
        OutgoingMail.objects.filter(pk=mail.pk).update(problem=secret)
        mail.attachments.update(content=secret.encode())
        OutgoingMail.objects.filter(pk=mail.pk).update(html=f"<p>{secret}</p>")

        assert whole_way.places_of(secret) == {"database", "log", "outbox", "pages", "files", "copies"}


def test_no_token_and_no_code_stands_anywhere_but_in_its_mail(whole_way):
    macs, codes, unsubscribing = whole_way.macs, whole_way.codes, whole_way.unsubscribing
    sent = "".join(
        message.get_body((kind,)).get_content()
        for message in whole_way.postbox.messages()
        for kind in ("plain", "html")
    )

    found = {secret: whole_way.places_of(secret) for secret in macs | codes | unsubscribing}

    assert set().union(*found.values()) == set()
    assert len(macs) >= 12
    assert sum(mac in sent for mac in macs) >= 11  # and there they are
    assert len(codes) == 2
    assert all(code in sent for code in codes)
    assert len(unsubscribing) == 1
    assert all(mac in sent for mac in unsubscribing)


def test_no_word_that_a_person_typed_and_no_address_stands_in_the_log(whole_way):
    words = [
        "Musterbäckerei", "Erika", "Backstraße", "4711", "Dach", "Standorte", "Zwei.", "Dachbegrünung", "Heinz",
        "Kim Nebenan", "Kuchen", "Frida", "Saal", "musterbaeckerei.example", "musterstadt.example", "fern.example",
    ]  # fmt: skip

    assert whole_way.log.lines
    assert [line for line in whole_way.log.lines if any(word in line for word in words)] == []


def test_everything_that_was_sent_can_be_built_again_and_holds_one_secret_at_most(whole_way, pact):
    for mail in OutgoingMail.objects.all():
        message = message_from_bytes(build(mail, pact), policy=default).get_body(("plain",)).get_content()
        assert message.count("/z/") == (LINK_MARK in mail.body)
        assert not (LINK_MARK in mail.body and CODE_MARK in mail.body)


def test_no_file_that_goes_with_a_mail_holds_a_link(whole_way):
    files = [file for mail in OutgoingMail.objects.all() for file in mail.attachments.all()]

    assert {file.content_type.partition(";")[0] for file in files} == {"application/pdf", "text/calendar"}
    for file in files:
        assert b"/z/" not in bytes(file.content)
        assert b"/mein-klimapakt/" not in bytes(file.content)


def test_debugging_is_off():
    assert settings.DEBUG is False
