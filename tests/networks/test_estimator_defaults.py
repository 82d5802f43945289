"""Estimators at their defaults: alpha from the data, starts off the plateau, and weights that count as repeated samples."""

import warnings

import numpy as np
import pytest

import nn

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("seed", range(3))
def test_few_exact_rows_are_learnt(seed):
    corners, labels = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), [0, 1, 1, 0]
    assert nn.Classifier(random_state=seed).fit(corners, labels).score(corners, labels) == 1
    x, fine = np.linspace(0, 1, 10)[:, None], np.linspace(0, 1, 200)[:, None]
    assert nn.Regressor(random_state=seed).fit(x, np.sin(6 * x[:, 0])).score(fine, np.sin(6 * fine[:, 0])) > 0.99
    assert nn.Regressor(random_state=seed).fit(x[::4], 2 * x[::4, 0] + 1).score(fine, 2 * fine[:, 0] + 1) > 0.99


def test_noise_is_not_learnt_and_lines_are():
    x, new = RNG.normal(size=(120, 4)), RNG.normal(size=(300, 4))
    noise = nn.Regressor(random_state=0).fit(x, RNG.normal(size=120))
    assert noise.score(new, RNG.normal(size=300)) > -0.15
    assert noise.alpha_ >= 10
    w = np.array([1.0, -2, 0.5, 0])
    line = nn.Regressor(random_state=0).fit(x, x @ w)
    assert line.score(new, new @ w) > 0.95
    assert line.alpha_ < noise.alpha_


@pytest.mark.parametrize("seed", [0, 23, 39])
def test_alpha_is_looked_for_beyond_those_with_which_nothing_is_learnt(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(100, 3))
    y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=100)  # which no plane fits
    assert nn.Regressor(random_state=0).fit(x, y).alpha_ <= 1


def test_a_curve_with_many_turns_is_learnt():
    x = RNG.uniform(size=(1500, 1))
    new = np.linspace(0.01, 0.99, 400)[:, None]
    model = nn.Regressor(random_state=0, alpha=0.1, max_iter=400, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # more iterations would be better still
        assert model.fit(x, np.sin(25 * x[:, 0])).score(new, np.sin(25 * new[:, 0])) > 0.95


@pytest.mark.parametrize("kind", [nn.Regressor, nn.Classifier])
def test_a_sample_of_weight_2_is_two_samples_to_the_bit(kind):
    x = RNG.normal(size=(30, 2))
    y = x[:, 0] ** 2 + x[:, 1] if kind is nn.Regressor else (x[:, 0] > x[:, 1]).astype(int)
    weights = RNG.integers(0, 3, 30)
    weighted = kind(random_state=0).fit(x, y, sample_weight=weights)
    repeated = kind(random_state=0).fit(np.repeat(x, weights, axis=0), np.repeat(y, weights))
    inside = x[weights > 0]
    assert np.array_equal(weighted.predict(inside), repeated.predict(inside))
    assert weighted.alphas_ == repeated.alphas_
    assert weighted.score(x[weights > 0], y[weights > 0], weights[weights > 0]) == pytest.approx(
        repeated.score(np.repeat(x, weights, axis=0), np.repeat(y, weights))
    )


def test_a_weight_of_a_class_is_that_of_its_samples():
    x = RNG.normal(size=(60, 2))
    y = np.where(x[:, 0] + RNG.normal(size=60) > 1, "rare", "usual")
    by_class = nn.Classifier(random_state=0, class_weight={"rare": 4.0}).fit(x, y)
    by_sample = nn.Classifier(random_state=0).fit(x, y, sample_weight=np.where(y == "rare", 4.0, 1.0))
    assert np.array_equal(by_class.predict_proba(x), by_sample.predict_proba(x))
    plain, balanced = (nn.Classifier(random_state=0, class_weight=weight).fit(x, y) for weight in (None, "balanced"))
    assert (balanced.predict(x) == "rare").sum() > (plain.predict(x) == "rare").sum()
    with pytest.raises(ValueError, match="balanced"):
        nn.Classifier(class_weight="even").fit(x, y)


@pytest.mark.parametrize("weights", [np.ones(3), -np.ones(20), np.zeros(20), np.full(20, np.nan)])
def test_weights_that_make_no_sense_are_refused(weights):
    with pytest.raises(ValueError, match="sample_weight"):
        nn.Regressor().fit(np.arange(20.0)[:, None], np.arange(20.0), sample_weight=weights)


def test_missing_labels_are_refused_by_name():
    labels = np.array(["a", "b", None, "a"], object)
    with pytest.raises(ValueError, match="labels are missing"):
        nn.Classifier().fit(np.arange(4.0)[:, None], labels)


def test_a_score_of_huge_numbers_is_a_number():
    x = np.arange(20.0)[:, None]
    y = 1e200 * (x[:, 0] + 1)
    model = nn.Regressor(random_state=0, alpha=0.01).fit(x, x[:, 0])
    model.target_standardizer_.mean, model.target_standardizer_.scale = np.array([1e200 * 10.5]), np.array([1e200 * x.std()])
    assert model.score(x, y) > 0.9
