from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def once(template_name: str) -> SafeString:
    """Include a template that depends on nothing: it is rendered once in a process."""
    return render_to_string(template_name)
