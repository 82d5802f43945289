"""Networks at their defaults on 24 tasks: are they as good as a linear model where that is enough, and better where it is not?

    python examples/18_estimators.py [--quick] [--seed 0]

`nn.Regressor` and `nn.Classifier` are fitted as they are, without an option set. Each task is given as five parts in turn, four
to learn from and one to predict; tiny tasks are learnt whole and asked at other places. The score is R squared (1 is best, the
mean of the training data gets 0) or the share of right classes. Beside it stand what a person would try first: the linear
model, whose penalty is chosen by cross-validation, and scikit-learn's network at its defaults with L-BFGS. These need
scikit-learn, as do four of the tables; the other 20 tasks are made by formulas, or are in this folder.

Many of the tasks are there to fail on: noise without a signal, more columns than rows, outliers, a column that never changes,
units that differ by millions, a curve with many turns, and four rows that no line divides.
"""

import argparse
import os
import time
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: threads would only wait for each other

import numpy as np

import nn

try:
    from sklearn import datasets, exceptions, linear_model, neural_network, pipeline, preprocessing
except ImportError:
    datasets = None

LOW, HIGH = 0.03, 0.003  # below the better of the two by so much, or above it
QUICK = ("xor", "line, 3 rows", "sine, 10 rows", "friedman 3", "noise", "circles")


# -- tasks: what is learnt, and for tiny tasks what is asked ----------------------------------------------------------


def friedman(k, rng, rows=200):
    """The tables of Friedman, Multivariate adaptive regression splines, 1991."""
    if k == 1:
        x = rng.uniform(size=(rows, 10))
        y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
        return x, y + rng.normal(size=rows)
    x = rng.uniform((0, 40 * np.pi, 0, 1), (100, 560 * np.pi, 1, 11), (rows, 4))
    rest = x[:, 1] * x[:, 2] - 1 / (x[:, 1] * x[:, 3])
    if k == 2:
        return x, np.hypot(x[:, 0], rest) + 5 * rng.normal(size=rows)
    return x, np.arctan(rest / x[:, 0]) + rng.normal(size=rows)


def linear(rows, columns, counting, spread, rng):
    """Numbers to which the first columns add up, and noise."""
    x = rng.normal(size=(rows, columns))
    return x, x[:, :counting] @ rng.normal(size=counting) + spread * rng.normal(size=rows)


def curved(rng, rows=150):
    x = rng.normal(size=(rows, 3))
    return x, np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=rows)


def with_outliers(rng):
    x, y = linear(150, 4, 4, 1.0, rng)
    y[:8] += rng.normal(size=8) * 20
    return x, y


def with_constant_column(rng):
    x, y = curved(rng)
    return np.column_stack([x, np.full(len(x), 7.0)]), y


def with_other_units(rng):
    x, y = curved(rng)
    return x * [1e-4, 1e6, 1.0] + [0, 1e7, -3], 1e3 * y


def turning(rng):
    x = rng.uniform(size=(6000, 1))
    return x, np.sin(40 * x[:, 0]) + 0.02 * rng.normal(size=len(x))


def moons(rng):
    angle, which = rng.uniform(0, np.pi, 200), np.arange(200) % 2
    x = np.stack([np.cos(angle) * (1 - 2 * which) + which, (np.sin(angle) - 0.5 * which) * (1 - 2 * which)], axis=1)
    return x + 0.3 * rng.normal(size=x.shape), which


def circles(rng):
    angle, which = rng.uniform(0, 2 * np.pi, 200), np.arange(200) % 2
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.where(which, 0.5, 1.0)[:, None]
    return x + 0.1 * rng.normal(size=x.shape), which


def clusters(rng, rows=300, columns=20):
    """Two classes, each of two clouds, in six of the columns."""
    cloud = rng.integers(0, 4, rows)
    x = rng.normal(size=(rows, columns))
    x[:, :6] += 1.6 * rng.choice([-1, 1], (4, 6))[cloud]
    return x, cloud % 2


def seldom(rng):
    x = rng.normal(size=(300, 5))
    return x, (x[:, 0] + 0.5 * x[:, 1] + 0.5 * rng.normal(size=300) > 1.8).astype(int)


def digits(rng):
    with np.load(Path(__file__).parent / "data/digits.npz") as file:
        names = list(file)
        x, y = (file[name] for name in names[:2])
    chosen = rng.permutation(len(x))[:600]
    return x.reshape(len(x), -1)[chosen].astype(float), y[chosen]


def dense(function, rows):
    """Some rows of a curve on 0 to 1, and the places between them."""
    few, many = np.linspace(0, 1, rows)[:, None], np.linspace(0, 1, 200)[:, None]
    return few, function(few[:, 0]), many, function(many[:, 0])


CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TASKS = {
    "xor": lambda rng: (CORNERS, np.array([0, 1, 1, 0])) * 2,
    "sine, 10 rows": lambda rng: dense(lambda x: np.sin(6 * x), 10),
    "sine, 30 rows": lambda rng: dense(lambda x: np.sin(6 * x), 30),
    "line, 3 rows": lambda rng: dense(lambda x: 2 * x + 1, 3),
    "line, 10 rows": lambda rng: dense(lambda x: 2 * x + 1, 10),
    "diabetes": lambda rng: table("load_diabetes"),
    "friedman 1": lambda rng: friedman(1, rng),
    "friedman 2": lambda rng: friedman(2, rng),
    "friedman 3": lambda rng: friedman(3, rng),
    "linear, 100 x 20": lambda rng: linear(100, 20, 20, 0.3, rng),
    "linear, 50 x 100": lambda rng: linear(50, 100, 5, 1.0, rng),
    "noise": lambda rng: linear(150, 5, 0, 1.0, rng),
    "sin(40 x)": turning,
    "outliers": with_outliers,
    "constant column": with_constant_column,
    "other units": with_other_units,
    "iris": lambda rng: table("load_iris"),
    "wine": lambda rng: table("load_wine"),
    "breast cancer": lambda rng: table("load_breast_cancer"),
    "digits": digits,
    "moons": moons,
    "circles": circles,
    "clusters": clusters,
    "seldom": seldom,
}


def table(name):
    """One of scikit-learn's tables, or None."""
    return datasets and getattr(datasets, name)(return_X_y=True)


# -- scores -----------------------------------------------------------------------------------------------------------


def parts(y, classes, rng, count=5):
    """For each of five parts the places of the others and its own; all parts have all classes."""
    part = np.empty(len(y), int)
    for some in [np.flatnonzero(y == k) for k in np.unique(y)] if classes else [np.arange(len(y))]:
        part[rng.permutation(some)] = np.arange(len(some)) % count
    return [(np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(count)]


def scores(make, task, classes, seed):
    """The mean score of fits to the parts of a task, and the seconds that a fit took."""
    found, start = [], time.perf_counter()
    if len(task) == 4:
        x, y, asked, truth = task
        found.append(make(seed).fit(x, y).score(asked, truth))
    else:
        x, y = task
        for learnt, held in parts(y, classes, np.random.default_rng(seed)):
            found.append(make(seed).fit(x[learnt], y[learnt]).score(x[held], y[held]))
    return np.mean(found), (time.perf_counter() - start) / len(found)


def peers(classes):
    """The linear model and scikit-learn's network, as functions of a seed that make them."""
    penalties = np.logspace(-3, 3, 13)
    if classes:
        line = lambda seed: linear_model.LogisticRegression(max_iter=1000)
        network = neural_network.MLPClassifier
    else:
        line = lambda seed: linear_model.RidgeCV(penalties)
        network = neural_network.MLPRegressor
    mlp = lambda seed: network(solver="lbfgs", max_iter=1000, random_state=seed)
    return [lambda seed, make=make: pipeline.make_pipeline(preprocessing.StandardScaler(), make(seed)) for make in (line, mlp)]


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="six of the tasks")
    parser.add_argument("--seed", type=int, default=0, help="of the parts and of the random starts")
    return parser.parse_args()


if __name__ == "__main__":
    given = options()
    warnings.simplefilter("ignore", nn.OutsideRangeWarning)
    if datasets is None:
        print("scikit-learn is not installed: its models are left out, and four of its tables. Write pip install scikit-learn.")
    else:
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
    low = high = 0
    print(f"{'task':17} {'nn':>6} {'s/fit':>6}" + (f" {'linear':>7} {'MLP':>7}" if datasets else ""))
    for name in QUICK if given.quick else TASKS:
        task = TASKS[name](np.random.default_rng([given.seed, list(TASKS).index(name)]))
        if task is None:
            continue
        classes = task[1].dtype.kind in "iu"
        kind = nn.Classifier if classes else nn.Regressor
        ours, seconds = scores(lambda seed, kind=kind: kind(random_state=seed), task, classes, given.seed)
        line = f"{name:17} {ours:6.3f} {seconds:6.2f}"
        if datasets:
            others = [scores(make, task, classes, given.seed)[0] for make in peers(classes)]
            low, high = low + (ours < max(others) - LOW), high + (ours > max(others) + HIGH)
            line += f" {others[0]:7.3f} {others[1]:7.3f}" + ("  low" if ours < max(others) - LOW else "")
        print(line, flush=True)
    if datasets:
        print(f"{low} more than {LOW} below the better of the two, {high} more than {HIGH} above it")
