"""The office sees what could not be made, and may try again; nobody reads documents here."""

import pytest
from django.test import Client
from django.urls import reverse

from klimapakt.documents import archive
from klimapakt.documents.models import Document

LIST = reverse("admin:documents_document_changelist")


@pytest.fixture
def document(pact) -> Document:
    document = archive.order("sheet", key="1", name="Blatt.pdf", html="<p>x", about=pact, is_kept=True)
    document.give_up("Das PDF ließ sich nicht erstellen.")
    return document


def test_the_list_shows_what_is_not_ready(office_client, document, pact):
    archive.store("scan", key="2", name="Scan.pdf", content=b"x", content_type="application/pdf", about=pact)

    page = office_client.get(LIST).content.decode()

    assert "Blatt.pdf" in page
    assert "Scan.pdf" not in page


def test_the_start_page_says_that_a_pdf_is_missing(office_client, document):
    page = office_client.get(reverse("admin:index")).content.decode()

    assert "PDF nicht erstellt" in page
    assert LIST in page


def test_the_button_tries_again(office_client, document):
    again = reverse("admin:documents_document_noch-einmal", args=[document.pk])

    page = office_client.get(reverse("admin:documents_document_change", args=[document.pk])).content.decode()
    assert again in page
    assert office_client.get(again).status_code == 200
    assert Document.objects.get().is_broken
    office_client.post(again)
    office_client.post(again)

    assert Document.objects.get().is_waiting


def test_nobody_may_add_change_or_delete_one_here(administrator, document):
    client = Client()
    client.force_login(administrator)

    for action in ("add", "delete"):
        path = reverse(f"admin:documents_document_{action}", args=[] if action == "add" else [document.pk])
        assert client.post(path, {"post": "yes"}).status_code == 403
    change = reverse("admin:documents_document_change", args=[document.pk])
    assert client.post(change, {"name": "x.pdf"}).status_code == 403

    assert Document.objects.get().name == "Blatt.pdf"


def test_who_only_reads_statistics_sees_no_documents(initial_partner_user, document):
    client = Client()
    client.force_login(initial_partner_user)

    assert client.get(LIST).status_code == 403
    assert client.post(reverse("admin:documents_document_noch-einmal", args=[document.pk])).status_code == 403
