"""Results as one likes to see them in a notebook: the command line's JSON that also draws itself.

Whatever comes from data or a model is escaped here, and nothing is fetched from anywhere.

>>> found = Segments([{"id": 1, "name": "Tea <lovers>", "size": 9, "share": 0.45}])
>>> found.to_pandas()["name"].tolist()
['Tea <lovers>']
>>> "Tea &lt;lovers&gt;" in found._repr_html_()
True
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.formats import format_count, format_table, format_value
from prompts import load_yaml
from segmentation.types import KindredError
from store.snapshots import SnapshotStore

if TYPE_CHECKING:
    import pandas as pd

    from assistant.tools.result import Chart, Table
    from assistant.turn.events import Answer
    from segmentation.types import Segment

__all__ = [
    "Evaluation",
    "Matches",
    "Personas",
    "Segments",
    "answer_html",
    "chart_bundle",
    "display_answer",
    "facts_frame",
    "table_frame",
    "table_html",
    "workspace_line",
]

MOST_ROWS = 50
PLOTLY = "application/vnd.plotly.v1+json"
STYLE = "<style>.kd-facts small { margin-left: .6em }</style>"


class Segments(list[dict[str, Any]]):
    """The segments, and the verdict on all: a list of `{id, name, size, share, facts, verdict}`."""

    language = "en"

    @classmethod
    def of(cls, segments: Iterable[Segment], verdict: str | None, language: str) -> Segments:
        """The rows of `segments`, without what only their names are made of."""
        rows = cls()
        for segment in segments:
            known = {name: value for name, value in asdict(segment).items() if name != "traits"}
            rows.append(known | {"verdict": verdict})
        rows.language = language
        return rows

    def to_pandas(self) -> pd.DataFrame:
        """A row per segment, with a column per fact."""
        import pandas as pd

        return pd.DataFrame([_with_facts(row) for row in self])

    def _repr_html_(self) -> str:
        words = _words(self.language)
        shown = [(row["id"], row["name"], row["size"], row["share"]) for row in self]
        verdict = next((row.get("verdict") for row in self), None)
        heads = ("id", words["name"], words["size"], words["share"])
        return _grid(heads, shown, self.language) + _verdict(verdict, words)


class Evaluation(dict[str, Any]):
    """The JSON of `kindred evaluate`: metrics, verdict and segments with their facts."""

    def to_pandas(self) -> pd.DataFrame:
        """A row per segment, with a column per fact."""
        return Segments(self["segments"]).to_pandas()

    def _repr_html_(self) -> str:
        words = _words("en")
        metrics = [(name, value) for name, value in self["metrics"].items() if value is not None]
        return Segments(
            {**row, "verdict": self["verdict"]} for row in self["segments"]
        )._repr_html_() + _grid(("", words["values"]), metrics, "en")


class Matches(dict[str, Any]):
    """The JSON of `kindred similar`: what was understood, and the customers found."""

    def to_pandas(self) -> pd.DataFrame:
        """A row per customer found."""
        import pandas as pd

        columns = ["customer_id", "score", "likeness", "segment", "because"]
        return pd.DataFrame(self["matches"], columns=columns)

    def _repr_html_(self) -> str:
        words = _words("en")
        names = ("customer", "score", "likeness", "segment", "because")
        rows = [
            (
                match["customer_id"],
                match["score"],
                format_value(match["likeness"], "share", "en"),
                match["segment"],
                "; ".join(map(str, match["because"])),
            )
            for match in self["matches"]
        ]
        return _paragraph(self["understood"]) + _grid([words[one] for one in names], rows, "en")


class Personas(dict[str, Any]):
    """The JSON of `kindred personas`: each persona with its sections and claims."""

    def to_pandas(self) -> pd.DataFrame:
        """A row per claim and fact that it rests on."""
        import pandas as pd

        return pd.DataFrame(
            {"segment": one["segment"], "sentence": claim["sentence"], **fact}
            for one in self["personas"]
            for claim in one["claims"]
            for fact in claim["facts"]
        )

    def _repr_html_(self) -> str:
        return "".join(map(_persona, self["personas"])) + _paragraph(self["trust"])


def answer_html(answer: Answer) -> str:
    """The words, whose sentences unfold to their facts, the tables, and the remaining facts."""
    from assistant.page.talk.basis import basis, paragraphs

    words = "".join(
        text if is_html else _markdown(text) for is_html, text in paragraphs(answer.answer, answer)
    )
    tables = [table_html(table, answer.language) for table in answer.tables]
    return STYLE + words + "".join(tables) + basis(answer, answer.language)


def display_answer(answer: Answer) -> None:
    """Show an answer in a notebook, with its charts after its words. IPython alone calls this."""
    from importlib import import_module

    display = import_module("IPython.display").display
    display({"text/html": answer_html(answer), "text/plain": answer.answer}, raw=True)
    for chart in answer.charts:
        display(chart_bundle(chart, answer.language), raw=True)


def chart_bundle(chart: Chart, language: str = "en") -> dict[str, Any]:
    """A chart for whatever can draw Plotly's JSON; else its numbers as a table."""
    title = _words(language)["chart"].format(title=chart.title)
    figure = dict(chart.figure)
    return {PLOTLY: figure, "text/html": _numbers(title, figure, language), "text/plain": title}


def table_html(table: Table, language: str = "en") -> str:
    """A table with its title."""
    return _paragraph(table.title, "b") + _grid(table.columns, table.rows, language)


def table_frame(table: Table) -> pd.DataFrame:
    """A table with its numbers as they are."""
    import pandas as pd

    return pd.DataFrame(table.rows, columns=list(table.columns))


def facts_frame(answer: Answer) -> pd.DataFrame:
    """A row per fact of an answer."""
    import pandas as pd

    facts = [asdict(fact) for result in answer.results for fact in result.facts]
    return pd.DataFrame(facts, columns=["subject", "metric", "period", "value", "unit"])


def workspace_line(root: Path) -> str:
    """`my-workspace: 2,000 customers, 6 segments, natural`; from two small files alone."""
    words = _words("en")
    try:
        snapshot = SnapshotStore(root).current()
        report = json.loads((snapshot.segmentation() / "report.json").read_text(encoding="utf-8"))
        return str(words["workspace"]).format(
            root=root,
            customers=format_count(snapshot.manifest["customers"], "en"),
            segments=format_count(report["k"], "en"),
            verdict=words["verdicts"][report["verdict"]],
        )
    except KindredError as error:
        return f"{root}: {error.what}"


def _words(language: str) -> Mapping[str, Any]:
    words: Mapping[str, Any] = load_yaml("notebook")[language]
    return words


def _with_facts(row: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name not in ("facts", "traits")}
    return plain | {fact["metric"]: fact["value"] for fact in row.get("facts", ())}


def _verdict(verdict: str | None, words: Mapping[str, Any]) -> str:
    return _paragraph(f"{words['verdict']}: {words['verdicts'][verdict]}") if verdict else ""


def _persona(one: Mapping[str, Any]) -> str:
    head = f"{one['segment']} · {one['n']:,}"
    parts = [f"<h4>{escape(one['segment_name'])}</h4>", _paragraph(head, "small")]
    parts += [_paragraph(one["name"])] if one["name"] != one["segment_name"] else []
    parts += [_paragraph(one["tagline"], "i")] if one["tagline"] else []
    for section in one["sections"]:
        told = escape(" ".join(section["sentences"]))
        parts.append(f"<p><b>{escape(section['title'])}</b> {told}</p>")
    parts += [] if one["sections"] else [_paragraph(one["text"])]
    parts += [_paragraph(one["note"], "small")] if one["note"] else []
    return "".join([*parts, _paragraph(one["written_by"], "small")])


def _grid(heads: Sequence[str], rows: Sequence[Sequence[Any]], language: str) -> str:
    """A plain table, which notebooks dress; its numbers as one reads them."""
    few = rows[:MOST_ROWS]
    top = "".join(f"<th>{escape(str(head))}</th>" for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in format_table(heads, few, language)
    )
    left = len(rows) - len(few)
    more = _words(language)["rows_left"].format(count=format_count(left, language)) if left else ""
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return table + (_paragraph(more, "small") if more else "")


def _numbers(title: str, figure: Mapping[str, Any], language: str) -> str:
    """The lines and bars of a figure as columns, where they are short."""
    parts, layout = [_paragraph(title, "b")], figure.get("layout", {})
    for trace in figure.get("data", ()):
        names, values = ("y", "x") if trace.get("orientation") == "h" else ("x", "y")
        labels, numbers = trace.get(names), trace.get(values)
        if isinstance(labels, list) and isinstance(numbers, list) and len(labels) <= MOST_ROWS:
            axis = layout.get(f"{names}axis", {})
            called = dict(zip(axis.get("tickvals", ()), axis.get("ticktext", ()), strict=False))
            rows = [(called.get(one, one), n) for one, n in zip(labels, numbers, strict=False)]
            heads = (str(trace.get("name") or ""), _words(language)["values"])
            parts.append(_grid(heads, [tuple(map(_cell, row)) for row in rows], language))
    return "".join(parts)


def _cell(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else str(value)


def _paragraph(text: str, inner: str = "") -> str:
    told = f"<{inner}>{escape(text)}</{inner}>" if inner else escape(text)
    return f"<p>{told}</p>" if text else ""


def _markdown(text: str) -> str:
    """Markdown as HTML, without HTML of its own, images and links: it cannot load or lead away."""
    from markdown_it import MarkdownIt

    plain = MarkdownIt("commonmark", {"html": False}).enable("table")
    plain.disable(["image", "link", "autolink", "reference", "html_inline", "html_block"])
    return str(plain.render(text))
