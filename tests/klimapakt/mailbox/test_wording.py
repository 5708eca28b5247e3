"""Texts with placeholders: what may stand in them, what is refused, and that values stay what they are."""

import dataclasses

import pytest
from django.core.exceptions import ValidationError

from klimapakt.mailbox import kinds, wording
from klimapakt.mailbox.models import CODE_MARK, LINK_MARK, SHOWN_AS, UNSUBSCRIBE_MARK, MailWording
from tests.corpus import TEXTS
from tests.klimapakt.mailbox.letters import PROBE

NAMES = PROBE.allowed


def text_of(text: str, **context: object) -> str:
    """Return the words of a mail, without signature."""
    rendered = wording.render(PROBE, context, text=("Betreff", text))
    return rendered.text.partition("\n\nFreundliche Grüße\n")[0]


# --- What comes out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "context", "words"),
    [
        ("Guten Tag {name},", {"name": "Erika"}, "Guten Tag Erika,"),
        ("Guten Tag { Name },", {"name": "Erika"}, "Guten Tag Erika,"),
        ("{name}{firma}", {"name": "a", "firma": "b"}, "ab"),
        ("{größe_2}", {"größe_2": 0}, "0"),
        ("{name}", {"name": True}, "ja"),
        ("a {name} b", {"name": None}, "a b"),
        ("a {name}.", {"name": False}, "a ."),
        ("{name}", {"name": "  a\r\nb \n"}, "a\nb"),
        ("x{wenn name} und {name}{ende}.", {"name": "y"}, "x und y."),
        ("x{wenn name} und {name}{ende}.", {}, "x."),
        ("x {wenn name}und {name}{ende} z", {}, "x z"),
        ("{wenn name}ja{sonst}nein{ende}", {"name": 1}, "ja"),
        ("{wenn name}ja{sonst}nein{ende}", {"name": ""}, "nein"),
        ("{wenn nicht name}ja{sonst}nein{ende}", {}, "ja"),
        ("{wenn nicht name}ja{sonst}nein{ende}", {"name": "x"}, "nein"),
        ("{WENN Name}ja{Sonst}nein{ENDE}", {"name": "x"}, "ja"),
        ("a\n{leer}\nb", {}, "a\nb"),
        ("a\n\n{leer}\n\nb", {}, "a\n\nb"),
        ("a\n\n{leer}{name}\n\nb", {"name": "x"}, "a\n\nx\n\nb"),
        ("a\n\n{wenn name}\nx\n\ny\n{ende}\n\nb", {"name": "x"}, "a\n\nx\n\ny\n\nb"),
        ("a\n\n{wenn name}\nx\n\ny\n{ende}\n\nb", {}, "a\n\nb"),
        ("a\n{wenn name}Wo: {name}\n{ende}b", {}, "a\nb"),
        ("a\n{wenn name}Wo: {name}\n{ende}b", {"name": "hier"}, "a\nWo: hier\nb"),
        ("a\n\n\n\n\nb\r\nc", {}, "a\n\nb\nc"),
        ("{leer}\n\na", {}, "a"),
        ("a\n   \nb", {}, "a\n\nb"),
        ("{wenn name}x{ende} y\n{leer} z", {}, "y\nz"),
        ("{wenn name}x{ende} y", {"name": 1}, "x y"),
        ("Der Link: {link}", {}, f"Der Link: {LINK_MARK}"),
        ("{pakt} in {stadt}", {}, "Musterstädter Klimapakt in Musterstadt"),
    ],
)
def test_what_a_text_becomes(text, context, words, pact):
    assert text_of(text, **context) == words


def test_a_text_that_is_edited_is_read_anew(pact):
    assert [text_of(text, name="x") for text in ("a {name}", "b {name}", "a {name}")] == ["a x", "b x", "a x"]


def test_a_value_is_looked_for_only_where_the_text_has_it(pact):
    def never(context: kinds.Context) -> str:
        raise AssertionError

    kind = dataclasses.replace(PROBE, placeholders={**PROBE.placeholders, "teuer": kinds.Placeholder("", never)})

    assert "Guten Tag" in wording.render(kind, {}, text=("Betreff", "Guten Tag")).text


VALUES = {
    "ampersand": "A & B <GmbH>",
    "placeholder": "{link} {code} {name} {wenn name}",
    "django": "{{ pact }}{% load x %}",
    "markdown": "[x](http://evil.example) **fett**",
    "address": "http://evil.example/?a=1&b=2",
    "html": "<script>alert(1)</script>",
    "quote": "\"' onmouseover='x'",
    "format": "%s %(x)s {0.__class__}",
    "entity": "&amp;&#x41;",
    "backslash": r"\1 \g<0> \ue000",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_stays_what_it_is(value, pact):
    rendered = wording.render(
        PROBE, {"firma": value, "name": "N"}, text=("Neu: {firma}", "a {firma} b\n\n{firma}\n\n- {firma}\n\n{name}")
    )

    assert rendered.subject == f"Neu: {value}"
    assert f"a {value} b\n\n{value}\n\n- {value}\n\nN\n" in rendered.text


@pytest.mark.parametrize("value", TEXTS.values(), ids=TEXTS)
def test_no_bad_input_becomes_a_mark_or_breaks_a_line_of_the_header(value, pact):
    rendered = wording.render(PROBE, {"firma": value, "name": value}, text=("Neu: {firma}", "{firma}\n\nEnde"))

    for mark in (LINK_MARK, CODE_MARK):
        assert mark not in rendered.text + rendered.html + rendered.subject + rendered.reason
    assert rendered.text.count(UNSUBSCRIBE_MARK) == 1  # our own, in the last line
    assert "\n" not in rendered.subject + rendered.reason
    assert len(rendered.subject) <= 250
    assert "Ende\n\nFreundliche Grüße" in rendered.text
    assert ("MARKE" in rendered.text) == ("MARKE" in value)


@pytest.mark.parametrize("mark", SHOWN_AS)
def test_no_value_and_no_text_can_hold_a_mark_of_ours(mark, pact):
    assert text_of(f"a{mark}b {{name}}", name=f"c{mark}d\ue100\uf8ff") == "ab cd"


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{nmae}", "Den Platzhalter {nmae} gibt es hier nicht. Meinten Sie {name}?"),
        ("{xyz}", "Den Platzhalter {xyz} gibt es hier nicht. Welche es gibt, steht bei „Platzhalter“."),
        ("{wenn xyz}a{ende}", "Den Platzhalter {xyz} gibt es hier nicht."),
        ("{wenn nicht nmae}a{ende}", "Meinten Sie {name}?"),
        ("a { b", "Bei „a { b“ steht eine einzelne geschweifte Klammer."),
        ("a } b", "einzelne geschweifte Klammer"),
        ("{{name}}", "einzelne geschweifte Klammer"),
        ("{na\nme}", "einzelne geschweifte Klammer"),
        ("{}", "{} ist kein Platzhalter."),
        ("{Frau Müller}", "{Frau Müller} ist kein Platzhalter. Platzhalter sehen so aus: {name}."),
        ("{name.__class__}", "{name.__class__} ist kein Platzhalter."),
        ("{0}", "{0} ist kein Platzhalter."),
        ("{wenn}a{ende}", "Bei {wenn} fehlt der Name eines Platzhalters"),
        ("{wenn nicht}a{ende}", "Bei {wenn nicht} fehlt der Name"),
        ("{wenn name firma}a{ende}", "Bei {wenn name firma} fehlt der Name"),
        ("{wenn name}a", "Zu {wenn name} fehlt {ende}."),
        ("{ende}", "{ende} steht ohne {wenn …} davor."),
        ("{sonst}", "{sonst} steht ohne {wenn …} davor."),
        ("{wenn name}a{sonst}b{sonst}c{ende}", "Zu {wenn name} steht {sonst} zweimal."),
        ("{wenn name}{wenn firma}a{ende}", "{wenn firma} steht innerhalb von {wenn name}."),
    ],
)
def test_what_cannot_be_filled_in_is_refused_with_the_word_that_is_wrong(text, words):
    with pytest.raises(ValidationError) as refusal:
        wording.check_text(text, NAMES)

    assert words in " ".join(refusal.value.messages)


def test_one_fault_is_named_once():
    with pytest.raises(ValidationError) as refusal:
        wording.check_text("{wenn name firma}a{ende} {nmae} {nmae}", NAMES)

    assert len(refusal.value.messages) == 2


def test_all_faults_are_named_at_once():
    with pytest.raises(ValidationError) as refusal:
        wording.check_text("{nmae} { {wenn name}", NAMES)

    assert len(refusal.value.messages) == 3


def test_a_link_that_the_mail_is_about_must_stay():
    wording.check_text("Hier: {link}", NAMES, needed=["link"])

    with pytest.raises(ValidationError, match=r"\{link\} fehlt"):
        wording.check_text("{wenn link}Hier{ende}", NAMES, needed=["link"])


def test_a_subject_holds_neither_link_nor_code():
    assert {"link", "code", "seite", "startseite"}.isdisjoint(PROBE.allowed_in_subject)
    assert {"name", "pakt"} <= set(PROBE.allowed_in_subject)


@pytest.mark.parametrize("texts", [("{link}", "Text"), ("Betreff", "{unbekannt}"), ("Betreff", "{")])
def test_words_that_were_never_checked_are_not_rendered(texts, pact):
    with pytest.raises(ValidationError):
        wording.render(PROBE, {}, text=texts)


# --- Whose words ------------------------------------------------------------------------------------------------------


def version(number: int, body: str, **fields: object) -> MailWording:
    return MailWording.objects.create(kind="probe", number=number, subject="Neu", body=body, **fields)


def test_the_newest_words_of_the_office_count(pact):
    shipped = wording.render(PROBE, {})
    version(1, "Erste Fassung")
    second = version(2, "Zweite Fassung {name}")

    rendered = wording.render(PROBE, {"name": "x"})

    assert (shipped.subject, shipped.wording) == ("Betreff", None)
    assert rendered.text.startswith("Zweite Fassung x\n")
    assert (rendered.subject, rendered.wording) == ("Neu", second)


def test_back_to_the_shipped_words(pact):
    version(1, "Eigene Fassung")
    version(2, "Eigene Fassung", is_shipped=True)

    rendered = wording.render(PROBE, {})

    assert (rendered.text.startswith("Text\n"), rendered.wording) == (True, None)


def test_words_that_a_new_release_does_not_understand_hold_up_no_mail(pact, caplog):
    version(1, "Eigene Fassung mit {altem_namen}")

    rendered = wording.render(PROBE, {})

    assert rendered.text.startswith("Text\n")
    assert "altem_namen" in caplog.text


# --- What surrounds them ----------------------------------------------------------------------------------------------


def test_the_office_signs_and_says_why_somebody_gets_the_mail(pact, settings):
    pact.name, pact.office_person, pact.office_unit = "Pakt & Söhne <X>", "Erika Muster", "Amt 36"

    rendered = wording.render(PROBE, {"pact": pact, "name": "A & B"}, text=("Betreff", "Text"))

    assert rendered.reason == "Sie erhalten diese Mail, weil A & B es wollte."
    assert rendered.text == (
        "Text\n\nFreundliche Grüße\nErika Muster\n"
        f"{pact.office_name}\nAmt 36\nTelefon {pact.office_phone}\n"
        f"{pact.office_email}\n\n--\nPakt & Söhne <X>\nSie erhalten diese Mail, weil A & B es wollte.\n"
        f"Impressum: {settings.PORTAL_BASE_URL}/impressum/\n"
        f"Einladungen zu Veranstaltungen abbestellen: {UNSUBSCRIBE_MARK}\n"
    )


def test_a_duty_cannot_be_unsubscribed_from(pact):
    rendered = wording.render(dataclasses.replace(PROBE, topic=""), {})

    assert UNSUBSCRIBE_MARK not in rendered.text + rendered.html
    assert "abbestellen" not in rendered.text + rendered.html


def test_the_office_does_not_greet_itself(pact):
    rendered = wording.render(dataclasses.replace(PROBE, to_office=True, topic=""), {})

    assert rendered.text == "Text\n\n--\nMusterstädter Klimapakt, automatische Nachricht an die Geschäftsstelle\n"
    assert "Freundliche Grüße" not in rendered.html


def test_another_telephone_number_stands_in_the_next_mail(pact):
    before = wording.render(PROBE, {})
    pact.office_phone = "0987 65"
    pact.save()

    after = wording.render(PROBE, {})

    assert "0987 65" not in before.text + before.html
    assert "Telefon 0987 65" in after.text
    assert "Telefon 0987 65" in after.html


# --- The shipped words ------------------------------------------------------------------------------------------------


def test_a_text_to_go_on_writing_is_filled_in_but_for_what_comes_later(pact):
    words = wording.words_of(PROBE, ("Für {name}", "Guten Tag {name} von {firma}:\n\n{größe_2}\n\n{link}"))

    subject, text = words.draft({"name": "Erika {link}", "firma": "b", "größe_2": "3"}, pact, keep=["größe_2"])

    assert subject == "Für Erika (link)"  # what somebody else typed becomes no placeholder
    assert text == "Guten Tag Erika (link) von b:\n\n{größe_2}\n\n{link}"
    wording.check_text(text, NAMES)


@pytest.mark.parametrize("kind", kinds.all_kinds(), ids=lambda kind: kind.name)
def test_the_shipped_words_of_every_kind_fit_its_placeholders(kind):
    wording.check_text(kind.shipped.subject, kind.allowed_in_subject)
    wording.check_text(kind.shipped.reason, kind.allowed_in_subject)
    wording.check_text(kind.shipped.text, kind.allowed, needed=kind.needed)

    assert kind.to_office or kind.shipped.reason.startswith("Sie erhalten diese Mail")
    assert kind.button or "link" not in kind.needed


def test_a_name_belongs_to_one_kind():
    kind = kinds.all_kinds()[0]

    kinds.register(kind)  # the same again is the same
    with pytest.raises(ValueError, match="two kinds"):
        kinds.register(dataclasses.replace(kind, title="Anders"))
