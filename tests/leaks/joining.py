"""The whole way of joining, step by step: a company asks, talks, signs, applies and looks after itself.

All mails leave by SMTP. Before a person opens a link, a scanner follows it.
"""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from klimapakt.links import stepup
from klimapakt.links.models import AccessLink, OneTimeCode
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.mailbox.pump import pump
from partners import steps
from partners.models import Applicant, Application, Contact, Interest, Partner, ProfileProposal, TalkBooking
from partners.services import asked_links, forgetting, profile, talks
from tests.bad_input.conftest import ON_PAPER
from tests.bad_input.form import page_form
from tests.factories import PartnerFactory
from tests.factories.events import PartnerContactFactory
from tests.factories.talks import TalkSlotFactory
from tests.filled import CONFIRMATIONS, SEND, begin, fill
from tests.leaks.conftest import Walk, make_documents
from tests.rows import all_rows, difference
from tests.urls.table import path_of, table

IDA, KIM, ERIKA = "ida@musterverein.example", "kim@musterverein.example", "erika@musterbaeckerei.example"
OWN = "/mein-klimapakt/"


def arrive(walk: Walk) -> None:
    """Let all mails leave, then follow each of their links twice, as a mail scanner does."""
    make_documents()
    while pump():
        pass
    for message in walk.postbox.messages():
        for path in re.findall(r"/z/[^\s/]+/", message.get_body(("plain",)).get_content()):
            if path in walk.scanned:
                continue
            before = all_rows(without=())
            for method in ("head", "get", "head", "get"):
                assert getattr(Client(), method)(path).status_code == 200
            walk.scanned[path] = difference(before, all_rows(without=()))


def open_newest(walk: Walk, client: Client | None = None, *, to: str) -> Client:
    """Open the newest link to this address as its reader does."""
    arrive(walk)
    client, link = client or Client(), AccessLink.objects.filter(email=to).latest("created_at")
    walk.page(client, walk.page(client, path_of(link), {})["Location"])
    return client


def previewed(walk: Walk, path: str, **data: object) -> None:
    """Write something of the office, read its mail and send it."""
    form = page_form(walk.member, path, **data)
    shown = walk.page(walk.member, path, form.data).context["form"]
    walk.page(walk.member, path, form.data | {"seen": shown["seen"].value()})


def send(walk: Walk, client: Client, path: str, *, to: str = "", **data: object) -> None:
    """Fill in the form on a page and send it, there or to another address."""
    walk.page(client, to or path, page_form(client, path, **data).data)


def ask(walk: Walk) -> None:
    path = "/mitmachen/interesse/"
    question = {"name": "Ida Muster", "organisation": "Musterverein e. V.", "email": IDA, "question": "Was kostet es?"}
    send(walk, walk.company, path, **question, wants_talk="on")
    walk.page(walk.company, path + "eingang/")
    open_newest(walk, walk.company, to=IDA)
    admin = f"/admin/partners/interest/{Interest.objects.get().pk}/"
    previewed(walk, admin + "antworten/", text="Es kostet nichts.")
    walk.page(walk.member, admin + "link/", {})
    open_newest(walk, walk.company, to=IDA)


def talk(walk: Walk) -> None:
    page, slots = OWN + "gespraech/", [TalkSlotFactory() for _ in range(4)]
    walk.page(walk.company, page + "buchen/", {"slot": slots[0].pk})
    walk.page(walk.company, page + "termin.ics")
    walk.page(walk.company, page + "verschieben/", {"slot": slots[1].pk})
    arrive(walk)
    send(walk, walk.member, f"/admin/partners/talkslot/{slots[1].pk}/ort/", where="Saal 3")
    arrive(walk)
    talks.remind(now=slots[1].starts_at - timedelta(hours=3))
    arrive(walk)
    walk.page(walk.member, f"/admin/partners/talkslot/{slots[1].pk}/zuruecknehmen/", {})
    arrive(walk)
    walk.page(walk.company, page + "buchen/", {"slot": slots[2].pk})
    walk.page(walk.company, page + "absagen/", {})
    arrive(walk)
    assert not TalkBooking.objects.booked().exists()


def sign_letter(walk: Walk) -> None:
    page = OWN + "absichtserklaerung/"
    sha256 = walk.page(walk.company, page).context["wording"].sha256
    walk.page(walk.company, page + "code/", {"sha256": sha256})
    arrive(walk)
    code = OneTimeCode.objects.latest("created_at").digits()
    send(walk, walk.company, page + "unterschreiben/", function="Vorstand", agrees="on", code=code)
    arrive(walk)
    walk.page(walk.company, page + "pdf/")


def apply(walk: Walk) -> Application:
    company, page = walk.company, OWN + "antrag/"
    walk.page(company, OWN + "interesse/antrag/", {})
    open_newest(walk, company, to=IDA)
    for step in steps.STEPS:
        answer = fill(company, step.slug, **({"contact_email": IDA} if step is steps.PEOPLE else {}))
        assert answer.status_code == 302, step.slug
        walk.page(company, f"{page}{step.slug}/")
    walk.page(company, page + "mitwirkende/einladen/", {"name": "Kim Muster", "email": KIM})
    arrive(walk)
    walk.page(company, f"{page}mitwirkende/{Applicant.objects.get(email=KIM).pk}/erneut/", {})
    open_newest(walk, to=KIM)
    for path in ("", "mitwirkende/", "pruefen/", "dateien/"):
        walk.page(company, page + path)
    walk.page(company, SEND, CONFIRMATIONS)
    arrive(walk)
    walk.page(company, page + "kopie/erstellen/", {})
    make_documents()
    walk.page(company, page + "kopie/")
    return Application.objects.get()


def decide(walk: Walk, application: Application) -> None:
    admin = f"/admin/partners/application/{application.pk}/"
    walk.page(walk.member, admin + "pruefen/", {})
    previewed(walk, admin + "rueckfrage/", text_1="Wie viele Standorte?")
    company = open_newest(walk, walk.company, to=IDA)
    question = application.questions.get()
    walk.page(company, OWN + "antrag/antwort/", {f"answer_{question.pk}": "Zwei."})
    walk.page(walk.member, admin + "aufnehmen/", page_form_data(walk.member, admin + "aufnehmen/"))
    application.refresh_from_db()
    assert application.status == "accepted"
    open_newest(walk, walk.company, to=IDA)


def page_form_data(client: Client, path: str) -> dict:
    page = client.get(path)
    return page_form(client, path).data if page.context.get("form") else {}


def draft_and_withdraw(walk: Walk) -> None:
    """Another company begins, is asked to prove its address again and warned, forgets it, and sends it only to withdraw it."""
    company = Client()
    begin(company, email=ERIKA)
    arrive(walk)
    walk.page(company, OWN + "antrag/bestaetigung/", {})
    forgetting.warn_of_missing_proof(now=timezone.now() + timedelta(days=1000))
    open_newest(walk, company, to=ERIKA)
    forgetting.warn_of_deletion(now=timezone.now() + timedelta(days=1000))
    open_newest(walk, company, to=ERIKA)
    for step in steps.STEPS:
        assert fill(company, step.slug).status_code == 302
    walk.page(company, SEND, CONFIRMATIONS)
    arrive(walk)
    walk.page(company, OWN + "antrag/zurueckziehen/", {})
    open_newest(walk, company, to=ERIKA)


def enter_paper(walk: Walk) -> None:
    """A third company sent a letter: the office enters it, and its first mail holds the link alone."""
    send(walk, walk.member, "/admin/partners/application/add/", **ON_PAPER, source="paper")
    open_newest(walk, to=ON_PAPER["contact_email"])
    arrive(walk)


def look_after_people(walk: Walk) -> None:
    company, page, partner = walk.company, OWN + "personen/", Partner.objects.get()
    walk.page(walk.member, f"/admin/partners/partner/{partner.pk}/link/", {})
    open_newest(walk, company, to=IDA)
    walk.page(company, page + "neu/", {"stepup": stepup.SEND})
    arrive(walk)
    code = OneTimeCode.objects.latest("created_at").digits()
    walk.page(company, page + "neu/", {"stepup": stepup.CHECK, "stepup_code": code})
    send(walk, company, page + "neu/", name="Max Muster", email="max@musterverein.example")
    open_newest(walk, to="max@musterverein.example")
    max_ = Contact.objects.get(name="Max Muster")
    send(walk, company, f"{page}{max_.pk}/", email="max.neu@musterverein.example")
    open_newest(walk, to="max.neu@musterverein.example")
    send(walk, company, page + "neu/", name="Otto Muster", email="otto@musterverein.example")
    arrive(walk)
    otto = Contact.objects.get(name="Otto Muster")
    walk.page(company, f"{page}{otto.pk}/einladen/", {})
    open_newest(walk, to="otto@musterverein.example")
    send(walk, company, f"{page}{otto.pk}/uebergeben/", successor=str(max_.pk))
    arrive(walk)


def look_after_profile(walk: Walk) -> None:
    company = walk.company
    for text, action, data in (("Neu.", "zurueckgeben", {"reason": "Bitte länger."}), ("Neuer Text.", "freigeben", {})):
        send(walk, company, OWN + "profil/", text=text)
        admin = f"/admin/partners/profileproposal/{ProfileProposal.objects.latest('pk').pk}/"
        send(walk, walk.member, f"{admin}{action}/", **data)
        open_newest(walk, company, to=IDA)
    Partner.objects.update(publication="published", published_at=timezone.now())
    later = timezone.now() + timedelta(days=800)
    assert profile.ask_for_data_checks(now=later) == 1
    arrive(walk)
    assert profile.remind_of_data_checks(now=later + timedelta(days=300)) == 1
    open_newest(walk, company, to=IDA)
    walk.page(company, OWN + "daten/")
    send(walk, company, OWN + "daten/", to=OWN + "daten/bestaetigen/")


def ask_for_lost_link(walk: Walk) -> None:
    """Ida speaks for a second partner too, so she has to choose."""
    PartnerContactFactory(organisation=PartnerFactory().organisation, email=IDA)
    stranger = Client()
    send(walk, stranger, "/mitmachen/link/", email=IDA)
    walk.page(stranger, "/mitmachen/link/eingang/")
    asked_links.send_all()
    arrive(walk)
    link = AccessLink.objects.get(purpose="return")
    choice = walk.page(stranger, walk.page(stranger, path_of(link), {})["Location"])
    found = choice.context["found"][0]
    walk.page(stranger, f"{OWN}auswahl/{found.purpose}/{found.object_id}/", {})


def look_around(walk: Walk) -> None:
    """Open every list and every page of the admin about what there is now, and the company's own pages."""
    models = ("application", "interest", "talkslot", "letterofintent", "profileproposal", "partner", "organisation")
    for model in models:
        listed = walk.page(walk.member, f"/admin/partners/{model}/")
        for thing in listed.context["cl"].queryset:
            for page in ("change/", "history/"):
                walk.page(walk.member, f"/admin/partners/{model}/{thing.pk}/{page}")
    walk.page(walk.member, "/admin/")
    walk.page(walk.member, "/admin/mailbox/outgoingmail/?q=muster")
    for mail in OutgoingMail.objects.all():
        walk.page(walk.member, f"/admin/mailbox/outgoingmail/{mail.pk}/change/")
    for route in table():
        if route.startswith("mein-klimapakt/") and "<" not in route:
            answer = walk.company.get(f"/{route}")
            walk.pages.append(f"{answer.headers} {b''.join(answer).decode(errors='replace')}")
