"""At the keyboard only a typed yes writes; without a keyboard nothing does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from assistant.cli import terminal
from segmentation.types import InputError

PENDING = SimpleNamespace(
    id="k", tool="export_audience", args={"segment": 1}, command="kindred export audience ..."
)


class Keyboard:
    """A standard input that is a terminal, or is not, and says one line."""

    def __init__(self, line="", *, terminal=True):
        self._line, self._terminal = line, terminal

    def isatty(self):
        return self._terminal

    def readline(self, *_):
        return self._line


@pytest.fixture
def at(monkeypatch):
    def sits(line, *, terminal=True):
        monkeypatch.setattr("sys.stdin", Keyboard(line, terminal=terminal))
        monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)

    return sits


class Confirmed:
    def __init__(self):
        self.keys = []

    def __call__(self, key):
        self.keys.append(key)
        return SimpleNamespace(text="Written.")


@pytest.mark.parametrize(
    ("line", "keys"), [("y\n", ["k"]), ("YES\n", ["k"]), ("n\n", []), ("\n", []), ("", [])]
)
def test_only_a_typed_yes_confirms(at, capsys, line, keys):
    at(line)
    confirm = Confirmed()
    terminal.settle([PENDING], confirm)
    assert confirm.keys == keys
    assert ("Nothing was written." in capsys.readouterr().err) == (not keys)


def test_without_a_keyboard_the_command_is_told_and_nothing_done(at, capsys):
    at("y\n", terminal=False)
    confirm = Confirmed()
    terminal.settle([PENDING], confirm)
    assert confirm.keys == []
    assert PENDING.command in capsys.readouterr().err


def test_agreeing_needs_a_keyboard(at):
    at("y\n", terminal=False)
    with pytest.raises(InputError, match="--yes"):
        terminal.agree("what it would be", "Write it?", instead="--yes")


def test_agreeing_shows_what_it_would_be(at, capsys):
    at("y\n")
    assert terminal.agree("what it would be", "Write it?")
    said = capsys.readouterr()
    assert "what it would be" in said.err
    assert said.out == ""
