"""Several of the staff at the same agreement at the same moment: one draft, one version, one countersignature."""

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client

from agreements import content
from agreements.admin.agreement import DraftForm
from agreements.models import Agreement, Signature, Version
from agreements.services import binding, drafting, offering
from klimapakt.documents.models import Document
from klimapakt.mailbox.models import OutgoingMail
from klimapakt.states import NotPossible, TransitionNotAllowed
from partners.models import TimelineEntry
from tests.agreements.crowd import kinds, refusals, whose_mails_have_left
from tests.agreements.office import page_of, sent_by
from tests.factories import PartnerFactory, UserFactory
from tests.factories.agreements import agreement_in, ready_to_offer, sign
from tests.factories.mailbox import bring
from tests.races import at_once, started

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chief(db):
    """Somebody of the office who may countersign too."""
    return UserFactory(first_name="Gerda", last_name="Muster", is_superuser=True)


# --- Drafting and offering --------------------------------------------------------------------------------------------


def test_two_of_the_staff_who_begin_a_draft_begin_one(pact, office):
    partner = PartnerFactory()

    given = at_once([lambda: drafting.draft_for(partner, by=office)] * 3)

    assert refusals(given) == ["NotPossible", "NotPossible"]
    assert partner.agreements.count() == 1


def test_an_offer_taken_back_while_its_mail_is_handed_over_is_explained(pact, office):
    agreement = agreement_in("offered")
    mails_about = OutgoingMail.objects.filter(kind="agreement_offered")
    bring(mails_about, "in_flight")

    with transaction.atomic():
        mails_about.get().hand_over()
        [future] = started(lambda: offering.take_back(agreement, by=office))

    assert future.result()
    assert kinds() == ["agreement_withdrawn"]


def test_two_of_the_staff_who_offer_make_one_version_and_one_mail(pact, office):
    draft = ready_to_offer()
    contact = draft.partner.organisation.contacts.get()

    given = at_once([lambda: offering.offer(draft, contact, by=office)] * 3)

    assert refusals(given) == ["TransitionNotAllowed"] * 2
    assert Version.objects.get().number == 1
    assert OutgoingMail.objects.filter(kind="agreement_offered").count() == 1
    assert Document.objects.count() == 1


def test_without_the_lock_the_number_of_a_version_is_given_once(pact, office, without_the_lock, monkeypatch):
    draft = ready_to_offer()
    contact = draft.partner.organisation.contacts.get()
    without_the_lock()
    counted, next_number = Barrier(2, timeout=20), Agreement.next_number

    def count_together(agreement: Agreement) -> int:
        number = next_number(agreement)
        counted.wait()
        return number

    monkeypatch.setattr(Agreement, "next_number", count_together)

    given = at_once([lambda: offering.offer(draft, contact, by=office)] * 2)

    [refused] = [answer for answer in given if isinstance(answer, Exception)]
    assert "versions_of_an_agreement_are_numbered" in str(refused)
    assert Version.objects.count() == 1


def saving(draft: Agreement, client: Client, **changes: object) -> Callable[[], int]:
    """Return the click on „Sichern“ of a page on which somebody has changed something."""
    path = page_of(draft)
    data = sent_by(client, path, **changes)
    return lambda: client.post(path, data).status_code


def test_a_draft_saved_while_it_is_offered_is_not_changed_behind_the_versions_back(pact, office, office_client):
    draft = ready_to_offer()
    save = saving(draft, office_client, **{"measures-0-title": "Hinter dem Rücken"})

    with transaction.atomic():
        version = offering.offer(draft, draft.partner.organisation.contacts.get(), by=office)
        [future] = started(save)

    assert future.result() == 200
    assert draft.measures.get().title != "Hinter dem Rücken"
    assert "Hinter dem Rücken" not in version.content


def test_a_draft_that_is_saved_while_it_is_offered_is_not_offered_unseen(pact, office):
    draft = ready_to_offer()
    contact, shown = draft.partner.organisation.contacts.get(), content.fingerprint(content.next_text(draft))

    with transaction.atomic():
        drafting.editable(draft)
        draft.measures.update(title="Gerade noch geändert")
        [future] = started(lambda: offering.offer(draft, contact, by=office, shown=shown))

    with pytest.raises(NotPossible):
        future.result()
    assert not Version.objects.exists()
    assert Agreement.objects.get().is_draft


def test_without_the_lock_of_the_page_a_draft_would_change_after_it_was_frozen(
    pact, office, office_client, monkeypatch
):
    draft = ready_to_offer()
    save = saving(draft, office_client, **{"measures-0-title": "Hinter dem Rücken"})
    checked, offered = Barrier(2, timeout=20), Barrier(2, timeout=20)
    clean = DraftForm.clean

    def clean_and_wait(form: DraftForm) -> dict:
        data = clean(form)
        checked.wait()
        offered.wait()
        return data

    def offer() -> Version:
        checked.wait()
        try:
            return offering.offer(draft, draft.partner.organisation.contacts.get(), by=office)
        finally:
            connection.close()  # its work is committed
            offered.wait()

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())
    monkeypatch.setattr(DraftForm, "clean", clean_and_wait)
    code, version = at_once([save, offer])

    assert code == 302
    assert draft.measures.get().title == "Hinter dem Rücken"
    assert "Hinter dem Rücken" not in version.content


def test_two_who_save_a_draft_at_once_do_not_overwrite_each_other(pact, office_client, chief):
    draft, other = ready_to_offer(), Client()
    other.force_login(chief)
    saves = [
        saving(draft, office_client, **{"measures-0-title": "Eins"}),
        saving(draft, other, **{"clauses-0-title": "Zwei"}),
    ]

    codes = at_once(saves)

    assert sorted(codes) == [200, 302]
    changed = (draft.measures.get().title == "Eins", draft.clauses.filter(title="Zwei").exists())
    assert changed == (codes[0] == 302, codes[1] == 302)


# --- Countersigning ---------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(pact, office) -> Version:
    return whose_mails_have_left(agreement_in("signed").newest_version())


def in_force_once(version: Version) -> bool:
    agreement = Agreement.objects.get(pk=version.agreement_id)
    return (
        agreement.status == "in_force"
        and sorted(version.signatures.values_list("party", flat=True)) == ["pact", "partner"]
        and Document.objects.filter(kind="agreement").count() == 1
        and "agreement_withdrawn" not in kinds()
        and TimelineEntry.objects.filter(text__contains="gegengezeichnet").count() == 1
    )


def test_two_who_countersign_at_once_sign_once(signed, chief):
    other = UserFactory(first_name="Bert", last_name="Zweiter", is_superuser=True)
    clients = [Client(), Client(), Client()]
    for client, user in zip(clients, (chief, chief, other), strict=True):
        client.force_login(user)
    path, sent = page_of(signed.agreement, "gegenzeichnen/"), {"sha256": signed.sha256}

    answers = at_once([lambda client=client: client.post(path, sent) for client in clients])

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert in_force_once(signed)


def test_without_the_lock_the_constraint_refuses_the_second_countersignature(signed, chief, without_the_lock):
    without_the_lock()

    given = at_once([lambda: binding.countersign(signed.agreement, sha256=signed.sha256, by=chief)] * 2)

    [refused] = [answer for answer in given if isinstance(answer, Exception)]
    assert "each_party_signs_a_version_once" in str(refused)
    assert in_force_once(signed)


def test_countersigned_and_taken_back_at_once_has_one_outcome(signed, chief, office):
    given = at_once([
        lambda: binding.countersign(signed.agreement, sha256=signed.sha256, by=chief),
        lambda: offering.take_back(signed.agreement, by=office),
    ])  # fmt: skip

    assert refusals(given) == ["TransitionNotAllowed"]
    if isinstance(given[0], Signature):
        assert in_force_once(signed)
    else:
        assert Agreement.objects.get().is_draft
        assert list(signed.signatures.values_list("party", flat=True)) == ["partner"]
        assert not Document.objects.filter(kind="agreement").exists()
        assert "agreement_withdrawn" in kinds()


def test_without_the_lock_the_guarded_update_lets_one_of_both_through(signed, chief, office, without_the_lock):
    without_the_lock()

    given = at_once([
        lambda: binding.countersign(signed.agreement, sha256=signed.sha256, by=chief),
        lambda: offering.take_back(signed.agreement, by=office),
    ])  # fmt: skip

    assert refusals(given) == ["TransitionNotAllowed"]
    assert Agreement.objects.get().is_draft != signed.signatures.filter(party="pact").exists()


def test_without_both_guards_a_countersigned_agreement_would_be_a_draft_or_a_withdrawn_one_in_force(
    signed, chief, office, without_the_lock, without_the_guarded_update
):
    without_the_lock()

    at_once([
        lambda: binding.countersign(signed.agreement, sha256=signed.sha256, by=chief),
        lambda: offering.take_back(signed.agreement, by=office),
    ])  # fmt: skip

    assert signed.signatures.filter(party="pact").exists()
    assert "agreement_withdrawn" in kinds()


def test_nobody_countersigns_a_text_that_was_exchanged_meanwhile(signed, chief, office):
    agreement = signed.agreement

    with transaction.atomic():
        offering.take_back(agreement, by=office)
        agreement.measures.update(title="Etwas anderes")
        newer = offering.offer(agreement, agreement.partner.organisation.contacts.get(), by=office)
        sign(newer)
        [future] = started(lambda: binding.countersign(agreement, sha256=signed.sha256, by=chief))

    with pytest.raises(TransitionNotAllowed):
        future.result()
    assert not Signature.objects.filter(party="pact").exists()
    assert Agreement.objects.get().status == "signed"
