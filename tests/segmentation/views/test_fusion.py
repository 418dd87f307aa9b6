"""Views → embedding: equal variance, weights that mean what they say, texts in the same space."""

import numpy as np
import pytest

from segmentation.types import InputError
from segmentation.views.fusion import Fusion
from segmentation.views.taste import pool, recognised, taste_axes


@pytest.fixture(scope="module")
def views():
    rng = np.random.default_rng(1)
    behaviour = rng.normal(size=(300, 5)).astype(np.float32) * 40 + 7
    text = rng.normal(size=(300, 12)).astype(np.float32) * 0.01 + 0.3
    text[:20] = 0  # said nothing
    return {"behaviour": behaviour, "text": text}


@pytest.fixture(scope="module")
def fusion(views):
    """Fitted once: to weigh it anew costs nothing."""
    return Fusion.fit(views)


def variance(rows):
    return float(rows.var(axis=0, dtype=np.float64).sum())


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0])
def test_the_weight_is_the_share_of_variance(views, fusion, weight):
    vectors = fusion.reweight(weight).transform(views)
    assert vectors.shape == (300, fusion.dim) == (300, 17)
    assert vectors.dtype == np.float32
    assert variance(vectors[:, :5]) == pytest.approx(1 - weight, abs=1e-4)
    assert variance(vectors[:, 5:]) == pytest.approx(weight, abs=1e-4)


def test_every_view_is_brought_to_variance_one(views, fusion):
    for rows in fusion.views(views).values():
        assert variance(rows) == pytest.approx(1, abs=1e-4)


def test_text_is_a_direction_and_nothing_said_is_the_middle(views, fusion):
    text = fusion.views(views)["text"]
    lengths = np.linalg.norm(text, axis=1)
    assert (lengths[:20] == 0).all()
    assert lengths[20:] == pytest.approx(lengths[20], rel=1e-5)


def test_reweighting_is_refitting(views, fusion):
    again = fusion.reweight(0.2).reweight(0.7)
    assert again.transform(views).tobytes() == Fusion.fit(views, 0.7).transform(views).tobytes()


def test_joining_stored_views_is_transforming(views, fusion):
    assert fusion.join(fusion.views(views)).tobytes() == fusion.transform(views).tobytes()


def test_saved_and_loaded_it_gives_the_same_bytes(views, tmp_path):
    axes = np.random.default_rng(2).normal(size=(12, 4)).astype(np.float32)
    fusion = Fusion.fit(views, 0.4, {"text": axes})
    fusion.save(tmp_path / "fusion")
    loaded = Fusion.load(tmp_path / "fusion")
    assert loaded.dim == fusion.dim == 9
    assert loaded.weights == fusion.weights == {"behaviour": 0.6, "text": 0.4}
    assert loaded.transform(views).tobytes() == fusion.transform(views).tobytes()
    assert loaded.query(views["text"][30]).tobytes() == fusion.query(views["text"][30]).tobytes()


def test_a_view_that_is_the_same_for_all_takes_no_part(views):
    silent = {**views, "text": np.zeros((300, 12), dtype=np.float32)}
    fusion = Fusion.fit(silent, 0.5)
    assert fusion.weights == {"behaviour": 1.0, "text": 0.0}
    assert fusion.transform(silent).shape == (300, 5)
    assert variance(fusion.transform(silent)) == pytest.approx(1, abs=1e-4)


def test_a_third_view_shares_what_text_leaves(views):
    rng = np.random.default_rng(3)
    three = {**views, "image": rng.normal(size=(300, 8)).astype(np.float32)}
    weights = Fusion.fit(three, 0.4).weights
    assert weights == pytest.approx({"behaviour": 0.3, "image": 0.3, "text": 0.4})


def test_text_alone(views):
    assert Fusion.fit({"text": views["text"]}, 0.4).weights == {"text": 1.0}


def test_a_query_fills_the_text_block_and_finds_who_said_it(views, fusion):
    fusion = fusion.reweight(0.5)
    query = fusion.query(views["text"][123])
    assert query.shape == (fusion.dim,)
    assert (query[:5] == 0).all()
    assert np.argmax(fusion.transform(views) @ query) == 123


def test_a_query_without_texts_is_refused(views, fusion):
    with pytest.raises(InputError, match="cannot be found by text"):
        Fusion.fit({"behaviour": views["behaviour"]}).query(views["text"][0])
    with pytest.raises(InputError, match="cannot be found by text"):
        fusion.reweight(0.0).query(views["text"][0])


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_out_of_range_is_refused(views, fusion, weight):
    with pytest.raises(InputError, match="not between 0 and 1"):
        Fusion.fit(views, weight)
    with pytest.raises(InputError, match="not between 0 and 1"):
        fusion.reweight(weight)


def test_views_of_different_customers_are_refused(views):
    with pytest.raises(InputError, match="differ in customers"):
        Fusion.fit({**views, "text": views["text"][1:]})


def shop_of_tastes(tastes=4, per_taste=60, texts_each=8):
    """Customers who buy within one taste; the names of a taste's products are not alike."""
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(4)
    encodings = rng.normal(size=(tastes * 30, 64)).astype(np.float32)
    encodings /= np.linalg.norm(encodings, axis=1, keepdims=True)
    weights = np.zeros((tastes * per_taste, tastes * 30), dtype=np.float32)
    for customer, row in enumerate(weights):
        own = np.arange(30) * tastes + customer % tastes
        row[rng.choice(own, texts_each, replace=False)] = 1
    return csr_matrix(weights), encodings, np.arange(tastes * per_taste) % tastes


def test_axes_bring_customers_of_one_taste_together():
    weights, encodings, taste = shop_of_tastes(per_taste=120, texts_each=4)
    axes = taste_axes(weights, encodings)
    assert axes is not None and axes.shape[0] == 64
    views = {"text": pool(weights, encodings)}
    agreement = []
    for each in (axes, None):
        vectors = Fusion.fit(views, 1.0, {"text": each}).transform(views)
        likeness = vectors @ vectors.T
        np.fill_diagonal(likeness, -np.inf)
        agreement.append((taste[np.argsort(-likeness)[:, :20]] == taste[:, None]).mean())
    assert agreement[0] > agreement[1] + 0.05


def test_axes_are_the_same_every_time():
    weights, encodings, _ = shop_of_tastes()
    assert taste_axes(weights, encodings).tobytes() == taste_axes(weights, encodings).tobytes()


def test_baskets_without_taste_teach_no_axes():
    rng = np.random.default_rng(6)
    weights, encodings, _ = shop_of_tastes()
    weights.indices = rng.permuted(weights.indices)
    weights.sum_duplicates()
    assert taste_axes(weights, encodings) is None


def test_too_few_customers_teach_no_axes():
    weights, encodings, _ = shop_of_tastes(per_taste=5)
    assert taste_axes(weights, encodings) is None


def test_recognised_is_the_area_under_the_curve():
    first = np.eye(3, dtype=np.float32)
    assert recognised(first, first) == 1.0
    assert recognised(first, np.ones((3, 3), dtype=np.float32)) == 0.5
    assert recognised(first, np.roll(first, 1, axis=0)) == pytest.approx(0.25)


def blobs(rng, labels, dim, distance):
    """Round groups at random places `distance` from the middle; one cloud at distance 0."""
    places = rng.normal(size=(labels.max() + 1, dim))
    places *= distance / np.linalg.norm(places, axis=1, keepdims=True)
    return (rng.normal(size=(len(labels), dim)) + places[labels]).astype(np.float32)


def planted(where, k, dims, distance, seed, customers=500):
    """Groups planted in `where`, and what the other view has: noise of as many dimensions."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(customers) % k)
    far = {"behaviour": where != "text", "text": where != "behaviour"}
    return labels, {
        name: blobs(rng, labels, dim, distance * far[name])
        for name, dim in zip(("behaviour", "text"), dims, strict=True)
    }


def found_again(labels, rows):
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        model = KMeans(labels.max() + 1, n_init=5, random_state=0)
        return adjusted_rand_score(labels, model.fit_predict(rows))


def fused_beside_the_best(where, k, dims, distance, seed):
    """ARI of the default embedding, less that of the best single view, raw or scaled."""
    labels, views = planted(where, k, dims, distance, seed)
    fusion = Fusion.fit(views)
    scaled = fusion.views(views)
    alone = max(found_again(labels, rows) for rows in (*views.values(), *scaled.values()))
    return found_again(labels, fusion.join(scaled)) - alone


@pytest.mark.parametrize("where", ["text", "behaviour", "both"])
@pytest.mark.parametrize(("k", "dims", "seed"), [(3, (6, 24), 0), (5, (12, 12), 1)])
def test_groups_of_one_view_survive_the_noise_of_the_other(where, k, dims, seed):
    assert fused_beside_the_best(where, k, dims, 5.0, seed) >= -0.02


@pytest.mark.slow
@pytest.mark.parametrize("where", ["text", "behaviour", "both"])
def test_groups_survive_whatever_the_sizes(where):
    beside = np.array(
        [
            fused_beside_the_best(where, k, dims, 5.0, seed)
            for k in (2, 3, 4, 6)
            for dims in ((5, 20), (8, 384), (25, 64))
            for seed in (10, 11)
        ]
    )
    # Where both views have them, one of the 24 draws loses 0.021: k-means is what it is.
    assert beside.min() >= -0.025
    assert (beside < -0.02).sum() <= 1


def test_a_view_without_groups_is_no_reason_to_lean():
    rng = np.random.default_rng(4)
    views = {name: rng.normal(size=(500, 8)).astype(np.float32) for name in ("behaviour", "text")}
    assert 0.3 < Fusion.fit(views).text_weight < 0.9


def test_the_users_weight_rules_and_the_own_one_is_kept(views, fusion):
    given = Fusion.fit(views, 0.25)
    assert given.text_weight == 0.25
    assert given.reweight(None).text_weight == fusion.text_weight
    assert 0 < given.own_weight < 1


def test_an_earlier_share_lasts_while_the_data_asks_for_much_the_same(views, fusion):
    asked = fusion.own_weight
    near, far = asked - 0.1, asked + (0.3 if asked < 0.5 else -0.3)
    kept = Fusion.fit(views, earlier_weight=near)
    assert (kept.own_weight, kept.text_weight) == (near, near)
    assert Fusion.fit(views, earlier_weight=far).own_weight == asked
    assert Fusion.fit(views, 0.25, earlier_weight=near).text_weight == 0.25


def test_parts_share_their_view(views):
    rng = np.random.default_rng(5)
    more = rng.normal(size=(300, 3)).astype(np.float32)
    silent = np.zeros((300, 4), dtype=np.float32)
    raw = {"behaviour": views["behaviour"], "text": [views["text"], more, silent]}
    fusion = Fusion.fit(raw, 0.5, shares={"text": (0.6, 0.2, 0.2)}, plain=2)
    text = fusion.views(raw)["text"]
    assert text.shape == (300, 15)
    assert variance(text[:, :12]) == pytest.approx(0.75, abs=1e-4)
    assert variance(text[:, 12:]) == pytest.approx(0.25, abs=1e-4)
    assert np.corrcoef(text[:, 12], more[:, 0])[0, 1] == pytest.approx(1)  # no direction


def test_parts_are_saved_too(views, tmp_path):
    rng = np.random.default_rng(6)
    raw = {"text": [views["text"], rng.normal(size=(300, 3)).astype(np.float32)]}
    bridge = rng.normal(size=(12, 3)).astype(np.float32)
    fusion = Fusion.fit(raw, None, bridge=bridge)
    fusion.save(tmp_path / "fusion")
    loaded = Fusion.load(tmp_path / "fusion")
    assert loaded.transform(raw).tobytes() == fusion.transform(raw).tobytes()
    query = views["text"][50]
    assert loaded.query(query).tobytes() == fusion.query(query).tobytes()
    assert loaded.own_weight == fusion.own_weight


def test_evening_brings_lengths_nearer_and_leaves_directions(views, fusion, tmp_path):
    plain, evened = fusion.reweight(0.5), Fusion.fit(views, 0.5, evening=0.5)
    before, after = plain.transform(views), evened.transform(views)
    lengths = np.linalg.norm(before, axis=1)
    assert np.linalg.norm(after, axis=1) == pytest.approx(lengths**0.5, rel=1e-4)
    assert after / np.linalg.norm(after, axis=1)[:, None] == pytest.approx(
        before / lengths[:, None], abs=1e-5
    )
    evened.save(tmp_path / "fusion")
    assert Fusion.load(tmp_path / "fusion").transform(views).tobytes() == after.tobytes()
