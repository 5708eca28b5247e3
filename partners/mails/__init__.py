"""Which mail goes to whom, about what, and which key makes it unique.

Each function writes one row into the outbox, in the transaction of its caller.
"""
