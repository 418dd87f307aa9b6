"""What the report rests on: the rows that were read, what was set aside, dropped or missing; and
how the segments were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from typing import Any

from assistant.report.study import Study
from assistant.tools.clusters import evaluate_segments
from assistant.tools.verdicts import counted
from assistant.tools.voice import capital, clean
from prompts import load_yaml
from segmentation.data.notes import Dropped, Scrubbed, understood
from segmentation.types import TABLES, Fact

__all__ = ["data_notes", "methods"]

NEEDED = ("order_id", "unit_price", "category", "product")
"""Columns of orders whose absence costs something."""


def data_notes(study: Study) -> Mapping[str, Any]:
    """Rows read and kept, why others were set aside, what was dropped, what is missing."""
    manifest = study.workspace.manifest
    return {
        "tables": [_table(study, name) for name in TABLES if name in manifest["read"]],
        "reasons": [_reason(study, one) for one in manifest["reasons"]],
        "assumptions": [clean(one, 300) for one in manifest["assumptions"]],
        "privacy": [_privacy(study, one) for one in manifest["privacy"]],
        "missing": _missing(study),
        "left_out": [
            {"what": study.tell(f"left_out_names.{what}"), "why": why}
            for what, why in study.left_out.items()
        ],
    }


def _table(study: Study, name: str) -> Mapping[str, Any]:
    manifest, today = study.workspace.manifest, study.base.as_of.date().isoformat()
    counts = {key: manifest[key].get(name, 0) for key in ("read", "accepted", "quarantined")}
    study.use(Fact("all", f"{name}_{key}", today, n, "rows") for key, n in counts.items())
    say = study.say
    return {"name": capital(say["kinds_of_data"][name])} | {
        key: say.number(n) for key, n in counts.items()
    }


def _reason(study: Study, one: Mapping[str, Any]) -> str:
    """Why rows were set aside. The first of them is not shown: it may be somebody's."""
    known = study.words["reasons"].get(one["reason"], clean(one["reason"]))
    today = study.base.as_of.date().isoformat()
    study.use([Fact("all", f"set_aside:{one['reason']}", today, one["rows"], "rows")])
    return study.tell(
        "data.reason",
        table=study.say["kinds_of_data"][one["table"]],
        rows=study.say.count(one["rows"], "rows"),
        why=known,
    )


def _privacy(study: Study, told: str) -> Mapping[str, str]:
    """What was dropped or scrubbed, in the report's language where its form is known."""
    say, kinds = study.say, load_yaml("personal_data")[study.say.language]
    match understood(told):
        case Dropped(table, column, kind):
            values = {"column": say.quote(column), "kind": kinds.get(kind, kind)}
            text = study.tell("data.dropped", table=_kind_of_data(study, table), **values)
        case Scrubbed(table, found):
            today = study.base.as_of.date().isoformat()
            study.use(Fact("all", f"scrubbed:{k}", today, n, "texts") for k, n in found.items())
            listed = say.list([f"{n:,} {kinds.get(kind, kind)}" for kind, n in found.items()])
            text = study.tell("data.scrubbed", table=_kind_of_data(study, table), list=listed)
        case _:
            return {"text": clean(told, 300), "language": "en"}
    return {"text": text, "language": ""}


def _kind_of_data(study: Study, table: str) -> str:
    return str(study.say["kinds_of_data"].get(table, table))


def _missing(study: Study) -> list[str]:
    """Tables and columns that are not there, with what that costs."""
    tables, costs = study.base.tables, study.words["missing"]
    told = [str(costs[name]) for name in TABLES if name not in tables]
    if "orders" not in tables:
        return told
    columns = study.workspace.manifest["columns"]
    known = {**columns.get("orders", {}), **columns.get("products", {})}
    return told + [str(costs[name]) for name in NEEDED if name not in known]


# --- methods -------------------------------------------------------------------------------------


def methods(study: Study) -> Mapping[str, Any]:
    """How the segments were made and judged, with everything it takes to make them again."""
    judged = evaluate_segments(study.workspace, study.say.language)
    table = judged.tables[0]
    return {
        "paragraphs": [_encoding(study), _clustering(study), study.tell("methods.judged")],
        "measures": [
            (capital(str(name)), "–" if value is None else f"{value:.3f}", str(reading))
            for name, value, reading in table.rows
        ],
        "record": _record(study),
    }


def _encoding(study: Study) -> str:
    say, found = study.say, study.workspace.manifest["embedding"]
    recipe, today = study.base.segmentation.recipe, study.base.as_of.date().isoformat()
    text = study.workspace.fusion.reweight(recipe.text_weight).text_weight
    facts = [Fact("all", "text_weight", today, text, "share")]
    study.use([*facts, Fact("all", "dimensions", today, found["dim"], "numbers")])
    values = {"encoder": clean(found["encoder"]), "dim": say.number(found["dim"])}
    key = "encoded" if text > 0 else "encoded_numbers"
    return study.tell(f"methods.{key}", text=say.share(text), rest=say.share(1 - text), **values)


def _clustering(study: Study) -> str:
    say, segmentation = study.say, study.base.segmentation
    asked = "asked" if segmentation.recipe.n_segments else "chosen"
    return study.tell(
        f"methods.clustered_{asked}",
        method=say[f"methods.{segmentation.method}"],
        k=counted(say, segmentation),
        customers=say.count(len(segmentation.labels), "customers"),
    )


def _record(study: Study) -> list[tuple[str, str]]:
    """What names this very result."""
    manifest, segmentation = study.workspace.manifest, study.base.segmentation
    made, names = datetime.fromisoformat(manifest["created"]), study.words["record"]
    return [
        (names["as_of"], study.say.day(study.base.as_of.date())),
        (names["made"], study.say.day(made.date())),
        (names["snapshot"], f"{study.workspace.snapshot.id} / {segmentation.id}"),
        (names["encoder"], f"{clean(manifest['embedding']['encoder'])}"),
        (names["seed"], str(segmentation.recipe.seed)),
        (names["version"], f"Kindred {metadata.version('kindred')}"),
    ]
