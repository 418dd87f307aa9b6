"""Commands and options on the pages exist, and whatever exists is on a page. Nothing is run."""

import re
import shlex
import tomllib

import pytest
import typer

from assistant.cli.app import app

KINDRED = typer.main.get_command(app)
WRONG_USAGE = typer.BadParameter.__bases__[0]
ELSEWHERE = {"cd", "git", "source", "transformers"}
"""Programs that are not ours to check."""
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
KEYS = re.compile(r"OPENAI_API_KEY|KINDRED_\w+")


def is_group(command):
    return hasattr(command, "commands")


def commands_of(group, *names):
    """(names, command) of every command there is."""
    for name, command in group.commands.items():
        if is_group(command):
            yield from commands_of(command, *names, name)
        else:
            yield (*names, name), command


COMMANDS = dict(commands_of(KINDRED))


def options_of(command):
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)}


def read(words):
    """Read a command line as Kindred would, and do nothing."""
    command, names = KINDRED, ["kindred"]
    while is_group(command):
        assert words and words[0] in command.commands, f"{words[:1]} is no command"
        command, names, words = command.commands[words[0]], [*names, words[0]], words[1:]
    return command.make_context(" ".join(names), list(words))


def check_kindred(words, root):
    read(words)


def check_make(words, root):
    targets = re.findall(r"^(\w[\w-]*):", (root / "Makefile").read_text("utf-8"), flags=re.M)
    assert {word for word in words if "=" not in word} <= set(targets)


def check_pip(words, root):
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    named = [part for word in words for part in re.findall(r"^kindred\[(.+)\]$", word)]
    assert set(",".join(named).split(",")) - {""} <= set(extras["optional-dependencies"])


def check_export(words, root):
    assert all(KEYS.fullmatch(word.partition("=")[0]) for word in words)


def check_python(words, root):
    place = words[1].replace(".", "/") + ".py" if words[0] == "-m" else words[0]
    assert (root / place).is_file()


def check_pytest(words, root):
    assert all((root / word).exists() for word in words if word.startswith("tests"))


CHECKS = {
    "kindred": check_kindred,
    "make": check_make,
    "pip": check_pip,
    "export": check_export,
    "python": check_python,
    "pytest": check_pytest,
}


def test_what_is_typed_exists(command, root):
    program, *words = command.words
    if program not in ELSEWHERE:
        CHECKS[program](words, root)


def synopses(page):
    """What is said of a command within text, or as a synopsis: perhaps no whole command line."""
    said = [code for code in page.code if code.startswith("kindred ")]
    for block in page.blocks:
        if block.language == "text":
            said += [line for line in block.text.splitlines() if line.startswith("kindred ")]
    return said


def test_commands_that_are_spoken_of_exist(page):
    for said in synopses(page):
        if said.startswith("kindred COMMAND"):
            continue
        first, *others = re.findall(r"[\w-]+", said.partition("#")[0])[1:]
        command = KINDRED.commands[first]
        if is_group(command) and others:
            command = command.commands[others[0]]
        assert set(OPTION.findall(said)) <= options_of(command), said


def test_every_command_is_on_a_page(pages):
    said = {line for page in pages.values() for line in synopses(page)}
    said |= {" ".join(c.words) for page in pages.values() for c in page.commands}
    for names in COMMANDS:
        known = " ".join(("kindred", *names))
        assert any(re.match(rf"{known}(?![\w-])", line) for line in said), known


def test_every_option_is_on_a_page(pages):
    text = "\n".join(page.text for page in pages.values())
    said = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", text))
    unsaid = {
        f"{' '.join(names)} {option.opts[0]}"
        for names, command in COMMANDS.items()
        for option in command.params
        if option.param_type_name != "argument"
        and not said & {*option.opts, *option.secondary_opts}
    }
    assert unsaid == set()


def test_variables_are_those_of_the_settings(pages, root):
    settings = (root / "assistant/settings.py").read_text("utf-8")
    variables = re.compile(r"KINDRED_[A-Z]+(?:_[A-Z]+)*")
    text = "\n".join(page.text for page in pages.values())
    assert set(variables.findall(text)) == set(variables.findall(settings))


@pytest.mark.parametrize(
    "line",
    [
        "kindred build --order orders.csv",
        "kindred export audience --segment 1",
        "kindred segment --text-weight 2",
        "kindred sell",
        "kindred",
    ],
)
def test_a_wrong_command_would_be_noticed(line):
    with pytest.raises((AssertionError, WRONG_USAGE)):
        read(shlex.split(line)[1:])


def test_a_wrong_target_would_be_noticed(root):
    with pytest.raises(AssertionError):
        check_make(["demonstrate"], root)
