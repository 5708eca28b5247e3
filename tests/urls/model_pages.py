"""What the admin offers for every model: the status code of every URL for every role, written by hand."""

MODEL_PAGES = [
    "",
    "add/",
    "<path:object_id>/change/",
    "<path:object_id>/delete/",
    "<path:object_id>/history/",
    "<path:object_id>/",
]
"""What the admin offers for every model, in the order of the columns below. The last one redirects to `change/`."""

NOTHING = "403 403 403 403 403 302", "403 403 403 403 403 302"
"""For a role that is not named."""
READ = "200 403 200 403 200 302", "200 403 403 403 200 302"
READ_OR_DELETE = "200 403 200 200 200 302", "200 403 403 302 200 302"
EVERYTHING = "200 200 200 200 200 302", "200 200 200 302 200 302"
ALL_BUT_CHANGE = "200 200 200 200 200 302", "200 200 403 302 200 302"
ALL_BUT_DELETE = "200 200 200 403 200 302", "200 200 200 403 200 302"

# model: the object that is asked for, then for the roles that may sign in: codes of GET, codes of POST.
# The first POST column is the list without an action; a delete is sent with its confirmation, a form empty.
MODELS = {
    #                                        list add change delete history shortcut
    "pact/pact": ("pact", {
        "initial_partner": ("302 403 403 403 403 302", "302 403 403 403 403 302"),
        "countersigner":   ("302 403 403 403 403 302", "302 403 403 403 403 302"),
        "office":          ("302 403 200 403 200 302", "302 403 200 403 200 302"),
        "administrator":   ("302 403 200 403 200 302", "302 403 200 403 200 302"),
    }),
    "mailbox/outgoingmail": ("failed", {"office": READ, "administrator": READ}),
    "mailbox/incomingmail": ("incoming", {"office": READ, "administrator": READ}),
    "mailbox/addressproblem": ("problem", {"office": READ, "administrator": READ}),
    "mailbox/optout": ("optout", {"office": ALL_BUT_CHANGE, "administrator": ALL_BUT_CHANGE}),
    "mailbox/mailboxstate": ("state", {
        "office":          ("302 403 200 403 200 302", "302 403 403 403 200 302"),
        "administrator":   ("302 403 200 403 200 302", "302 403 403 403 200 302"),
    }),
    # Its own pages stand in the place of the form: they send on to the step that comes next.
    "mailbox/mailing": ("mailing", {
        "office":          ("200 200 302 403 200 302", "200 422 302 403 200 302"),
        "administrator":   ("200 200 302 200 200 302", "200 422 302 302 200 302"),
    }),
    "newsletter/subscription": ("subscription", {"office": READ_OR_DELETE, "administrator": READ_OR_DELETE}),
    "documents/document": ("broken", {"office": READ, "administrator": READ}),
    "uploads/upload": ("quarantined", {"office": READ, "administrator": READ}),
    "partners/application": ("reviewed", {
        "office":          ("200 200 200 403 200 302", "200 422 403 403 200 302"),
        "administrator":   ("200 200 200 403 200 302", "200 422 403 403 200 302"),
    }),
    # Times are offered by a form that shows them first, and changed by buttons alone.
    "partners/talkslot": ("slot", {
        "office":          ("200 200 200 403 200 302", "200 422 403 403 200 302"),
        "administrator":   ("200 200 200 403 200 302", "200 422 403 403 200 302"),
    }),
    "partners/letterofintent": ("letter", {"office": READ, "administrator": READ}),
    "partners/interest": ("interest", {"office": READ, "administrator": READ}),
    "partners/partner": ("partner", {
        "initial_partner": READ, "countersigner": READ, "office": ALL_BUT_DELETE, "administrator": ALL_BUT_DELETE,
    }),
    "partners/profileproposal": ("proposal", {"office": READ, "administrator": READ}),
    "partners/organisation": ("partner.organisation", {"office": ALL_BUT_DELETE, "administrator": ALL_BUT_DELETE}),
    "partners/merge": ("merge", {"office": READ, "administrator": READ}),
    "partners/initialpartner": ("founder", {
        "initial_partner": READ, "office": EVERYTHING, "administrator": EVERYTHING,
    }),
    "events/event": ("draft", {"initial_partner": READ, "office": EVERYTHING, "administrator": EVERYTHING}),
    "events/registration": ("registration", {"office": READ, "administrator": READ}),
    "events/invitation": ("invitation", {"office": READ, "administrator": READ}),
    "agreements/agreement": ("agreement", {
        "countersigner": READ, "office": EVERYTHING, "administrator": EVERYTHING,
    }),
    "agreements/templatesection": ("section", {"office": EVERYTHING, "administrator": EVERYTHING}),
    "agreements/templatecontribution": ("contribution", {"office": EVERYTHING, "administrator": EVERYTHING}),
    "auth/group": ("group", {"administrator": EVERYTHING}),
    "auth/user": ("user", {"administrator": EVERYTHING}),
}  # fmt: skip
