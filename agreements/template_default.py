"""The template that a new installation begins with: a TOML file beside this module, in words for any German city."""

import tomllib
from pathlib import Path
from typing import Any

from django.db import connections, transaction

DEFAULT = Path(__file__).with_suffix(".toml")


def fill_empty_template(*, using: str, **kwargs: Any) -> None:
    """Give the pact a template where there is none. Called after every migration, so that updates bring it too."""
    from agreements.models import TemplateContribution, TemplateSection

    if TemplateSection._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to before there was a template
    table = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))
    with transaction.atomic(using=using):
        if TemplateSection.objects.using(using).exists():
            return
        TemplateSection.objects.using(using).bulk_create(
            TemplateSection(
                position=10 * position,
                title=section["title"],
                text=section["text"].strip(),
                contains=section.get("contains", ""),
            )
            for position, section in enumerate(table["sections"], start=1)
        )
        TemplateContribution.objects.using(using).bulk_create(
            TemplateContribution(position=10 * position, text=text)
            for position, text in enumerate(table["contributions"], start=1)
        )
