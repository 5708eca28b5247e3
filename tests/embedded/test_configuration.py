"""What the environment may say: every case by hand, with the sentence a person gets."""

from pathlib import Path

import pytest

from klimapakt.configuration import VARIABLES, ConfigurationError, embedded_parts, read
from klimapakt.configuration.scanner import Scanner

SECRET = "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"
LINK_KEY = "0123456789abcdefghijklmnopqrstuvwxyz"
PRODUCTION = {
    "DATABASE_URL": "postgres://klimapakt:geheim@db.example/klimapakt",
    "REDIS_URL": "redis://valkey.example:6379/0",
    "MAIL_URL": "smtp://buero:geheim@mail.example:587?tls=starttls",
    "MAIL_FROM": "Klimapakt <klimapakt@stadt.example>",
    "SECRET_KEY": SECRET,
    "LINK_KEYS": LINK_KEY,
    "PORTAL_BASE_URL": "https://klimapakt.stadt.example",
    "PORTAL_DATA": "/var/lib/klimapakt",
}
TRIAL = {
    "PORTAL_MODE": "embedded",
    "PORTAL_EMBEDDED": "mail,postgres,valkey",
    "DATABASE_URL": "postgresql:///klimapakt?host=/run/x&user=klimapakt",
    "REDIS_URL": "redis+socket:///run/x/valkey.sock",
    "MAIL_URL": "smtp://127.0.0.1:2525?tls=none",
    "SECRET_KEY": SECRET,
    "LINK_KEYS": LINK_KEY,
    "PORTAL_BASE_URL": "http://127.0.0.1:8000",
    "PORTAL_DATA": "/tmp/x",
}


def test_complete_production():
    configuration = read(PRODUCTION)

    assert configuration.embedded == frozenset()
    assert configuration.link_keys == (LINK_KEY,)
    assert configuration.data == Path("/var/lib/klimapakt")
    assert (configuration.host, configuration.port) == ("127.0.0.1", 8000)
    assert configuration.trusted_proxies == 0
    assert (configuration.form_seconds, configuration.forms_per_address, configuration.forms_in_all) == (3, 30, 1000)


def test_trial_needs_no_sender_and_no_https():
    configuration = read(TRIAL)

    assert configuration.mail.sender == ""
    assert configuration.embedded == {"mail", "postgres", "valkey"}


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_refuses_each_missing_value_by_name(name):
    with pytest.raises(ConfigurationError, match=f"^{name} fehlt"):
        read({**PRODUCTION, name: ""})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL muss eine PostgreSQL-Datenbank nennen"),
        ({"DATABASE_URL": "postgres://db"}, "DATABASE_URL muss eine PostgreSQL-Datenbank nennen"),
        ({"DATABASE_URL": "postgres://db:port/x"}, "DATABASE_URL nennt einen ungültigen Port."),
        ({"DATABASE_URL": "postgres://[db/x"}, "DATABASE_URL ist keine gültige Adresse."),
        ({"REDIS_URL": "valkey.example"}, "REDIS_URL muss einen Redis- oder Valkey-Server nennen"),
        ({"REDIS_URL": "redis://"}, "REDIS_URL muss einen Redis- oder Valkey-Server nennen"),
        ({"SECRET_KEY": "kurz"}, "SECRET_KEY muss aus mindestens 50 zufälligen Zeichen bestehen."),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY muss aus mindestens 50 zufälligen Zeichen bestehen."),
        ({"LINK_KEYS": f"{LINK_KEY},kurz"}, "LINK_KEYS braucht mindestens 32"),
        ({"LINK_KEYS": f"{LINK_KEY},{LINK_KEY}"}, "LINK_KEYS darf keinen Schlüssel doppelt"),
        ({"LINK_KEYS": SECRET}, "LINK_KEYS darf keinen Schlüssel doppelt und nicht den SECRET_KEY enthalten."),
        ({"PORTAL_BASE_URL": "http://klimapakt.stadt.example"}, "PORTAL_BASE_URL muss die öffentliche Adresse"),
        ({"PORTAL_BASE_URL": "https://stadt.example/klimapakt"}, "PORTAL_BASE_URL muss die öffentliche Adresse"),
        ({"PORTAL_DATA": "daten"}, "PORTAL_DATA muss ein vollständiger Pfad sein"),
        ({"PORTAL_TRUSTED_PROXIES": "alle"}, "PORTAL_TRUSTED_PROXIES muss eine ganze Zahl von 0 bis 10 sein."),
        ({"FORM_SECONDS": "-1"}, "FORM_SECONDS muss eine ganze Zahl von 0 bis 60 sein."),
        ({"FORMS_PER_ADDRESS": "0"}, "FORMS_PER_ADDRESS muss eine ganze Zahl von 1 bis 100000 sein."),
        ({"FORMS_IN_ALL": "viele"}, "FORMS_IN_ALL muss eine ganze Zahl von 1 bis 1000000 sein."),
        ({"HOST": "a b"}, "HOST muss eine Adresse oder ein Rechnername sein"),
        ({"PORT": "80000"}, "PORT muss eine ganze Zahl von 1 bis 65535 sein."),
        ({"PORTAL_MODE": "debug"}, "PORTAL_MODE setzt das Portal selbst"),
    ],
)
def test_wrong_value_is_one_sentence_that_names_the_variable(changes, sentence):
    with pytest.raises(ConfigurationError) as error:
        read(PRODUCTION | changes)

    assert sentence in str(error.value)
    assert "geheim" not in str(error.value)


def test_nothing_at_all_leads_to_the_two_commands():
    with pytest.raises(ConfigurationError, match=r"\./portal up"):
        read({})


ADDRESSES = {name: PRODUCTION[name] for name in ("DATABASE_URL", "REDIS_URL", "MAIL_URL")}


@pytest.mark.parametrize(
    ("environ", "parts"),
    [
        ({}, {"postgres", "valkey", "mail"}),
        ({"DATABASE_URL": "", "MAIL_URL": ""}, {"postgres", "valkey", "mail"}),
        ({"PORTAL_EMBEDDED": "postgres, valkey,mail"}, {"postgres", "valkey", "mail"}),
        (ADDRESSES, set()),
        ({**ADDRESSES, "REDIS_URL": "", "PORTAL_EMBEDDED": "valkey"}, {"valkey"}),
    ],
)
def test_parts_the_portal_runs_itself(environ, parts):
    assert embedded_parts(environ) == parts


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"DATABASE_URL": "x"}, "nur halb: REDIS_URL und MAIL_URL fehlen."),
        ({"DATABASE_URL": "x", "REDIS_URL": "x"}, "nur halb: MAIL_URL fehlt."),
        ({"PORTAL_EMBEDDED": "postgres"}, "nur halb: REDIS_URL und MAIL_URL fehlen."),
        ({"DATABASE_URL": "x", "PORTAL_EMBEDDED": "mail"}, "nur halb: REDIS_URL fehlt."),
        ({**ADDRESSES, "PORTAL_EMBEDDED": "mail"}, "PORTAL_EMBEDDED nennt mail, aber MAIL_URL ist auch gesetzt"),
        ({"PORTAL_EMBEDDED": "redis"}, "nicht „redis“"),
    ],
)
def test_half_a_configuration_is_refused(environ, sentence):
    with pytest.raises(ConfigurationError) as error:
        embedded_parts(environ)

    assert sentence in str(error.value)


def test_the_example_names_every_variable():
    example = (Path(__file__).parents[2] / ".env.example").read_text()

    assert [name for name in VARIABLES if name not in example and name != "PORTAL_MODE"] == []


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("", None),
        ("unix:///run/clamav/clamd.ctl", Scanner(path="/run/clamav/clamd.ctl")),
        ("tcp://127.0.0.1", Scanner(host="127.0.0.1", port=3310)),
        ("tcp://[::1]:3311", Scanner(host="::1", port=3311)),
    ],
)
def test_the_virus_scanner_is_found_by_its_address(value, address):
    assert read({**PRODUCTION, "CLAMD_URL": value}).scanner == address


@pytest.mark.parametrize(
    "value",
    [
        "127.0.0.1:3310", "/run/clamav/clamd.ctl", "http://127.0.0.1:3310", "tcp://", "unix://", "unix://run/clamd.ctl",
        "tcp://a:b@127.0.0.1", "tcp://127.0.0.1:99999", "tcp://127.0.0.1/x", "tcp://[",
    ],
)  # fmt: skip
def test_a_bad_address_of_the_virus_scanner_is_refused_by_name(value):
    with pytest.raises(ConfigurationError, match="CLAMD_URL"):
        read({**PRODUCTION, "CLAMD_URL": value})
