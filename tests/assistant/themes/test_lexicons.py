"""The word lists: complete, and right on sentences that nobody tuned them to."""

import pytest

from assistant.themes.lexicon import LANGUAGES, theme_lexicon
from prompts import load_yaml

ASPECTS = load_yaml("themes/aspects")["aspects"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_knows_the_same_aspects(language):
    given = load_yaml(f"themes/{language}")
    assert set(given["aspects"]) == set(ASPECTS)
    for kind in ("turns", "parts", "positive", "negative", "neither"):
        assert given[kind], kind
        assert all(isinstance(phrase, str) for phrase in given[kind]), kind
    for aspect, lists in given["aspects"].items():
        for name in ("positive", "negative", "about"):
            assert all(isinstance(phrase, str) for phrase in lists.get(name, ())), (aspect, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_means_two_things(language):
    cues = [cue.words for cue in theme_lexicon().tongues[language].cues]
    assert sorted({words for words in cues if cues.count(words) > 1}) == []


@pytest.mark.parametrize("aspect", ASPECTS)
def test_every_aspect_has_names_for_both_sides_in_both_languages(aspect):
    for side in ("positive", "negative"):
        assert set(ASPECTS[aspect][side]) == {"en", "zh"}
    assert ASPECTS[aspect]["means"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The parcel never arrived and nobody replied to my mail.", {"arrival-", "service-"}),
        ("Great quality, but it was too small for me.", {"quality+", "size-"}),
        ("Not worth the money, it broke on the second day.", {"value-", "durability-"}),
        ("Customer service was very helpful, I would buy again.", {"service+", "recommend+"}),
        ("The colours are beautiful and it was exactly as described.", {"looks+", "description+"}),
        ("I am not happy with this at all.", {"overall-"}),
        ("O produto chegou antes do prazo e muito bem embalado.", {"delivery+", "packaging+"}),
        ("Não gostei da qualidade do tecido.", {"quality-"}),
        ("Comprei duas camisas e só recebi uma, não recomendo.", {"order-", "recommend-"}),
        ("Ainda não recebi o pedido e a loja não responde.", {"arrival-", "service-"}),
        ("物流很快，包装完好，质量也不错。", {"delivery+", "packaging+", "quality+"}),
        ("尺码偏小，而且有色差，不推荐。", {"size-", "looks-", "recommend-"}),
        ("客服态度很差，一直不回复。", {"service-"}),
        ("用了两天就坏了，太失望了。", {"durability-", "overall-"}),
        ("El envío fue muy rápido y la calidad es buena.", {"delivery+", "quality+"}),
        ("No funciona y no me han contestado.", {"function-", "service-"}),
        ("La talla es muy pequeña, pero el color es precioso.", {"size-", "looks+"}),
        ("Die Lieferung war sehr schnell und alles war gut verpackt.", {"delivery+", "packaging+"}),
        ("Leider ist die Qualität schlecht und es fällt klein aus.", {"quality-", "size-"}),
        ("Nach kurzer Zeit kaputt gegangen, nie wieder.", {"durability-", "recommend-"}),
    ],
)  # fmt: skip
def test_a_plain_review_is_read_as_people_read_it(text, said):
    (found,) = theme_lexicon().read([text])
    assert {f"{aspect}{'+' if side == 'positive' else '-'}" for aspect, side in found} == said


def test_other_languages_are_not_read_as_one_of_ours():
    french = "Le produit est arrivé dans les temps, mais il est très fragile pour son prix."
    dutch = "Het pakket is niet aangekomen en het duurt te lang voor een antwoord."
    assert theme_lexicon().read([french, dutch, "The delivery was late, and it is not good."])[
        :2
    ] == [None, None]
