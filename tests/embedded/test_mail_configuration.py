"""What the environment may say about mail: every case by hand, with the sentence a person gets."""

import pytest

from klimapakt.configuration import ConfigurationError, read
from klimapakt.configuration.mail import read_imap_url, read_mail_url
from tests.embedded.test_configuration import PRODUCTION, TRIAL

IMAP = {"IMAP_URL": "imaps://buero:geheim@mail.example"}
OAUTH = {
    "MAIL_URL": "smtp://buero%40stadt.example@mail.example?auth=xoauth2",
    "MAIL_OAUTH_URL": "https://anmeldung.example/token",
    "MAIL_OAUTH_CLIENT": "portal",
    "MAIL_OAUTH_SECRET": "geheim-1",
    "MAIL_OAUTH_SCOPE": "https://mail.example/.default",
}


def test_what_holds_when_only_the_server_is_named():
    mail = read(PRODUCTION).mail

    assert (mail.mode, mail.lease_seconds, mail.per_minute, mail.sessions, mail.copies) == ("live", 120, 30, 1, "none")
    assert mail.server.security == "starttls"
    assert mail.imap is None
    assert mail.oauth is None


def test_trial_sends_without_a_limit_unless_told_otherwise():
    assert read(TRIAL).mail.per_minute == 0
    assert read(TRIAL | {"MAIL_PER_MINUTE": "5"}).mail.per_minute == 5


def test_with_a_mailbox_the_portal_files_copies():
    assert read(PRODUCTION | IMAP).mail.copies == "portal"


@pytest.mark.parametrize("copies", ["portal", "server", "bcc", "none"])
def test_everybody_may_choose_who_files_copies(copies):
    assert read(PRODUCTION | IMAP | {"MAIL_COPIES": copies}).mail.copies == copies


def test_copies_go_out_without_a_mailbox_too():
    assert read(PRODUCTION | {"MAIL_COPIES": "bcc"}).mail.copies == "bcc"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"MAIL_URL": "imap://mail.example"}, "MAIL_URL muss wie smtp://"),
        ({"MAIL_URL": "smtp://mail.example?tls=ja"}, "für tls gibt es starttls, tls und none"),
        ({"MAIL_URL": "smtp://mail.example?ssl=true"}, "MAIL_URL muss wie smtp://"),
        ({"MAIL_URL": "smtp://a:geheim@mail.example?tls=none"}, "MAIL_URL würde das Passwort unverschlüsselt senden"),
        ({"MAIL_URL": "smtp://a:geheim@mail.example?auth=ntlm"}, "MAIL_URL kennt für auth nur password und xoauth2."),
        ({"MAIL_URL": "smtp://a:geheim%0d@mail.example"}, "MAIL_URL enthält Zeichen"),
        ({"MAIL_URL": "smtp://mail.example?auth=xoauth2"}, "MAIL_URL braucht mit auth=xoauth2 den Namen des Postfachs"),
        (OAUTH | {"MAIL_URL": "smtp://a@mail.example?auth=xoauth2&tls=none"}, "MAIL_URL würde das Passwort"),
        ({"MAIL_FROM": "Klimapakt"}, "MAIL_FROM muss eine Mailadresse sein"),
        ({"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "MAIL_FROM muss eine Mailadresse sein"),
        ({"MAIL_MODE": "geheim"}, "MAIL_MODE muss live, staff oder held sein."),
        ({"MAIL_LEASE_SECONDS": "0"}, "MAIL_LEASE_SECONDS muss eine ganze Zahl von 1 bis 3600 sein."),
        ({"MAIL_PER_MINUTE": "-1"}, "MAIL_PER_MINUTE muss eine ganze Zahl von 0 bis 100000 sein."),
        ({"MAIL_SESSIONS": "0"}, "MAIL_SESSIONS muss eine ganze Zahl von 1 bis 10 sein."),
        ({"MAIL_SESSIONS": "11"}, "MAIL_SESSIONS muss eine ganze Zahl von 1 bis 10 sein."),
        ({"MAIL_COPIES": "geheim"}, "MAIL_COPIES muss portal, server, bcc oder none sein."),
        ({"MAIL_COPIES": "portal"}, "MAIL_COPIES=portal braucht das Postfach: Bitte setzen Sie IMAP_URL."),
        ({"MAIL_COPIES": "server"}, "MAIL_COPIES=server braucht das Postfach: Bitte setzen Sie IMAP_URL."),
        ({"IMAP_URL": "smtp://a:geheim@mail.example"}, "IMAP_URL muss wie imaps://"),
        ({"IMAP_URL": "imaps://a:geheim@mail.example/INBOX"}, "IMAP_URL muss wie imaps://"),
        ({"IMAP_URL": "imaps://a:geheim@mail.example?folder=x"}, "IMAP_URL muss wie imaps://"),
        ({"IMAP_URL": "imaps://a:geheim@mail.example:imap"}, "IMAP_URL nennt einen ungültigen Port."),
        ({"IMAP_URL": "imaps://mail.example"}, "Benutzer und Passwort des Postfachs gehören dazu"),
        ({"IMAP_URL": "imaps://a@mail.example"}, "Benutzer und Passwort des Postfachs gehören dazu"),
        ({"IMAP_URL": "imaps://a:geheim@mail.example?tls=starttls"}, "imaps:// spricht immer TLS"),
        ({"IMAP_URL": "imap://a:geheim@mail.example?tls=tls"}, "für imap:// gibt es tls=starttls und tls=none"),
        ({"IMAP_URL": "imap://a:geheim@mail.example?tls=none"}, "Nehmen Sie imaps:// oder tls=starttls."),
        ({"IMAP_URL": "imaps://a:geheim@mail.example?sent=a%0d%0ab"}, "IMAP_URL nennt einen ungültigen Ordner"),
        ({"IMAP_URL": "imaps://a:geheim@mail.example?inbox="}, "IMAP_URL nennt einen ungültigen Ordner"),
        (OAUTH | {"MAIL_OAUTH_URL": ""}, "MAIL_OAUTH_URL fehlt"),
        (OAUTH | {"MAIL_OAUTH_CLIENT": ""}, "MAIL_OAUTH_CLIENT fehlt (die Kennung der Anwendung): MAIL_URL nennt"),
        (OAUTH | {"MAIL_OAUTH_SECRET": ""}, "MAIL_OAUTH_SECRET fehlt (oder MAIL_OAUTH_REFRESH_TOKEN)"),
        (OAUTH | {"MAIL_OAUTH_SCOPE": ""}, "MAIL_OAUTH_SCOPE fehlt"),
        (OAUTH | {"MAIL_OAUTH_URL": "http://anmeldung.example/geheim"}, "MAIL_OAUTH_URL muss mit https:// beginnen."),
        ({"IMAP_URL": "imaps://a@mail.example?auth=xoauth2"}, "IMAP_URL nennt auth=xoauth2"),
    ],
)
def test_wrong_value_is_one_sentence_that_names_the_variable(changes, sentence):
    with pytest.raises(ConfigurationError) as error:
        read(PRODUCTION | changes)

    assert sentence in str(error.value)
    assert "geheim" not in str(error.value)


def test_trial_leaves_the_mailbox_of_a_real_office_alone():
    with pytest.raises(ConfigurationError, match="verlässt keine Mail den Rechner"):
        read(TRIAL | IMAP)


def test_trial_may_use_a_mailbox_of_this_machine():
    assert read(TRIAL | {"IMAP_URL": "imap://a:b@127.0.0.1:1143?tls=none"}).mail.imap.port == 1143


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 587, "", "", "starttls", "password")),
        ("smtp://mail.example:465", ("mail.example", 465, "", "", "tls", "password")),
        ("smtp://relay.example:25?tls=none", ("relay.example", 25, "", "", "none", "password")),
        (
            "smtp://buero%40stadt.example:a%2Fb@mail.example",
            ("mail.example", 587, "buero@stadt.example", "a/b", "starttls", "password"),
        ),
        (
            "smtp://buero%40stadt.example@mail.example?auth=xoauth2",
            ("mail.example", 587, "buero@stadt.example", "", "starttls", "xoauth2"),
        ),
    ],
)
def test_mail_url_is_taken_apart(url, expected):
    server = read_mail_url(url)

    assert (server.host, server.port, server.user, server.password, server.security, server.auth) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://a:b@mail.example", (993, "tls", "password", "INBOX", "")),
        ("imap://a:b@mail.example", (143, "starttls", "password", "INBOX", "")),
        ("imap://a:b@localhost:1143?tls=none", (1143, "none", "password", "INBOX", "")),
        (
            "imaps://a@mail.example:994/?auth=xoauth2&inbox=Klimapakt&sent=Gesendete%20Elemente",
            (994, "tls", "xoauth2", "Klimapakt", "Gesendete Elemente"),
        ),
    ],
)
def test_imap_url_is_taken_apart(url, expected):
    server = read_imap_url(url)

    assert (server.port, server.security, server.auth, server.inbox, server.sent) == expected


def test_tokens_are_ordered_by_the_secret_of_the_application():
    service = read(PRODUCTION | OAUTH).mail.oauth

    assert (service.token_url, service.client, service.secret, service.scope, service.refresh_token) == (
        "https://anmeldung.example/token",
        "portal",
        "geheim-1",
        "https://mail.example/.default",
        "",
    )


def test_refresh_token_needs_no_secret():
    changes = {"MAIL_OAUTH_SECRET": "", "MAIL_OAUTH_REFRESH_TOKEN": "geheim-2"}

    assert read(PRODUCTION | OAUTH | changes).mail.oauth.refresh_token == "geheim-2"


def test_no_secret_shows_when_a_configuration_is_printed():
    changes = OAUTH | {"IMAP_URL": "imaps://a:geheim-3@mail.example", "MAIL_OAUTH_REFRESH_TOKEN": "geheim-2"}

    assert "geheim" not in repr(read(PRODUCTION | changes).mail)
