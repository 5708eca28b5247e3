"""The outbox with a running worker, a real broker and a real SMTP peer."""

from klimapakt.mailbox.models import OutgoingMail
from partners.services import applying
from tests.factories import ApplicationFactory


def test_a_mail_written_with_its_cause_arrives(portal, pact, postbox):
    applicant = ApplicationFactory(applicant__is_proven=False).applicants.get()

    applying.mend_address(applicant, "neu@musterbaeckerei.example")

    [mail] = postbox.wait_for(1, to="neu@musterbaeckerei.example")
    assert portal in mail.get_body(("plain",)).get_content()
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.SENT
