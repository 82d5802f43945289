"""nn.Regressor and nn.Classifier: what they learn, what they refuse, and that scikit-learn takes them for its own."""

import csv
import inspect
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import nn

ROOT = Path(nn.__file__).parents[1]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.3 * X[:, 0] * X[:, 1] + 3.0
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [2.0, 4.0])]
BOTH = pytest.mark.parametrize(("estimator", "y"), [(nn.Regressor, Y), (nn.Classifier, LABELS)], ids=["regressor", "classifier"])
SOLVERS = [("lm", {}), ("lbfgs", {}), ("adam", {"max_iter": 2000, "learning_rate_init": 0.01})]


class Table:
    """A dataframe as far as it matters: columns that have names."""

    def __init__(self, array, columns):
        self.array, self.columns = array, columns

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype)


# -- what is learnt ---------------------------------------------------------------------------------------------------


def test_a_day_of_temperatures_is_learnt_to_some_hundredths_of_a_degree():
    days = {}
    with open(Path(__file__).parents[2] / "examples/data/seattle-normals.csv", newline="") as file:
        for row in csv.DictReader(file):
            days.setdefault(row["time"][:10], []).append(float(row["temperature_c"]))
    hours, errors = np.arange(24.0).reshape(-1, 1), []
    for month in range(1, 13):
        celsius = np.array(days[f"2010-{month:02}-15"])
        model = nn.Regressor(4, random_state=0).fit(hours, celsius)
        assert (model.solver_, len(model.losses_)) == ("lm", 5)
        errors.append(np.sqrt(np.mean((model.predict(hours) - celsius) ** 2)))
    assert np.median(errors) < 0.055


@pytest.mark.parametrize(("solver", "options"), SOLVERS)
def test_without_a_hidden_layer_it_is_ridge_regression(solver, options):
    y = np.stack([Y, -10 * X[:, 2] + 1], axis=1)
    model = nn.Regressor((), solver=solver, alpha=3.0, tol=0.0, random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # tol=0: all iterations are wanted
        model.fit(X, y)
    x, center, scale = (X - X.mean(0)) / X.std(0), y.mean(0), y.std(0)
    w = np.linalg.solve(x.T @ x + 3.0 * np.eye(3), x.T @ ((y - center) / scale))
    np.testing.assert_allclose(model.predict(X), x @ w * scale + center, atol=1e-3)
    assert model.solver_ == solver


@BOTH
def test_units_do_not_matter(estimator, y):
    other = y if estimator is nn.Classifier else 100 * y - 7
    one = estimator(8, random_state=1).fit(X, y)
    two = estimator(8, random_state=1).fit(X * [1e-3, 1.0, 1e6] + [5.0, 0.0, 1e7], other)
    assert two.score(X * [1e-3, 1.0, 1e6] + [5.0, 0.0, 1e7], other) == pytest.approx(one.score(X, y), abs=1e-4)
    assert one.score(X, y) > 0.9


@pytest.mark.parametrize("shape", [(60,), (60, 1), (60, 2)])
def test_predictions_have_the_shape_of_y(shape):
    y = np.resize(Y, shape[::-1]).T
    model = nn.Regressor(8, random_state=0).fit(X, y)
    assert model.predict(X).shape == shape
    assert model.predict(X[:1]).shape == (1, *shape[1:])


@pytest.mark.parametrize("labels", [LABELS, LABELS.astype(object), (Y > 3), np.digitize(Y, [2, 4]) - 5, np.sign(Y - 3)])
def test_labels_come_back_as_they_were(labels):
    model = nn.Classifier(random_state=0).fit(X, labels)
    assert model.classes_.tolist() == sorted(set(labels.tolist()))
    assert model.predict(X).dtype == labels.dtype
    assert np.mean(model.predict(X) == labels) == model.score(X, labels) > 0.9
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(1), 1.0)
    assert (model.classes_[p.argmax(1)] == model.predict(X)).all()


def test_r_squared_is_the_mean_over_outputs_and_0_for_a_constant():
    y = np.stack([Y, X[:, 2] ** 2], axis=1)
    model = nn.Regressor(random_state=0).fit(X, y)
    explained = 1 - np.sum((model.predict(X) - y) ** 2, axis=0) / np.sum((y - y.mean(0)) ** 2, axis=0)
    assert model.score(X, y) == pytest.approx(explained.mean())
    assert model.score(X, np.stack([Y, np.full(60, 3.0)], axis=1)) == pytest.approx(explained[0] / 2)


# -- how it is trained ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimator", "hidden", "rows", "solver"),
    [
        *[(nn.Regressor, 4, 24, "lm"), (nn.Regressor, 4, 12, "lbfgs"), (nn.Regressor, 8, 100, "lm")],
        *[(nn.Regressor, 9, 100, "lbfgs"), (nn.Regressor, 4, 101, "lbfgs"), (nn.Classifier, 4, 24, "lbfgs")],
        *[(nn.Regressor, 4, 5000, "lbfgs"), (nn.Regressor, 4, 5001, "adam"), (nn.Classifier, 4, 5001, "adam")],
    ],
)
def test_the_solver_suits_the_size(estimator, hidden, rows, solver):
    x = np.linspace(0, 1, rows).reshape(-1, 1)
    y = (x[:, 0] > 0.5).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert estimator(hidden, max_iter=2, random_state=0).fit(x, y).solver_ == solver


@pytest.mark.parametrize(("solver", "options"), SOLVERS)
def test_of_several_starts_the_best_is_kept(solver, options):
    model = nn.Regressor(3, solver=solver, n_starts=4, alpha=0.1, random_state=2, **options).fit(X, Y)
    assert len(set(model.losses_)) == 4
    assert model.loss_ == min(model.losses_) == model.history_.best_loss
    assert model.history_.loss[0] > model.loss_
    x, y = model.standardizer_.transform(X), model.target_standardizer_.transform(Y[:, None])
    weights = sum(np.sum(p.data**2) for p in model.model_.parameters() if p.ndim > 1)
    loss = np.mean((model.model_(x).data - y) ** 2) + 0.1 * weights / 60
    assert loss == pytest.approx(model.loss_, rel=1e-9 if solver != "adam" else 0.1)


def test_smaller_batches_are_more_steps():
    with pytest.warns(UserWarning, match="5 iterations, and the loss still falls"):
        many, one = (nn.Regressor(solver="adam", batch_size=n, max_iter=5, random_state=0).fit(X, Y) for n in (5, 60))
    assert many.loss_ < 0.9 * one.loss_


@pytest.mark.parametrize("solver", ["lm", "lbfgs"])
def test_alpha_makes_weights_small(solver):
    sizes = []
    for alpha in (0.01, 1.0, 100.0):
        network = nn.Regressor(4, solver=solver, alpha=alpha, random_state=0).fit(X, Y).model_
        sizes.append(sum(np.sum(p.data**2) for p in network.parameters() if p.ndim > 1))
    assert sizes[0] > sizes[1] > sizes[2]


@BOTH
def test_a_random_state_gives_the_same_network_each_time(estimator, y):
    def loss(state):
        return estimator(random_state=state).fit(X, y).loss_

    assert loss(0) == loss(0) != loss(1)
    assert loss(np.random.default_rng(0)) == loss(0)
    assert loss(np.random.RandomState(0)) == loss(np.random.RandomState(0)) != loss(np.random.RandomState(1))
    losses = []
    for seed in (5, 5, 6):
        nn.manual_seed(seed)
        losses.append(loss(None))
    assert losses[0] == losses[1] != losses[2]


def test_too_few_iterations_are_told():
    with pytest.warns(UserWarning, match="20 iterations, and the loss still falls"):
        nn.Regressor(alpha=0.0, tol=0.0, max_iter=20, random_state=0).fit(X, Y)


# -- the habits -------------------------------------------------------------------------------------------------------


@BOTH
def test_parameters_are_got_set_and_shown(estimator, y):
    model = estimator(4, alpha=0.5)
    assert model.get_params()["alpha"] == 0.5
    assert estimator(**model.get_params()).get_params() == model.get_params()
    assert model.set_params(alpha=2.0, hidden_layer_sizes=(3, 3)) is model
    assert "hidden_layer_sizes=(3, 3)" in repr(model)
    assert "alpha=2.0" in repr(model)
    assert [tuple(p.shape) for p in model.fit(X, y).model_.parameters()][:4] == [(3, 3), (3,), (3, 3), (3,)]
    with pytest.raises(ValueError, match="Invalid parameter 'beta' for estimator"):
        model.set_params(alpha=7.0, beta=1)
    assert model.get_params()["alpha"] == 2.0


@BOTH
def test_a_fitted_estimator_survives_pickling(estimator, y):
    model = estimator(random_state=0).fit(X, y)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))


@BOTH
def test_guesses_are_told(estimator, y):
    model = estimator(random_state=0).fit(X, y)
    beyond = X[:3] + [[0, 0, 0], [0, 99, 0], [0, 0, -99]]
    for ask in (model.predict, getattr(model, "predict_proba", model.predict)):
        ask(X)
        with pytest.warns(nn.OutsideRangeWarning, match="2 of 3 rows are outside the range seen in training.*feature 1") as told:
            ask(beyond)
        assert told[0].filename == __file__
    model.score(beyond, y[:3])  # where the truth is known nothing is guessed
    named = estimator(random_state=0).fit(Table(X, ["a", "b", "c"]), y)
    with pytest.warns(nn.OutsideRangeWarning, match="feature 'b'"):
        named.predict(Table(beyond, ["a", "b", "c"]))


@BOTH
def test_columns_must_be_those_of_training(estimator, y):
    model = estimator(random_state=0).fit(Table(X, ["a", "b", "c"]), y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert model.predict(Table(X, ["a", "b", "c"])).shape == (60,)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)
    for names, message in {"cba": "same order", "abd": "unseen at fit time:\n- d\n.*now missing:\n- c"}.items():
        with pytest.raises(ValueError, match=f"(?s)The feature names should match.*{message}"):
            model.predict(Table(X, list(names)))
    for unnamed in (X, Table(X, [0, 1, 2])):
        assert not hasattr(model.fit(unnamed, y), "feature_names_in_")


def changed(array, value):
    array = array.copy()
    array[1] = value
    return array


REFUSED = {  # X, y or a parameter; the error that names it
    "nan": (changed(X, np.nan), Y, {}, ValueError, "Input X contains NaN"),
    "infinity": (changed(X, -np.inf), Y, {}, ValueError, "Input X contains infinity"),
    "complex": (X + 1j, Y, {}, ValueError, "Complex data not supported"),
    "text": (X.astype(str), Y, {}, ValueError, "X is <U.*must be numbers"),
    "text in a table": (np.where(X > 0, X.astype(object), "a"), Y, {}, ValueError, "X must be numbers, without text or missing"),
    "masked": (np.ma.masked_array(X, X > 0), Y, {}, ValueError, "X is a masked array"),
    "masked y": (X, np.ma.masked_array(Y, Y > 0), {}, ValueError, "y is a masked array"),
    "dates": (X.astype("datetime64[s]"), Y, {}, ValueError, "X is datetime64.*must be numbers"),
    "one axis": (X[:, 0], Y, {}, ValueError, "Reshape your data"),
    "no rows": (X[:0], Y[:0], {}, ValueError, r"0 sample\(s\)"),
    "no features": (X[:, :0], Y, {}, ValueError, r"0 feature\(s\) \(shape=\(60, 0\)\) while a minimum of 1 is required"),
    "rows": (X, Y[:-1], {}, ValueError, r"X has 60 samples, y has shape \(59,\)"),
    "no y": (X, None, {}, ValueError, "requires y to be passed"),
    "a number as y": (X, 3.0, {}, ValueError, r"y has shape \(\)"),
    "nan in y": (X, changed(Y, np.nan), {}, ValueError, "Input y contains NaN"),
    "complex y": (X, Y + 1j, {}, ValueError, "Complex data not supported"),
    "three axes": (X, Y[:, None, None], {}, ValueError, r"y has shape \(60, 1, 1\)"),
    "activation": (X, Y, {"activation": "tan"}, ValueError, "activation='tan' must be one of"),
    "solver": (X, Y, {"solver": "sgd"}, ValueError, "solver='sgd' must be one of"),
    "alpha": (X, Y, {"alpha": -1.0}, ValueError, "alpha=-1.0 must be"),
    "tol": (X, Y, {"tol": np.nan}, ValueError, "tol=nan must be"),
    "n_starts": (X, Y, {"n_starts": 0}, ValueError, "n_starts=0 must be a whole number"),
    "max_iter": (X, Y, {"max_iter": 1.5}, ValueError, "max_iter=1.5 must be a whole number"),
    "hidden": (X, Y, {"hidden_layer_sizes": (4, -1)}, ValueError, "hidden_layer_sizes=-1 must be a whole number"),
    "no max_iter": (X, Y, {"max_iter": None}, ValueError, "max_iter=None must be a whole number"),
    "no tol": (X, Y, {"tol": None}, ValueError, "tol=None must be"),
    "learning rate": (X, Y, {"learning_rate_init": -1.0}, ValueError, "learning_rate_init=-1.0 must be"),
    "random state": (X, Y, {"random_state": "0"}, TypeError, "random_state='0' must be a seed"),
    "negative seed": (X, Y, {"random_state": -1}, ValueError, "random_state=-1 must be a seed"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("estimator", [nn.Regressor, nn.Classifier])
def test_what_makes_no_sense_is_refused(estimator, case):
    x, y, options, error, message = REFUSED[case]
    if estimator is nn.Classifier and y is not None and np.isrealobj(y) and np.isfinite(y).all():
        y = np.sign(y)
    with pytest.raises(error, match=message):
        estimator(**options).fit(x, y)


def test_a_score_needs_to_know_the_truth():
    model = nn.Regressor((), random_state=0).fit(X, Y)
    for truth, message in ((changed(Y, np.nan), "y contains NaN"), (["a"] * 60, "y must be numbers"), (Y + 1j, "Complex")):
        with pytest.raises(ValueError, match=message):
            model.score(X, truth)


@pytest.mark.parametrize(
    ("labels", "message"),
    [(Y, "Unknown label type: continuous"), (np.ones(60), "1 class"), (np.array([1, "a"] * 30, object), "several types"),
     (np.array([np.nan, 1.0] * 30, object), "NaN")],
)  # fmt: skip
def test_labels_that_are_none_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        nn.Classifier().fit(X, labels)


def test_the_classifier_has_no_least_squares():
    with pytest.raises(ValueError, match="solver='lm' must be one of"):
        nn.Classifier(solver="lm").fit(X, LABELS)


def test_a_column_of_labels_is_taken_with_a_warning():
    with pytest.warns(UserWarning, match="column-vector y was passed"):
        assert nn.Classifier(random_state=0).fit(X, LABELS[:, None]).predict(X).shape == (60,)


class Sparse:
    def toarray(self):
        return X


@BOTH
def test_what_does_not_fit_is_refused_by_predict(estimator, y):
    model = estimator()
    for ask in (model.predict, lambda x: model.score(x, y)):
        with pytest.raises(ValueError, match="not fitted yet"):
            ask(X)
    model.fit(X, y)
    with pytest.raises(ValueError, match="X has 2 features, but .* is expecting 3 features"):
        model.predict(X[:, :2])
    with pytest.raises(ValueError, match="shape"):
        model.score(X, y[:, None])
    for ask in (model.predict, lambda x: model.fit(x, y)):
        with pytest.raises(TypeError, match="sparse"):
            ask(Sparse())
    with pytest.raises(ValueError, match="NaN"):
        model.predict(changed(X, np.nan))


@BOTH
def test_a_fit_that_fails_on_the_way_leaves_nothing_fitted(estimator, y):
    model = estimator(solver="adam", learning_rate_init=1e-3, max_iter=50, random_state=0)
    with pytest.warns(UserWarning, match="still falls"):
        model.fit(X, y)
    with pytest.raises(FloatingPointError), np.errstate(all="ignore"):
        model.set_params(activation="relu", hidden_layer_sizes=(8, 8, 8), learning_rate_init=1e200).fit(X, y)
    with pytest.raises(ValueError, match="not fitted yet"):
        model.predict(X)


@pytest.mark.parametrize("options", [{"solver": "lbfgs"}, {"early_stopping": True}, {"solver": "adam", "early_stopping": True}])
@BOTH
def test_only_those_who_can_learn_part_by_part_have_partial_fit(estimator, y, options):
    model = estimator(**options)
    assert not hasattr(model, "partial_fit")
    with pytest.raises(ValueError, match=f"{estimator.__name__}: partial_fit "):
        model.partial_fit(X, y)
    assert hasattr(model.set_params(solver="adam", early_stopping=False), "partial_fit")
    assert inspect.signature(estimator.partial_fit).parameters.keys() >= {"X", "y", "sample_weight"}
    assert estimator.partial_fit.__doc__.startswith("Train on with more samples")


def test_logarithms_of_probabilities_are_finite_where_these_are_0():
    x = np.array([[-1.0], [1.0]])
    model = nn.Classifier((), alpha=1e-3, random_state=0).fit(x, [0, 1])
    np.testing.assert_allclose(np.exp(model.predict_log_proba(x)), model.predict_proba(x))
    with pytest.warns(nn.OutsideRangeWarning):
        far = model.predict_log_proba([[1000.0]])
    assert far[0, 0] < -1000
    assert np.isfinite(far).all()


def test_scikit_learn_is_not_imported():
    program = (
        "import sys, numpy as np, nn; nn.Regressor().fit(np.eye(3), [1, 2, 3]).predict(np.eye(3)); "
        "nn.Classifier().fit(np.eye(3), [1, 2, 2]); assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


# -- in scikit-learn --------------------------------------------------------------------------------------------------


def scikit_learn(module):
    return pytest.importorskip(module, reason="compares with scikit-learn, which is not installed")


@pytest.mark.parametrize(
    "model",
    [
        nn.Regressor(),
        nn.Regressor(2, solver="lm", alpha=0.1),
        nn.Regressor(early_stopping=True),
        nn.Classifier(),
        nn.Classifier((8, 8), activation="relu"),
        nn.Classifier(solver="lbfgs"),
        nn.Classifier(early_stopping=True),
    ],
    ids=["regressor", "least squares", "stopped", "classifier", "two layers", "all samples", "stopped classifier"],
)
@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit")  # it need not
@pytest.mark.filterwarnings("ignore::nn.OutsideRangeWarning", "ignore:.* the loss still falls")
def test_scikit_learns_own_checks_pass(model):
    checks = scikit_learn("sklearn.utils.estimator_checks")
    pytest.importorskip("pandas", reason="some of scikit-learn's checks need pandas, which is not installed")
    results = checks.check_estimator(model, on_fail=None, on_skip=None)
    assert len(results) > 40
    without = {"check_array_api_input"}  # which wants SCIPY_ARRAY_API=1 in the environment, before SciPy is imported
    status = {result["check_name"]: result for result in results if result["status"] != "passed"}
    assert all(result["status"] == "skipped" and name in without for name, result in status.items()), status


def test_pipelines_grid_searches_and_cross_validation_take_it():
    selection, pipeline = scikit_learn("sklearn.model_selection"), scikit_learn("sklearn.pipeline")
    preprocessing, base = scikit_learn("sklearn.preprocessing"), scikit_learn("sklearn.base")
    chain = pipeline.make_pipeline(preprocessing.PolynomialFeatures(2), nn.Regressor((), random_state=0))
    search = selection.GridSearchCV(chain, {"regressor__alpha": [1e-3, 1e3]}, cv=3).fit(X, Y)
    assert search.best_params_ == {"regressor__alpha": 1e-3}
    assert search.best_score_ > 0.99
    scores = selection.cross_val_score(
        nn.Classifier(random_state=0), X, LABELS, cv=3
    )  # folds with all classes: it knows the kind
    assert scores.mean() > 0.8
    assert base.is_classifier(nn.Classifier())
    assert base.is_regressor(nn.Regressor())
    copy = base.clone(nn.Regressor(7).fit(X, Y))
    assert copy.hidden_layer_sizes == 7
    assert not hasattr(copy, "model_")


def test_sample_weights_are_routed_where_scikit_learn_is_to_route_them():
    selection, pipeline = scikit_learn("sklearn.model_selection"), scikit_learn("sklearn.pipeline")
    preprocessing, base = scikit_learn("sklearn.preprocessing"), scikit_learn("sklearn.base")
    config, exceptions = scikit_learn("sklearn"), scikit_learn("sklearn.exceptions")
    weights = np.where(X[:, 0] > 0, 1.0, 9.0)
    chain = lambda model: pipeline.make_pipeline(preprocessing.MinMaxScaler(), model)
    plain = nn.Regressor((), alpha=1.0, random_state=0)
    with config.config_context(enable_metadata_routing=True):
        assert chain(plain).fit(X, Y).score(X, Y) > 0.9
        with pytest.raises(exceptions.UnsetMetadataPassedError, match="set_fit_request"):
            chain(plain).fit(X, Y, sample_weight=weights)
        asking = base.clone(base.clone(plain).set_fit_request(sample_weight=True).set_score_request(sample_weight=True))
        weighted = chain(asking).fit(X, Y, sample_weight=weights)
        scores = selection.cross_validate(chain(asking), X, Y, params={"sample_weight": weights}, error_score="raise")[
            "test_score"
        ]
    assert weighted.score(X, Y) == pytest.approx(plain.fit(X, Y, weights).score(X, Y), abs=1e-6)
    assert scores.min() > 0.8


def test_without_a_hidden_layer_it_is_scikit_learns_linear_models():
    linear = scikit_learn("sklearn.linear_model")
    x = (X - X.mean(0)) / X.std(0)
    model = nn.Classifier((), alpha=2.0, tol=1e-9, random_state=0).fit(X, LABELS)
    expected = linear.LogisticRegression(C=0.5, tol=1e-8, max_iter=1000).fit(x, LABELS)
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(x), atol=1e-4)
    assert nn.Regressor((), alpha=2.0).fit(X, Y).score(X, Y) == pytest.approx(linear.Ridge(2.0).fit(x, Y).score(x, Y), abs=1e-5)


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("alpha", [0.5, 20.0])
def test_alpha_is_the_cost_of_logistic_regression(classes, alpha):
    labels = np.digitize(X[:, 0] + X[:, 1] ** 2, np.quantile(X[:, 0] + X[:, 1] ** 2, np.arange(1, classes) / classes))
    model = nn.Classifier((), alpha=alpha, tol=1e-12, max_iter=1000, random_state=0).fit(X, labels)
    x, weight = model.standardizer_.transform(X), model.model_[0].weight.data
    errors = model.predict_proba(X) - np.eye(classes)[labels]
    if classes == 2:  # one logistic output
        errors, weight = errors[:, 1:], weight[1:] - weight[:1]
    np.testing.assert_allclose(errors.T @ x, -alpha * weight, atol=1e-3 * abs(alpha * weight).max())
    costs = [
        nn.Classifier((), alpha=a, batch_size=len(X), random_state=0).partial_fit(X, labels, np.arange(classes)).loss_
        for a in (alpha, 0.0)
    ]
    start = nn.Classifier((), alpha=0.0, batch_size=len(X), learning_rate_init=1e-12, random_state=0)
    square = (start.partial_fit(X, labels, np.arange(classes)).model_[0].weight.data ** 2).sum()
    assert costs[0] - costs[1] == pytest.approx(alpha / 2 * square / len(X) * (2 if classes == 2 else 1))


def test_errors_are_scikit_learns_own_where_it_is_loaded():
    exceptions = scikit_learn("sklearn.exceptions")
    with pytest.raises(exceptions.NotFittedError):
        nn.Regressor().predict(X)
    with pytest.warns(exceptions.DataConversionWarning):
        nn.Classifier().fit(X, LABELS[:, None])
    with pytest.warns(exceptions.ConvergenceWarning):
        nn.Regressor(max_iter=1, tol=0.0).fit(X, Y)
