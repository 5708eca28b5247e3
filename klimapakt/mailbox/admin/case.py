"""What a mail is about, as a link: the mailbox knows the name and number of a case, the admin the page of each model."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html


def link_to(about: str, request: HttpRequest) -> str:
    """Return kind and name of a case such as `partner:17` with a link to its page; nothing when the admin has none.

    What this person may not see there, or nobody yet, is not named here either: only of what kind it is.
    """
    name, _, number = about.partition(":")
    for model, page in admin.site._registry.items():
        if model._meta.model_name == name and number.isdecimal():
            kind, found = model._meta.verbose_name, page.get_object(request, number)
            if found is None or not page.has_view_permission(request, found):
                return kind
            url = reverse(f"admin:{model._meta.app_label}_{name}_change", args=[number])
            return format_html('{}: <a href="{}">{}</a>', kind, url, found)
    return ""
