"""What people who are looked for are like: content, no commands; nothing if nothing is said."""

import pytest

from assistant.router.catalogue import Catalogue
from assistant.router.description import describe_taste
from assistant.router.reading import read


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("find 20 people who love garden gnomes", "people who love garden gnomes"),
        ("we need shoppers who collect stamps, 30 people", "people who collect stamps"),
        ("please get me 15 fans of wool hats", "people interested in wool hats"),
        ("show me customers like bargain hunters with a garden", "bargain hunters with a garden"),
        ("who should get our new camping catalogue", "people interested in camping"),
        ("Who should we send the newsletter about tents to?", "people interested in tents"),
        ("谁应该收到我们的露营目录？", "露营"),
        ("新的茶具目录该寄给谁", "茶具"),
        ("帮我找30个喜欢园艺的人", "喜欢园艺的人"),
        ("有没有爱买毛衣的客户，麻烦列出来", "爱买毛衣的客户"),
    ],
)
def test_content_is_kept(question: str, told: str, catalogue: Catalogue) -> None:
    assert describe_taste(read(question, catalogue)) == told


@pytest.mark.parametrize(
    "question",
    [
        "find 20 customers like the biggest spender",
        "only in Germany",
        "who should get a discount",
        "give me 50 shoppers",
        "lookalikes of our best customers",
        "只要法国的",
        "找20个像最大客户那样的人",
    ],
)
def test_nothing_is_said(question: str, catalogue: Catalogue) -> None:
    assert describe_taste(read(question, catalogue)) is None
