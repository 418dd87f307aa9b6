"""A segment's plain name is its title wherever personas are told; their own name stands below."""

import io

import pytest
from rich.console import Console

from assistant.cli.terminal import persona_text
from assistant.export.documents import write_personas as write_file
from assistant.personas.personas import write_personas
from assistant.personas.report import describe_segments
from assistant.tools.profiling import profile_segment


@pytest.fixture
def named(busy):
    """A persona whose own name is another than the plain one."""
    return next(one for one in write_personas(busy, "en") if one.name != one.segment_name)


def in_order(text, *parts):
    places = [text.index(part) for part in parts]
    return places == sorted(places)


def test_in_an_answer(busy, named):
    told = profile_segment(busy, "en", segment=named.segment).text
    assert told.startswith(f"Segment {named.segment}, “{named.segment_name}”. ")
    assert in_order(told, named.segment_name, named.name, named.tagline)


def test_in_what_is_said_of_another_segment(busy):
    personas = write_personas(busy, "en")
    plain = {one.segment_name for one in personas}
    own = {one.name for one in personas} - plain
    near = [s.text for one in personas for s in one.of("watch") if "Closest to" in s.text]
    assert near
    assert all(any(name in text for name in plain) for text in near)
    assert not any(name in text for name in own for text in near)


def test_in_a_file_and_in_the_terminal(busy, named, tmp_path):
    report = describe_segments(busy, named.segment, "en")
    write_file(tmp_path, report, tmp_path / "personas.md", "test")
    written = (tmp_path / "personas.md").read_text(encoding="utf-8")
    assert f"## {named.segment_name}\n\n**{named.name}** · *{named.tagline}*" in written
    console = Console(file=io.StringIO(), width=200)
    persona_text(report, console)
    shown = console.file.getvalue()
    assert in_order(shown, named.segment_name, f"{named.name} – {named.tagline}")


def test_the_json_of_the_contract_is_as_it_was(busy, named):
    (told,) = describe_segments(busy, named.segment, "en")["personas"]
    assert (told["name"], told["segment_name"]) == (named.name, named.segment_name)
