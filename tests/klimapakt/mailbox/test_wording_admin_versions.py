"""„Mailtexte“: the versions of the words of a mail, read, used again, and saved by two at once."""

from threading import Barrier, Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection

from klimapakt.mailbox import kinds, rewording
from tests.klimapakt.mailbox.test_wording_admin import KIND, LINK, post, texts

pytestmark = pytest.mark.django_db


def test_versions_are_listed_read_and_used_again(office_client, office, pact):
    post(office_client, "save", subject="Erste")
    post(office_client, "save", subject="Zweite", seen="1")

    page = office_client.get(LINK).content.decode()
    assert "Fassung 1" in page
    assert "Fassung 2" in page
    old = office_client.get(f"{LINK}fassung/1/").content.decode()
    assert "Erste" in old
    assert "Diese Fassung wieder verwenden" in old
    assert office_client.post(f"{LINK}fassung/1/", {"seen": "2"}).status_code == 302

    assert texts() == [(1, "Erste", False), (2, "Zweite", False), (3, "Erste", False)]
    assert rewording.current_texts(KIND)[0] == "Erste"
    assert "So lauten die Mails zurzeit." in office_client.get(f"{LINK}fassung/1/").content.decode()
    assert LogEntry.objects.count() == 3


def test_going_back_to_the_shipped_text_says_first_what_happens(office_client, pact):
    post(office_client, "save")

    page = office_client.get(f"{LINK}fassung/0/").content.decode()
    assert "Auf mitgelieferten Text zurücksetzen" in page
    assert "Mails, die schon geschrieben sind, bleiben" in page
    assert rewording.current_texts(KIND)[0] == "Neu: {organisation}"
    office_client.post(f"{LINK}fassung/0/", {"seen": "1"})

    assert rewording.current_texts(KIND) == rewording.shipped_texts(KIND)
    assert [is_shipped for _, _, is_shipped in texts()] == [False, True]
    assert "mitgelieferter Text" in office_client.get(LINK).content.decode()


def test_a_version_that_no_longer_fits_cannot_be_used_again(office_client, office, pact):
    rewording.save(KIND, ("Alt", "{abgeschafft} {link}"), seen=0, by=office)
    rewording.save(KIND, ("Neu", "{link}"), seen=1, by=office)

    assert "lässt sich nicht wieder verwenden" in office_client.get(f"{LINK}fassung/1/").content.decode()
    assert office_client.post(f"{LINK}fassung/1/", {"seen": "2"}).status_code == 200
    assert len(texts()) == 2


def test_whoever_saves_second_keeps_the_own_text_and_reads_the_other(office_client, administrator, pact):
    rewording.save(KIND, ("Vorher", "Von nebenan {link}"), seen=0, by=administrator)

    answer = post(office_client, "save")

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "verwaltung hat diesen Text inzwischen geändert." in page
    assert "Von nebenan {link}" in page
    assert "Hallo {name}" in page
    assert len(texts()) == 1
    assert post(office_client, "save", seen=answer.context["form"]["seen"].value()).status_code == 302
    assert texts()[-1] == (2, "Neu: {organisation}", False)


@pytest.mark.parametrize("seen", ["0", "", "x", "\u0661", "9" * 40])
def test_an_old_page_takes_nothing_back(seen, office_client, pact):
    post(office_client, "save")

    office_client.post(f"{LINK}fassung/0/", {"seen": seen})

    assert len(texts()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_wins(pact, office, monkeypatch):
    both_have_read, read, results = Barrier(2), rewording.number_of, []

    def read_and_wait(kind: kinds.Kind) -> int:
        number = read(kind)
        both_have_read.wait(10)
        return number

    def save(subject: str) -> None:
        try:
            results.append(rewording.save(KIND, (subject, "{link}"), seen=0, by=office).subject)
        except rewording.ChangedMeanwhile:
            results.append("refused")
        finally:
            connection.close()

    monkeypatch.setattr(rewording, "number_of", read_and_wait)
    threads = [Thread(target=save, args=[subject]) for subject in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(texts()) == 1
    assert sorted(results) == sorted([texts()[0][1], "refused"])
