"""Settings of the portal: one file, every knob from the environment.

What the environment may say, and what an omission means, is decided in `klimapakt.configuration`.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from klimapakt import configuration

try:
    CONFIGURATION = configuration.read(os.environ)
except configuration.ConfigurationError as error:
    raise ImproperlyConfigured(str(error)) from None

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = CONFIGURATION.data
EMBEDDED = CONFIGURATION.embedded
"""Names of the parts that the launcher runs itself: postgres, valkey, mail."""

DEBUG = False
SECRET_KEY = CONFIGURATION.secret_key
LINK_KEYS = CONFIGURATION.link_keys
"""Keys of personal links: the first signs, all verify, so that a key can be changed without breaking links."""

PORTAL_BASE_URL = CONFIGURATION.base_url
"""Start of every link in a mail. Never taken from the Host header."""

_base = urlsplit(PORTAL_BASE_URL)
HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = [_base.hostname]
if EMBEDDED:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "klimapakt.pact",
    "klimapakt.links",
    "klimapakt.limits",
    "klimapakt.mailbox",
    "klimapakt.documents",
    "klimapakt.uploads",
    "klimapakt.newsletter",
    "partners",
    "events",
    "agreements",
    "klimapakt.website",
    "klimapakt.setup",
    "crispy_forms",
    "axes",
    "klimapakt.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "klimapakt.middleware.no_store_unless_public",
    "klimapakt.middleware.refuse_nul",
    "django.middleware.gzip.GZipMiddleware",
    "klimapakt.website.cache.PageCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "klimapakt.office_site.GiveBackMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "klimapakt.pact.middleware.pact_of_request",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "klimapakt.urls"
WSGI_APPLICATION = "klimapakt.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
                "klimapakt.pact.context.pact",
            ],
        },
    }
]

CRISPY_ALLOWED_TEMPLATE_PACKS = ("kern",)
CRISPY_TEMPLATE_PACK = "kern"
CRISPY_CLASS_CONVERTERS: dict[str, str] = {}
CRISPY_FAIL_SILENTLY = False

# --- Database ---------------------------------------------------------------------------------------------------------

DATABASES = {"default": environ.Env.db_url_config(CONFIGURATION.database_url)}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})
for _name in ("host", "user"):  # libpq allows both in the query; Django's dbshell wants them here
    if _name in DATABASES["default"]["OPTIONS"]:
        DATABASES["default"][_name.upper()] = DATABASES["default"]["OPTIONS"].pop(_name)
DATABASES["default"]["OPTIONS"]["options"] = (
    "-c lock_timeout=3s -c statement_timeout=15s -c idle_in_transaction_session_timeout=60s"
)
# Postgres then keeps the plan of a query that comes often: a third of the CPU on pages with many conditions.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One process-local store for rendered public pages (klimapakt.website.cache says which and why).
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}

# --- Worker -----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = CONFIGURATION.redis_url
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,  # above every task's time limit (klimapakt.mailbox.tasks): else it would run twice
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 30,
    # A form must not wait for a dead broker: one more try, at once (kombu would sleep 6 seconds).
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_DB_REUSE_MAX = sys.maxsize  # else Celery opens a connection for every task; klimapakt.celery looks after it
# A pump that waits for the answer to its last mail must not be ended by a broker that is away: the mail would be
# unclear. That the task then runs twice does no harm.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/Berlin"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "run" / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "send what waits in the outbox": {"task": "mailbox.pump", "schedule": 15.0},
    "file copies of sent mails": {"task": "mailbox.file_copies", "schedule": 30.0},
    "look for unclear mails": {"task": "mailbox.settle_unclear", "schedule": 60.0},
    "read the inbox": {"task": "mailbox.read_inbox", "schedule": 120.0},
    "send the office what needs it": {"task": "mailbox.send_digest", "schedule": crontab(minute=30)},
    "delete old mail bodies": {"task": "mailbox.delete_bodies", "schedule": crontab(hour=4, minute=35)},
    "render what waits": {"task": "documents.render", "schedule": 30.0},
    "examine what waits in quarantine": {"task": "uploads.examine", "schedule": 30.0},
    "delete unused uploads": {"task": "uploads.delete_unused", "schedule": crontab(minute=40)},
    "delete outdated documents": {
        "task": "documents.delete_outdated",
        "schedule": crontab(hour=4, minute=30),
    },
    "forget who sent forms": {"task": "limits.sweep", "schedule": crontab(hour=4, minute=10)},
    "send the links that were asked for": {"task": "partners.send_asked_links", "schedule": 60.0},
    "delete unconfirmed and old inquiries": {
        "task": "partners.delete_interests",
        "schedule": crontab(hour=4, minute=17),
    },
    "delete unconfirmed applications": {
        "task": "partners.delete_unconfirmed_applications",
        "schedule": crontab(hour=4, minute=15),
    },
    "remind of orientation talks": {"task": "partners.remind_of_talks", "schedule": 300.0},
    "send receipts without a copy": {"task": "partners.send_receipts", "schedule": 300.0},
    "ask partners whether their data is right": {
        "task": "partners.check_data",
        "schedule": crontab(hour=8, minute=20),
    },
    "let follow what came in during a merge": {"task": "partners.follow_merges", "schedule": 300.0},
    "warn of and delete drafts that lie": {
        "task": "partners.end_drafts",
        "schedule": crontab(hour=8, minute=10),
    },
    "delete unconfirmed orders of the newsletter": {
        "task": "newsletter.delete_unconfirmed",
        "schedule": crontab(hour=4, minute=25),
    },
    "remind who comes": {"task": "events.remind", "schedule": 300.0},
    "delete unconfirmed registrations": {
        "task": "events.delete_unconfirmed_registrations",
        "schedule": crontab(hour=4, minute=20),
    },
}

# --- Mail (klimapakt.mailbox) -----------------------------------------------------------------------------------------

MAIL_SERVER = CONFIGURATION.mail.server
MAIL_OAUTH = CONFIGURATION.mail.oauth
"""Where access tokens come from; None when both servers take a password."""
MAIL_FROM = CONFIGURATION.mail.sender
"""Sender address; empty in embedded mode, where the pact's own mailbox is the sender."""
MAIL_MODE = CONFIGURATION.mail.mode
MAIL_PER_MINUTE = CONFIGURATION.mail.per_minute
"""0: no limit."""
MAIL_SESSIONS = CONFIGURATION.mail.sessions
"""How many SMTP sessions all workers together may keep."""
MAIL_LEASE_SECONDS = CONFIGURATION.mail.lease_seconds
MAIL_COPIES = CONFIGURATION.mail.copies
"""Who puts a copy into the office's folder of sent mails: portal, server, bcc or none."""
IMAP_SERVER = CONFIGURATION.mail.imap
"""The office's mailbox, or None."""

# --- Uploads (klimapakt.uploads) ----------------------------------------------------------------------------------------

CLAMD = CONFIGURATION.scanner
"""Where the virus scanner listens, or None."""

# --- Sign-in ----------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "klimapakt.middleware.client_address"
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_SENSITIVE_PARAMETERS = ["username", "password"]
AXES_VERBOSE = False

# --- Protection -------------------------------------------------------------------------------------------------------

TRUSTED_PROXIES = CONFIGURATION.trusted_proxies
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # the proxy in front overwrites it

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # the proxy's own check comes without TLS
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],  # KERN's CSS draws its icons as data: SVGs
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
# A city decides about HSTS preloading for all of its hosts; a portal must not do it alone.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# Plain names on plain HTTP: browsers refuse the __Host- prefix there.
SESSION_COOKIE_NAME = "__Host-s" if HTTPS else "s"
CSRF_COOKIE_NAME = "__Host-c" if HTTPS else "c"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_FAILURE_VIEW = "klimapakt.website.views.csrf_failure"

FORM_SECONDS = CONFIGURATION.form_seconds
"""Nobody fills in a public form in less time (klimapakt.limits)."""
FORMS_PER_ADDRESS = CONFIGURATION.forms_per_address
FORMS_IN_ALL = CONFIGURATION.forms_in_all
"""So many public forms an hour."""

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000  # the draft of a very long agreement has 900
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["klimapakt.uploads.handlers.BoundedUploadHandler"]

# --- Language, time, files --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch")]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"  # private: served by views that ask who reads
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "klimapakt.logs.HidePrivateData"}},
    "formatters": {"plain": {"()": "klimapakt.logs.UtcFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["private"], "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # A traceback's local variables and a mail with POST data stay out of reach.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "axes": {"level": "ERROR"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},
    },
}
