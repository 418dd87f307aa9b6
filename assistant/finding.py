"""The look-alike finder without a screen: what can be asked for, who is found, a file of them.

It searches with `Kindred.similar` alone. What a browser sends is read and checked here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

import prompts
from assistant.export.files import deliver, digest, private_folder
from assistant.export.tables import table_csv
from assistant.naming import segment_names
from assistant.tools.result import Table
from assistant.tools.voice import capital, voice
from segmentation.insight.campaign.audience import contact
from segmentation.insight.errors import nearest
from segmentation.insight.evidence.measurements import unit_of
from segmentation.insight.filters import OPERATORS, Field, fields, values_of
from segmentation.insight.ledger import open_ledger
from segmentation.insight.metrics import METRICS
from segmentation.insight.similar.lookalikes import find_customer, known_id
from segmentation.insight.similar.wanted import by_conditions
from segmentation.types import InputError

__all__ = ["FOLDER", "MOST", "Choice", "Finder", "UnknownCustomers"]

FOLDER = "exports"
MOST = 1_000
"""Customers a search gives at most."""
LISTED = 40
"""A field with more values than that is typed, with suggestions, not picked from a list."""
SUGGESTED = 6
GUESSED = 5
"""Unknown ids of which near misses are told."""
HIDDEN = ("feature", "customer_id")
"""Columns nobody filters by in a form: what the embedding is made of, and the ids themselves."""
OFFERED = {
    "number": ("ge", "le", "between", "eq"),
    "date": ("ge", "le", "between"),
    "product": ("contains", "eq", "ne"),
    "segment": ("eq", "ne", "in"),
}
"""The order in which a kind of field offers its operators; else that of the contract."""
COLUMNS = (
    *("may_be_contacted", "customer_id", "rank", "score", "likeness"),
    *("segment", "segment_name", "because"),
)
ANSWERS = {True: "yes", False: "no", None: "unknown"}


class UnknownCustomers(InputError):
    """Ids that do not exist here.

    Args:
        unknown: each of them → the ids that look most like it, none for all but the first few.
    """

    def __init__(self, unknown: Mapping[str, Sequence[str]]) -> None:
        self.unknown = {given: tuple(near) for given, near in unknown.items()}
        near = [one for names in self.unknown.values() for one in names]
        fix = f"Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"There is no customer {', '.join(self.unknown)}", fix=fix)


@dataclass(frozen=True)
class Choice:
    """A field to filter by, with what a form needs of it.

    Args:
        group: `profile`, `numbers` or `purchases`.
        kind: as `segmentation.insight.filters` knows it: text, number, date, flag, ...
        values: (value, how it is called), where there are few enough to pick from.
        unit: of a number: `share`, `days`, a currency, ...; shares are asked for in percent.
        usual: the median of a number.
    """

    name: str
    label: str
    group: str
    kind: str
    operators: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    usual: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Finder:
    """Searches for look-alikes in a workspace; `similar` is `similar_matches` of it."""

    def __init__(self, workspace: Any, similar: Callable[..., dict[str, Any]]) -> None:
        self._workspace, self._similar = workspace, similar

    def choices(self, language: str) -> list[Choice]:
        """Every field to filter by: the profile's, then numbers, then what was bought."""
        found, columns = [], set[str]()
        for field in fields(self._workspace.base).values():
            if not field.column.startswith(HIDDEN) and field.column not in columns:
                columns.add(field.column)
                found.append(self._choice(field, language))
        order = ("profile", "numbers", "purchases")
        return sorted(found, key=lambda choice: order.index(choice.group))

    @property
    def consent_known(self) -> bool:
        """Whether the data says who agreed to be contacted."""
        return self._contact().consent_field is not None

    def examples(self, language: str) -> list[dict[str, str]]:
        """Two searches this data can answer: `mode`, what is `asked` and how it is called."""
        words = prompts.load_yaml("finder")[language]
        first, things = self.suggest("customer", "")[:1], self._things()
        wanted = "never" if "orders" in self._workspace.base.tables else "plain"
        found = [("customers", words["like"].format(id=first[0]), first[0])]
        if things:
            text = words[wanted].format(things=things.lower())
            found.append(("words", text, text))
        elif self._workspace.base.segmentation.k > 1:
            found.append(("segment", words["segment"].format(id=1), "1"))
        return [{"mode": mode, "label": label, "asked": asked} for mode, label, asked in found]

    def suggest(self, field: str, typed: str) -> list[str]:
        """Values of a field, or ids (`customer`), that begin with what is typed, have it, or
        else look like it; nothing typed: the best customers."""
        base, typed = self._workspace.base, typed.strip()
        if field == "customer" and not typed:
            best = by_conditions(base, n=SUGGESTED, filters=())
            return [match.customer_id for match in best.matches]
        known = list(map(str, base.customers)) if field == "customer" else self._values(field)
        return _matching(known, typed)

    def find(self, asked: Mapping[str, Any], language: str) -> dict[str, Any]:
        """Who is like what was asked for: the JSON of `kindred similar`.

        Args:
            asked: as the form sends it: `mode` (customers, words, segment), the text of that name,
                `n` (None: 10, or of a segment all who are likely enough), `contactable`, `filters`.

        Raises:
            UnknownCustomers: ids that do not exist, all at once.
            KindredError: as `Kindred.similar`.
        """
        n = asked.get("n")
        return self._similar(
            **self._query(asked),
            n=None if n in (None, "") else min(int(float(n)), MOST),
            filters=self._filters(asked.get("filters") or ()),
            contactable=bool(asked.get("contactable")),
            language=language,
        )

    def file(
        self, report: Mapping[str, Any], language: str, *, contactable: bool, by: str = "page"
    ) -> dict[str, str]:
        """Write who was found as CSV, entered in the export log: its `name` and `content`.

        The first column, and the name, say whether they may be contacted: as it is known now, not
        when they were found. Who is no longer a customer is left out.

        Args:
            contactable: only those who agreed.
            by: who asked for it, for the log.
        """
        rows = self._rows(report, language, contactable=contactable)
        content = table_csv(Table("look-alikes", COLUMNS, tuple(rows)))
        consent = "unknown" if not self.consent_known else "given" if contactable else "mixed"
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"look-alikes-consent-{consent}-{moment}-{digest(content)[:6]}.csv"
        root = self._workspace.root
        entry = {
            "what": "lookalikes",
            "by": by,
            "format": "csv",
            "rows": len(rows),
            "columns": list(COLUMNS),
            "kind": report["kind"],
            "contactable": contactable,
            "snapshot": self._workspace.snapshot.id,
            "segmentation": self._workspace.base.segmentation.id,
        }
        deliver(root, private_folder(root / FOLDER) / name, content, entry)
        return {"name": name, "content": content.decode("utf-8")}

    # --- fields -------------------------------------------------------------------------------

    def _choice(self, field: Field, language: str) -> Choice:
        base, say = self._workspace.base, voice(language)
        metric = field.column.startswith("metric_")
        group = "purchases" if field.place == "line" else "numbers" if metric else "profile"
        values = self._listed(field, language)
        operators = OFFERED.get(field.kind, OPERATORS[field.kind])
        return Choice(
            field.name,
            capital(say.field(field.name)),
            group,
            field.kind,
            tuple(op for op in operators if op != "in" or values),
            values,
            unit_of(base, field.name) if field.name in METRICS else "",
            self._usual(field.name) if metric else None,
        )

    def _listed(self, field: Field, language: str) -> tuple[tuple[str, str], ...]:
        """The values one can pick, as they are called."""
        base = self._workspace.base
        if field.kind == "segment":
            return tuple((str(number), name) for number, name in self._names(language).items())
        if field.kind != "text":
            return ()
        known = values_of(base, field)
        return tuple((value, value) for value in known) if len(known) <= LISTED else ()

    def _usual(self, name: str) -> float | None:
        numbers = open_ledger(self._workspace.base).numbers
        middle = numbers[name].median() if name in numbers else np.nan
        return None if middle != middle else float(middle)

    def _values(self, name: str) -> list[str]:
        field = fields(self._workspace.base).get(name)
        if field is None or field.kind not in ("text", "product"):
            return []
        return list(values_of(self._workspace.base, field))

    def _things(self) -> str:
        """What a search by words could be about here: a category, or else a product."""
        if not len(self._workspace.texts.texts):
            return ""
        known = self._values("category") or self._values("product")
        return known[0] if known else ""

    # --- what was asked -----------------------------------------------------------------------

    def _query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Whom to be like: one of the three ways to say so."""
        match asked.get("mode"):
            case "words":
                return {"text": str(asked.get("words") or "")}
            case "segment":
                return {"segment": asked.get("segment")}
            case _:
                return {"customers": self._ids(str(asked.get("customers") or ""))}

    def _ids(self, text: str) -> list[str]:
        """The ids in a text: one a line, or between commas, or else between spaces."""
        base = self._workspace.base
        pieces = [one.strip() for one in re.split(r"[,;，；、\t\r\n]+", text) if one.strip()]
        split = [[one] if one in base.customers else one.split() for one in pieces]
        asked = list(dict.fromkeys(one for parts in split for one in parts))
        unknown = [one for one in asked if known_id(base, one) is None]
        if unknown:
            known = tuple(map(str, base.customers))
            guesses = {one: nearest(one, known) for one in unknown[:GUESSED]}
            raise UnknownCustomers({one: guesses.get(one, ()) for one in unknown})
        return asked

    def _filters(self, given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Conditions as tools take them: shares, which a form asks for in percent, as fractions."""
        return [
            {
                "field": str(one.get("field")),
                "op": str(one.get("op")),
                "value": _as_share(one.get("value")) if self._is_share(one) else one.get("value"),
            }
            for one in given
        ]

    def _is_share(self, given: Mapping[str, Any]) -> bool:
        metric = METRICS.get(str(given.get("field")))
        return metric is not None and metric.unit == "share"

    # --- the file -----------------------------------------------------------------------------

    def _rows(
        self, report: Mapping[str, Any], language: str, *, contactable: bool
    ) -> list[tuple[Any, ...]]:
        base, known = self._workspace.base, self._contact()
        names, rows = self._names(language), []
        for rank, match in enumerate(report["matches"], start=1):
            if match["customer_id"] not in base.customers:
                continue
            agreed = known.agreed(find_customer(base, match["customer_id"]))
            if contactable and not agreed:
                continue
            number = match["segment"]
            numbers = (match["score"], match["likeness"], number, names.get(number, ""))
            because = "; ".join(match["because"])
            rows.append((ANSWERS[agreed], match["customer_id"], rank, *numbers, because))
        return rows

    def _names(self, language: str) -> dict[int, str]:
        base = self._workspace.base
        own = {segment.id: segment.name for segment in base.segmentation.segments}
        return own | segment_names(base, language)

    def _contact(self) -> Any:
        return contact(self._workspace.base, self._workspace.suppressed())


def _matching(known: Sequence[str], typed: str) -> list[str]:
    """Values that begin with what is typed, then those that have it; else the nearest."""
    part = typed.casefold()
    begin = [one for one in known if one.casefold().startswith(part)]
    have = [one for one in known if part in one.casefold() and one not in set(begin[:SUGGESTED])]
    return [*begin, *have][:SUGGESTED] or list(nearest(typed, known, SUGGESTED))


def _as_share(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_as_share(one) for one in value]
    text = str(value).strip().removesuffix("%")
    return f"{text}%" if text else value
