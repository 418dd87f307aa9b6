"""Segments against the future: nothing leaks back over the cut, and the figures are what they say.

Expected values are computed beside, in plain pandas and loops.
"""

import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentation.archive import open_base, open_tables
from segmentation.clusters.algorithms import cluster
from segmentation.clusters.archive import load_segmentation, report_of
from segmentation.holdout.archive import load_holdout, save_holdout
from segmentation.holdout.baselines import (
    customer_texts,
    grouping_baselines,
    regression_ceiling,
    rfm,
    rfm_cells,
    usual_recipe,
)
from segmentation.holdout.data import hold_out
from segmentation.holdout.measures import group_scores, intervals, neighbour_scores
from segmentation.holdout.validity import judged, judged_beside_all
from segmentation.pipeline import BuildOptions, build, resegment
from segmentation.trials import foretell
from segmentation.types import InputError, Recipe, Segment, Segmentation
from store.snapshots import SnapshotStore

START, AS_OF = datetime(2024, 1, 1), datetime(2024, 7, 1)
DAYS = 45
CUT = AS_OF - timedelta(days=DAYS)
WORDS = ("mug", "candle", "garden gnome", "tea towel", "lantern", "jigsaw", "quilt", "zebra")


class Letters:
    """An encoder that counts letters, and how often it was asked."""

    name, digest, dim = "letters", "0", 26

    def __init__(self):
        self.texts = 0

    def encode(self, texts, progress=None):
        self.texts += len(texts)
        counts = np.zeros((len(texts), 26)) + 0.01
        for row, text in enumerate(texts):
            for letter in text.lower():
                counts[row, (ord(letter) - 97) % 26] += 1
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def order_frame(seed=0, customers=90, products=40):
    """Two kinds of customers: odd ones buy often and dearly all along, even ones once or twice."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        orders = draw.integers(5, 12) if number % 2 else draw.integers(1, 3)
        for order in range(orders):
            at = START + timedelta(minutes=int(draw.integers(0, 181 * 1440)))
            for product in draw.choice(products, 3, replace=False):
                name = f"{WORDS[product % len(WORDS)]} {'abcdefgh'[product // len(WORDS)]}"
                price = 3.0 + product + 20 * (number % 2)
                rows.append(
                    (f"c{number:03}", f"o{number}-{order}", at, f"P{product:02}", name, price)
                )
    columns = ["customer_id", "order_id", "ordered_at", "product_id", "product", "unit_price"]
    frame = pd.DataFrame(rows, columns=columns)
    category = frame["product"].str.split().str[0]
    return frame.assign(category=category, quantity=1.0, kind="sale", is_charge=False)


def review_frame():
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{n:03}" for n in range(20)],
            "at": pd.to_datetime([START + timedelta(days=9 * n) for n in range(20)]),
            "product_id": "P01",
            "rating": 4.0,
            "text": [f"what a {WORDS[n % 8]}" for n in range(20)],
        }
    )
    return frame


def catalogue(orders):
    return orders[["product_id", "product", "category"]].drop_duplicates("product_id")


def tables_of(**frames):
    """Canonical tables in DuckDB, by way of Parquet as a snapshot does it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in frames.items():
            frame.to_parquet(Path(folder) / f"{name}.parquet", index=False)
        return open_tables(Path(folder))


@pytest.fixture(scope="module")
def frames():
    orders = order_frame()
    return {"orders": orders, "reviews": review_frame(), "products": catalogue(orders)}


@pytest.fixture(scope="module")
def tables(frames):
    return tables_of(**frames)


@pytest.fixture(scope="module")
def holdout(tables):
    return hold_out(tables, Letters(), as_of=AS_OF, days=DAYS)


def segmentation(holdout, k=2, method="kmeans", text_weight=0.4):
    """One whose labels do not matter: only its recipe is asked."""
    labels = np.arange(len(holdout.spend), dtype=np.int32) % k + 1
    return Segmentation(
        id="001",
        recipe=Recipe(method=method, n_segments=k, text_weight=text_weight),
        method=method,
        labels=labels,
        confidence=np.ones(len(labels), np.float32),
        map=np.zeros((len(labels), 2), np.float32),
        segments=tuple(_segment(i, labels) for i in range(1, k + 1)),
        metrics={"silhouette": 0.5},
        verdict="constructed",
    )


def _segment(number, labels):
    size = int((labels == number).sum())
    return Segment(number, f"Segment {number}", size, size / len(labels))


# --- nothing leaks back -------------------------------------------------------------------------


def absurd_future(frames):
    """The same past, and after the cut a flood of what nobody has seen before."""
    flood = frames["orders"].sample(200, random_state=1).assign(
        ordered_at=CUT + timedelta(hours=3), product="unheard of thing", category="novelty",
        product_id=lambda f: "N" + f.index.astype(str), unit_price=1e9, quantity=1e6,
    )  # fmt: skip
    strangers = flood.assign(customer_id=lambda f: "x" + f.index.astype(str))
    orders = pd.concat([frames["orders"], flood, strangers], ignore_index=True)
    novelties = flood[["product_id", "product", "category"]].drop_duplicates("product_id")
    late = frames["reviews"].assign(at=pd.Timestamp(CUT), text="absurd", rating=-99.0)
    undated = late.assign(at=pd.NaT, text="written nobody knows when")
    return {
        "orders": orders,
        "reviews": pd.concat([frames["reviews"], late, undated], ignore_index=True),
        "products": pd.concat([frames["products"], novelties], ignore_index=True),
    }


def test_nothing_after_the_cut_changes_what_is_known_before_it(frames, holdout):
    flooded = hold_out(tables_of(**absurd_future(frames)), Letters(), as_of=AS_OF, days=DAYS)
    assert flooded.future(0.4).vectors.tobytes() == holdout.future(0.4).vectors.tobytes()
    assert flooded.features.equals(holdout.features)
    assert (flooded.had != holdout.had).nnz == 0
    assert not np.array_equal(flooded.spend, holdout.spend)


@pytest.mark.slow
def test_what_comes_after_the_window_is_not_looked_at(frames, holdout):
    orders = frames["orders"]
    beyond = orders.assign(ordered_at=pd.Timestamp(AS_OF), unit_price=1e6)
    more = {**frames, "orders": pd.concat([orders, beyond], ignore_index=True)}
    again = hold_out(tables_of(**more), Letters(), as_of=AS_OF, days=DAYS)
    assert np.array_equal(again.spend, holdout.spend)
    assert (again.new != holdout.new).nnz == 0
    assert np.array_equal(again.future(0.4).later, holdout.future(0.4).later, equal_nan=True)


def test_texts_of_the_usual_recipe_end_at_the_cut(frames, holdout):
    texts = customer_texts(tables_of(**absurd_future(frames)), holdout.features, CUT)
    assert texts == customer_texts(tables_of(**frames), holdout.features, CUT)
    assert not any("unheard" in text for text in texts)


# --- what became of them ------------------------------------------------------------------------


def test_outcomes_are_those_of_the_order_lines(frames, holdout):
    orders = frames["orders"]
    early, late = orders[orders.ordered_at < CUT], orders[orders.ordered_at >= CUT]
    customers = holdout.features.index
    assert set(customers) == set(early.customer_id) | set(
        frames["reviews"][frames["reviews"]["at"] < CUT].customer_id
    )
    spent = (late.quantity * late.unit_price).groupby(late.customer_id).sum()
    assert holdout.spend == pytest.approx(np.log1p(spent.reindex(customers, fill_value=0)))
    assert holdout.returned.tolist() == customers.isin(late.customer_id).tolist()
    had = set(zip(early.customer_id, early.product_id, strict=True))
    new = set(zip(late.customer_id, late.product_id, strict=True)) - had
    known = {product for _, product in had}
    assert holdout.had.sum() == len(had)
    assert holdout.new.sum() == sum(c in customers and p in known for c, p in new)


def test_later_is_what_they_did_then_alone(holdout):
    later = holdout.future(0.4).later
    assert len(later) == len(holdout.spend)
    assert np.array_equal(np.isfinite(later).all(axis=1), np.isfinite(later[:, 0]))
    assert np.isfinite(later[holdout.returned]).all()


@pytest.mark.slow
def test_charges_and_returns_are_no_taste(frames):
    orders = frames["orders"]
    post = orders[orders.ordered_at >= CUT].assign(product_id="POST", is_charge=True)
    early = orders[orders.ordered_at < CUT].assign(product_id="POST", is_charge=True)
    back = orders[orders.ordered_at >= CUT].assign(quantity=-1.0, kind="return", product_id="P39")
    more = pd.concat([orders, post, early, back], ignore_index=True)
    plain = hold_out(tables_of(orders=orders), Letters(), as_of=AS_OF, days=DAYS)
    full = hold_out(tables_of(orders=more), Letters(), as_of=AS_OF, days=DAYS)
    assert (full.new.sum(), full.had.sum()) == (plain.new.sum(), plain.had.sum())
    assert full.spend.sum() > plain.spend.sum()  # a charge is money all the same


# --- the figures --------------------------------------------------------------------------------


def offered(scores, had):
    """The 20 best products that the customer never had, ties by id."""
    order = sorted(range(len(scores)), key=lambda product: (-scores[product], product))
    return [product for product in order if not had[product]][:20]


def hits(holdout, score_of):
    """hit@20 of everybody who bought something new, product by product."""
    had, new = holdout.had.toarray(), holdout.new.toarray()
    found = []
    for row in np.flatnonzero(new.any(axis=1)):
        chosen = offered(score_of(row, had), had[row])
        found.append(new[row][chosen].sum() / min(20, new[row].sum()))
    return float(np.mean(found))


def test_figures_of_groups_are_their_definitions(holdout):
    labels = (np.arange(len(holdout.spend)) % 3).astype(np.int32) * 2  # ids 0, 2, 4
    spend = pd.Series(holdout.spend)
    between = spend.groupby(labels).transform("mean").var(ddof=0)
    came = pd.Series(holdout.returned.astype(float))
    scores = group_scores(holdout, labels)
    assert scores["future_spend_eta2"] == pytest.approx(between / spend.var(ddof=0))
    assert scores["future_repurchase_eta2"] == pytest.approx(
        came.groupby(labels).transform("mean").var(ddof=0) / came.var(ddof=0)
    )
    expected = hits(holdout, lambda row, had: had[labels == labels[row]].mean(axis=0))
    assert scores["taste_hit20"] == pytest.approx(expected)


def test_figures_of_neighbours_are_their_definitions(holdout):
    vectors = holdout.future(0.4).vectors
    distance = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1)[:, :50]
    scores = neighbour_scores(holdout, vectors)
    error = np.abs(holdout.spend[near].mean(axis=1) - holdout.spend).mean()
    assert scores["neighbours_spend_error"] == pytest.approx(error, rel=1e-5)
    expected = hits(holdout, lambda row, had: had[near[row]].mean(axis=0))
    assert scores["neighbours_hit20"] == pytest.approx(expected, abs=0.02)  # ties go either way


def test_the_planted_kinds_foretell_and_lots_do_not(holdout):
    odd = holdout.features.index.str[-1].astype(int) % 2
    found = group_scores(holdout, odd.to_numpy(np.int32))
    lots = grouping_baselines(holdout, odd.to_numpy(np.int32))["random_partition"]
    low, high = intervals(holdout, odd.to_numpy(np.int32))["future_spend_eta2"]
    assert found["future_spend_eta2"] > 0.5
    assert lots["future_spend_eta2"] < 0.05
    assert low < found["future_spend_eta2"] < high
    assert low > lots["future_spend_eta2"]


def test_rfm_cells_are_the_usual_quantiles(holdout):
    table = rfm(holdout.features)
    halves = [pd.qcut(table[name].rank(method="first"), 2, labels=False) for name in table]
    usual = halves[0] * 4 + halves[1] * 2 + halves[2]
    cells = rfm_cells(table, 8)
    assert len(set(zip(cells, usual, strict=True))) == usual.nunique() == len(set(cells))
    assert [len(set(rfm_cells(table, k))) for k in (1, 2, 3)] == [1, 2, 2]


@pytest.mark.slow
def test_the_ceiling_is_judged_by_customers_left_out(holdout):
    noise = np.random.default_rng(0).normal(size=(len(holdout.spend), 30)).astype(np.float32)
    assert regression_ceiling(holdout, noise)["linear_regression"]["future_spend_eta2"] < 0.1
    odd = (holdout.features.index.str[-1].astype(int) % 2).to_numpy(np.float32)[:, None]
    assert regression_ceiling(holdout, odd)["linear_regression"]["future_spend_eta2"] > 0.4


def test_the_usual_recipe_has_every_figure(tables, holdout):
    scores = usual_recipe(holdout, tables, Letters(), k=3)
    assert all(value is not None for value in scores.values())
    texts = customer_texts(tables, holdout.features, CUT)
    assert "frequency" in texts[0]
    assert any(word in texts[0] for word in WORDS)


# --- data that cannot say -----------------------------------------------------------------------


def events(kinds):
    orders = order_frame()
    rows = orders.rename(columns={"ordered_at": "at"})[["customer_id", "at", "product_id"]]
    return rows.assign(kind=[kinds[i % len(kinds)] for i in range(len(rows))])


def test_browsing_alone_says_who_bought_but_not_for_how_much():
    frame = events(["view", "purchase", "view"])
    found = hold_out(tables_of(events=frame), Letters(), as_of=AS_OF, days=DAYS)
    bought = frame[(frame.kind == "purchase") & (frame["at"] >= CUT)]
    assert found.returned.tolist() == found.features.index.isin(bought.customer_id).tolist()
    scores = judged(segmentation(found), found)
    assert scores.metrics["future_spend_eta2"] is None
    assert scores.metrics["future_repurchase_eta2"] is not None
    assert any("future_spend_eta2" in note and "spent" in note for note in scores.validity.notes)


@pytest.mark.slow
def test_browsing_without_purchases_says_who_came_back():
    frame = events(["view"])
    found = hold_out(tables_of(events=frame), Letters(), as_of=AS_OF, days=DAYS)
    came = frame[frame["at"] >= CUT]
    assert found.returned.tolist() == found.features.index.isin(came.customer_id).tolist()


def test_without_products_there_is_no_taste():
    orders = order_frame().assign(product_id="unknown", product="unknown").drop(columns="category")
    found = hold_out(tables_of(orders=orders), Letters(), as_of=AS_OF, days=DAYS)
    scores = judged(segmentation(found), found)
    assert scores.metrics["taste_hit20"] is None
    assert scores.metrics["future_spend_eta2"] is not None
    assert any("taste_hit20" in note and "products" in note for note in scores.validity.notes)


def test_few_who_come_back_allow_no_figure(holdout):
    orders = order_frame()
    late = (orders.ordered_at >= CUT) & (orders.customer_id > "c004")
    reason = hold_out(tables_of(orders=orders[~late]), Letters(), as_of=AS_OF, days=DAYS)
    assert isinstance(reason, str)
    scores = judged(segmentation(holdout), reason)
    assert scores.metrics["future_spend_eta2"] is None
    assert scores.metrics["silhouette"] == 0.5
    assert "too few" in scores.validity.notes[0]


def test_few_customers_allow_no_figure():
    reason = hold_out(
        tables_of(orders=order_frame(customers=12)), Letters(), as_of=AS_OF, days=DAYS
    )
    assert "Only 1" in reason


@pytest.mark.parametrize("days", [181, 100_000])
def test_a_window_longer_than_the_data_is_an_error_that_says_what_would_do(tables, days):
    with pytest.raises(InputError) as caught:
        hold_out(tables, Letters(), as_of=AS_OF, days=days)
    assert "180" in caught.value.fix
    assert caught.value.where == "--holdout"


@pytest.mark.slow
@pytest.mark.parametrize(("span", "expected"), [(181, 45), (400, 90), (40, 10)])
def test_by_default_a_quarter_of_the_time_is_set_apart_at_most_90_days(span, expected):
    orders = order_frame()
    begin = AS_OF - timedelta(days=span)
    at = (begin + (orders.ordered_at - orders.ordered_at.min()) * (span / 181.5)).dt.floor("s")
    found = hold_out(tables_of(orders=orders.assign(ordered_at=at)), Letters(), as_of=AS_OF)
    assert found.days == expected


# --- kept with the snapshot ---------------------------------------------------------------------


def test_what_is_kept_comes_back_whole(holdout, tmp_path):
    save_holdout(holdout, tmp_path / "holdout")
    again = load_holdout(tmp_path / "holdout")
    for weight in (0.0, 0.4, 1.0):
        ours, theirs = holdout.future(weight), again.future(weight)
        assert ours.vectors.tobytes() == theirs.vectors.tobytes()
        assert np.array_equal(ours.later, theirs.later, equal_nan=True)
    one = segmentation(holdout)
    assert judged(one, again) == judged(one, holdout)
    assert (again.period, again.reasons) == (holdout.period, holdout.reasons)


def test_a_reason_is_kept_too_and_old_snapshots_have_one(tmp_path):
    save_holdout("Only 3 came back.", tmp_path / "holdout")
    assert load_holdout(tmp_path / "holdout") == "Only 3 came back."
    assert "build it again" in load_holdout(tmp_path / "nothing")


# --- judged -------------------------------------------------------------------------------------


def test_the_figures_speak_of_the_recipe_fitted_before_the_cut(holdout):
    today = segmentation(holdout, k=4)
    one = judged(today, holdout)
    before = cluster(holdout.future(0.4).vectors, method="kmeans", k=4, seed=0)
    eta2 = one.metrics["future_spend_eta2"]
    assert eta2 == pytest.approx(group_scores(holdout, before)["future_spend_eta2"])
    assert eta2 != pytest.approx(group_scores(holdout, today.labels)["future_spend_eta2"])
    note = one.validity.notes[0]
    assert "2024-05-17" in note
    assert "2024-06-30" in note
    assert f"{int(holdout.returned.sum())} of them" in note


def test_beside_everything_no_silhouette_of_another_space(tables, holdout):
    one = judged_beside_all(segmentation(holdout, k=3), holdout, tables, Letters())
    ways = {"rfm_cells", "rfm_kmeans", "one_text_per_customer", "random_partition"}
    assert set(one.validity.baselines) == ways | {"linear_regression", "gradient_boosting"}
    names = {name for scores in one.validity.baselines.values() for name in scores}
    assert names == {
        "future_spend_eta2", "future_repurchase_eta2", "taste_hit20",
        "neighbours_hit20", "neighbours_spend_error",
    }  # fmt: skip
    assert one.metrics["neighbours_hit20"] > 0


def test_everybody_alike_before_the_cut_is_a_reason_not_a_crash(holdout):
    flat = {name: np.zeros_like(view) for name, view in holdout.past.views.items()}
    same = replace(holdout, past=replace(holdout.past, views=flat))
    one = judged(segmentation(holdout, k=3), same)
    assert one.metrics["future_spend_eta2"] is None
    assert "Before the cut" in one.validity.notes[0] or "before the cut" in one.validity.notes[0]


# --- the whole run ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def snapshot(frames, tmp_path_factory):
    options = BuildOptions(recipe=Recipe(n_segments=2, method="kmeans"), as_of=AS_OF)
    given = frames["orders"].drop(columns=["kind", "is_charge"])
    store = SnapshotStore(tmp_path_factory.mktemp("workspace"))
    return build(store, {"orders": given}, options, Letters())


@pytest.mark.slow
def test_a_build_and_what_it_keeps_speak_of_the_last_quarter(snapshot):
    report = snapshot.manifest["segmentation"]
    assert report["validity"]["period"] == "2024-05-17/2024-06-30"
    assert report["metrics"]["future_spend_eta2"] > 0
    assert {"rfm_cells", "rfm_kmeans", "random_partition"} == set(report["baselines"])
    kept = load_segmentation(snapshot.segmentation())
    assert report_of(kept) == report_of(load_segmentation(snapshot.segmentation()))
    assert report_of(kept)["notes"].count(kept.validity.notes[0]) == 1


@pytest.mark.slow
def test_another_weight_of_text_is_judged_without_an_encoder(snapshot):
    base = open_base(snapshot)
    made = resegment(snapshot, base, Recipe(n_segments=2, method="kmeans", text_weight=0.9))
    fresh = hold_out(base.tables, Letters(), as_of=AS_OF)
    before = cluster(fresh.future(0.9).vectors, method="kmeans", k=2, seed=0)
    assert made.metrics["taste_hit20"] == pytest.approx(group_scores(fresh, before)["taste_hit20"])


@pytest.mark.slow
def test_another_window_replaces_every_figure_of_the_future(snapshot):
    base = open_base(snapshot)
    report = report_of(foretell(snapshot, base, Letters(), 20))
    assert report["validity"]["period"] == "2024-06-11/2024-06-30"
    assert len(report["baselines"]) == 6
    assert sum("figures of the future" in note for note in report["notes"]) == 1
    assert report["metrics"]["neighbours_spend_error"] > 0
