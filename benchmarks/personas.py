"""All personas of the given workspaces, English and Chinese, without a language model: to be read.

Beside them: how many sentences the check left out (none should be), how long they are, whether the
names and taglines are distinct, and whether both languages rest on the same facts.

    python -m benchmarks.personas "A demo shop=WORKSPACE" "Online Retail=WORKSPACE" ...
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.personas.checking import folded
from assistant.personas.persona import SECTIONS, Persona
from assistant.personas.personas import write_personas
from assistant.personas.words import wording
from assistant.settings import quieten_libraries, read_settings
from assistant.tools.verdicts import has_segments
from assistant.tools.voice import voice
from assistant.workspace import Workspace

RESULT = Path(__file__).parent / "results" / "personas.md"
LANGUAGES = ("en", "zh")
Shop = dict[str, tuple[Persona, ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shops", nargs="+", metavar="TITLE=WORKSPACE")
    quieten_libraries()
    shops = {}
    for one in parser.parse_args().shops:
        title, _, folder = one.partition("=")
        shops[title] = personas_of(Path(folder))
    text = "\n\n".join(written(shops)) + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print(text)


def personas_of(folder: Path) -> Shop:
    """Language -> the personas of a workspace; none where its data has no segments."""
    workspace = Workspace.open(folder, read_settings())
    if not has_segments(workspace.base.segmentation):
        return dict.fromkeys(LANGUAGES, ())
    return {language: write_personas(workspace, language) for language in LANGUAGES}


def written(shops: dict[str, Shop]) -> Iterator[str]:
    yield "# Personas"
    yield "Every persona of these shops as the templates write it; no language model was asked."
    yield "\n".join(table(shops))
    for title, shop in shops.items():
        yield f"## {title}"
        if not any(shop.values()):
            yield "Its data has no segments (verdict `none`), so nobody is portrayed."
        for each in zip(*shop.values(), strict=True):
            for one in each:
                yield from portrait(one)


def table(shops: dict[str, Shop]) -> Iterator[str]:
    yield "| shop | personas | sentences | left out | names distinct | taglines distinct |" + (
        " words, English | characters, Chinese | same facts in both |"
    )
    yield "|---|---:|---:|---:|---|---|---:|---:|---|"
    for title, shop in shops.items():
        every = [one for own in shop.values() for one in own]
        cells = (
            title,
            len(every),
            sum(len(one.sentences) for one in every),
            sum(len(one.dropped) for one in every),
            yes(all(distinct([one.name for one in own]) for own in shop.values())),
            yes(all(distinct([one.tagline for one in own]) for own in shop.values())),
            span([sum(len(s.text.split()) for s in one.sentences) for one in shop["en"]]),
            span([sum(len(s.text) for s in one.sentences) for one in shop["zh"]]),
            yes(all(same_facts(*each) for each in zip(*shop.values(), strict=True))),
        )
        yield f"| {' | '.join(map(str, cells))} |"


def distinct(texts: Sequence[str]) -> bool:
    return len({folded(text) for text in texts}) == len(texts)


def same_facts(one: Persona, other: Persona) -> bool:
    return [s.facts for s in one.sentences] == [s.facts for s in other.sentences]


def yes(so: bool) -> str:
    return "yes" if so else "no"


def span(lengths: Sequence[int]) -> str:
    return f"{min(lengths)}–{max(lengths)}" if lengths else "–"


def portrait(one: Persona) -> Iterator[str]:
    titles, say = wording(one.language)["sections"], voice(one.language)
    size, share = say.count(one.size, "customers"), say.share(one.share)
    yield f"### {one.name}\n\n{one.segment} · {one.segment_name} · {size}, {share} · {one.verdict}"
    yield f"*{one.tagline}*"
    lines = [
        f"- **{titles[section]}** {say.sentences(s.text for s in own)}"
        for section in SECTIONS
        if (own := one.of(section))
    ]
    yield "\n".join(lines)
    for seen in one.dropped:
        told = ", ".join(f"{problem.kind}: {problem.said}" for problem in seen.problems)
        yield f"left out: {seen.sentence.text} ({told})"


if __name__ == "__main__":
    main()
