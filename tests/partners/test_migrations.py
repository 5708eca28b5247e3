"""What an installation of version 0.3 brings along: applications in every state that there was."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from partners import rules
from partners.models import Application, Consent, Organisation
from partners.services import decision, questions, review

BEFORE = [("partners", "0001_initial"), ("pact", "0003_delete_mail_bodies")]
SENT = timezone.now() - timedelta(days=20)
CONFIRMED = SENT + timedelta(hours=1)
ANSWERS = {
    "kind": "company", "street": "Backstraße 3", "postal_code": "12345", "place": "Musterstadt", "sector": "C",
    "employees": 25, "contact_name": "Erika Muster", "contact_email": "erika@musterbaeckerei.example",
    "signatory_name": "Heinz Muster", "signatory_function": "Geschäftsführer",
}  # fmt: skip
STATES = ["unconfirmed", "submitted", "in_review", "query", "accepted", "rejected", "withdrawn"]


@pytest.fixture
def upgraded(db, django_capture_on_commit_callbacks) -> dict[str, Application]:
    """One application of the version before in each state, by state, after the upgrade."""
    connection.check_constraints()  # Postgres alters no table that a deferred trigger still waits for
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    old = executor.loader.project_state(BEFORE).apps
    organisation = old.get_model("partners", "Organisation").objects.create(name="Müller & Co. KG")
    partner = old.get_model("partners", "Partner").objects.create(organisation=organisation, slug="mueller")
    for state in STATES:
        application = old.get_model("partners", "Application").objects.create(
            form_token=uuid.uuid4(),
            name=f"Musterbäckerei {state}",
            status=state,
            created_at=SENT,
            confirmed_at=None if state == "unconfirmed" else CONFIRMED,
            rejection_reason="Sitz" if state == "rejected" else "",
            partner=partner if state == "accepted" else None,
            **ANSWERS,
        )
        old.get_model("partners", "Consent").objects.create(application=application, purpose="profile", text="Ja.")
        if state == "query":
            application.questions.create(text="Wie viele Standorte?")
    with django_capture_on_commit_callbacks(execute=True), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # only here all migrations share one transaction
        MigrationExecutor(connection).migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return {application.status: application for application in Application.objects.all()}


def test_each_application_is_there_in_its_state_and_goes_on(upgraded, pact, office):
    waiting, asked = upgraded["in_review"], upgraded["query"]
    [check] = [check for check in rules.checks(waiting, pact) if check.label == "Angaben vollständig"]
    missing = {"supports_goal": True, "sets_measures": True, "accepts_monitoring": True}

    questions.answer(asked, [questions.Reply(asked.questions.get().pk, "Zwei.")], by=asked.applicants.get())
    review.correct(waiting, missing, shown=dict.fromkeys(missing, False), by=office)
    partner = decision.accept(waiting, by=office)

    assert set(upgraded) == set(STATES)
    for state, application in upgraded.items():
        [person] = application.applicants.all()
        assert (application.sent_at, application.sent_by, person.email) == (SENT, person, ANSWERS["contact_email"])
        assert person.is_proven is (state != "unconfirmed")
        assert application.touched_at == (SENT if state == "unconfirmed" else CONFIRMED)
    assert Consent.objects.count() == len(STATES)
    assert Organisation.objects.get(name="Müller & Co. KG").match_name == "mueller"
    assert "„Unterstützt das Klimaziel der Stadt“" in check.sentence  # asked for since this version
    asked.refresh_from_db()
    assert (asked.status, partner.publication) == ("in_review", "proposed")
