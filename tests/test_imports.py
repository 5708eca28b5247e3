"""How the parts hang together: imports run one way, the settings hold, nothing waits to be migrated."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)

# Whoever stands in a line may import what stands in the same or an upper line; events and agreements stand apart.
LAYERS = [
    {
        "klimapakt.configuration",
        "klimapakt.text",
        "klimapakt.states",
        "klimapakt.locks",
        "klimapakt.logs",
        "klimapakt.worklist",
        "klimapakt.apps",
    },
    {
        "klimapakt.fields",
        "klimapakt.middleware",
        "klimapakt.settings",
        "klimapakt.celery",
        "klimapakt.statement",
        "klimapakt.when",
        "klimapakt.pdf",
    },
    {"klimapakt.limits"},
    {"klimapakt.admin", "klimapakt.office_site"},
    {"klimapakt.pact", "klimapakt.links"},
    {"klimapakt.mailbox"},
    {"klimapakt.calendar"},
    {"klimapakt.newsletter"},
    {"klimapakt.documents", "klimapakt.uploads"},
    {"klimapakt.health"},
    {"partners"},
    {"events", "agreements"},
    {"klimapakt.website"},
    {"klimapakt.setup", "klimapakt.urls", "klimapakt.wsgi"},
]
APART = {"events", "agreements"}
WITHIN_AN_APP = ["models", "mails", "services", "tasks", "forms", "views"]
"""A module imports what stands before it, never what stands after it. (Access and interfaces belong to the models.)"""


def modules() -> dict[str, Path]:
    """Return all modules of the project but the launcher, which runs before Django, and the migrations."""
    found = {}
    for folder in ("klimapakt", "partners", "events", "agreements"):
        for path in (ROOT / folder).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if ".migrations" not in name and ".embedded" not in name and name != "klimapakt":
                found[name] = path
    return found


def imports(path: Path, *, inside_functions: bool = True) -> set[str]:
    """Return the modules that a file imports; those for type checkers alone do not count."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    nodes = ast.walk(tree) if inside_functions else tree.body
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part_of(module: str) -> str | None:
    """Return the part of the project that a module belongs to."""
    parts = [part for layer in LAYERS for part in layer if module == part or module.startswith(part + ".")]
    return max(parts, key=len, default=None)


def test_every_module_has_its_place():
    assert {name for name in modules() if part_of(name) is None} == set()


def test_imports_run_one_way():
    place = {part: number for number, layer in enumerate(LAYERS) for part in layer}
    wrong = set()

    for name, path in modules().items():
        own = part_of(name)
        for target in imports(path):
            other = part_of(target)
            if other and other != own and (place[other] > place[own] or {own, other} == APART):
                wrong.add(f"{name} imports {target}")

    assert wrong == set()


def test_within_an_app_imports_run_one_way():
    wrong = set()

    for name, path in modules().items():
        app, _, inner = name.rpartition(".") if "." in name else (name, "", "")
        layer = next((part for part in name.split(".") if part in WITHIN_AN_APP), None)
        if layer is None:
            continue
        app = name[: name.index(f".{layer}")]
        later = WITHIN_AN_APP[WITHIN_AN_APP.index(layer) + 1 :]
        for target in imports(path, inside_functions=False):
            if any(target.startswith(f"{app}.{other}.") or target == f"{app}.{other}" for other in [*later, "admin"]):
                wrong.add(f"{name} imports {target}")

    assert wrong == set()


def test_the_search_for_imports_finds_what_it_looks_for(tmp_path):
    file = tmp_path / "x.py"
    file.write_text("from klimapakt.website import views\n\ndef f():\n    import agreements.models\n")

    assert imports(file) == {"klimapakt.website.views", "agreements.models"}
    assert imports(file, inside_functions=False) == {"klimapakt.website.views"}


def test_what_knows_no_django_stays_without_it():
    code = "import sys, klimapakt.configuration; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_module_is_too_long_to_read():
    long = {name: length for name, path in modules().items() if (length := len(path.read_text().splitlines())) > 450}

    assert long == {}


def test_no_module_is_called_after_nothing():
    names = {part for name in modules() for part in name.split(".")}

    assert names & {"utils", "helpers", "common", "misc", "util", "helper"} == set()


def test_nothing_waits_to_be_migrated(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_system_check_is_silent(db):
    call_command("check", fail_level="DEBUG")


PRODUCTION = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "DJANGO_SETTINGS_MODULE": "klimapakt.settings",
    "REDIS_URL": "redis://broker.example:6379/0",
    "MAIL_URL": "smtp://klimapakt:geheim@mail.example:587?tls=starttls",
    "MAIL_FROM": "klimapakt@musterstadt.example",
    "SECRET_KEY": "kz8Jq2vN5xR7tY1wB4mC6pL9sD3fG0hA-kz8Jq2vN5xR7tY1wB4mC6pL9s",
    "LINK_KEYS": "9sD3fG0hAkz8Jq2vN5xR7tY1wB4mC6pL",
    "PORTAL_BASE_URL": "https://klimapakt.musterstadt.example",
    "PORTAL_DATA": str(settings.DATA_DIR),
    "PORTAL_TRUSTED_PROXIES": "1",
}


def in_production(*command: str, **changes: str) -> subprocess.CompletedProcess:
    environment = {**PRODUCTION, "DATABASE_URL": os.environ["DATABASE_URL"], **changes}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_deployment_check_is_silent_in_production():
    run = in_production("-W", "error", "-m", "django", "check", "--deploy", "--fail-level", "INFO")

    assert run.returncode == 0, run.stdout + run.stderr
    assert "WARNINGS" not in run.stderr


def test_production_is_safe_by_default():
    code = """
import django; django.setup()
from django.conf import settings as s
assert s.DEBUG is False
assert s.ALLOWED_HOSTS == ["klimapakt.musterstadt.example"], s.ALLOWED_HOSTS
assert s.SECURE_SSL_REDIRECT and s.SECURE_HSTS_SECONDS >= 31536000 and s.SECURE_HSTS_INCLUDE_SUBDOMAINS
assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SESSION_COOKIE_HTTPONLY and s.CSRF_COOKIE_HTTPONLY
assert s.SESSION_COOKIE_NAME.startswith("__Host-") and s.CSRF_COOKIE_NAME.startswith("__Host-")
assert s.SESSION_COOKIE_DOMAIN is None and s.SESSION_COOKIE_PATH == "/"
assert s.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
assert not s.EMBEDDED
"""

    run = in_production("-c", code)

    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "LINK_KEYS", "PORTAL_BASE_URL", "MAIL_FROM", "REDIS_URL", "PORTAL_DATA"]
)
def test_production_does_not_start_without_its_settings(missing):
    run = in_production("-m", "django", "check", **{missing: ""})

    assert run.returncode != 0
    assert missing in run.stderr
    assert "geheim" not in run.stderr


def test_every_template_can_be_read():
    names = [
        str(path.relative_to(ROOT / "templates"))
        for path in (ROOT / "templates").rglob("*")
        if path.suffix in (".html", ".txt", ".xml")
    ]

    assert len(names) > 50
    for name in names:
        get_template(name)


def test_no_template_loads_a_byte_from_another_host():
    foreign = {}
    for path in (ROOT / "templates").rglob("*.html"):
        found = re.findall(r"""(?:src|srcset|action|data|poster)=["']?(?:https?:)?//[^"'\s>]+""", path.read_text())
        found += re.findall(r"""<link[^>]+href=["'](?:https?:)?//[^"']+""", path.read_text())
        if found:
            foreign[path.name] = found

    assert foreign == {}


def test_no_style_sheet_or_script_loads_a_byte_from_another_host():
    foreign = {}
    for path in (ROOT / "static").rglob("*"):
        if path.suffix in (".css", ".js", ".svg"):
            found = [
                a
                for a in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", path.read_text(errors="replace"))
                if "w3.org" not in a
            ]
            found = [a for a in found if re.search(r"url\(\s*[\"']?" + re.escape(a), path.read_text(errors="replace"))]
            if found:
                foreign[path.name] = found

    assert foreign == {}


def test_no_template_has_code_or_style_that_the_policy_would_refuse():
    wrong = {}
    for path in (ROOT / "templates").rglob("*.html"):
        if path.parent.name == "mail":
            continue  # no page of ours: mail programs know no other way
        text = path.read_text()
        found = re.findall(
            r"<style(?![^>]*nonce)|<script(?![^>]*(?:src|nonce))|\son\w+=[\"']|\sstyle=[\"']|javascript:", text
        )
        if found:
            wrong[path.name] = found

    assert wrong == {}


UNESCAPED = re.compile(r"\S+\|safe\b|autoescape off|\S+\|safeseq")


def test_no_template_switches_escaping_off():
    wrong = {
        (path.name, found)
        for path in (ROOT / "templates").rglob("*.html")
        for found in UNESCAPED.findall(path.read_text())
    }

    assert wrong == set()
    assert UNESCAPED.search("{{ partner.text|safe }}")


def test_texts_that_people_type_go_through_the_fields_that_clean_them():
    loose = {
        f"{model._meta.label}.{field.name}"
        for app in ("pact", "partners", "events", "agreements")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if type(field) in (models.CharField, models.TextField, models.EmailField, models.URLField)
        and field.editable
        and not field.choices
    }

    # Written by the portal, never typed: the name of an uploaded file, and the wording of a consent.
    assert loose == {
        "partners.ApplicationStep.document_name", "partners.Consent.text", "partners.TimelineEntry.by", "partners.TimelineEntry.text",
    }  # fmt: skip


def test_every_free_text_has_an_end():
    endless = {
        f"{model._meta.label}.{field.name}"
        for app in ("pact", "partners", "events", "agreements")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField) and field.editable and (field.max_length or 10**9) > 5000
    }

    assert endless == {"partners.Consent.text", "partners.TimelineEntry.text"}
