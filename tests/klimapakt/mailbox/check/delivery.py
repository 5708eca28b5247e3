"""What the test servers take appears in a mailbox."""

from tests.smtp_peer import Peer

OFFICE = "klimapakt@musterstadt.example"


def deliver(peer: Peer, account, *folders: str, head: bytes = b"") -> None:
    """Let what the server takes appear in the mailbox, as a server does that has both."""

    def put(dialogue: object) -> None:
        for folder in folders:
            account.put(head + peer.taken[-1].content, folder=folder)

    peer.at("DOT", put, always=True)
