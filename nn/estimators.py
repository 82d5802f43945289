"""Networks with scikit-learn's habits: fit, predict, score, and parameters that a grid search can set.

scikit-learn is not needed, and imported only where it asks for an object of its own.
"""

from __future__ import annotations

import copy
import math
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_lite as ag

from . import functional as F
from .data import Standardizer
from .layers.activations import GELU, ReLU, Sigmoid, SiLU, Sine, Tanh
from .layers.containers import Sequential
from .layers.linear import Identity, Linear
from .module import Module, in_range, whole_number
from .optim import LBFGS, Adam, LevenbergMarquardt
from .random import generator
from .training.arguments import weights_of_classes
from .training.fit import fit
from .training.history import History

__all__ = ["Classifier", "NotFittedError", "OutsideRangeWarning", "Regressor"]

Array = NDArray[Any]
Method = TypeVar("Method", bound=Callable[..., Any])

PARAMETERS = (
    "hidden_layer_sizes", "activation", "solver", "alpha", "n_starts", "max_iter", "tol", "batch_size", "learning_rate_init",
    "random_state", "warm_start", "early_stopping", "validation_fraction", "n_iter_no_change",
)  # fmt: skip
ACTIVATIONS: dict[str, Callable[[], Module]] = {
    "gelu": GELU, "identity": Identity, "logistic": Sigmoid, "relu": ReLU, "silu": SiLU, "sine": Sine, "tanh": Tanh,
}  # fmt: skip
FEW_PARAMETERS, FEW_NUMBERS = 25, 100  # of a curve that Levenberg-Marquardt fits to so many numbers in milliseconds
FEW_ROWS = 5000  # with which L-BFGS takes a second
ALPHAS, FOLDS = (0.03, 1.0, 10.0, 100.0, 1000.0), 3  # tried where alpha is to be found, on so many parts of the rows
ENOUGH, WORSE = 100, 1.05  # iterations of such a trial; so many times the least error, twice, and smaller ones are not tried
FEW_TO_PART, MUCH_TO_PART = 10, 300_000  # rows, and numbers in X: with fewer, or more, alpha is not looked for
PLATEAU = 500  # rows from which on a curve of one or two features may have many turns
TOGETHER = 10  # iterations of L-BFGS after which its progress is judged


class OutsideRangeWarning(UserWarning):
    """A prediction was asked for outside the range seen in training: it is a guess.

    >>> import nn, warnings
    >>> model = nn.Regressor(2, random_state=0).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", nn.OutsideRangeWarning)
    ...     model.predict([[5.0]]).shape
    (1,)
    """


class NotFittedError(ValueError, AttributeError):
    """A prediction was asked of an estimator before `fit`; where scikit-learn is loaded, its own error is raised instead."""


class NotAvailableError(ValueError, AttributeError):
    """A method was asked for that an estimator has with other parameters only: `hasattr` is False."""


class PartialFit:
    """A method of estimators that can be trained part by part; others do not have it, and say so, as in scikit-learn."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, estimator: Any, kind: Any = None) -> Any:
        if estimator is not None:
            estimator._check_parts()
        return self.function.__get__(estimator, kind)


def partial_fit(function: Method) -> Method:
    """A method as one that `PartialFit` gives, of the same type."""
    made: Any = PartialFit(function)
    return cast("Method", made)


class Estimator:
    """The base of regressor and classifier: parameters, training from several starts, and refusals."""

    kind: ClassVar[str]  # in scikit-learn's words
    solvers: ClassVar[tuple[str, ...]]
    model_: Module
    range_: Array
    share: ClassVar[float]  # of alpha, as in Ridge and LogisticRegression

    def __init__(
        self, hidden_layer_sizes: int | Sequence[int] = (32,), *, activation: str = "tanh", solver: str = "auto",
        alpha: float | None = None, n_starts: int | None = None, max_iter: int = 200, tol: float = 1e-2,
        batch_size: int = 200, learning_rate_init: float = 1e-3, random_state: Any = None, warm_start: bool = False,
        early_stopping: bool = False, validation_fraction: float = 0.1, n_iter_no_change: int = 10,
    ) -> None:  # fmt: skip
        self.hidden_layer_sizes, self.activation = hidden_layer_sizes, activation
        self.solver, self.alpha, self.n_starts, self.max_iter, self.tol = solver, alpha, n_starts, max_iter, tol
        self.batch_size, self.learning_rate_init, self.random_state = batch_size, learning_rate_init, random_state
        self.warm_start, self.early_stopping = warm_start, early_stopping
        self.validation_fraction, self.n_iter_no_change = validation_fraction, n_iter_no_change

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; none has parameters of its own, so `deep` changes nothing."""
        return {name: getattr(self, name) for name in PARAMETERS}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; `fit` refuses those that make no sense."""
        valid = list(self.get_params())
        for name in params:
            if name not in valid:
                raise ValueError(f"Invalid parameter {name!r} for estimator {self}. Valid are: {valid}.")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train anew on samples and their targets.

        Parameters
        ----------
        X
            Shape (samples, features): numbers as an array, nested lists or a dataframe, whose column names are remembered.
        y
            The targets: numbers of shape (samples) or (samples, outputs), or for a `Classifier` labels (samples).
        sample_weight
            A number for each sample, not negative: a sample of weight 2 counts as two of them. Default: 1.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        ValueError
            A parameter makes no sense; X or y has nan, infinite or complex numbers, or a shape that does not fit; there is one
            class only, or the labels are continuous.
        TypeError
            X is sparse.
        """
        self._check_parameters()
        again = self.warm_start and hasattr(self, "model_")
        before = self.model_ if again else None
        x, target, weights, sizes = self._learn_data(X, y, sample_weight, again)
        if again:
            self._check_layers("warm_start", "warm_start=False", sizes)
        solver = self.solver if self.solver != "auto" else self._suitable(target.size, len(x), sizes)
        self.solver_, self.history_, self.n_iter_ = solver, History(), 0
        starts = 1 if before is not None else self.n_starts or (5 if self.solver_ == "lm" else 1)
        self.loss_, self.losses_ = math.inf, []
        source = as_generator(self.random_state)
        held = None
        if self.early_stopping:
            x, target, weights, held = self._without_held_out(x, target, weights, source)
        if not (again and self.alpha is None):
            self.alpha_ = self._found_alpha(x, target, weights, sizes, source)
        for rng in source.spawn(starts):
            model, history, n_iter = self._trained(x, target, weights, sizes, rng, self.max_iter, held, before)
            self.losses_.append(history.best_loss)
            if not self.loss_ <= history.best_loss:
                self.model_, self.history_, self.n_iter_, self.loss_ = model, history, n_iter, history.best_loss
                vars(self).pop("optimizer_", None)  # of the network there was before
            self._end_if_interrupted(history)
        if self.n_iter_ >= self.max_iter:
            kind = of_scikit_learn("ConvergenceWarning", UserWarning)
            warnings.warn(
                f"{self._name}: {self.n_iter_} iterations, and the loss still falls: increase max_iter or tol.", kind, 2
            )
        return self

    def _learn_data(
        self, X: Any, y: Any, sample_weight: Any, again: bool, classes: Any = None, part: bool = False
    ) -> tuple[Array, Array, Array, list[int]]:
        """Standardised samples, targets and weights, and the sizes of the layers; `again`: in the units learnt before.

        Samples of weight 0 are left out; if they are all, that is an error but in a further part of the samples.
        """
        x, names = self._matrix(X), column_names(X)
        if y is None:
            raise ValueError(f"{self._name} requires y to be passed, but the target y is None.")
        y = self._finite("y", self._unmasked("y", y))
        if y.shape[:1] != x.shape[:1]:
            raise ValueError(f"{self._name}: X has {len(x)} samples, y has shape {y.shape}: each row of X needs one of y.")
        if again:
            self._check_names(names)
            self._check_features(x)
        else:
            for name in [name for name in vars(self) if name.endswith("_")]:
                delattr(self, name)
        weights = self._weights(sample_weight, len(x))
        x, y, weights = x[weights > 0], y[weights > 0], weights[weights > 0]
        checked = self._checked_target(y)
        if not again:
            self._learn_target(checked if classes is None else self._checked_target(classes))
            self.n_features_in_ = x.shape[1]
            if names is not None:
                self.feature_names_in_ = names
        target, outputs = self._target(checked)
        weights = weights * self._class_weights(target, weights)
        x, target, weights = x[weights > 0], target[weights > 0], weights[weights > 0]
        if len(x) == 0 and not (part and again):
            raise ValueError(f"{self._name}: class_weight leaves no sample with a weight above 0.")
        low, high = self.range_ if again else (np.inf, -np.inf)
        seen = x.min(axis=0, initial=np.inf), x.max(axis=0, initial=-np.inf)
        self.range_ = np.stack([np.minimum(seen[0], low), np.maximum(seen[1], high)])
        x, target, weights = merged(x, target, weights)
        if not again:
            self.standardizer_ = standardizer(x, weights)
            self._learn_units(target, weights)
        sizes = [x.shape[1], *self._hidden, outputs]
        return self.standardizer_.transform(x), self._standardized(target), weights, sizes

    def _without_held_out(
        self, x: Array, target: Array, weights: Array, rng: np.random.Generator
    ) -> tuple[Array, Array, Array, tuple[Array, Array]]:
        """The samples that are trained on, and the others, `validation_fraction` of them, of each class if there are classes."""
        held = np.zeros(len(x), bool)
        for some in self._strata(target):
            count = math.ceil(self.validation_fraction * len(some))
            held[rng.permutation(some)[: min(count, len(some) - 1)]] = True
        if not held.any():
            raise ValueError(f"{self._name}: early_stopping needs samples to set aside, and there are {len(x)} different ones.")
        return x[~held], target[~held], weights[~held], (x[held], target[held])

    def _partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> Self:
        """One pass of Adam over more samples."""
        self._check_parameters()
        again = hasattr(self, "model_")
        x, target, weights, sizes = self._learn_data(X, y, sample_weight, again, classes, part=True)
        if len(x) == 0:  # there is nothing to learn
            return self
        if again:
            self._check_layers("partial_fit", "fit", sizes)
            self.alpha_ = self.alpha_ if self.alpha is None else self.alpha
        else:
            self.solver_, self.alpha_ = "adam", 1.0 if self.alpha is None else self.alpha
            self.model_, self.history_, self.n_iter_, self.rows_seen_ = (
                self._network(sizes, len(x), self._source()),
                History(),
                0,
                0,
            )
            self.losses_ = self.history_.loss
        if not hasattr(self, "optimizer_"):
            self.optimizer_ = Adam(self.model_.parameters(), lr=self.learning_rate_init)
        self.optimizer_.param_groups[0]["lr"] = self.learning_rate_init
        self.rows_seen_, outputs = getattr(self, "rows_seen_", 0) + len(x), target.size // len(target)
        penalty, penalised = self.share * self.alpha_ / (self.rows_seen_ * outputs), self._penalised(self.model_)
        errors = []
        order = self._source().permutation(len(x))
        for rows in np.split(order, range(self.batch_size, len(x), self.batch_size)):
            each = self._error(self.model_(x[rows]), target[rows], "none").reshape(len(rows), -1).mean(axis=1)
            loss = (each * weights[rows]).sum() / weights[rows].sum() + penalty * sum((w * w).sum() for w in penalised)
            self.optimizer_.zero_grad()
            loss.backward()
            self.optimizer_.step()
            errors.append(loss.item())
        self.loss_ = float(np.mean(errors))
        self.history_.loss.append(self.loss_)
        self.n_iter_ += 1
        return self

    def _source(self) -> np.random.Generator:
        """The generator of a network that is trained part by part."""
        if not hasattr(self, "generator_") or self.generator_[0] != self.random_state:
            self.generator_: tuple[Any, np.random.Generator] = self.random_state, as_generator(self.random_state)
        return self.generator_[1]

    # -- the penalty --------------------------------------------------------------------------------------------------

    def _found_alpha(self, x: Array, target: Array, weights: Array, sizes: list[int], rng: np.random.Generator) -> float:
        """alpha as given; or that of which the networks trained on the other rows err least on a third of them.

        Levenberg-Marquardt has no penalty by default; with few rows it is small, with very many numbers it is 1.
        """
        if self.alpha is not None:
            return self.alpha
        if self.solver_ == "lm":
            return 0.0
        if len(x) < FEW_TO_PART:
            return ALPHAS[0]
        if self.solver_ == "adam" or x.size > MUCH_TO_PART:
            return 1.0
        seed = int(rng.integers(2**31))
        part = np.random.default_rng(seed).permutation(len(x)) % FOLDS
        self.alphas_ = {}
        best, worse = math.inf, 0
        for alpha in reversed(ALPHAS):  # the large ones take little time
            self.alpha_, error, limit = alpha, 0.0, WORSE * best * float(weights.sum())
            for fold in range(FOLDS):
                rest, held = part != fold, part == fold
                model, history, _ = self._trained(
                    x[rest], target[rest], weights[rest], sizes, np.random.default_rng([seed, fold]), min(self.max_iter, ENOUGH)
                )
                self._end_if_interrupted(history)
                with ag.no_grad():
                    errors = np.asarray(self._error(model(x[held]), target[held], "none").data).reshape(int(held.sum()), -1)
                error += float((errors.mean(axis=1) * weights[held]).sum())
                if not error <= limit:  # nor would it be with the other parts
                    break
            else:
                self.alphas_[alpha] = error / float(weights.sum())
                best, worse = min(best, self.alphas_[alpha]), 0
                continue
            worse += 1
            if worse == 2:  # one alone may lie between an alpha at which all weights are 0 and one at which they learn
                break
        return min(self.alphas_, key=lambda alpha: self.alphas_[alpha], default=ALPHAS[-1])

    def _end_if_interrupted(self, history: History) -> None:
        """Let Ctrl-C end all that this fit is a part of, such as a cross-validation. The best network so far is kept."""
        if history.interrupted:
            raise KeyboardInterrupt(f"{self._name}: the training was interrupted.")

    # -- training -----------------------------------------------------------------------------------------------------

    def _suitable(self, numbers: int, rows: int, sizes: list[int]) -> str:
        """The solver that suits a problem of that size."""
        parameters = sum((before + 1) * after for before, after in pairwise(sizes))
        if (
            "lm" in self.solvers
            and not self.early_stopping
            and parameters <= min(numbers, FEW_PARAMETERS)
            and numbers <= FEW_NUMBERS
        ):
            return "lm"
        return "lbfgs" if rows <= FEW_ROWS else "adam"

    def _trained(
        self,
        x: Array,
        target: Array,
        weights: Array,
        sizes: list[int],
        rng: np.random.Generator,
        max_iter: int,
        held: tuple[Array, Array] | None = None,
        before: Module | None = None,
    ) -> tuple[Module, History, int]:
        """A network trained from one start, or on from what it was before: its history, and the number of iterations."""
        model = self._network(sizes, len(x), rng) if before is None else copy.deepcopy(before)
        if self.solver_ == "lm":
            return model, *self._least_squares(model, x, target, weights, max_iter)
        return model, *self._descend(model, x, target, weights, rng, max_iter, held)

    def _network(self, sizes: list[int], rows: int, rng: np.random.Generator) -> Sequential:
        """A network with random weights."""
        layers: list[Module] = []
        for before, after in pairwise(sizes):
            layers += [Linear(before, after, rng=rng), ACTIVATIONS[self.activation]()]
        model = Sequential(*layers[:-1])
        if self.activation == "tanh" and sizes[0] <= 2 and rows >= PLATEAU and len(sizes) > 2:
            spread_over_range(layers[0], rng)
        return model

    def _check_layers(self, going_on: str, anew: str, sizes: list[int]) -> None:
        """Raise unless the network that there is has these layers and this activation."""
        have = [part for part in self.model_.modules() if isinstance(part, Linear)]
        bent = [type(part) for part in self.model_.modules()][2:3]  # after the network itself and its first layer
        for name, there, wanted in (
            ("hidden_layer_sizes", [have[0].in_features, *(part.out_features for part in have)], sizes),
            ("activation", bent, [type(ACTIVATIONS[self.activation]())][: len(have) - 1]),
        ):
            if there != wanted:
                raise ValueError(
                    f"{self._name}: {going_on} goes on with the layers there were, and {name} is now "
                    f"{getattr(self, name)!r}. Write {anew} to begin anew."
                )

    def _least_squares(self, model: Module, x: Array, target: Array, weights: Array, max_iter: int) -> tuple[History, int]:
        """Levenberg-Marquardt on the errors, and on the weights as further errors, for the penalty is a sum of squares."""
        optimizer = LevenbergMarquardt(model.parameters(), max_iter=max_iter, tolerance=self.tol)
        history, penalised, roots = History(), self._penalised(model), np.sqrt(weights).reshape(-1, 1)

        def residuals() -> Any:
            errors: Any = ((model(x) - target) * roots).ravel() if (weights != 1).any() else (model(x) - target).ravel()
            r: Any = np.concatenate([errors, *(self.alpha_**0.5 * w.ravel() for w in penalised)]) if self.alpha_ else errors
            history.loss.append(float(r.data.dot(r.data)) / target.size)
            return r

        history.best_loss = optimizer.step(residuals) / target.size
        history.best_epoch = int(np.argmin(history.loss))
        return history, optimizer.memory["n_iter"]

    def _descend(
        self,
        model: Module,
        x: Array,
        target: Array,
        weights: Array,
        rng: np.random.Generator,
        max_iter: int,
        held: tuple[Array, Array] | None,
    ) -> tuple[History, int]:
        """L-BFGS on all samples, or Adam on batches."""
        penalised = self._penalised(model)
        penalty = self.share * self.alpha_ / (float(weights.sum()) * (target.size // len(target)))

        def loss(prediction: Any, wanted: Array, reduction: str = "mean") -> Any:
            return self._error(prediction, wanted, reduction) + penalty * sum(np.vdot(w, w) for w in penalised)

        optimizer: Any
        if self.solver_ == "lbfgs":
            together = min(TOGETHER, max_iter)
            optimizer = LBFGS(model.parameters(), max_iter=together, history_size=20, line_search_fn="strong_wolfe")
            epochs, batch_size = math.ceil(max_iter / together), None
            patience = math.ceil(self.n_iter_no_change / TOGETHER)
        else:
            optimizer = Adam(model.parameters(), lr=self.learning_rate_init)
            epochs, batch_size, patience = max_iter, self.batch_size, self.n_iter_no_change

        def stalled(run: Any) -> bool:
            losses = run.history.loss if held is None else run.history.validation_loss
            return len(losses) > patience and min(losses[-patience:]) >= (1 - self.tol) * min(losses[:-patience])

        history = fit(
            model, x, target, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, rng=rng,
            callbacks=[stalled], progress=False, sample_weight=weights if (weights != 1).any() else None, validation=held,
        )  # fmt: skip
        return history, optimizer.memory["n_iter"] if self.solver_ == "lbfgs" else len(history.loss)

    # -- prediction ---------------------------------------------------------------------------------------------------

    def _answers(self, X: Any, warn: bool = True) -> Array:
        """The outputs of the network: shape (samples, outputs)."""
        if not hasattr(self, "model_"):
            kind = of_scikit_learn("NotFittedError", NotFittedError)
            raise kind(f"This {self._name} instance is not fitted yet. Call 'fit' with appropriate arguments before.")
        self._check_names(column_names(X))
        x = self._matrix(X)
        self._check_features(x)
        low, high = self.range_
        outside = (x < low) | (x > high)
        if warn and outside.any():
            k = int(outside.any(axis=0).argmax())
            name = repr(self.feature_names_in_[k]) if hasattr(self, "feature_names_in_") else k
            message = (
                f"{self._name}: {outside.any(axis=1).sum()} of {len(x)} rows are outside the range seen in training, where a "
                f"network can only guess: feature {name}, for one, went from {low[k]:.6g} to {high[k]:.6g}."
            )
            warnings.warn(message, OutsideRangeWarning, stacklevel=3)
        with ag.no_grad():
            answers: Array = self.model_(self.standardizer_.transform(x)).data
        return answers

    # -- refusals -----------------------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return type(self).__name__

    @property
    def _hidden(self) -> list[Any]:
        """The sizes of the hidden layers; a number alone is one layer."""
        hidden: list[Any] = np.atleast_1d(np.asarray(self.hidden_layer_sizes, object)).tolist()
        return hidden

    def _check_parts(self) -> None:
        """Raise unless the samples may come part by part."""
        if self.solver not in ("auto", "adam"):
            raise NotAvailableError(
                f"{self._name}: partial_fit takes steps of Adam, not of solver={self.solver!r}. Write solver='adam'."
            )
        if self.early_stopping:
            raise NotAvailableError(f"{self._name}: partial_fit does not support early_stopping=True.")

    def _check_parameters(self) -> None:
        """Raise unless all parameters make sense."""
        for option, known in (("activation", tuple(ACTIVATIONS)), ("solver", self.solvers)):
            if getattr(self, option) not in known:
                raise ValueError(f"{self._name}: {option}={getattr(self, option)!r} must be one of {known}.")
        for size in self._hidden:
            whole_number(self._name, "hidden_layer_sizes", size, 1)
        by_default = {name for name in ("alpha", "n_starts") if getattr(self, name) is None}
        given = {name: value for name, value in self.get_params().items() if name not in by_default}
        for option in given.keys() & {"n_starts", "max_iter", "batch_size", "n_iter_no_change"}:
            whole_number(self._name, option, given[option], 1)
        for option in given.keys() & {"alpha", "tol", "learning_rate_init"}:
            if not in_range(given[option], 0):
                raise ValueError(f"{self._name}: {option}={given[option]!r} must be a finite number that is not negative.")
        if not (in_range(self.validation_fraction, 0) and 0 < self.validation_fraction < 1):
            raise ValueError(f"{self._name}: validation_fraction={self.validation_fraction!r} must be between 0 and 1.")
        if self.early_stopping and self.solver == "lm":
            raise ValueError(f"{self._name}: early_stopping is for solver='lbfgs' or 'adam', not for 'lm'.")

    def _matrix(self, X: Any) -> Array:
        """X as an array of float64 with two axes."""
        if hasattr(X, "toarray"):
            raise TypeError(f"{self._name}: sparse data was passed for X, but dense data is required. Write X.toarray().")
        x = self._unmasked("X", X)
        if x.ndim != 2:
            raise ValueError(
                f"{self._name}: X has shape {x.shape}, but there must be a row for each sample. Reshape your data: write "
                "X.reshape(-1, 1) if it has a single feature, X.reshape(1, -1) if it is a single sample."
            )
        for count, what in zip(x.shape, ("sample", "feature")):
            if count == 0:
                raise ValueError(f"{self._name}: X has 0 {what}(s) (shape={x.shape}) while a minimum of 1 is required.")
        if x.dtype.kind not in "biufcO":
            raise ValueError(f"{self._name}: X is {x.dtype}; it must be numbers.")
        return self._finite("X", self._numbers("X", x))

    def _unmasked(self, what: str, given: Any) -> Array:
        """An array without masked elements: the numbers beneath a mask would be taken for data."""
        if np.ma.is_masked(given):
            raise ValueError(f"{self._name}: {what} is a masked array. Leave the rows out that are masked, or fill them in.")
        return np.asarray(given)

    def _numbers(self, what: str, array: Array) -> Array:
        """An array as float64; complex numbers stay, to be refused."""
        if array.dtype.kind == "c":
            return array
        try:
            return array.astype(float)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self._name}: {what} must be numbers, without text or missing values: {error}") from error

    def _finite(self, what: str, array: Array) -> Array:
        """An array, if no number in it is missing, infinite or complex."""
        if array.dtype.kind == "c":
            raise ValueError(f"{self._name}: {what} is {array.dtype}. Complex data not supported.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            found = "NaN" if np.isnan(array).any() else "infinity"
            raise ValueError(f"{self._name}: Input {what} contains {found}. Leave such rows out, or fill them in.")
        return array

    def _check_features(self, x: Array) -> None:
        if x.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {x.shape[1]} features, but {self._name} is expecting {self.n_features_in_} features as input."
            )

    def _check_shape(self, truth: Array, predicted: Array) -> None:
        if truth.shape != predicted.shape:
            raise ValueError(f"{self._name}: y has shape {truth.shape}, but the prediction has {predicted.shape}.")

    def _check_names(self, names: Array | None) -> None:
        """Raise if the columns are not those of training, warn if they have no names any more."""
        seen = getattr(self, "feature_names_in_", None)
        if seen is None or (names is not None and names.tolist() == seen.tolist()):
            return
        if names is None:
            message = f"X does not have valid feature names, but {self._name} was fitted with feature names."
            warnings.warn(message, UserWarning, stacklevel=4)
            return
        lines = ["The feature names should match those that were passed during fit."]
        for title, some in (
            ("unseen at fit time", {*names} - {*seen}),
            ("seen at fit time, yet now missing", {*seen} - {*names}),
        ):
            lines += [f"Feature names {title}:", *(f"- {name}" for name in sorted(some))] if some else []
        lines += ["Feature names must be in the same order as they were in fit."] if len(lines) == 1 else []
        raise ValueError("\n".join([*lines, ""]))

    # -- the differences of the two -----------------------------------------------------------------------------------

    def _weights(self, sample_weight: Any, rows: int) -> Array:
        """The weights of the samples."""
        if sample_weight is None:
            return np.ones(rows)
        weights = self._finite("sample_weight", self._numbers("sample_weight", self._unmasked("sample_weight", sample_weight)))
        if weights.shape != (rows,):
            raise ValueError(
                f"{self._name}: sample_weight.shape == {weights.shape}, expected ({rows},): a number for each sample."
            )
        if (weights < 0).any() or not weights.any():
            raise ValueError(f"{self._name}: sample_weight must not be negative, and not be zero for all.")
        return weights

    def _class_weights(self, target: Array, weights: Array) -> Array:
        """The weights of the samples by their classes."""
        return np.ones(len(target))

    def _learn_units(self, target: Array, weights: Array) -> None:
        """Note the units of the target."""

    def _standardized(self, target: Array) -> Array:
        """The target in the units of the network."""
        return target

    def _penalised(self, model: Module) -> list[Any]:
        """The parameters that alpha is for: not the biases."""
        return [p for p in model.parameters() if p.ndim > 1]

    def _strata(self, target: Array) -> list[Array]:
        """The places of the samples, in sets from which some are set aside."""
        return [np.arange(len(target))]

    def _checked_target(self, y: Array) -> Any:
        """The numbers; or the classes there are, sorted, and the number of the class of each sample."""
        raise NotImplementedError

    def _learn_target(self, checked: Any) -> None:
        """Note the shape of the targets, or the classes."""
        raise NotImplementedError

    def _target(self, checked: Any) -> tuple[Array, int]:
        """The numbers that the network is trained on, and the number of its outputs."""
        raise NotImplementedError

    def _error(self, prediction: Any, target: Array, reduction: str = "mean") -> Any:
        """The loss without the penalty."""
        raise NotImplementedError

    # -- scikit-learn's routing of sample weights, where it is enabled ------------------------------------------------

    def get_metadata_routing(self) -> Any:
        """The methods that take `sample_weight`, and whether it was asked for, as scikit-learn wants to know it."""
        from sklearn.utils import metadata_routing  # type: ignore[import-not-found, import-untyped, unused-ignore]

        if hasattr(self, "_metadata_request"):
            return metadata_routing.get_routing_for_object(self._metadata_request)
        request = metadata_routing.MetadataRequest(owner=self)
        for method in ("fit", "partial_fit", "score"):
            getattr(request, method).add_request(param="sample_weight", alias=None)
        return request

    def set_fit_request(self, *, sample_weight: bool | str | None) -> Self:
        """Have scikit-learn pass `sample_weight` on to `fit`: True, False, None for an error, or the name it goes by."""
        return self._set_request("fit", sample_weight)

    def set_partial_fit_request(self, *, sample_weight: bool | str | None) -> Self:
        """The same for `partial_fit`."""
        return self._set_request("partial_fit", sample_weight)

    def set_score_request(self, *, sample_weight: bool | str | None) -> Self:
        """The same for `score`."""
        return self._set_request("score", sample_weight)

    def _set_request(self, method: str, sample_weight: bool | str | None) -> Self:
        request = self.get_metadata_routing()
        getattr(request, method).add_request(param="sample_weight", alias=sample_weight)
        self._metadata_request = request
        return self

    def __sklearn_tags__(self) -> Any:
        """The properties that scikit-learn asks for."""
        from sklearn import utils  # type: ignore[import-not-found, import-untyped, unused-ignore]

        is_regressor = self.kind == "regressor"
        return utils.Tags(
            estimator_type=self.kind,
            target_tags=utils.TargetTags(required=True, multi_output=is_regressor),
            transformer_tags=None,
            classifier_tags=None if is_regressor else utils.ClassifierTags(),
            regressor_tags=utils.RegressorTags() if is_regressor else None,
        )


class Regressor(Estimator):
    """A network that predicts numbers, used as scikit-learn's regressors are.

    Features and y are standardised inside, so that they may have any units. Computed in float64.

    Parameters
    ----------
    hidden_layer_sizes
        The numbers of neurons in the hidden layers; `()` is a linear model. All further parameters are keywords.
    activation
        "tanh", "logistic", "relu", "identity", "gelu", "silu" or "sine".
    solver
        "lm": Levenberg-Marquardt; "lbfgs"; "adam", on batches. "auto": "lm" if y has no more than 100 numbers and the network no
        more than 25 parameters, nor more than y has numbers; else "lbfgs" up to 5000 samples; else "adam". See `solver_`.
    alpha
        The cost of the squares of the weights (not of biases) beside those of the errors of standardised y, as in
        scikit-learn's `Ridge`. Default: that of 0.03, 1, 10, 100 and 1000 with which networks trained on two thirds of the
        samples err least on the others; but 0.03 with fewer than 10 samples, 1 with "adam" or very many numbers, and 0 with
        "lm", which suits exact data. See `alpha_` and `alphas_`.
    n_starts
        The number of networks with other random weights that are trained; the one with the least loss is kept. Default: 5 with
        "lm", else 1.
    max_iter
        The largest number of iterations, or of epochs with "adam".
    tol
        It ends when `n_iter_no_change` iterations, or epochs, have lowered the loss by less than this share of it.
    batch_size, learning_rate_init
        For "adam": the number of samples in a step, and the learning rate.
    random_state
        Of the random weights: a seed, `numpy.random.Generator` or `RandomState`; default: the generator of `nn.manual_seed`.
    warm_start
        True: `fit` goes on from the network that there is, in its units and with its `alpha_`, rather than from a new start.
        Parameters that were set since hold from then on; other layers or another activation are refused.
    early_stopping, validation_fraction
        True: this share of the samples, of each class, is set aside, and the loss on it decides when to end and which weights
        were the best. Not for "lm".
    n_iter_no_change
        See `tol`; "lbfgs" counts in tens.

    Attributes
    ----------
    model_ : Sequential
        The network, which works on standardised numbers: `standardizer_` for X, `target_standardizer_` for y.
    loss_, losses_ : float, list
        The mean squared error of standardised y, with the penalty: of the network, and of all starts.
    history_ : History
        The loss over the evaluations ("lm"), every ten iterations ("lbfgs") or epochs ("adam").
    alpha_, alphas_ : float, dict
        The penalty taken, and the mean error on left-out samples for each that was tried to the end.
    solver_, n_iter_, n_features_in_, feature_names_in_, range_
        The solver chosen and the iterations it took (`max_iter` if these were too few); the columns of X (their names if it was
        a dataframe), and their least and greatest values.

    Warns
    -----
    OutsideRangeWarning
        `predict` is asked beyond the range of a feature in training. `score` does not warn, since there the truth is known.

    Examples
    --------
    >>> import numpy as np, nn
    >>> hours = np.arange(24.0).reshape(-1, 1)
    >>> celsius = 15 + 5 * np.sin((hours[:, 0] - 9) * np.pi / 12)
    >>> model = nn.Regressor(4, random_state=0).fit(hours, celsius)
    >>> model.predict([[13.75]]).round(1), (15 + 5 * np.sin(4.75 * np.pi / 12)).round(1)
    (array([19.7]), np.float64(19.7))
    """

    kind = "regressor"
    solvers = ("auto", "lm", "lbfgs", "adam")
    share = 1.0

    def predict(self, X: Any) -> Array:
        """y for each row of X, in the shape and units of the y of training."""
        return self._in_units(self._answers(X))

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """R squared, the share of the variance of y that is explained: 1 is best; the mean over outputs."""
        predicted = self._in_units(self._answers(X, warn=False))
        truth = self._finite("y", self._numbers("y", self._unmasked("y", y)))
        self._check_shape(truth, predicted)
        weights = self._weights(sample_weight, len(truth)).reshape(-1, *(1,) * (truth.ndim - 1))
        size = float(np.abs(truth).max()) if truth.size else 0.0
        if np.isfinite(size) and size > 1e100:  # whose squares would overflow
            truth, predicted = truth / size, predicted / size
        error = (weights * (truth - predicted) ** 2).sum(axis=0)
        spread = (weights * (truth - (weights * truth).sum(axis=0) / weights.sum()) ** 2).sum(axis=0)
        constant = np.where(error > 0, 0.0, 1.0)  # R squared of a y without variance, as in scikit-learn
        return float(np.mean(np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1), constant)))

    def _in_units(self, answers: Array) -> Array:
        y: Array = self.target_standardizer_.inverse_transform(answers)
        return y.reshape(len(y), *self.target_shape_)

    @partial_fit
    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train on with more samples, by one pass of Adam over them; the first call begins, as `fit` does.

        The units of X and y, for which `alpha` and the learning rate are, are those of the first samples. Parameters and errors
        are as in `fit`, and `early_stopping` is refused. Parameters that were set since the last call hold from then on, but
        other layers or another activation are refused.
        """
        return self._partial_fit(X, y, None, sample_weight)

    def _checked_target(self, y: Array) -> Array:
        return self._finite("y", self._numbers("y", y))

    def _learn_target(self, y: Array) -> None:
        if y.ndim > 2 or 0 in y.shape:
            raise ValueError(f"{self._name}: y has shape {y.shape}; it must be (samples) or (samples, outputs).")
        self.target_shape_ = y.shape[1:]

    def _target(self, y: Array) -> tuple[Array, int]:
        if y.shape[1:] != self.target_shape_:
            raise ValueError(f"{self._name}: y has shape {y.shape}, but was learnt with {('samples', *self.target_shape_)}.")
        rows = y.reshape(len(y), -1)
        return rows, rows.shape[1]

    def _learn_units(self, target: Array, weights: Array) -> None:
        self.target_standardizer_ = standardizer(target, weights)

    def _standardized(self, target: Array) -> Array:
        standardized: Array = self.target_standardizer_.transform(target)
        return standardized

    def _error(self, prediction: Any, target: Array, reduction: str = "mean") -> Any:
        return F.mse_loss(prediction, target, reduction=reduction)


class Classifier(Estimator):
    """A network that predicts classes, used as scikit-learn's classifiers are.

    Parameters and attributes are those of `Regressor`, and `class_weight`: a dict of a weight for the samples of each label, or
    "balanced" for such that all classes count the same. But: the loss is the cross-entropy; there is no solver "lm"; and `alpha`
    is `1 / C` of `sklearn.linear_model.LogisticRegression`: the sum of squares costs `alpha / 2`. With two classes, too: then the
    squares of the last layer count twice, as its two outputs stand for one.

    Attributes
    ----------
    classes_ : array (classes)
        The labels, sorted: numbers or text.

    Warns
    -----
    OutsideRangeWarning
        `predict` or `predict_proba` is asked beyond the range of a feature in training.

    Examples
    --------
    >>> import nn
    >>> corners, label = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "other", "other", "same"]
    >>> model = nn.Classifier(4, alpha=0.01, random_state=0).fit(corners, label)
    >>> model.predict(corners)
    array(['same', 'other', 'other', 'same'], dtype='<U5')
    >>> model.predict_proba(corners)[0].round(1), model.classes_
    (array([0., 1.]), array(['other', 'same'], dtype='<U5'))
    """

    kind = "classifier"
    solvers = ("auto", "lbfgs", "adam")
    share = 0.5

    def __init__(
        self, hidden_layer_sizes: int | Sequence[int] = (32,), *, activation: str = "tanh", solver: str = "auto",
        alpha: float | None = None, n_starts: int | None = None, max_iter: int = 200, tol: float = 1e-2,
        batch_size: int = 200, learning_rate_init: float = 1e-3, random_state: Any = None, warm_start: bool = False,
        early_stopping: bool = False, validation_fraction: float = 0.1, n_iter_no_change: int = 10, class_weight: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            hidden_layer_sizes, activation=activation, solver=solver, alpha=alpha, n_starts=n_starts, max_iter=max_iter, tol=tol,
            batch_size=batch_size, learning_rate_init=learning_rate_init, random_state=random_state, warm_start=warm_start,
            early_stopping=early_stopping, validation_fraction=validation_fraction, n_iter_no_change=n_iter_no_change,
        )  # fmt: skip
        self.class_weight = class_weight

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return super().get_params(deep) | {"class_weight": self.class_weight}

    def _class_weights(self, target: Array, weights: Array) -> Array:
        """The weights of the samples by their classes: 1, those given by label, or such that all classes count the same."""
        if self.class_weight is None:
            return np.ones(len(target))
        if not isinstance(self.class_weight, Mapping) and not (
            isinstance(self.class_weight, str) and self.class_weight == "balanced"
        ):
            raise ValueError(
                f"{self._name}: class_weight={self.class_weight!r}; write 'balanced', or a dict of numbers by label."
            )
        return weights_of_classes(self._name, self.class_weight, self.classes_, target, weights)

    def predict(self, X: Any) -> Array:
        """The most probable class of each row of X."""
        return self._most_probable(self._answers(X))

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class for each row of X: shape (samples, classes), in the order of `classes_`."""
        probabilities: Array = F.softmax(self._answers(X), -1)
        return probabilities

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of the probabilities of `predict_proba`, also of those that are 0 there."""
        logarithms: Array = F.log_softmax(self._answers(X), -1)
        return logarithms

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The share of the rows of X whose class is predicted right."""
        predicted, truth = self._most_probable(self._answers(X, warn=False)), np.asarray(y)
        self._check_shape(truth, predicted)
        return float(np.average(predicted == truth, weights=self._weights(sample_weight, len(truth))))

    def _most_probable(self, answers: Array) -> Array:
        labels: Array = self.classes_[answers.argmax(axis=1)]
        return labels

    @partial_fit
    def partial_fit(self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None) -> Self:
        """Train on with more samples, by one pass of Adam over them; the first call begins, as `fit` does.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes
            All labels that there will be, in the first call; later ones need none.

        Raises
        ------
        ValueError
            There are labels that are not among the classes; `class_weight` is "balanced"; `early_stopping` is True; the layers
            or the activation were set anew; and as in `fit`. But later samples that all have the weight 0 by their class are no
            error, and change nothing.
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"{self._name}: class_weight={self.class_weight!r} needs all samples at once. Write a dict of numbers."
            )
        if not hasattr(self, "model_") and classes is None:
            raise ValueError(f"{self._name}: classes must be passed on the first call to partial_fit.")
        labels = None if classes is None else np.unique(np.asarray(classes))
        if labels is not None and hasattr(self, "model_") and not np.array_equal(labels, self.classes_):
            raise ValueError(
                f"{self._name}: classes={classes!r} is not the same as on last call to partial_fit: {self.classes_}."
            )
        return self._partial_fit(X, y, labels, sample_weight)

    def _penalised(self, model: Module) -> list[Any]:
        weights = super()._penalised(model)
        # of two classes, w and -w in the last layer stand for 2 w of one logistic output, whose square is twice the sum of theirs
        return [*weights, weights[-1]] if len(self.classes_) == 2 else weights

    def _strata(self, target: Array) -> list[Array]:
        return [np.flatnonzero(target == k) for k in range(len(self.classes_)) if (target == k).any()]

    def _learn_target(self, checked: tuple[Array, Array]) -> None:
        self.classes_ = checked[0]
        if len(self.classes_) < 2:
            raise ValueError(
                f"{self._name}: y has 1 class, {self.classes_.tolist()[0]!r}; there must be two or more to tell apart."
            )

    def _target(self, checked: tuple[Array, Array]) -> tuple[Array, int]:
        classes, target = checked
        strange = classes[~np.isin(classes, self.classes_)]
        if strange.size:
            raise ValueError(f"{self._name}: y has the labels {strange.tolist()}, which are not among {self.classes_.tolist()}.")
        return np.searchsorted(self.classes_, classes)[target], len(self.classes_)

    def _checked_target(self, y: Array) -> tuple[Array, Array]:
        if y.ndim == 2 and y.shape[1] == 1:
            kind = of_scikit_learn("DataConversionWarning", UserWarning)
            message = "A column-vector y was passed when a 1d array was expected. Write y.ravel()."
            warnings.warn(message, kind, stacklevel=3)
            y = y.ravel()
        if y.ndim != 1:
            raise ValueError(f"{self._name}: y has shape {y.shape}; it should be a 1d array, with a label for each sample.")
        if y.dtype.kind == "O" and any(label is None or type(label).__name__ == "NAType" for label in y.tolist()):
            raise ValueError(f"{self._name}: Input y contains NaN: labels are missing (None or pandas.NA). Leave such rows out.")
        if (y != y).any():
            raise ValueError(f"{self._name}: Input y contains NaN.")
        if y.dtype.kind == "f" and (y % 1 != 0).any():
            raise ValueError(f"{self._name}: Unknown label type: continuous. For numbers take nn.Regressor.")
        try:
            classes, target = np.unique(y, return_inverse=True)
        except TypeError as error:
            raise ValueError(f"{self._name}: Unknown label type: labels of several types, which cannot be sorted.") from error
        return classes, target

    def _error(self, prediction: Any, target: Array, reduction: str = "mean") -> Any:
        return F.cross_entropy(prediction, target, reduction=reduction)


# -- small parts ------------------------------------------------------------------------------------------------------


def merged(x: Array, target: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Equal samples as one with the sum of their weights: twice the sample is the sample with twice the weight, to the bit."""
    rows = np.column_stack([x, target])
    unique, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    if len(unique) == len(rows) and (weights == 1).all():
        return x, target, weights
    return x[first], target[first], np.bincount(which.ravel(), weights)


def standardizer(x: Array, weights: Array) -> Standardizer:
    """The standardizer of weighted rows."""
    made = Standardizer().fit(x)
    if (weights != 1).any():
        made.mean = np.average(x, axis=0, weights=weights)
        deviation = np.sqrt(np.average((x - made.mean) ** 2, axis=0, weights=weights))
        made.scale = np.where(np.ptp(x, axis=0) > 0, deviation, 1.0)
    return made


def spread_over_range(layer: Any, rng: np.random.Generator) -> None:
    """Let the units of a first layer of tanh bend at places all over standardised inputs (Nguyen and Widrow, 1990).

    Units that are nearly straight there lie on a plateau of the loss, if the curve has many turns.
    """
    units, features = layer.weight.shape
    size = 0.7 * units ** (1 / features)
    weight = rng.uniform(-1, 1, (units, features))
    weight *= size / np.linalg.norm(weight, axis=1, keepdims=True)
    layer.weight.data, layer.bias.data = weight / 3**0.5, rng.uniform(-size, size, units)


def column_names(X: Any) -> Array | None:
    """The column names of a dataframe, if all are text."""
    names = np.asarray(getattr(X, "columns", ()), object)
    return names if names.size and all(isinstance(name, str) for name in names) else None


def as_generator(random_state: Any) -> np.random.Generator:
    """A generator from scikit-learn's random state; of a RandomState a seed is drawn."""
    if isinstance(random_state, np.random.RandomState):
        return generator(int(random_state.randint(2**31 - 1)))
    try:
        return generator(random_state)
    except (TypeError, ValueError) as error:
        raise type(error)(f"random_state={random_state!r} must be a seed from 0 on, a Generator or a RandomState.") from error


def of_scikit_learn(name: str, otherwise: type[Any]) -> type[Any]:
    """scikit-learn's own exception of that name, if it is loaded: a program that catches it has loaded it."""
    return getattr(sys.modules.get("sklearn.exceptions"), name, otherwise)
