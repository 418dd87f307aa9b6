"""A double of a language model that writes personas of the facts in its prompt, and lies.

`liar(...)` behaves for `LlmServer` (reply by reply, through the real client). It says true
sentences and, beside them, one lie of each kind in LIES; what it hands in is kept in `Told`. Sent
back, it mends its lies, or tells others, or says the same for ever.
"""

import json
import re
from dataclasses import dataclass, field

FACT = re.compile(r"^(f\d+) \| ([^|]+?) \| (?:(segment \d+) \| )?([^|]+)", re.MULTILINE)

LIES = {
    "invented number": ("Their average order value is €9,731.", "order"),
    "another segment's number": ("Their average order value is €77.", "order"),
    "number word": ("Each of them has placed nineteen orders.", "orders"),
    "digit inside a number": ("Each of them has placed 35 orders.", "order"),
    "wrong metric": ("Their return rate is 32%.", "revenue"),
    "invented demographic": ("They are young mothers in their thirties.", "size"),
    "income": ("They are wealthy households.", "order"),
    "above average": ("Their conversion rate is above average.", "conversion"),
    "wrong place": ("Their repeat rate is the highest of all segments.", "repeat"),
    "invented product": ("Show them the “Velvet Moon Lamp” next.", "product"),
    "invented percentage": ("Two thirds of them have ordered again.", "repeat"),
    "invented date": ("Most of it was bought in December 2031.", "order"),
    "invented cause": ("They buy because an advertisement moved them.", "order"),
    "another unit": ("The last order was 178 weeks ago.", "recency"),
    "a fact there is not": ("Their average order value is €351.", "f9999"),
    "no fact at all": ("Their average order value is €351.", ""),
    "a link": ("Read more at https://evil.example/persona.", "order"),
}
"""Kind of lie -> the sentence, and which of KEYS it claims to rest on."""

KEYS = {
    "order": "average order value",
    "orders": "orders per customer",
    "revenue": "share of all revenue",
    "size": "customers in the segment",
    "conversion": "conversion rate",
    "repeat": "repeat rate",
    "recency": "days since the last order",
    "product": "share of its customers who bought the product",
}
"""How facts are called here -> the beginning of their label."""

TRUE = (
    ("who", "They bring in 32% of revenue.", ("revenue",)),
    ("who", "Their average order value is €351, against €193 elsewhere.", ("order",)),
    ("buy", "77% have ordered again.", ("repeat",)),
    ("watch", "The last order was 178 days ago on average.", ("recency",)),
)
"""Section, sentence, facts: what of the facts of tests/assistant/personas is so."""


@dataclass
class Told:
    """What it handed in."""

    prompts: list = field(default_factory=list)
    lies: set = field(default_factory=set)


def liar(say, told, *, mends="true", name="Basket builders", noise=""):
    """A behaviour.

    Args:
        say: of llm_server: a text as a reply.
        mends: sent back, it tells the `true`, `other` lies, the `same`, or nothing (`empty`).
        noise: what it says around its JSON.
    """

    def behave(request, n):
        prompt = request["messages"][-1]["content"]
        told.prompts.append(prompt)
        facts = {key: _fact(prompt, begins) for key, begins in KEYS.items()}
        if '"wrong"' in prompt:
            answer = {"sentences": [_mended(one, facts, mends) for one in _sent_back(prompt)]}
        else:
            answer = _persona(facts, name)
            told.lies |= {sentence for sentence, _ in LIES.values()}
        text = json.dumps(answer, ensure_ascii=False)
        return say(f"{noise}```json\n{text}\n```" if noise else text)

    return behave


def _fact(prompt, begins):
    for match in FACT.finditer(prompt):
        if match[2].strip().lower().startswith(begins):
            return match[1]
    return "f1"


def _persona(facts, name):
    sections = {section: [] for section in ("who", "buy", "say", "reach", "offer", "watch")}
    for section, sentence, keys in TRUE:
        line = {"sentence": sentence, "facts": [facts[key] for key in keys]}
        sections[section].append(line)
    for place, (sentence, key) in enumerate(LIES.values()):
        ids = [facts.get(key, key)] if key else []
        section = ("who", "buy", "reach", "offer", "watch")[place % 5]
        sections[section].append({"sentence": sentence, "facts": ids})
    tagline = {"sentence": "Their orders come to €351.", "facts": [facts["order"]]}
    return {"name": name, "tagline": tagline, **sections}


def _sent_back(prompt):
    found = re.search(r"^\[$.*?^\]$", prompt, re.MULTILINE | re.DOTALL)
    return json.loads(found.group())


def _mended(one, facts, mends):
    sentences = {
        "true": ("Their average order value is €351.", [facts["order"]]),
        "other": ("Each of them has spent £88,888.", [facts["order"]]),
        "same": (one["sentence"], one["facts"]),
        "empty": ("", []),
    }
    sentence, ids = sentences[mends]
    return {"number": one["number"], "sentence": sentence, "facts": ids}
