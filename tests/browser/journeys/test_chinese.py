"""The page in Chinese, from the switch to a persona."""

import re

ENGLISH = re.compile(r"\b(the|of|and|is|to|customers|orders|segment|segments)\b", re.IGNORECASE)


def test_the_switch_the_chips_three_questions_and_a_persona(guest):
    one = guest("zh")
    one.page.get_by_role("radio", name="中文").check(force=True)
    one.sees("您想了解客户的哪些方面？")
    chips = one.page.get_by_role("group", name="不妨试试").get_by_role("button")
    said = [one.pick(chips.first)]
    said += [one.ask("有多少客户？"), one.ask("哪个客群的销售额最高？")]
    assert "位客户" in said[1]
    assert "客群 3" in said[2]
    persona = one.ask("介绍一下客群 2")
    assert "客群 2" in persona
    one.talk.locator("details:has(dl) > summary", has_text="位客户").first.click()
    one.sees("占全部客户的比例")
    shown = one.page.locator("body").inner_text()
    others = one.page.locator("#kd-threads").inner_text()  # what somebody else asked in English
    assert ENGLISH.findall(shown.replace(others, "")) == []
