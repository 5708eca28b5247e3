"""Files that people send: one check, a quarantine, and what may be read afterwards.

A staff form takes a checked file at once (`DocumentField`). What a company sends is received as an `Upload`, which
nobody opens before the worker has released it. Sources of the rules: OWASP File Upload Cheat Sheet; BSI CON.10.A5.
"""

from klimapakt.uploads.checking import check, check_document
from klimapakt.uploads.forms import DocumentField, UploadField
from klimapakt.uploads.names import document_path, shown_name

__all__ = ["DocumentField", "UploadField", "check", "check_document", "document_path", "shown_name"]
