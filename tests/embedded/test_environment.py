"""What a process of the portal sees of its caller's environment."""

import pytest

from klimapakt import configuration
from klimapakt.embedded.environment import address, inherited, of_portal
from klimapakt.embedded.folder import Folder

ADDRESSES = {
    "DATABASE_URL": "postgresql:///klimapakt?host=/run/x&user=klimapakt",
    "REDIS_URL": "redis+socket:///run/x/valkey.sock",
    "MAIL_URL": "smtp://127.0.0.1:2525?tls=none",
}


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path)
    folder.create()
    return folder


def environ_for(folder, caller, parts):
    return of_portal(caller, folder, frozenset(parts), addresses=ADDRESSES, host="127.0.0.1", port=8000)


def test_strangers_secrets_stay_outside():
    kept = inherited({"AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": "/x", "LANG": "de_DE.UTF-8", "LC_ALL": "C"})

    assert "AWS_SECRET_ACCESS_KEY" not in kept
    assert "PYTHONPATH" not in kept
    assert (kept["LANG"], kept["LC_ALL"]) == ("de_DE.UTF-8", "C")


def test_works_without_any_environment(folder):
    environ = environ_for(folder, {}, configuration.PARTS)

    settings = configuration.read(environ)
    assert settings.embedded == {"postgres", "valkey", "mail"}
    assert settings.base_url == "http://127.0.0.1:8000"


def test_real_mail_server_means_the_rules_of_a_public_portal(folder):
    caller = {"MAIL_URL": "smtp://mail.example"}

    with pytest.raises(configuration.ConfigurationError, match="MAIL_FROM fehlt"):
        configuration.read(environ_for(folder, caller, {"postgres", "valkey"}))


def test_given_secrets_win_over_those_of_the_trial(folder):
    environ = environ_for(folder, {"SECRET_KEY": "mine" * 20}, configuration.PARTS)

    assert environ["SECRET_KEY"] == "mine" * 20


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("fd00::1", "http://[fd00::1]:8000"),
        ("buero.local", "http://buero.local:8000"),
    ],
)
def test_address_for_a_browser(host, shown):
    assert address(host, 8000) == shown
