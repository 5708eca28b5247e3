"""Who is the same person: one rule for all that invites, registers and mails."""


def marks_of(*, contact: int | None, email: str) -> set[int | str]:
    """Return by what a person is known: as a contact, and by the address in small letters.

    Two rows with a mark in common are one person. `of_person` of the QuerySets says the same in SQL.
    """
    return {contact, email.lower()} - {None, ""}
