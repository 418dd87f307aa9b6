"""Own data in an empty workspace: a broken file, the same one mended, confirmed, built, asked."""

import pandas as pd
import pytest


@pytest.fixture
def orders(demo):
    """The order lines of 120 customers, one column under a heading that nobody knows."""
    lines = pd.read_csv(demo / "files" / "orders.csv", dtype=str)
    known = sorted(lines["customer_id"].dropna().unique())[:120]
    return lines[lines["customer_id"].isin(known)].rename(columns={"order_date": "when it was"})


def test_a_broken_file_is_mended_confirmed_built_and_asked_about(
    other_chat, guest, orders, tmp_path
):
    chat = other_chat(empty=True)
    one = guest(at=chat.url)
    one.sees("Start with your customers")
    file = tmp_path / "orders.csv"
    orders.drop(columns=["when it was"]).to_csv(file, index=False)
    one.page.get_by_label("Drop files here or choose them").set_input_files(file)
    one.sees("No column is taken for: Date of the order")
    assert one.page.get_by_role("button", name="Build").is_disabled()

    orders.to_csv(file, index=False)
    one.page.get_by_label("Add or replace files").set_input_files(file)
    column = one.page.get_by_label("orders.csv, column when it was: taken for")
    column.wait_for()
    if column.input_value() != "ordered_at":
        column.select_option("ordered_at")
    one.sees("rows can all be used")
    one.press("Build")
    one.sees("Building your data")
    one.sees("120 customers ·")
    assert "120 customers" in one.ask("How many customers do we have?")
