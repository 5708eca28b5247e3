"""The first accounts: from the keyboard's place, the environment or standard input, never with a weak password."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from klimapakt.setup import roles

GOOD = "ein-langes-gutes-wort"


@pytest.fixture
def typed(monkeypatch):
    def type_in(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return type_in


@pytest.mark.parametrize(
    ("role", "is_superuser", "groups"),
    [
        ("administrator", True, []),
        ("office", False, [roles.OFFICE]),
        ("countersigning", False, [roles.COUNTERSIGNING]),
        ("initial-partner", False, [roles.INITIAL_PARTNER]),
    ],
)
def test_account_gets_its_role(db, typed, role, is_superuser, groups):
    typed(f"{GOOD}\n")

    call_command("create_admin", username="anna", email="anna@krefeld.example", role=role, password_stdin=True)

    user = get_user_model().objects.get(username="anna")
    assert user.email == "anna@krefeld.example"
    assert user.is_staff
    assert user.is_superuser is is_superuser
    assert [group.name for group in user.groups.all()] == groups
    assert user.check_password(GOOD)


def test_account_may_get_a_name_to_sign_with(db, typed):
    typed(f"{GOOD}\n")

    call_command("create_admin", username="anna", first_name="Anna", last_name="Muster", password_stdin=True)

    assert get_user_model().objects.get(username="anna").get_full_name() == "Anna Muster"


def test_password_may_come_from_the_environment(db, typed, monkeypatch):
    typed("")
    monkeypatch.setenv("PORTAL_ADMIN_PASSWORD", GOOD)

    call_command("create_admin", username="anna")

    assert get_user_model().objects.get(username="anna").check_password(GOOD)


def test_person_at_the_keyboard_is_asked(db, monkeypatch):
    answers = iter(["anna", "anna@krefeld.example"])
    monkeypatch.setattr("sys.stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    monkeypatch.setattr("klimapakt.setup.management.commands.create_admin.getpass", lambda prompt: GOOD)
    monkeypatch.delenv("PORTAL_ADMIN_PASSWORD", raising=False)

    call_command("create_admin")

    assert get_user_model().objects.get(username="anna").email == "anna@krefeld.example"


@pytest.mark.parametrize(
    ("stdin", "options", "sentence"),
    [
        ("kurz\n", {"username": "anna", "password_stdin": True}, "mindestens 15 Zeichen"),
        ("\n", {"username": "anna", "password_stdin": True}, "mindestens 15 Zeichen"),
        (f"{GOOD}\n", {"password_stdin": True}, "Anmeldename fehlt; bitte --username angeben."),
        (f"{GOOD}\n", {"username": "an na", "password_stdin": True}, "gültigen Benutzernamen"),
        (f"{GOOD}\n", {"username": "anna", "email": "anna", "password_stdin": True}, "E-Mail"),
        (
            "",
            {"username": "anna"},
            "Das Passwort fehlt; bitte PORTAL_ADMIN_PASSWORD setzen oder --password-stdin benutzen.",
        ),
    ],
)
def test_refusal_says_why_and_makes_no_account(db, typed, monkeypatch, stdin, options, sentence):
    typed(stdin)
    monkeypatch.delenv("PORTAL_ADMIN_PASSWORD", raising=False)

    with pytest.raises(CommandError, match=sentence):
        call_command("create_admin", **options)

    assert not get_user_model().objects.exists()


def test_existing_account_is_refused(db, typed):
    get_user_model().objects.create_user("anna", password=GOOD)
    typed("ein-ganz-anderes-wort\n")

    with pytest.raises(CommandError, match="^Das Konto „anna“ gibt es schon.$"):
        call_command("create_admin", username="anna", password_stdin=True)

    assert get_user_model().objects.get().check_password(GOOD)


def test_existing_account_may_be_no_error_and_stays_as_it_is(db, typed, capsys):
    get_user_model().objects.create_user("anna", password=GOOD)
    typed("ein-ganz-anderes-wort\n")

    call_command("create_admin", username="anna", password_stdin=True, if_missing=True)

    assert capsys.readouterr().out == "Das Konto „anna“ gibt es schon.\n"
    user = get_user_model().objects.get()
    assert user.check_password(GOOD)
    assert not user.is_staff
