"""Examples on the pages, run in order against the demo shop: what is shown is what comes out.

All pages share a folder with a copy of the built demo shop, opened once. Programs that are not
Kindred are not run, and neither are blocks that say why not.
"""

from __future__ import annotations

import re
import runpy
import shutil
import sys
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest

from assistant import Kindred
from assistant.cli import app as cli
from assistant.cli import campaign, export, terminal

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # the first one builds the demo shop


@pytest.fixture(scope="module")
def place(demo, tmp_path_factory):
    place = tmp_path_factory.mktemp("pages")
    shutil.copytree(demo, place / "kindred-workspace")
    return place


@pytest.fixture(scope="module")
def opened():
    """Kindred on a workspace, one for all commands: opening it anew each time takes long."""
    return cache(Kindred)


@pytest.fixture
def folder(place, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.setenv("COLUMNS", "80")
    return place


@pytest.fixture
def typed(opened, monkeypatch, capsys):
    """Runs a command as the terminal would: (exit code, what it wrote)."""
    for module in (cli, export, campaign):
        monkeypatch.setattr(module, "Kindred", opened)

    def run(command):
        monkeypatch.setattr(sys, "argv", command.words)
        code = terminal.run(cli.app)
        return code, "".join(capsys.readouterr())

    return run


def is_shown(shown, said):
    """Whether an output is the one on the page, but for line breaks and what `...` stands for."""
    parts = [re.escape(" ".join(part.split())) for part in shown.split("...")]
    return re.fullmatch(r"\s?.*?\s?".join(parts), " ".join(said.split())) is not None


def runs(page):
    return [block for block in page.blocks if not block.not_run]


def test_examples_come_out_as_shown(page, folder, typed, capsys):
    blocks = runs(page)
    for block, after in zip_longest(blocks, blocks[1:]):
        if block.file:
            Path(folder / block.file).write_text(block.text, encoding="utf-8")
        for command in block.commands():
            if command.words[0] == "kindred":
                code, said = typed(command)
                fails = (command.shown or "").startswith("Error:")
                assert code == fails, f"{command.line}\n{said}"
                assert command.shown is None or is_shown(command.shown, said), said
        if block.language == "python":
            Path(folder / "example.py").write_text(block.text, encoding="utf-8")
            runpy.run_path(str(folder / "example.py"))
            said = capsys.readouterr().out
            if after is not None and after.language == "text":
                assert is_shown(after.text, said), said


@pytest.fixture(scope="module")
def shop(place):
    return Kindred(place / "kindred-workspace")


@pytest.fixture(scope="module")
def router(shop):
    return shop._offline_model().router


def test_questions_go_to_the_tool_they_stand_under(pages, router):
    asked = [(said, tool) for said, tool in pages["docs/questions.md"].questions() if tool]
    gone = [(said, tool, router.decide(said).tool) for said, tool in asked]
    assert [one for one in gone if one[1] != one[2]] == []


@pytest.mark.parametrize("name", ["README.md", "docs/getting-started.md"])
def test_questions_to_begin_with_are_understood(pages, router, name):
    asked = [said for said, _ in pages[name].questions()]
    assert asked
    assert [said for said in asked if router.decide(said).tool is None] == []


def test_what_is_refused_is_refused_in_these_words(pages, shop):
    text = pages["docs/questions.md"].text
    table = re.findall(r'^\| \*(.+)\* \| "(.+)" \|$', text, flags=re.M)
    assert table
    for question, said in table:
        answer = shop.ask(question)
        assert answer.refused, question
        assert answer.answer.startswith(said), question


def counted(text):
    """Table -> (read, accepted, quarantined) as the summary of a build draws them."""
    rows = re.findall(r"^│ (\w+) +│ ([\d,]+) +│ ([\d,]+) +│ ([\d,]+) +│$", text, flags=re.M)
    return {name: [int(n.replace(",", "")) for n in numbers] for name, *numbers in rows}


@pytest.mark.parametrize("preset", ["olist", "online-retail"])
def test_public_data_is_read_as_shown(pages, root, tmp_path, preset):
    from segmentation.data.reading import read_shop

    place = root.parent / "shared/data" / preset.replace("-", "_")
    if not place.is_dir():
        pytest.skip(f"no {preset} data here")
    if preset == "online-retail":
        place = place / "online_retail.csv.gz"
    shown = next(
        command.shown
        for command in pages["docs/data.md"].commands
        if f"--preset {preset}" in command.line
    )
    report = read_shop({"orders": str(place)}, preset=preset, workdir=tmp_path)
    assert counted(shown) == {
        name: [rows, report.accepted[name], report.quarantined[name]]
        for name, rows in report.read.items()
    }
    for line in re.findall(r"^· (.+)$", shown, flags=re.M):
        known = " ".join([*report.assumptions, *report.privacy]).replace(".csv.gz", ".csv")
        assert line in known
