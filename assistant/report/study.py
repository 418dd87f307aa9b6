"""What every section of the report is made from: the workspace in one language, and the facts used.

A section that cannot be made from this data is left out, and the report says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from assistant.tools.comparisons import called, wanted
from assistant.tools.fact_words import FactWords, claim_words
from assistant.tools.references import spoken
from assistant.tools.result import Claim
from assistant.tools.verdicts import has_segments, unstable
from assistant.tools.voice import Voice, capital, clean, voice
from prompts import load_yaml
from segmentation.types import CustomerBase, Fact, Segment

__all__ = ["Study", "Told", "open_study"]

PEOPLE = "customer:"
"""Beginning of a subject that is one customer: a report goes from hand to hand and names nobody."""


@dataclass(frozen=True)
class Told:
    """A sentence with the facts it rests on; those of `key` ones are printed at the end, too."""

    sentence: str
    facts: tuple[FactWords, ...]
    key: bool = False


@dataclass
class Study:
    """A workspace as the report's sections read it.

    Args:
        base: with its segments named in the report's language.
        words: the report's own wording.
        shop: what the reader calls the shop; empty where nobody said.
        facts: every fact that a number of the report rests on, in the order of use.
        left_out: why each section or picture that is missing is missing.
    """

    workspace: Any
    base: CustomerBase
    say: Voice
    words: Mapping[str, Any]
    shop: str = ""
    facts: list[Fact] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def has_segments(self) -> bool:
        return has_segments(self.base.segmentation)

    @property
    def segments(self) -> list[Segment]:
        """All but the unassigned, largest first."""
        return wanted(self.base, None)

    def called(self, segment: Segment) -> str:
        """A segment in a sentence."""
        return called(self.say, segment)

    def title(self, segment: Segment) -> str:
        """A segment's plain name, on one line."""
        return clean(segment.name)

    def entry(self, segment: Segment) -> dict[str, Any]:
        """A segment as the templates name it; the unassigned have no number."""
        name = self.title(segment) if segment.id else str(self.say["charts.labels.unassigned"])
        return {"id": segment.id, "name": name, "unstable": self.is_unstable(segment.id)}

    def is_unstable(self, segment: int) -> bool:
        return self.has_segments and segment in unstable(self.base.segmentation)

    def tell(self, path: str, **values: Any) -> str:
        """A sentence of the report's own wording; `path` as in `actions.mail`."""
        found: Any = self.words
        for part in path.split("."):
            found = found[part]
        return capital(str(found).format(**values).strip())

    def use(self, facts: Iterable[Fact]) -> None:
        """Enter facts whose numbers are shown."""
        self.facts += [fact for fact in facts if PEOPLE not in fact.subject]

    def told(
        self, sentence: str, facts: Sequence[Fact], labels: Sequence[str] = (), *, key: bool = False
    ) -> Told:
        """A sentence with its facts, which are entered."""
        self.use(facts)
        claim = Claim(sentence, tuple(facts), tuple(labels))
        return Told(sentence, tuple(claim_words(claim, self.say)), key and bool(facts))

    def leave_out(self, what: str, why: str) -> None:
        """Remember that something is missing, and why, in the report's language."""
        self.left_out[what] = why

    def used(self) -> list[dict[str, Any]]:
        """Every fact, once, as JSON."""
        return [asdict(fact) for fact in dict.fromkeys(self.facts)]


def open_study(workspace: Any, language: str, shop: str = "") -> Study:
    """The workspace read in `en` or `zh`."""
    say = voice(language)
    base = spoken(workspace.base, say.language)
    return Study(workspace, base, say, load_yaml(f"report/{say.language}"), clean(shop))
