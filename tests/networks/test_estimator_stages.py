"""Estimators trained in stages: stopped by samples set aside, gone on from where they were, and given samples part by part."""

import copy
import pickle

import numpy as np
import pytest

import nn

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (300, 2))
Y = 5 + 100 * (X[:, 0] + 2 * X[:, 1])
NOISE = 3.0 * RNG.normal(size=(300,))
LABELS = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
BOTH = pytest.mark.parametrize(("kind", "y"), [(nn.Regressor, Y), (nn.Classifier, LABELS)])
QUIET = pytest.mark.filterwarnings("ignore:.* the loss still falls")


def data_of(estimator):
    """The weights of its network."""
    return [p.data.copy() for p in estimator.model_.parameters()]


@BOTH
@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
@QUIET
def test_early_stopping_keeps_the_weights_with_the_least_loss_on_samples_set_aside(kind, y, solver):
    options = {"solver": solver, "alpha": 0.0, "learning_rate_init": 0.01, "max_iter": 60, "random_state": 0}
    model = kind(early_stopping=True, **options).fit(X, y)
    losses = model.history_.validation_loss
    assert model.loss_ == min(losses)
    assert len(losses) == len(model.history_.loss)
    assert not kind(**options).fit(X, y).history_.validation_loss


@QUIET
def test_early_stopping_ends_where_noise_is_learnt():
    options = {"solver": "adam", "alpha": 0.0, "learning_rate_init": 0.03, "tol": 0.0, "random_state": 0, "max_iter": 150}
    ends = [nn.Regressor(early_stopping=True, n_iter_no_change=n, **options).fit(X, NOISE).n_iter_ for n in (3, 20)]
    assert ends[0] < ends[1] <= 150
    assert nn.Regressor(**options).fit(X, NOISE).n_iter_ > ends[0]


def test_samples_set_aside_are_that_share_of_each_class_and_are_not_trained_on():
    y = np.repeat(["a", "b"], (270, 30))
    model = nn.Classifier(early_stopping=True, validation_fraction=0.2, random_state=0)
    x, target, weights, _ = model._learn_data(X, y, None, False)
    kept, kept_target, kept_weights, (held, held_target) = model._without_held_out(x, target, weights, np.random.default_rng(0))
    assert np.bincount(held_target).tolist() == [54, 6]
    assert len(kept) == len(kept_target) == len(kept_weights) == 240
    assert not {tuple(row) for row in kept} & {tuple(row) for row in held}


@BOTH
@QUIET
def test_a_warm_start_goes_on_and_a_cold_one_does_not(kind, y):
    for warm in (True, False):
        model = kind(solver="adam", warm_start=warm, max_iter=3, random_state=0).fit(X, y)
        first, weights = model.loss_, data_of(model)
        again = model.fit(X, y)
        assert (again.loss_ < first) == warm
        assert all(np.array_equal(a, b) for a, b in zip(weights, data_of(model))) != warm


@QUIET
def test_a_warm_start_stays_in_the_units_it_began_with():
    model = nn.Regressor(warm_start=True, max_iter=5, random_state=0).fit(X, Y)
    scale, alpha = model.standardizer_.scale.copy(), model.alpha_
    model.fit(10 * X, Y)
    assert np.array_equal(model.standardizer_.scale, scale)
    assert model.alpha_ == alpha
    assert np.array_equal(model.range_[1], np.maximum(10 * X.max(0), X.max(0)))


@QUIET
def test_a_warm_start_with_other_layers_columns_or_labels_is_refused():
    model = nn.Classifier(warm_start=True, max_iter=2).fit(X, LABELS)
    with pytest.raises(ValueError, match="labels \\['perhaps'\\], which are not among \\['no', 'yes'\\]"):
        model.fit(X, np.where(X[:, 0] > 0, "yes", "perhaps"))
    with pytest.raises(ValueError, match="X has 1 features, but Classifier is expecting 2"):
        model.fit(X[:, :1], LABELS)


ANEW = [
    ({"hidden_layer_sizes": (7,)}, "goes on with the layers there were, and hidden_layer_sizes is now \\(7,\\)"),
    ({"hidden_layer_sizes": ()}, "goes on with the layers there were, and hidden_layer_sizes is now \\(\\)"),
    ({"activation": "relu"}, "goes on with the layers there were, and activation is now 'relu'"),
]


@QUIET
@BOTH
@pytest.mark.parametrize(("params", "words"), ANEW)
def test_going_on_with_other_layers_is_refused(kind, y, params, words):
    for model in (kind(3, warm_start=True, max_iter=2, alpha=1.0).fit(X, y), begun(kind, y)):
        before = data_of(model)
        go_on = model.fit if model.warm_start else model.partial_fit
        model.set_params(**params)
        with pytest.raises(ValueError, match=f"{'warm_start' if model.warm_start else 'partial_fit'} {words}"):
            go_on(X, y)
        assert all(np.array_equal(p, q) for p, q in zip(before, data_of(model)))
        model.set_params(hidden_layer_sizes=(3,), activation="tanh")
        go_on(X, y)


def begun(kind, y, **params):
    model = kind(3, random_state=0, **params)
    return model.partial_fit(X, y) if kind is nn.Regressor else model.partial_fit(X, y, ["no", "yes"])


@BOTH
@pytest.mark.parametrize(
    "params",
    [{"alpha": 500.0}, {"learning_rate_init": 0.1}, {"batch_size": 30}, {"random_state": 1}],
    ids=lambda p: next(iter(p)),
)
def test_a_parameter_that_is_set_between_parts_holds_from_then_on(kind, y, params):
    plain, other, same = (begun(kind, y) for _ in range(3))
    plain.partial_fit(X, y)
    other.set_params(**params).partial_fit(X, y)
    same.set_params(**{name: getattr(same, name) for name in params}).partial_fit(X, y)
    assert not np.array_equal(data_of(plain)[0], data_of(other)[0])
    assert np.array_equal(data_of(plain)[0], data_of(same)[0])
    if "learning_rate_init" in params:  # a rate of next to nothing changes next to nothing
        before = data_of(other)
        other.set_params(learning_rate_init=1e-12).partial_fit(X, y)
        assert all(np.allclose(p, q, atol=1e-9) for p, q in zip(before, data_of(other)))


@BOTH
@QUIET
@pytest.mark.parametrize(
    "params", [{"alpha": 500.0}, {"max_iter": 9}, {"solver": "lbfgs"}, {"batch_size": 30}], ids=lambda p: next(iter(p))
)
def test_a_parameter_that_is_set_before_a_warm_start_holds(kind, y, params):
    plain, other = (kind(3, solver="adam", warm_start=True, max_iter=2, random_state=0, alpha=1.0).fit(X, y) for _ in range(2))
    plain.fit(X, y)
    other.set_params(**params).fit(X, y)
    assert not np.array_equal(data_of(plain)[0], data_of(other)[0])


def test_parts_of_the_samples_in_turn_teach_as_all_do():
    number = nn.Regressor(8, alpha=0.0, learning_rate_init=0.02, random_state=0)
    label = nn.Classifier(8, alpha=0.0, learning_rate_init=0.02, random_state=0)
    for _ in range(40):
        for part in np.split(np.arange(300), 3):
            number.partial_fit(X[part], Y[part])
            label.partial_fit(X[part], LABELS[part], classes=["no", "yes"])
    assert number.score(X, Y) > 0.99
    assert label.score(X, LABELS) > 0.95
    assert number.n_iter_ == len(number.history_.loss) == 120
    assert np.array_equal(number.range_, [X.min(0), X.max(0)])


def test_the_first_part_need_not_have_all_classes():
    model = nn.Classifier(random_state=0).partial_fit(X[:5], ["a"] * 5, ["b", "a", "c"])
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert model.predict_proba(X[:2]).shape == (2, 3)
    model.partial_fit(X[:5], ["c"] * 5)
    with pytest.raises(ValueError, match="labels \\['d'\\]"):
        model.partial_fit(X[:1], ["d"])


def test_a_weight_of_two_is_the_sample_twice_in_parts_too():
    a, b = (nn.Regressor(3, random_state=0) for _ in range(2))
    weights = np.ones(20)
    weights[3] = 2
    a.partial_fit(X[:20], Y[:20], sample_weight=weights)
    b.partial_fit(np.vstack([X[:20], X[3:4]]), np.append(Y[:20], Y[3]))
    assert all(np.allclose(p, q, rtol=1e-12) for p, q in zip(data_of(a), data_of(b)))


def test_the_same_seed_and_parts_give_the_same_and_a_copy_goes_on_alike():
    a, b = (nn.Regressor(4, random_state=3).partial_fit(X, Y).partial_fit(X, Y) for _ in range(2))
    assert all(np.array_equal(p, q) for p, q in zip(data_of(a), data_of(b)))
    copies = [copy.deepcopy(a), pickle.loads(pickle.dumps(a))]
    a.partial_fit(X, Y)
    for other in copies:
        other.partial_fit(X, Y)
        assert all(np.array_equal(p, q) for p, q in zip(data_of(a), data_of(other)))


@QUIET
def test_parts_go_on_from_a_fit_and_a_fit_begins_anew():
    model = nn.Regressor(4, max_iter=3, random_state=0).fit(X, Y)
    before = data_of(model)
    model.partial_fit(X, Y)
    assert not np.array_equal(before[0], data_of(model)[0])
    assert all(np.array_equal(p, q) for p, q in zip(before, data_of(model.fit(X, Y))))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.Regressor(solver="lbfgs").partial_fit(X, Y), "partial_fit takes steps of Adam, not of solver='lbfgs'"),
        (lambda: nn.Classifier().partial_fit(X, LABELS), "classes must be passed on the first call to partial_fit"),
        (lambda: nn.Classifier(class_weight="balanced").partial_fit(X, LABELS, ["no", "yes"]), "needs all samples at once"),
        (lambda: nn.Regressor(early_stopping=True).partial_fit(X, Y), "partial_fit does not support early_stopping=True"),
        (lambda: nn.Regressor(early_stopping=True, solver="lm").fit(X, Y), "early_stopping is for solver='lbfgs' or 'adam'"),
        (lambda: nn.Regressor(early_stopping=True).fit(X[:1], Y[:1]), "needs samples to set aside, and there are 1"),
        (lambda: nn.Regressor(validation_fraction=1.0).fit(X, Y), "validation_fraction=1.0 must be between 0 and 1"),
        (lambda: nn.Regressor(n_iter_no_change=0).fit(X, Y), "n_iter_no_change=0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@QUIET
def test_parts_go_on_with_the_network_of_a_warm_start():
    model = nn.Regressor(4, solver="adam", max_iter=3, random_state=0, warm_start=True).partial_fit(X, Y).fit(X, Y)
    before = data_of(model)
    model.partial_fit(X, Y)
    assert not any(np.array_equal(p, q) for p, q in zip(before, data_of(model)))


def test_a_part_without_weight_changes_nothing():
    model = nn.Classifier(4, random_state=0, batch_size=50, class_weight={"no": 0.0}).partial_fit(X, LABELS, ["no", "yes"])
    before, no = data_of(model), LABELS == "no"
    model.partial_fit(X[no], LABELS[no])
    assert all(np.array_equal(p, q) for p, q in zip(before, data_of(model)))
    order = np.argsort(no)  # then there are minibatches of either class alone
    model.partial_fit(X[order], LABELS[order])
    assert all(np.isfinite(p).all() for p in data_of(model))
    assert np.isfinite(model.loss_)


CLASS_WEIGHTS = [
    ({"no": 0, "yes": 0}, "leaves no sample with a weight above 0"),
    ({"maybe": 5}, "class_weight has 'maybe', which is no label in y; these are"),
    ({"no": -1}, "must be a finite number that is not negative"),
    ({"no": np.nan}, "must be a finite number that is not negative"),
    ({"no": "much"}, "must be a finite number that is not negative"),
]


@pytest.mark.parametrize(("weights", "words"), CLASS_WEIGHTS)
def test_weights_of_classes_that_make_no_sense_are_refused(weights, words):
    model = nn.Classifier(4, random_state=0, class_weight=weights)
    for train in (lambda: model.fit(X, LABELS), lambda: model.partial_fit(X, LABELS, ["no", "yes"])):
        with pytest.raises(ValueError, match=f"Classifier: .*{words}"):
            train()
    numbers = {{"no": 0, "yes": 1}.get(label, 7): weight for label, weight in weights.items()}
    network, target = nn.Linear(2, 2), (LABELS == "yes").astype(int)
    words = words.replace("'maybe'", "7")
    with pytest.raises(ValueError, match=f"fit: .*{words}"):
        nn.fit(network, X, target, loss=nn.functional.cross_entropy, epochs=1, class_weight=numbers, progress=False)


@QUIET
def test_a_class_with_a_weight_may_be_missing_where_all_others_have_one():
    options = {"solver": "adam", "max_iter": 3, "random_state": 0}
    whole, plain = (nn.Classifier(4, class_weight=w, **options) for w in ({"no": 1, "yes": 2, "maybe": 5}, {"yes": 2}))
    assert np.array_equal(whole.fit(X, LABELS).predict_proba(X), plain.fit(X, LABELS).predict_proba(X))


# -- Ctrl-C -----------------------------------------------------------------------------------------------------------


class Interrupting:
    """A loss during whose n-th call Ctrl-C is pressed."""

    def __init__(self, loss, n):
        self.loss, self.n = loss, n

    def __call__(self, *args, **options):
        self.n -= 1
        if self.n == 0:
            raise KeyboardInterrupt
        return self.loss(*args, **options)


@pytest.mark.parametrize("at", [1, 2, 40, 400])
@pytest.mark.parametrize(
    "options", [{"alpha": 1.0, "solver": "adam", "max_iter": 500, "tol": 0.0}, {"max_iter": 500, "tol": 0.0}]
)
@BOTH
@QUIET
def test_ctrl_c_ends_a_fit_and_all_around_it(kind, y, options, at, monkeypatch):
    name = "mse_loss" if kind is nn.Regressor else "cross_entropy"
    monkeypatch.setattr(nn.estimators.F, name, Interrupting(getattr(nn.estimators.F, name), at))
    model = kind(random_state=0, **options)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    monkeypatch.undo()
    if "solver" in options and at > 10:  # there is a network: the best one so far
        assert model.predict(X).shape == (300,)
    elif at == 1:
        with pytest.raises(ValueError, match="not fitted yet"):
            model.predict(X)
    assert model.fit(X[:40], y[:40]).predict(X[:40]).shape == (40,)


def test_ctrl_c_in_one_fold_ends_a_cross_validation(monkeypatch):
    selection = pytest.importorskip("sklearn.model_selection")
    monkeypatch.setattr(nn.estimators.F, "mse_loss", Interrupting(nn.estimators.F.mse_loss, 20))
    with pytest.raises(KeyboardInterrupt):
        selection.cross_val_score(nn.Regressor(), X, Y, cv=3)
