"""What the sheet draws and what it takes from a browser, without one."""

from dataclasses import replace

import pytest

from assistant.loading.plan import Plan
from assistant.page.arrival.build_views import building_view, news_view
from assistant.page.arrival.building import Building
from assistant.page.arrival.data_notes import notes_view
from assistant.page.arrival.file_views import plan_view
from assistant.page.arrival.panel import Visit, _uploaded

NASTY = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_columns_and_values_of_strangers_stay_text(tmp_path, language):
    plan = Plan(tmp_path / "workspace")
    upload = tmp_path / "upload"
    upload.write_text(f"customer_id,order_date,amount,{NASTY}\n{NASTY},2024-01-01,5,{NASTY}\n")
    plan.add(upload, f"{NASTY}.csv")
    drawn = plan_view(plan, language, over=False)
    assert NASTY not in drawn
    assert drawn.count("&lt;img src=x") > 4
    plan.start_over()


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ["17 rows", "line 301: customer_id is empty", "Customers: email (e-mail)"]),
        ("zh", ["17 行", "第 301 行：customer_id 为空", "客户资料：email（邮箱）", "没有客户"]),
    ],
)
def test_the_notes_speak_the_reader_s_language(session, scripted, language, says):
    drawn = notes_view(session, language, may_load=True)
    assert all(part in drawn for part in says)
    assert scripted.NASTY not in drawn


@pytest.mark.parametrize(
    ("language", "says"), [("en", "first 100,000 rows"), ("zh", "前 100,000 行")]
)
def test_a_file_that_is_not_all_of_it_is_called_so(session, language, says):
    assert says not in notes_view(session, language, may_load=True)
    many = session.report() | {"quarantined": {"orders": 100_001, "customers": 0}}
    whole = replace(session, report=lambda: many)
    assert says in notes_view(whole, language, may_load=True)


def test_only_uploaded_files_can_be_named(tmp_path, monkeypatch):
    uploads, outside = tmp_path / "gradio", tmp_path / "secret.csv"
    uploads.mkdir()
    monkeypatch.setattr("assistant.page.arrival.panel.get_upload_folder", lambda: str(uploads))
    (uploads / "mine.csv").write_text("a")
    outside.write_text("a")
    (uploads / "link").symlink_to(outside)
    assert _uploaded(str(uploads / "mine.csv")) == uploads / "mine.csv"
    for named in (outside, uploads / "link", uploads / "../secret.csv", uploads, ""):
        assert _uploaded(str(named)) is None


def test_every_tab_has_its_own_files():
    import copy

    one = Visit()
    one.news = "something"
    assert copy.deepcopy(one).news == ""


def test_only_who_began_a_build_can_cancel_it(session):
    building = Building(lambda progress: session, lambda session: None)
    mine, theirs = (building_view(building, "en", mine=m, first=False) for m in (True, False))
    assert 'data-arrival="cancel"' in mine
    assert 'data-arrival="cancel"' not in theirs


def test_the_news_says_what_was_set_aside(session):
    assert "17 were set aside" in news_view(session.report(), "en", mine=True)
    assert news_view(None, "en", mine=True) == ""
