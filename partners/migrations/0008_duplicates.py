"""Recognise an organisation that is there already, and merge two into one.

`pg_trgm` is a trusted extension of PostgreSQL: the portal's role may create it where it has CREATE on the database.
"""

import django.contrib.postgres.indexes
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# Whole words that say how a company is founded, not who it is; folded, without dots.
LEGAL_FORMS = [
    "gesellschaft mit beschraenkter haftung", "g?gmbh", "mbh", "m b h", "unternehmergesellschaft", "ug",
    "haftungsbeschraenkt", "aktiengesellschaft", "ag", "se", "kommanditgesellschaft", "kgaa", "kg",
    "offene handelsgesellschaft", "ohg", "gesellschaft buergerlichen rechts", "gbr", "partnerschaftsgesellschaft",
    "partg", "partgmbb", "mbb", "eingetragene genossenschaft", "eg", "e g", "eingetragene[rs]? verein", "e v",
    "eingetragene[rs]? kauf(mann|frau)", "e k", "e kfm", "e kfr", "vvag", "aoer", "kdoer", "gemeinnuetzige[rs]?",
    "ltd", "limited", "in gruendung", "i g", "i gr", "und co", "co (kgaa|kg|ohg)",
]  # fmt: skip
# „Ev. Kirche“ is no club and „Stiftungsallee“ no foundation: these count at an end of the name only.
AT_THE_END = ["ev", "ek", "stiftung"]

FUNCTIONS = rf"""
CREATE FUNCTION partners_match_words(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN btrim(regexp_replace(regexp_replace(
    translate(
        replace(replace(replace(replace(lower($1), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'),
        'éèêëáàâãåóòôõúùûíìîïçñ', 'eeeeaaaaaoooouuuiiiicn'
    ),
    '[&+]', ' und ', 'g'), '[^[:alnum:]]+', ' ', 'g'));

CREATE FUNCTION partners_match_name(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN coalesce(
    nullif(regexp_replace(regexp_replace(
        partners_match_words($1),
        '\m({"|".join(LEGAL_FORMS)})\M|^stiftung\M|\m({"|".join(AT_THE_END)})$', '', 'g'),
        '\mund\M| ', '', 'g'), ''),
    nullif(replace(partners_match_words($1), ' ', ''), ''));

CREATE FUNCTION partners_match_host(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN substring(lower($1) from '^(?:[a-z]+://)?(?:www\.)?([^/:?#]+)');

-- The number without its court, which is often left out.
CREATE FUNCTION partners_match_register(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN substring(regexp_replace(lower($1), '[^a-z0-9]+', '', 'g') from '(?:hra|hrb|gnr|vr|pr|gsr)[0-9]+');

CREATE FUNCTION partners_match_address(postal_code text, street text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN nullif(postal_code, '') || ' '
    || nullif(replace(regexp_replace(partners_match_words(street), 'str\M', 'strasse', 'g'), ' ', ''), '');
"""

FORGET = """
DROP FUNCTION partners_match_address(text, text);
DROP FUNCTION partners_match_register(text);
DROP FUNCTION partners_match_host(text);
DROP FUNCTION partners_match_name(text);
DROP FUNCTION partners_match_words(text);
"""


def generated(model, name, *fields):
    field = models.GeneratedField(
        db_persist=True,
        expression=models.Func(*fields, function=f"partners_{name}", output_field=models.TextField()),
        output_field=models.TextField(null=True),
    )
    return migrations.AddField(model_name=model, name=name, field=field)


def by_equality(model, column):
    return migrations.AddIndex(
        model_name=model, index=models.Index(fields=[f"match_{column}"], name=f"{model}_match_{column}")
    )


def matching(model):
    return [
        generated(model, "match_name", "name"),
        generated(model, "match_host", "website"),
        generated(model, "match_register", "register_number"),
        generated(model, "match_address", "postal_code", "street"),
        migrations.AddIndex(
            model_name=model,
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["match_name"], name=f"{model}_match_name", opclasses=["gin_trgm_ops"]
            ),
        ),
        *(by_equality(model, column) for column in ("host", "register", "address")),
    ]


def merged_into(model):
    return migrations.AddField(
        model_name=model,
        name="merged_into",
        field=models.ForeignKey(
            editable=False,
            null=True,
            on_delete=django.db.models.deletion.RESTRICT,
            related_name="merged_from",
            to=f"partners.{model}",
            verbose_name="zusammengeführt mit",
        ),
    )


def person(**options):
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


def side(model, related_name, verbose_name):
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to=f"partners.{model}",
        verbose_name=verbose_name,
    )


class Migration(migrations.Migration):
    dependencies = [("partners", "0007_review"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(FUNCTIONS, FORGET),
        *matching("organisation"),
        *matching("application"),
        migrations.AlterModelOptions(
            name="organisation",
            options={
                "base_manager_name": "everyone",
                "ordering": ["sort_name"],
                "verbose_name": "Organisation",
                "verbose_name_plural": "Organisationen",
            },
        ),
        migrations.AlterModelManagers(
            name="organisation",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everyone", django.db.models.manager.Manager()),
            ],
        ),
        merged_into("organisation"),
        merged_into("application"),
        migrations.AlterField(
            model_name="application",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Entwurf"),
                    ("unconfirmed", "unbestätigt"),
                    ("submitted", "eingegangen"),
                    ("in_review", "in Prüfung"),
                    ("query", "Rückfrage offen"),
                    ("accepted", "aufgenommen"),
                    ("rejected", "abgelehnt"),
                    ("withdrawn", "zurückgezogen"),
                    ("merged", "zusammengeführt"),
                ],
                default="draft",
                editable=False,
                max_length=12,
                verbose_name="Stand",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("merged_into__isnull", False), ("status", "merged")),
                    models.Q(models.Q(("status", "merged"), _negated=True), ("merged_into", None)),
                    _connector="OR",
                ),
                name="merged_application_says_into_which",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="known_as",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="recognised_in",
                to="partners.organisation",
                verbose_name="ist dieselbe Organisation wie",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="known_choices",
            field=models.JSONField(
                default=list, editable=False, help_text="Fields that the organisation takes from the application."
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="known_before",
            field=models.JSONField(
                editable=False,
                encoder=django.core.serializers.json.DjangoJSONEncoder,
                help_text="What these fields held before the acceptance; null while it has not taken place.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("moved", models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="zusammengeführt am")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="zurückgenommen am")),
                ("by", person(verbose_name="durch")),
                ("undone_by", person()),
                ("kept_organisation", side("organisation", "merges", "behalten")),
                ("merged_organisation", side("organisation", "+", "aufgegangen")),
                ("kept_application", side("application", "merges", "behalten")),
                ("merged_application", side("application", "+", "aufgegangen")),
            ],
            options={
                "verbose_name": "Zusammenführung",
                "verbose_name_plural": "Zusammenführungen",
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("kept_organisation", models.F("merged_organisation")), _negated=True),
                                ("kept_application", None),
                                ("kept_organisation__isnull", False),
                                ("merged_application", None),
                                ("merged_organisation__isnull", False),
                            ),
                            models.Q(
                                models.Q(("kept_application", models.F("merged_application")), _negated=True),
                                ("kept_application__isnull", False),
                                ("kept_organisation", None),
                                ("merged_application__isnull", False),
                                ("merged_organisation", None),
                            ),
                            _connector="OR",
                        ),
                        name="merge_of_two_of_a_kind",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("merged_organisation",),
                        name="organisation_merged_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("merged_application",),
                        name="application_merged_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoDuplicate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.CharField(editable=False, max_length=60)),
                ("second", models.CharField(editable=False, max_length=60)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="seit")),
                ("by", person(verbose_name="durch")),
            ],
            options={
                "verbose_name": "keine Dublette",
                "verbose_name_plural": "keine Dubletten",
                "indexes": [models.Index(fields=["second"], name="told_apart_second")],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="each_pair_told_apart_once"),
                    models.CheckConstraint(condition=models.Q(("first__lt", models.F("second"))), name="pair_in_order"),
                ],
            },
        ),
    ]
