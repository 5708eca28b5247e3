"""The office sees where personal links to a case went and when they were used, and closes them all at once."""

from datetime import timedelta

import pytest
from django.test import Client

from klimapakt.links.models import AccessLink
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible
from partners import access
from partners.mails.application import application_access
from partners.mails.partner import partner_access, partner_link
from partners.services import links
from tests.factories.interest import InterestFactory
from tests.partners.company import browser_of, company
from tests.urls.table import path_of

DAY = timedelta(days=1)


def partner_case(in_state):
    erika = company()
    return erika.organisation.partner, lambda: partner_access(erika), "/mein-klimapakt/"


def application_case(in_state):
    application = in_state("in_review")
    return application, lambda: application_access(application.applicants.get()), "/mein-klimapakt/antrag/"


def inquiry_case(in_state):
    asked = InterestFactory()
    return asked, lambda: AccessLink.issue(access.INTEREST, asked.pk, email=asked.email, valid_for=DAY), "/mein-klimapakt/interesse/"  # fmt: skip


CASES = {"partner": partner_case, "application": application_case, "interest": inquiry_case}


@pytest.mark.parametrize("name", CASES)
def test_closed_links_open_nothing_and_end_their_sessions(name, in_state, office_client):
    case, issue, path = CASES[name](in_state)
    browser, link = Client(), issue()
    assert browser.post(path_of(link)).status_code == 302
    assert browser.get(path).status_code == 200
    page = f"/admin/partners/{name}/{case.pk}/"
    shown = office_client.get(page + "change/").content.decode()
    assert link.email in shown.split('id="links"')[1]
    assert "noch nie" not in shown.split('id="links"')[1].split("</section>")[0]
    assert link.url().rsplit(".", 1)[1] not in shown

    assert office_client.post(page + "links-schliessen/").status_code == 302

    assert browser.get(path).status_code == 403
    assert "1, bis" not in office_client.get(page + "change/").content.decode()
    assert case_timeline(case) == "Einen persönlichen Link geschlossen"
    assert AccessLink.find(path_of(link).split("/")[-2]) is None


def case_timeline(case) -> str:
    owner = getattr(case, "organisation", None) if case._meta.model_name == "partner" else case
    return owner.timeline.first().text


def test_links_of_others_stay(pact, office):
    one, other = company(), company(email="kim@andere.example")
    browsers = [browser_of(one), browser_of(other)]

    links.close(one.organisation.partner, by=office)

    assert [browser.get("/mein-klimapakt/").status_code for browser in browsers] == [403, 200]


def test_a_mail_that_has_not_left_keeps_its_link(pact, office):
    erika = company()
    partner_link(erika.organisation.partner, erika)
    held = partner_access(erika)

    assert links.close(erika.organisation.partner, by=office) == 1

    held.refresh_from_db()
    assert held.revoked_at
    assert OutgoingMail.objects.get(kind="partner_link").link.revoked_at is None
    with pytest.raises(NotPossible):
        links.close(erika.organisation.partner, by=office)


def test_the_link_by_which_somebody_asked_for_links_is_closed_too(pact, office):
    erika = company()
    asked = AccessLink.issue(access.RETURN, 1, email=erika.email.upper(), valid_for=DAY)

    links.close(erika.organisation.partner, by=office)

    asked.refresh_from_db()
    assert asked.revoked_at
