"""What all pages of the office have in common."""

import re

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from partners.models import Note, Partner
from tests.factories import EventFactory, PartnerFactory


def test_a_button_leaves_its_trace_in_the_history_of_the_object(pact, office_client, office):
    event = EventFactory()

    office_client.post(f"/admin/events/event/{event.pk}/veroeffentlichen/")

    [entry] = LogEntry.objects.all()
    assert (entry.user, entry.object_id, entry.get_change_message()) == (office, str(event.pk), "Veröffentlichen.")
    assert "Veröffentlichen." in office_client.get(f"/admin/events/event/{event.pk}/history/").content.decode()


def test_a_button_that_does_nothing_leaves_no_trace(pact, office_client):
    event = EventFactory(published=True)

    office_client.post(f"/admin/events/event/{event.pk}/veroeffentlichen/")

    assert not LogEntry.objects.exists()


def test_every_list_is_headed_by_what_stands_in_it(pact, administrator):
    client = Client()
    client.force_login(administrator)
    headings = {}
    for model in admin.site._registry:
        page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        if page.status_code == 200:
            headings[model._meta.verbose_name_plural] = re.findall("<h1>(.*?)</h1>", page.content.decode())

    assert headings.pop("Klimapakt", None) is None  # there is one, and the list leads to it
    assert len(headings) > 15
    assert headings == {name: [name[0].upper() + name[1:]] for name in headings}


def test_an_empty_list_says_whether_there_is_nothing_or_nothing_like_that(pact, office_client):
    empty = office_client.get("/admin/partners/partner/").content.decode()
    PartnerFactory(organisation__name="Bäckerei Korn")
    missed = office_client.get("/admin/partners/partner/?q=Metzgerei").content.decode()
    found = office_client.get("/admin/partners/partner/?q=Korn").content.decode()

    assert "Hier ist noch nichts." in empty
    assert "Dazu gibt es nichts. Bitte ändern Sie Suche oder Filter." in missed
    assert "gibt es nichts" not in found
    assert "noch nichts" not in found


def test_what_somebody_types_until_the_session_has_ended_comes_back_and_nothing_else(in_state, office_client):
    path = f"/admin/partners/application/{in_state('in_review').pk}/notiz/"
    office_client.get(path)
    office_client.logout()

    answer = office_client.post(
        path, {"text": "Angerufen, <b>niemand</b> da.", "seen": "geheim", "old_password": "a b"}
    )

    said = answer.content.decode()
    assert answer.status_code == 403
    assert "Angerufen, &lt;b&gt;niemand&lt;/b&gt; da." in said
    assert [word for word in ("geheim", "a b</li>") if word in said] == []
    assert not Note.objects.exists()
    assert office_client.post(path, {"seen": "geheim"}).status_code == 302  # nothing was typed


def test_without_a_mailbox_every_page_says_that_mails_wait(pact, office_client):
    before = office_client.get("/admin/partners/partner/").content.decode()
    pact.office_email = "klimapakt@musterstadt.invalid"
    pact.save()

    assert "Alle Mails warten" in office_client.get("/admin/partners/partner/").content.decode()
    assert "Alle Mails warten" not in before


def test_what_leads_on_is_the_main_button_and_not_what_is_not_possible_yet(pact, office_client):
    partner = PartnerFactory(publication=Partner.Publication.PROPOSED)
    html = office_client.get(f"/admin/partners/partner/{partner.pk}/change/").content.decode()

    [main] = re.findall(r'office-button--main"[^>]*>([^<]*)<', html)
    assert main == "Neue Vereinbarung"
