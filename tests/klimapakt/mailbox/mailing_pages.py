"""The addresses of a mailing's pages, and what their forms send."""

import re

from klimapakt.mailbox.models import Mailing

LIST = "/admin/mailbox/mailing/"
TOKEN = "7e0d9f6e-3e0b-4d92-8d2a-6f6a3c1d2f10"


def page_of(mailing: Mailing, rest: str = "") -> str:
    return f"{LIST}{mailing.pk}/{rest}"


def filters(mailing: Mailing, **more) -> dict[str, object]:
    """What the page of recipients sends."""
    return {"standing": "in_force", "publication": "", "who": "first", "version": mailing.version, **more}


def words(mailing: Mailing, **more) -> dict[str, object]:
    return {"subject": "Neues", "body": "Guten Tag {name}", "version": mailing.version, **more}


def boxes(response) -> dict[str, bool]:
    """Return the people who can be struck off, and whether they are."""
    tags = re.findall(r'<input type="checkbox" name="struck" value="([^"]+)"( checked)?>', response.content.decode())
    return {key: bool(checked) for key, checked in tags}
