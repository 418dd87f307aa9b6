"""What an answer rests on, as HTML: sentences that unfold to their facts, and all other facts.

Native `<details>` throughout: keyboard and screen reader know them, and nothing is fetched. What
comes from data is escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from assistant.formats import format_count
from assistant.page.wording import page_words, usage_words

if TYPE_CHECKING:  # a page shows before what reads its answers is loaded
    from assistant.tools.fact_words import FactWords
    from assistant.tools.result import Claim
    from assistant.turn.events import Answer, Note
    from segmentation.types import Fact

__all__ = ["MOST_FACTS", "basis", "copy_row", "notice", "paragraphs", "parted"]

_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
MOST_FACTS = 40
MOST_NOTICES = 1
"""So many remarks are shown as they are; more are folded."""


def parted(answer: Answer) -> tuple[str, list[str], list[str]]:
    """The words of an answer without the notes that came with them, which stand before or after."""
    text, before, after = answer.answer, list[str](), list[str]()
    for note in answer.notes:
        if rest := _without(text, note):
            (before if note.kind == "fallback" else after).append(note.text)
            text = rest
    return text, before, after


def paragraphs(text: str, answer: Answer) -> Iterator[tuple[bool, str]]:
    """The text in stretches, in order: (False, Markdown as it was), or (True, HTML that unfolds).

    A paragraph with a sentence that was checked becomes HTML in which it opens to its facts.
    """
    left = {claim.sentence: claim for claim in reversed(_claims(answer))}
    blocks = [(part, _cut(part, left)) for part in text.split("\n\n")]
    for unfolds, run in groupby(blocks, lambda block: any(claim for _, claim in block[1])):
        if unfolds:
            lines = "".join(_paragraph(pieces, answer.language) for _, pieces in run)
            yield True, f'<div class="kd-said">{lines}</div>'
        else:
            yield False, "\n\n".join(part for part, _ in run)


def basis(answer: Answer, language: str) -> str:
    """Remarks and facts behind one line; a single remark stands before it. Empty without any.

    Checked sentences that the words do not have unfold here. Facts are read in the language of the
    answer, whatever that of the page.
    """
    results, spoken = answer.results, answer.language
    notices = list(dict.fromkeys(notice for result in results for notice in result.notices))
    facts = list(dict.fromkeys(fact for result in results for fact in result.facts))
    claims = [one for one in _claims(answer) if one.sentence not in answer.answer]
    lines = [notice(text) for text in notices]
    shown, folded = (lines, []) if len(lines) <= MOST_NOTICES else ([], lines)
    folded += [f'<div class="kd-said">{_unfolding(claim, spoken)}</div>' for claim in claims]
    folded += [_capped(facts, spoken)] if facts else []
    return "".join(shown) + (_folded(folded, len(facts), language) if folded else "")


def copy_row(answer: Answer, language: str) -> str:
    """The button that copies the words, and what a language model took for them."""
    words, used = page_words(language), usage_words(asdict(answer.usage), language)
    return (
        f'<div class="kd-foot" data-whole="{escape(words["whole"])}">'
        f'<button type="button" class="kd-copy" '
        f'data-text="{escape(answer.answer)}" data-done="{escape(words["copied"])}">'
        f"{escape(words['copy'])}</button>"
        + (f'<span class="kd-usage">{escape(used)}</span>' if used else "")
        + "</div>"
    )


def notice(text: str) -> str:
    """A quiet remark."""
    return f'<p class="kd-notice">{escape(text)}</p>'


def _claims(answer: Answer) -> list[Claim]:
    return [claim for result in answer.results for claim in result.claims]


def _without(text: str, note: Note) -> str:
    """The text without a note that stands at its beginning or end; empty where it does not."""
    if note.kind == "fallback":
        head, _, rest = text.partition("\n\n")
        return rest if head == note.text else ""
    rest, _, tail = text.rpartition("\n\n")
    return rest if tail == note.text else ""


def _cut(text: str, left: dict[str, Claim]) -> list[tuple[str, Claim | None]]:
    """A paragraph in pieces: sentences that were checked, with their claims, and what is between.

    What is found is taken out of `left`: a sentence unfolds where it stands first.
    """
    places = sorted((at, -len(s), s) for s in left if (at := text.find(s)) >= 0)
    pieces: list[tuple[str, Claim | None]] = []
    done = 0
    for at, _, sentence in places:
        if at >= done:
            pieces += [(text[done:at], None), (sentence, left.pop(sentence))]
            done = at + len(sentence)
    return [piece for piece in (*pieces, (text[done:], None)) if piece[0]]


def _paragraph(pieces: Sequence[tuple[str, Claim | None]], language: str) -> str:
    told = [_unfolding(claim, language) if claim else _plain(text) for text, claim in pieces]
    return f"<div>{''.join(told)}</div>"


def _plain(text: str) -> str:
    """What stands between the sentences; of Markdown it has bold leads at most."""
    return _BOLD.sub(r"<b>\1</b>", escape(text))


def _unfolding(claim: Claim, language: str) -> str:
    from assistant.tools.fact_words import claim_words
    from assistant.tools.voice import voice

    facts = _facts(claim_words(claim, voice(language)))
    hint, sentence = escape(page_words(language)["basis"]), escape(claim.sentence)
    head = f'<summary title="{hint}">{sentence}</summary>'
    return f'<details class="kd-claim">{head}{facts}</details>'


def _folded(parts: Sequence[str], facts: int, language: str) -> str:
    title = escape(page_words(language)["basis"])
    told = page_words(language)["facts"].format(count=format_count(facts, language))
    count = f" <small>{told}</small>" if facts else ""
    head = f"<summary>{title}{count}</summary>"
    return f'<details class="kd-basis">{head}{"".join(parts)}</details>'


def _capped(facts: Sequence[Fact], language: str) -> str:
    from assistant.tools.fact_words import fact_words
    from assistant.tools.voice import voice

    told = _facts([fact_words(fact, voice(language)) for fact in facts[:MOST_FACTS]])
    left = format_count(len(facts) - MOST_FACTS, language)
    more = page_words(language)["facts_left"].format(count=left)
    return told + (notice(more) if len(facts) > MOST_FACTS else "")


def _facts(facts: Sequence[FactWords]) -> str:
    rows = "".join(
        f"<div><dt>{escape(one.label)}<small>{escape(_about(one))}</small></dt>"
        f"<dd>{escape(one.value)}</dd></div>"
        for one in facts
    )
    return f'<dl class="kd-facts">{rows}</dl>'


def _about(one: FactWords) -> str:
    return " · ".join((one.whose, one.period, one.source))
