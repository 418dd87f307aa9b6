"""The documentation as data: pages, the blocks in them, the commands and questions in those.

A test that asks for `page`, `block` or `command` is run for each there is. A block that is not to
be run has a comment before it that says why: <!-- not run: needs the Olist files -->. One that is a
file for the commands below it is announced in the same way: <!-- file: orders.csv -->.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
NOT_RUN = re.compile(r"<!-- not run: (.{5,}?) -->")
FILE = re.compile(r"<!-- file: (\S+) -->")
ITALICS = re.compile(r"(?:\*[^*]+\*(?: · )?)+")
TYPED = re.compile(r"(?:\.venv/bin/)?kindred |make ")


@dataclass(frozen=True)
class Command:
    """A line that is typed into a terminal, and what is shown of the answer (None: nothing)."""

    block: Block
    line: str
    shown: str | None

    @property
    def words(self) -> list[str]:
        """Its words; of the program only the name."""
        first, *others = shlex.split(self.line, comments=True)
        return [Path(first).name, *others]


@dataclass(frozen=True)
class Block:
    """A fenced block; `before` is the comment that announces it."""

    where: str
    language: str
    text: str
    before: str

    @property
    def not_run(self) -> str:
        """Why it is not run; empty where it is."""
        return "".join(NOT_RUN.findall(self.before))

    @property
    def file(self) -> str:
        """The name of the file that it is; empty where it is none."""
        return "".join(FILE.findall(self.before))

    def commands(self) -> Iterator[Command]:
        """What is typed in it."""
        if self.language == "bash":
            lines = self.text.replace("\\\n", " ").splitlines()
            yield from (Command(self, line, None) for line in lines if line.strip("# "))
        elif self.language == "console":
            for part in re.split(r"^\$ ", self.text, flags=re.M)[1:]:
                line, _, shown = part.partition("\n")
                yield Command(self, line, shown)


@dataclass(frozen=True)
class Page:
    """A page of the documentation."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    @cached_property
    def inline(self) -> list[Token]:
        """Everything within lines of text."""
        return [child for token in self.tokens for child in token.children or ()]

    @cached_property
    def code(self) -> list[str]:
        """What is set as code within lines of text."""
        return [token.content for token in self.inline if token.type == "code_inline"]

    @cached_property
    def links(self) -> list[str]:
        """Where links and pictures lead."""
        return [
            str(token.attrs[name])
            for token in self.inline
            for name in ("href", "src")
            if name in token.attrs
        ]

    @cached_property
    def anchors(self) -> list[str]:
        """What links may name after a #, made of the headings as GitHub does."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [_anchor(said) for opening, said in pairs if opening.type == "heading_open"]

    @cached_property
    def blocks(self) -> list[Block]:
        found, before = [], ""
        for token in self.tokens:
            if token.type == "fence":
                where = f"{self.name}:{token.map[0] + 1 if token.map else 0}"
                found.append(Block(where, _language(token), token.content, before))
            before = token.content if token.type == "html_block" else ""
        return found

    @cached_property
    def commands(self) -> list[Command]:
        return [command for block in self.blocks for command in block.commands()]

    def questions(self) -> Iterator[tuple[str, str]]:
        """(question, code in the heading above it) of each item that is in italics as a whole."""
        tool = ""
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if before.type == "heading_open":
                tool = "".join(c.content for c in token.children or () if c.type == "code_inline")
            elif before.type == "paragraph_open" and ITALICS.fullmatch(token.content):
                yield from ((said, tool) for said in re.findall(r"\*([^*]+)\*", token.content))


def _anchor(heading: Token) -> str:
    said = "".join(child.content for child in heading.children or ())
    return re.sub(r"[^\w\- ]", "", said.lower()).replace(" ", "-")


def _language(fence: Token) -> str:
    """As it is marked; unmarked, lines of known commands are bash and all else (synopses) text."""
    lines = fence.content.splitlines()
    typed = all(TYPED.match(line) for line in lines if line.strip("# "))
    typed = typed and " [" not in fence.content
    return fence.info.strip() or ("bash" if typed else "text")


PAGES = [Page(ROOT / "README.md"), *map(Page, sorted((ROOT / "docs").glob("*.md")))]


def pytest_generate_tests(metafunc):
    for name, cases in {
        "page": [pytest.param(page, id=page.name) for page in PAGES],
        "block": [pytest.param(b, id=b.where) for page in PAGES for b in page.blocks],
        "command": [
            pytest.param(c, id=f"{c.block.where} {c.line[:40]}")
            for page in PAGES
            for c in page.commands
        ],
    }.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, cases)


@pytest.fixture(scope="session")
def pages():
    return {page.name: page for page in PAGES}


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def demo(demo_of):
    """The demo shop as `kindred demo` makes it."""
    return demo_of(2000) / "workspace"
