"""Results in a notebook: what is drawn, that it is harmless, and that it stays the same JSON."""

import doctest
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from assistant import Kindred, notebook
from assistant.notebook import Matches, Personas, Segments
from assistant.turn.events import Answer

HARMFUL = ("<img", "<script", "<a ", 'javascript:alert(1)"')


@pytest.fixture
def shown(monkeypatch):
    """What IPython would be given to show."""
    seen = []
    fake = SimpleNamespace(display=lambda bundle, raw: seen.append(bundle))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=fake))
    monkeypatch.setitem(sys.modules, "IPython.display", fake)
    return seen


def test_an_answer_shows_its_words_tables_facts_and_charts(scripted, shown):
    answer = Answer("**Segment 4** leads.", "en", "offline", results=(scripted.revenue_result(),))
    answer._ipython_display_()
    words, chart = shown
    assert "<strong>Segment 4</strong>" in words["text/html"]
    assert "<td>Loyal tea lovers</td>" in words["text/html"]
    assert "£512,870.80" in words["text/html"]
    assert "<details" in words["text/html"]
    assert words["text/plain"] == "**Segment 4** leads."
    assert chart["application/vnd.plotly.v1+json"]["data"][0]["type"] == "bar"
    assert "<td>Loyal tea lovers</td>" in chart["text/html"]


def test_sentences_unfold_to_their_facts(scripted):
    result = scripted.persona_result()
    told = Answer(result.text, "en", "offline", results=(result,))._repr_html_()
    assert "<summary" in told
    assert "£332.08" in told


def test_nothing_of_the_data_or_a_model_is_run(scripted):
    nasty = scripted.NASTY
    row = {"customer_id": nasty, "score": 1.0, "likeness": None, "segment": 1, "because": [nasty]}
    result = scripted.persona_result()
    drawn = [
        Answer(f"{nasty}\n\n<script>1</script>", "en", "m", results=(result,))._repr_html_(),
        Matches(understood=nasty, matches=[row])._repr_html_(),
        Segments([{"id": 1, "name": nasty, "size": 1, "share": 1.0}])._repr_html_(),
        Personas(scripted.persona(1))._repr_html_(),
        scripted.revenue_result().tables[0]._repr_html_(),
    ]
    for html in drawn:
        assert [mark for mark in HARMFUL if mark in html] == []


def test_tables_become_frames(scripted):
    result = scripted.revenue_result()
    answer = Answer("", "en", "offline", results=(result,))
    assert answer.to_pandas()["value"].max() == 512_870.8
    assert answer.tables[0].to_pandas()["customers"].tolist() == [200, 400, 600, 800]
    segments = Segments.of(scripted.SEGMENTS, "natural", "en")
    assert segments.to_pandas().set_index("id")["size"][2] == 496
    assert Matches(scripted.similar(text="tea")).to_pandas()["customer_id"][0] == "00043"


def test_what_draws_itself_is_still_the_same_json(scripted):
    told = scripted.similar(text="tea")
    assert json.dumps(Matches(told)) == json.dumps(told)
    assert json.loads(json.dumps(Segments.of(scripted.SEGMENTS, None, "en")))[0]["id"] == 1


def test_a_workspace_says_what_it_is_without_opening_anything(tmp_path):
    assert "Nothing has been built here yet" in repr(Kindred(tmp_path / "<none>"))
    assert "&lt;none&gt;" in Kindred(tmp_path / "<none>")._repr_html_()


def test_importing_kindred_brings_nothing_heavy_along():
    code = (
        "import sys; from assistant import Kindred; repr(Kindred('nowhere'));"
        "heavy = {'torch', 'transformers', 'chromadb', 'langchain', 'gradio', 'plotly', 'mcp'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.strip() == "[]"


def test_examples_of_the_module_hold():
    assert doctest.testmod(notebook).failed == 0
