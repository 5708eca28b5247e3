"""Who asks for every URL: the columns of the tables beside."""

BY_LINK = ["applicant", "contact", "guest", "signatory"]
"""People who came by a personal link and have no account: to an application, a partner, a registration, a version."""
STAFF = ["initial_partner", "countersigner", "office", "administrator"]
ROLES = ["anonymous", *BY_LINK, *STAFF]
"""The columns of the tables below."""
