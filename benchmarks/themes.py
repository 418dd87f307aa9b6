"""How well the rules read reviews: some of Olist, drawn by lot and read one by one.

A label is what the review must be read as, and after a `/` what it may be read as besides: a late
parcel that never came is both `arrival` and `delivery`. A vote is right if it is either; a label is
found if it is read. Reviews are known by the first letters of the sha256 of their text; no text is
kept here. The words of prompts/themes/pt.yaml were gathered from other reviews of the same shop,
none of which is among these.

Run: .venv/bin/python benchmarks/themes.py
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from assistant.themes.lexicon import theme_lexicon
from segmentation.archive import open_tables
from segmentation.data.reading import read_shop

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "olist"
RESULT = ROOT / "benchmarks" / "results" / "themes.md"
SIGNS = {"positive": "+", "negative": "-"}

LABELS = """
a5c9fa31 quality+ delivery+ / overall+
3cff7803 overall+ function+ delivery+ / quality- packaging-
4e931ee2 packaging- / delivery-
1c770ebf delivery+ packaging+ shop+
1c87dc22 description- recommend+ / order- shop- shop+
22ee1e84 quality+ value-
7c1f15b0 recommend+ shop+ delivery+
9b9baf5b overall+
e0c8a9d2 overall+
41079045 overall+
e5fe3921 shop+ delivery+
a6467cc6 arrival-
25c198e5 delivery+ order+ recommend+ / description+
b046ec9e overall+
43aba27f overall+ delivery+
cd7df5cc packaging-
d5e43e73 overall+ looks+
de8cbaa2 delivery+ packaging+
bbe9f4c5 overall+ delivery+
3c2806cb overall+
2b1546dc recommend+ authenticity+ overall+ looks+
0d37352f / comfort- overall+ ease+
afd83f39 service+ / ease-
88aa4092 arrival- / service+ shop+ overall+ gift+
498a1542 packaging+ delivery+ overall+ / ease- ease+ size-
c1022a31
908636a3 delivery+ description+
dd331377 arrival-
63ec1c44 delivery+ overall+
98fb32be delivery+ order+ / overall+
14f1910d quality+ value+ delivery+ overall+
7e33e77c stock- / returns- overall+ order-
e91fe1d1 overall+ recommend+ / shop+
705f09fb delivery+
0eddaca8 overall+ / service+ shop+
f3c6faa7 delivery+ packaging+ description+
d9fbff30 quality+ overall+ delivery+
a73e4cc3 overall- order- / service- description-
f033e843 order+ overall+ / delivery- arrival+
0ee7bc67 arrival-
f4293d38 order- returns-
4d0a6f07 arrival- order- service-
304e1619 overall+
817270d1 arrival- / delivery-
ccbf4538 overall+ recommend+
b8b0db18 delivery+
4ddcc850 order+ / overall+
67e072a3 recommend+ description+ overall+ / gift+
a5d7d86d arrival-
6e0ab8b0 recommend+ description+ quality+ overall+
8adca68d delivery- returns- / stock- arrival- service-
737c045d delivery+ packaging- / order-
b59c3983 delivery+
de99875b order- service- / arrival-
72d80428 service- / order- order+ ease-
09c6745f recommend+ delivery+ shop+
6b404903 order+ overall+
a962bba5 packaging+ delivery+ description+
0cb46c5b delivery+
42161300 looks+ quality+ / size-
b37bf709 delivery+
4efc3765 overall+ / function+
8e98af93 overall+
3efc2187 overall-
fb0f99b7 overall+ quality+
7b7a7c45 quality- / packaging+ packaging- function-
d4b4c1b5 delivery+ overall+ / description+ order+
fe451e05 order- / value-
0fe77beb / stock- delivery- shop-
86e16b65 arrival- / delivery-
56da0fb3 overall+ quality+
651be75b recommend+ delivery+ / order-
637be883 delivery- / arrival- service- overall-
19c31769 delivery+ order+
2555f9d9 / arrival-
898b84e6 packaging+ overall+ recommend+ / shop+
008a8392 arrival- / service- delivery-
a41e2520 delivery+ quality+
0fc0c30c recommend+
e40e1362 delivery+ packaging+
f74dec10 delivery+ / order+
5744c777 recommend- size- / order-
146194b0 delivery+ packaging+ / overall+ description+ order+
39f27ba2 overall+ recommend+ / description- function-
9cf3db4e order- / function+ shop- overall-
9ed4bb9f arrival-
02403dfc delivery+ looks+
53593052 arrival- service-
f967f026 arrival- / delivery-
ee64b2b6 overall+ / shop+
c440ef48 delivery+ recommend+
1ed1c6dc order+ / value- order-
0a587cd1 overall+ delivery+ packaging+
a2ba8adc overall+ shop+
c8ea7c7d packaging+ / delivery+ service+
f7b16bd7 overall+ delivery+
7f397cc3 description- / order-
"""


def main() -> None:
    if not DATA.exists():
        print("skipped: Olist is not here")
        return
    texts = reviews()
    missing = sorted(labels().keys() - {digest(text) for text in texts})
    if missing:
        raise SystemExit(f"no review has {', '.join(missing)}")
    text = "\n".join(table(texts)) + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print(text)


def reviews() -> list[str]:
    """The distinct texts of all reviews."""
    with tempfile.TemporaryDirectory() as folder:
        read_shop({"orders": DATA}, preset="olist", workdir=Path(folder))
        table = open_tables(Path(folder) / "tables")["reviews"]
        found = table.filter(table.text.notnull()).select("text").distinct().to_pandas()
    return sorted(found["text"])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def labels() -> Mapping[str, tuple[set[str], set[str]]]:
    """Review → what it must be read as, what it may be read as besides."""
    found = {}
    for line in LABELS.strip().splitlines():
        key, _, rest = line.partition(" ")
        must, _, may = rest.partition("/")
        found[key] = set(must.split()), set(may.split())
    return found


def table(texts: list[str]) -> Iterator[str]:
    lexicon = theme_lexicon()
    said = dict(zip(map(digest, texts), lexicon.read(texts), strict=True))
    told, right, wanted, got = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for key, (must, may) in labels().items():
        votes = {aspect + SIGNS[side] for aspect, side in said[key] or ()}
        told.update(votes)
        right.update(votes & (must | may))
        wanted.update(must)
        got.update(must & votes)
    silent = sum(not one for one in said.values())
    yield "# Themes of reviews, by rules"
    yield ""
    yield (
        f"{len(labels())} distinct reviews of Olist (Portuguese), drawn by lot from {len(texts):,} "
        f"and read one by one. In {silent / len(texts):.0%} of all the rules find nothing. `+` is "
        "praise, `-` blame; precision: votes that are right; recall: labels that are found."
    )
    yield ""
    yield "| theme | votes | right | precision | labels | found | recall |"
    yield "|---|---|---|---|---|---|---|"
    yield row("all", *(sum(one.values()) for one in (told, right, wanted, got)))
    for theme in sorted({*told, *wanted}, key=lambda one: (-wanted[one], one)):
        yield row(theme, told[theme], right[theme], wanted[theme], got[theme])


def row(theme: str, told: int, right: int, wanted: int, got: int) -> str:
    shares = [f"{a / b:.2f}" if b else "" for a, b in ((right, told), (got, wanted))]
    return f"| {theme} | {told} | {right} | {shares[0]} | {wanted} | {got} | {shares[1]} |"


if __name__ == "__main__":
    main()
