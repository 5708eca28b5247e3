"""What all pages of the office have in common."""

import re

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

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
