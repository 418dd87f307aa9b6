"""Numbers in words, digits, dozens, percentages and Chinese numerals."""

import pytest

from assistant.router.numbers import find_numbers, spell_out_digits


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("twenty-five people", "25 people"),
        ("two hundred and fifty", "250"),
        ("a hundred of them", "100 of them"),
        ("a dozen personas", "12 personas"),
        ("half a dozen", "6"),
        ("two dozen", "24"),
        ("a couple of weeks", "2 weeks"),
        ("segment one", "segment 1"),
        ("one of them", "one of them"),
        ("找二十个", "找20个"),
        ("给客户12748五个商品", "给客户12748 5个商品"),
        ("找2千个", "找2000个"),
        ("1.5万元以上", "15000元以上"),
        ("前五名", "前5名"),
        ("两百人", "200人"),
        ("第三个细分", "第3个细分"),
        ("未来两周", "未来2周"),
        ("百分之五", "5%"),
        ("提升三成", "提升30%"),
        ("看一下", "看一下"),
        ("周三", "周三"),
        ("半年", "6个月"),
    ],
)
def test_number_words_become_digits(said: str, plain: str) -> None:
    assert spell_out_digits(said) == plain


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("over £1,000 or 5k", [1000, 5000]),
        ("0.7 and .5", [0.7, 0.5]),
        ("seg3 has 20", [20]),
        ("找20个，要8类", [20, 8]),
    ],
)
def test_finds_plain_numbers(text: str, values: list[float]) -> None:
    assert [number.value for number in find_numbers(text)] == values


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("90 percent", 0.9), ("0.8", 0.8), ("12 %", 0.12)]
)
def test_shares_are_fractions(text: str, share: float) -> None:
    assert find_numbers(text)[0].share == pytest.approx(share)
