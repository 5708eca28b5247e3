"""A form whose mail the office reads, as it will be sent, before anything leaves."""

import hashlib
from collections.abc import Callable
from typing import Any

from django import forms

Mail = tuple[str, str]
"""Subject and text."""


class PreviewedForm(forms.Form):
    """Valid once its writer has seen exactly this mail; where none leaves, at once. For templates/…/previewed.html."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    preview: Mail | None = None
    was_changed = False
    has_mail = True
    """Whether there is somebody to write to."""
    mail: Callable[[], Mail]
    """Each form's own: the mail that says what was typed; asked once that is in order."""

    @property
    def is_ready(self) -> bool:
        """Whether the next click acts."""
        return self.preview is not None or not self.has_mail

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        self.cleaned_data.pop("seen", None)
        if not self.has_mail:
            return True
        self.preview = self.mail()
        mark = hashlib.sha256(repr((self.preview, self._typed())).encode()).hexdigest()
        before = self.data.get("seen", "")
        self.was_changed = before not in ("", mark)
        self.data = self.data.copy()
        self.data["seen"] = mark
        return before == mark

    def _typed(self) -> list[Any]:
        return [self[name].value() for name in self.fields if name != "seen"]
