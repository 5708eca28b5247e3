"""Who may do what: the roles of the portal as groups, kept in step with this table after every migration.

Administrators are superusers; they alone manage accounts.
"""

from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import transaction

OFFICE = "Geschäftsstelle"
COUNTERSIGNING = "Gegenzeichnung"
INITIAL_PARTNER = "Initialpartner (lesend)"

ROLES = {
    OFFICE: {
        "pact": {"pact": "view change", "benefit": "view add change delete", "joiningstep": "view add change delete"},
        "partners": {
            "application": "view add change review",
            "interest": "view change",
            "organisation": "view add change",
            "merge": "view add change",
            "noduplicate": "add",
            "contact": "view add change delete",
            "consent": "view add",
            "partner": "view add change",
            "profileproposal": "view change",
            "initialpartner": "view add change delete",
            "talkslot": "view add change",
            "letterofintent": "view change",
        },
        "events": {
            "event": "view add change delete",
            "agendaitem": "view add change delete",
            "invitation": "view add change",
            "registration": "view add change",
            "attendee": "view add change",
        },
        "agreements": {
            "agreement": "view add change delete",
            "target": "view add change delete",
            "measure": "view add change delete",
            "clause": "view add change delete",
            "contribution": "view add change delete",
            "templatesection": "view add change delete",
            "templatecontribution": "view add change delete",
        },
        "mailbox": {
            "outgoingmail": "view change",
            "mailing": "view add change",
            "mailwording": "view add",
            "incomingmail": "view",
            "addressproblem": "view delete",
            "optout": "view add delete",
            "mailboxstate": "view",
        },
        "newsletter": {"subscription": "view delete"},
        "documents": {"document": "view change"},
        "uploads": {"upload": "view"},
    },
    # Who signs for the pact is seldom who writes; a person of the office may be in both groups.
    COUNTERSIGNING: {
        "partners": {"partner": "view"},
        "agreements": {"agreement": "view countersign", "target": "view", "measure": "view"},
    },
    # No application, no contact, no mail, no registration: nothing that names a person.
    INITIAL_PARTNER: {
        "partners": {"partner": "view", "initialpartner": "view"},
        "events": {"event": "view", "agendaitem": "view"},
    },
}


@transaction.atomic
def sync_roles(**kwargs: Any) -> None:
    """Give each group exactly the permissions of the table."""
    from django.apps import apps
    from django.contrib.auth.models import Group, Permission

    for config in apps.get_app_configs():  # this may run before the apps' own post_migrate
        create_permissions(config, verbosity=0)
    for role, granted in ROLES.items():
        wanted = [
            Permission.objects.get(content_type__app_label=app, content_type__model=model, codename=f"{action}_{model}")
            for app, models in granted.items()
            for model, actions in models.items()
            for action in actions.split()
        ]
        Group.objects.get_or_create(name=role)[0].permissions.set(wanted)
