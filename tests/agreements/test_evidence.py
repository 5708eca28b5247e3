"""What was frozen, read, answered and signed cannot be changed or deleted, also not in the database."""

import pytest
from django.db import IntegrityError, connection, models, transaction

from agreements.models import Agreement, Opening, Response, Signature, Version
from agreements.services import answering, offering
from klimapakt.documents.models import Document
from partners.models import Partner
from tests.factories import ApplicationFactory, OrganisationFactory, PartnerFactory, UserFactory
from tests.factories.agreements import agreement_in, ready_to_offer, record_from_paper
from tests.rows import all_rows, difference

EVIDENCE = [Version, Opening, Response, Signature]
refused = pytest.mark.parametrize("model", EVIDENCE)


def fill_all(**fields):
    """Make at least one row of each kind."""
    agreement = agreement_in("offered", **fields)
    version = agreement.newest_version()
    answering.note_opening(version, answering.mails.access_to(version))
    answering.request_change(version, "Bitte 50 Prozent.")
    agreement_in("in_force", **fields)


@pytest.fixture
def evidence(pact):
    fill_all()


def change_by_orm(row):
    type(row).objects.filter(pk=row.pk).update(is_invented=True)


def save(row):
    row.save()


def delete_by_orm(row):
    row.delete()


def delete_set(row):
    type(row).objects.filter(pk=row.pk).delete()


def change_in_sql(row):
    execute(f"UPDATE {row._meta.db_table} SET is_invented = true")


def delete_in_sql(row):
    execute(f"DELETE FROM {row._meta.db_table}")


def change_each_column(row):
    for field in row._meta.concrete_fields:
        with pytest.raises(IntegrityError, match="it is evidence"), transaction.atomic():
            execute(f'UPDATE {row._meta.db_table} SET "{field.column}" = "{field.column}"')
    raise IntegrityError("it is evidence")


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@refused
@pytest.mark.parametrize(
    "act", [change_by_orm, save, delete_by_orm, delete_set, change_in_sql, delete_in_sql, change_each_column]
)
def test_nothing_is_changed_or_deleted(act, model, evidence):
    before = all_rows()

    with pytest.raises(IntegrityError, match="it is evidence"), transaction.atomic():
        act(model.objects.first())

    assert difference(before, all_rows()) == {}


def test_the_test_runs_as_the_role_of_the_portal_itself(evidence):
    """Whoever owns the table may switch triggers off; nothing in the portal does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, tableowner FROM pg_tables WHERE tablename = 'agreements_signature'")
        [(user, owner)] = cursor.fetchall()

    assert user == owner == connection.settings_dict["USER"]


@refused
def test_rows_about_the_invented_go_with_the_trial(model, pact):
    fill_all(partner=PartnerFactory(organisation=OrganisationFactory(is_invented=True)))

    with pytest.raises(IntegrityError, match="it is evidence"), transaction.atomic():
        model.objects.update(is_invented=False)
    Version.objects.all().delete()

    assert not model.objects.exists()


def test_what_people_tried_out_in_a_trial_goes_with_it_too(pact):
    fill_all()  # with contacts in .example, entered by the office: real partners stay
    assert not Version.objects.filter(is_invented=True).exists()
    partner = PartnerFactory()
    ApplicationFactory(partner=partner, contact_email="versuch@firma.example")

    version = agreement_in("offered", partner=partner).newest_version()

    assert list(Version.objects.filter(is_invented=True)) == [version]
    assert list(Partner.objects.filter(offering.INVENTED)) == [partner]  # whom the trial takes along


def test_an_agreement_with_evidence_cannot_be_deleted(evidence):
    with pytest.raises(models.ProtectedError):
        Agreement.objects.first().delete()


def test_an_account_that_countersigned_can_be_deleted(evidence):
    """The evidence names people by text: no foreign key makes a deletion elsewhere change it."""
    by = Signature.objects.get(party="pact")
    before = all_rows()["agreements_signature"]

    type(UserFactory()).objects.all().delete()

    assert all_rows()["agreements_signature"] == before
    assert by.name == "Ottilie Amt"


def test_a_version_with_a_wrong_hash_is_not_stored(evidence):
    version = Version.objects.first()

    with pytest.raises(IntegrityError, match="not that of its content"), transaction.atomic():
        Version.objects.create(
            agreement=version.agreement, number=99, content=version.content + " ", sha256=version.sha256
        )


def test_a_signature_under_another_text_is_not_stored(evidence):
    signature = Signature.objects.get(party="partner")
    version = signature.version.agreement.versions.model.objects.exclude(pk=signature.version_id).first()

    with pytest.raises(IntegrityError, match="another content"), transaction.atomic():
        Signature.objects.create(
            version=version, party="partner", name="x", on_behalf_of="y", method="paper",
            sha256=signature.sha256, signed_on=signature.signed_on,
        )  # fmt: skip


def test_each_party_signs_a_version_once_also_in_the_database(evidence):
    signature = Signature.objects.get(party="partner")
    signature.pk = None

    with pytest.raises(IntegrityError, match="each_party_signs_a_version_once"), transaction.atomic():
        signature.save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [({"method": "code", "signed_at": None}, "signature_online_has_a_time")],
)
def test_the_database_keeps_the_rules_of_a_signature(changes, constraint, pact):
    version = agreement_in("offered").newest_version()
    values = {"party": "partner", "name": "x", "on_behalf_of": "y", "sha256": version.sha256, "signed_on": "2026-01-02"}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Signature.objects.create(version=version, **values, **changes)


# --- Inside something larger ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", [
    "UPDATE agreements_signature SET name = 'Jemand anders'",
    "DELETE FROM agreements_signature WHERE party = 'pact'",
    "WITH gone AS (DELETE FROM agreements_signature RETURNING id) SELECT count(*) FROM gone",
    "MERGE INTO agreements_version v USING agreements_signature s ON s.version_id = v.id WHEN MATCHED THEN DELETE",
    "INSERT INTO agreements_opening (id, version_id, email, at, is_invented) SELECT id, version_id, email, now(), false"
    " FROM agreements_opening ON CONFLICT (id) DO UPDATE SET at = now()",
    "UPDATE documents_document SET content = 'x' WHERE ready_at IS NOT NULL",
    "DELETE FROM documents_document",
])  # fmt: skip
def test_a_larger_transaction_that_touches_evidence_fails_as_a_whole(sql, evidence, office):
    store_a_scan(office)
    before = all_rows()

    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.update(recorded_by=None)
        execute("UPDATE partners_partner SET text = 'Nebenbei geändert'")
        execute(sql)

    assert difference(before, all_rows()) == {}


def store_a_scan(office):
    record_from_paper(ready_to_offer(), by=office)


def whole_organisation(agreement):
    return agreement.partner.organisation


def partner(agreement):
    return agreement.partner


def itself(agreement):
    return agreement


@pytest.mark.parametrize("above", [itself, partner, whole_organisation])
@pytest.mark.parametrize("state", ["offered", "in_force"])
def test_nothing_above_takes_the_evidence_along(state, above, pact):
    row = above(agreement_in(state))
    before = all_rows()

    with pytest.raises((models.ProtectedError, models.RestrictedError)), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(f"DELETE FROM {row._meta.db_table} WHERE id = {row.pk}")
        execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert difference(before, all_rows()) == {}


@pytest.mark.parametrize("model", [Version, Opening, Response, Signature, Document])
def test_no_foreign_key_of_the_evidence_deletes_or_changes_it_in_the_database(model, db):
    """ON DELETE CASCADE or SET NULL would be the database's own hand: triggers would refuse it, nothing shall try."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, confdeltype, confupdtype FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [model._meta.db_table],
        )
        keys = cursor.fetchall()

    assert {(on_delete, on_update) for _, on_delete, on_update in keys} <= {("a", "a")}
