"""The page on a phone: everything in reach, nothing wider than the screen."""

PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}
ASIDE, THREADS = "Segments, map and look-alikes", "Conversations"


def test_everything_is_in_reach_and_nothing_is_wider(guest, violations):
    one = guest(**PHONE)
    one.ask("Which segment brings in the most revenue?")
    assert in_width(one)

    one.press(ASIDE)
    for tab, shown in (
        ("Segments", "Skincare buyers"),
        ("Look-alikes", "Find customers like these"),
        ("Map", "Women's Clothing buyers"),
    ):
        one.page.get_by_role("tab", name=tab).tap()
        one.sees(shown)
        assert in_width(one)
    one.page.get_by_role("tab", name="Segments").tap()
    card = one.page.get_by_role("button", name="Skincare buyers")
    assert "Segment 2" in one.pick(card.first)
    assert in_width(one)
    assert violations(one.page) == []

    one.press(THREADS)
    one.sees("Today")
    assert in_width(one)
    one.page.keyboard.press("Escape")
    for name in ("Data", "New conversation", THREADS, ASIDE):
        button = one.page.get_by_role("button", name=name, exact=True)
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 32, name
        assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"], name


def in_width(guest):
    return guest.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
