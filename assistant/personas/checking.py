"""What of a draft may be read: every sentence against the facts it names, the name against others'.

Whether a sentence is supported is `grounding`'s to say; here is what only a persona knows: that it
must rest on facts it was given, and that its name is its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import replace

from assistant.grounding.about import About, about_shop
from assistant.grounding.check import Problem, check_sentence
from assistant.personas.facts import Dossier
from assistant.personas.persona import Sentence
from assistant.sight.names import orders_in
from segmentation.insight.ledger import open_ledger
from segmentation.types import CustomerBase

__all__ = ["about_segment", "folded", "problems_of", "problems_of_name"]

LONGEST_NAME = {"en": 5, "zh": 12}
"""Words; in Chinese every sign is one."""
WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['’-][^\W\u3400-\u9fff]+)*")
LINK = re.compile(r"\w+://\S*|\]\(|www\.\S+|<[a-z/!]", re.IGNORECASE)


def about_segment(base: CustomerBase, dossier: Dossier, names: Mapping[int, str]) -> About:
    """Where the sentences of a persona stand.

    Args:
        names: segment id -> the name its persona has.
    """
    key = ("about", dossier.language, id(base.segmentation.labels))
    shop: About = open_ledger(base).once(key, lambda: about_shop(base, dossier.language))
    called = {f"segment:{number}": name for number, name in names.items()}
    subjects = {who: (*known, called.get(who, known[0])) for who, known in shop.subjects.items()}
    return replace(shop.on(f"segment:{dossier.segment.id}"), subjects=subjects)


def problems_of(sentence: Sentence, dossier: Dossier, about: About) -> tuple[Problem, ...]:
    """What is wrong with a sentence; empty where it may be read."""
    given = {one.id: one for one in dossier.given.values()}
    strange = tuple(Problem("unfounded", id) for id in sentence.facts if id not in given)
    if not sentence.facts:
        strange += (Problem("unfounded", sentence.text),)
    if found := LINK.search(sentence.text):
        strange += (Problem("unfounded", found.group()),)
    strange += tuple(Problem("unfounded", order) for order in sorted(orders_in(sentence.text)[0]))
    own = [given[id] for id in sentence.facts if id in given]
    return strange + check_sentence(sentence.text, own, about)


def problems_of_name(
    name: str, dossier: Dossier, about: About, taken: Collection[str]
) -> tuple[Problem, ...]:
    """What is wrong with a persona's name: not its own, too long, or more than the facts say."""
    words = len(WORD.findall(name))
    unfit = not 0 < words <= LONGEST_NAME[about.language] or bool(LINK.search(name))
    own = folded(name) not in {folded(one) for one in taken}
    wrong = () if own and not unfit else (Problem("name", name),)
    return wrong + check_sentence(name, list(dossier.given.values()), about)


def folded(name: str) -> str:
    """A name as it is compared: case, width, space and signs aside."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in plain if c.isalnum())
