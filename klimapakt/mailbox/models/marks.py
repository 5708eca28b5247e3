"""What stands in a stored text for something that exists only while the mail is sent."""

LINK_MARK = "\ue000"
"""Stands in a stored body where the personal link goes. A private-use character: typed text never holds one."""

CODE_MARK = "\ue001"
"""The same for a one-time code."""

UNSUBSCRIBE_MARK = "\ue002"
"""The same for the address at which a person says that no more of this is wanted."""

SHOWN_AS = {LINK_MARK: "[persönlicher Link]", CODE_MARK: "[Code]", UNSUBSCRIBE_MARK: "[Link zum Abbestellen]"}


def shown(body: str) -> str:
    """Return a stored text as people may read it."""
    for mark, words in SHOWN_AS.items():
        body = body.replace(mark, words)
    return body
