"""A mail's HTML as a page of its own, or in a frame of a page: its own styles count, nothing in it runs."""

from collections.abc import Callable

from django.conf import settings
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override

SHOWS_FRAMES = {**settings.SECURE_CSP, "frame-src": [CSP.SELF]}
A_MAIL = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],  # a mail has its design in its tags; mail programs read no other
    "frame-ancestors": [CSP.SELF],
    "sandbox": True,
}


def shows_frames(view: Callable) -> Callable:
    """Let a page of ours show a mail in a frame."""
    return csp_override(SHOWS_FRAMES)(view)


def a_mail(view: Callable) -> Callable:
    """Answer with the HTML of a mail: no script, no image, no request, no form; only pages of ours may frame it."""
    return xframe_options_sameorigin(csp_override(A_MAIL)(view))
