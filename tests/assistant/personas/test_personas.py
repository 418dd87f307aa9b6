"""Whole personas: of templates, of a language model, and what happens where one fails."""

import json
from dataclasses import replace

import pytest

from assistant.personas.checking import folded
from assistant.personas.persona import SECTIONS
from assistant.personas.personas import write_personas
from assistant.personas.report import describe_segments
from assistant.tools.profiling import profile_segment

LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_templates_write_what_their_facts_support(busy, language):
    for one in write_personas(busy, language):
        assert [(seen.sentence.text, seen.problems) for seen in one.dropped] == []
        ids = {given.id for given in one.given}
        assert all(s.facts and set(s.facts) <= ids for s in one.sentences)
        assert {"who", "buy", "offer"} <= {s.section for s in one.sentences}
        assert one.tagline
        assert (one.size, one.verdict, one.as_of) == (40, "constructed", "2024-12-31")


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_taglines_are_distinct(busy, language):
    personas = write_personas(busy, language)
    assert len({folded(one.name) for one in personas}) == 3
    assert len({folded(one.tagline) for one in personas}) == 3


def test_both_languages_say_the_same_of_the_same_facts(busy):
    english, chinese = (write_personas(busy, language) for language in LANGUAGES)
    for one, other in zip(english, chinese, strict=True):
        assert [s.facts for s in one.sentences] == [s.facts for s in other.sentences]


def test_a_persona_alone_is_the_persona_among_all(busy):
    (alone,) = write_personas(busy, "en", [4])
    assert alone == write_personas(busy, "en")[1]


def test_what_tells_most_comes_first_and_caveats_lead(busy):
    small, big, gone = write_personas(busy, "en")
    assert small.of("who")[1].text.startswith("They order often: 8 orders each")
    assert "Garden Furniture" in big.of("buy")[0].text
    assert gone.of("watch")[0].text.startswith("Unstable")


def test_an_outage_never_looks_like_a_persona_of_the_model(busy, writer, llm, llm_server):
    llm.behave(llm_server.broken(llm_server.fails(400, "gone")))
    busy.writer = writer
    (one,) = write_personas(busy, "en", [1])
    assert (one.writer, one.sentences) == ("offline", one.plain)
    assert "did not answer" in one.note
    assert not (busy.root / "personas.json").exists()


def test_sections_left_empty_are_filled_and_said_so(truthful):
    (one,) = write_personas(truthful, "en", [1])
    assert one.name == "Steady crowd"
    assert one.tagline == "They are 40 customers."
    assert one.of("buy") == tuple(s for s in one.plain if s.section == "buy")
    assert "What they buy and why they return" in one.note
    assert one.written_by.startswith("language model openai:scripted")


def test_it_is_written_once_and_again_when_the_facts_change(truthful, llm):
    (first,) = write_personas(truthful, "en", [1])
    assert len(llm.requests) == 1
    assert write_personas(truthful, "en", [1]) == (first,)
    assert len(llm.requests) == 1
    segmentation = replace(truthful.base.segmentation, jaccards={1: 0.2})
    truthful.base = replace(truthful.base, segmentation=segmentation)
    write_personas(truthful, "en", [1])
    assert len(llm.requests) == 2


def test_a_name_is_given_once(truthful):
    names = [one.name for one in write_personas(truthful, "en")]
    assert names.count("Steady crowd") == 1
    assert len(set(names)) == 3


def test_what_was_kept_is_checked_again(truthful, llm):
    write_personas(truthful, "en", [1])
    kept = truthful.root / "personas.json"
    kept.write_text(kept.read_text().replace("33%", "93%"))
    (one,) = write_personas(truthful, "en", [1])
    assert "93%" not in str(one.sentences)
    assert len(llm.requests) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tool_answers_with_the_persona_and_its_claims(busy, language):
    result = profile_segment(busy, language, segment=4)
    (one,) = write_personas(busy, language, [4])
    assert one.name in result.text
    assert all(claim.sentence in result.text for claim in result.claims)
    assert all(claim.facts for claim in result.claims)
    assert {fact for claim in result.claims for fact in claim.facts} <= set(result.facts)
    assert len(result.claims) >= 5


def test_a_segment_may_be_named_by_its_persona(busy):
    (one,) = write_personas(busy, "en", [4])
    assert profile_segment(busy, "en", segment=one.name) == profile_segment(busy, "en", segment=4)


def test_the_report_has_an_audit_on_request(busy):
    plain = describe_segments(busy, None, "en")
    assert [one["segment"] for one in plain["personas"]] == [1, 4, 6]
    assert all("audit" not in one for one in plain["personas"])
    (one,) = describe_segments(busy, 4, "en", audit=True)["personas"]
    assert {section["section"] for section in one["sections"]} <= set(SECTIONS)
    shown = {given["id"] for given in one["audit"]["shown"]}
    for said in one["audit"]["said"]:
        assert set(said["ids"]) <= shown
        assert said["facts"]
        assert said["fate"] == "kept"
    assert json.dumps(one, allow_nan=False)
