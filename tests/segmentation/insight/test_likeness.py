from __future__ import annotations

import json

import numpy as np
import pytest

from segmentation.insight.similar.likeness import (
    FEWEST,
    Chances,
    Draws,
    learn,
    member_draws,
    reliability,
    same_draws,
)


def drawn(score, truth):
    size = len(score)
    return Draws(score, truth, np.ones(size), np.arange(size) % 2, int(truth.sum()))


@pytest.fixture(scope="module")
def fair():
    """20,000 scores that are chances themselves."""
    generator = np.random.default_rng(0)
    score = generator.random(20_000)
    return drawn(score, generator.random(20_000) < score)


def test_chances_are_learned_and_never_fall(fair):
    chances = learn("same", fair)
    asked = np.linspace(0, 1, 21)
    assert chances.of(asked)[1:-1] == pytest.approx(asked[1:-1], abs=0.06)
    assert (np.diff(chances.of(asked)) >= 0).all()
    assert chances.error < 0.02
    assert chances.hidden == fair.truth.sum()


def test_the_error_is_measured_where_nothing_was_learned():
    generator = np.random.default_rng(1)
    score = generator.random(4_000)
    fold = np.arange(4_000) % 2
    truth = np.where(fold == 0, generator.random(4_000) < 0.9, generator.random(4_000) < 0.1)
    chances = learn("same", Draws(score, truth, np.ones(4_000), fold, 2_000))
    assert chances.error == pytest.approx(0.8, abs=0.06)  # each fold teaches the other wrongly


def test_reliability_adds_up(fair):
    table = reliability(fair)
    assert table.shape == (10, 3)
    assert table[:, 2].sum() == pytest.approx(20_000)
    assert np.average(table[:, 1], weights=table[:, 2]) == pytest.approx(fair.truth.mean())


def test_nothing_is_surer_than_the_ends_are_full():
    score = np.arange(100.0)
    chances = learn("same", drawn(score, score >= 50))
    assert chances.of([200])[0] <= 1 - 1 / 14  # about ten of a hundred are at either end
    assert chances.of([-9])[0] >= 1 / 14
    assert chances.of([-9])[0] < chances.of([200])[0]


def test_too_few_teach_nothing():
    score = np.arange(100.0)
    assert learn("same", drawn(score, score >= 100 - FEWEST + 1)) is None


def test_chances_survive_json(fair):
    chances = learn("bought", fair)
    assert Chances.from_json(json.loads(json.dumps(chances.to_json()))) == chances


def test_halves_of_one_are_told_from_strangers():
    generator = np.random.default_rng(2)
    first = generator.normal(size=(300, 8)).astype(np.float32)
    second = first + generator.normal(scale=0.5, size=first.shape).astype(np.float32)
    draws = same_draws(first, second)
    own = np.sum(first * second, 1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    assert np.sort(draws.score[draws.truth]) == pytest.approx(np.sort(own), abs=1e-5)
    assert draws.weight[draws.truth].sum() == pytest.approx(draws.weight[~draws.truth].sum())
    chances = learn("same", draws)
    assert chances.of([0.95])[0] > 0.9 > 0.3 > chances.of([0.1])[0]


def test_members_are_hidden_from_the_middle_that_judges_them():
    generator = np.random.default_rng(4)
    vectors = generator.normal(size=(200, 3)).astype(np.float32)
    vectors[:80, 0] += 3
    draws = member_draws(vectors, np.arange(80))
    assert draws.hidden == draws.truth.sum() == 80
    assert draws.weight.sum() == pytest.approx(200)  # everybody counts once
    spike = vectors.copy()
    spike[0] = [-50, 0, 0]  # a member far off pulls no middle that judges it
    assert member_draws(spike, np.arange(80)).score[draws.truth].min() < -0.9


def test_nobody_at_all():
    empty = np.zeros((0, 0), dtype=np.float32)
    assert learn("same", same_draws(empty, empty)) is None
