"""A distribution of scipy.stats made of formulas: SciPy's methods, each with the derivative of its formula."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from ..safety.operands import values_of
from .by_formula import by_formula
from .needed import needed
from .options import handed_through

stats = needed("scipy.stats")
Formula = Callable[..., Any]


class Distribution:
    """A distribution of scipy.stats. Methods that are not differentiated are SciPy's, such as rvs and fit.

    Called with parameters it is frozen:

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import norm
    >>> ag.grad(lambda m: norm(m, 2.0).logpdf(3.0))(1.0)                  # (3 - m) / 2^2
    array(0.5)
    """

    distribution: Any
    name: str

    def __getattr__(self, name: str) -> Any:
        if name == "distribution":  # while it is copied or unpickled
            raise AttributeError(name)
        return self.handed_through(getattr(self.distribution, name))

    def handed_through(self, method: Any) -> Any:
        """A method of SciPy's as it is: it has no derivative, and refuses by its name Tensors that require grad."""
        drawn = f"loc + scale * stats.{self.name}.rvs(size=n): drawn numbers are constants, and arithmetic has derivatives"
        return handed_through(f"stats.{self.name}", method, {"rvs": drawn})

    def density(
        self, log_density: Formula, signature: str, constants: Collection[str] = (), log: str = "logpdf",
        possible: Callable[..., Any] | None = None,
    ) -> tuple[Formula, Formula]:  # fmt: skip
        """The methods `logpdf`, or the one named by `log`, and `pdf` = exp(logpdf); they are flat where x is not `possible`."""

        def method_of(method: str) -> Callable[..., Any]:
            def formula(**given: Any) -> Any:
                found = log_density(**given) if method == log else np.exp(log_density(**given))
                return found if possible is None else np.where(possible(**given), found, flat(method, False) * found)

            return by_formula(f"{self.name}.{method}", self.value(method), formula, signature, constants)

        return method_of(log), method_of(log.removeprefix("log"))

    def value(self, method: str) -> Callable[..., Any]:
        """SciPy's method."""
        found: Callable[..., Any] = getattr(self.distribution, method)
        return found

    def __call__(self, *args: Any, **options: Any) -> Frozen:
        return Frozen(self, args, options)

    def __repr__(self) -> str:
        return f"<{self.name} of scipy.stats, with derivatives>"


class Frozen:
    """A distribution with given parameters: its methods take the rest. Those without a formula are SciPy's, as rvs and fit."""

    def __init__(self, distribution: Distribution, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.distribution, self.args, self.kwds = distribution, args, options

    def __getattr__(self, name: str) -> Any:
        if name in ("distribution", "args", "kwds") or name.startswith("__"):
            raise AttributeError(name)
        ours = self.distribution
        if name in vars(ours) and name not in ("distribution", "name", "shapes"):
            method = getattr(ours, name)
            return lambda *first, **options: method(*first, *self.args, **self.kwds, **options)

        def scipys(*args: Any, **options: Any) -> Any:
            return getattr(ours.distribution(*args, **options), name)

        scipys.__name__ = name
        return ours.handed_through(ours.handed_through(scipys)(*self.args, **self.kwds))

    def __repr__(self) -> str:
        return f"{self.distribution!r} of {(*self.args, *self.kwds.items())}"


def flat(method: str, below: Any) -> Any:
    """The factor of a derivative outside of the support: 0, since nothing changes there, and nan for a logarithm that is -inf."""
    unknown = {"logpdf": True, "logpmf": True, "logcdf": below, "logsf": ~np.asarray(below)}.get(method, False)
    return np.where(unknown, np.nan, 0.0)


class Continuous(Distribution):
    """A distribution of real numbers: the formulas are those of z = (x - loc) / scale and the shape parameters.

    `sf` and `isf` have formulas of their own: 1 - q has no digits of a small q, nor 1 - cdf of a small tail. `mean`, `var` and
    `entropy` are those of z. Without `log_tails` the logarithms of `cdf` and `sf` have no formula: the tails are not known to
    their digits. A method without a formula is SciPy's, and has no derivative.

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import expon
    >>> ag.grad(expon.logpdf)(2.0)
    array(-1.)
    """

    def __init__(
        self, name: str, shapes: str, log_density: Formula, cdf: Formula | None = None, sf: Formula | None = None,
        ppf: Formula | None = None, isf: Formula | None = None, logcdf: Formula | None = None, logsf: Formula | None = None,
        mean: Formula | None = None, var: Formula | None = None, entropy: Formula | None = None, log_tails: bool = True,
    ) -> None:  # fmt: skip
        self.distribution = getattr(stats, name)
        self.shapes = shapes.split()
        self.name = name
        self.logpdf = self.of_z("logpdf", lambda z, scale, *a: log_density(z, *a) - np.log(scale))
        self.pdf = self.of_z("pdf", lambda z, scale, *a: np.exp(log_density(z, *a)) / scale)
        if cdf:
            self.cdf = self.of_z("cdf", lambda z, scale, *a: cdf(z, *a))
        if cdf and log_tails:
            self.logcdf = self.of_z("logcdf", lambda z, scale, *a: logcdf(z, *a) if logcdf else np.log(cdf(z, *a)))
        if sf:
            self.sf = self.of_z("sf", lambda z, scale, *a: sf(z, *a))
        if sf and log_tails:
            self.logsf = self.of_z("logsf", lambda z, scale, *a: logsf(z, *a) if logsf else np.log(sf(z, *a)))
        if ppf:
            self.ppf = self.of_shapes("ppf", lambda q, *a: ppf(q, *a), lambda x, loc, scale: loc + scale * x, "q")
            self.median = self.of_shapes("median", lambda *a: ppf(0.5, *a), lambda x, loc, scale: loc + scale * x)
        if isf:
            self.isf = self.of_shapes("isf", lambda q, *a: isf(q, *a), lambda x, loc, scale: loc + scale * x, "q")
        if mean:
            self.mean = self.of_shapes("mean", mean, lambda x, loc, scale: loc + scale * x)
        if var:
            self.var = self.of_shapes("var", var, lambda x, loc, scale: scale**2 * x)
            self.std = self.of_shapes("std", var, lambda x, loc, scale: scale * np.sqrt(x))
        if entropy:
            self.entropy = self.of_shapes("entropy", entropy, lambda x, loc, scale: x + np.log(scale))

    def of_shapes(self, method: str, formula: Formula, placed: Formula, first: str = "") -> Callable[..., Any]:
        """A method of SciPy's whose formula is that of loc 0 and scale 1; `placed(x, loc, scale)` makes one of all of it."""

        value = getattr(self.distribution, method)

        def of_all(*, loc: Any, scale: Any, **given: Any) -> Any:
            zero = 0 * sum([loc, scale, *given.values()])  # of the shape of all
            found = placed(formula(*given.values()), loc, scale) + zero
            if first:
                return found
            known = np.isfinite(value(*map(values_of, given.values()), loc=values_of(loc), scale=values_of(scale)))
            return found if np.all(known) else np.where(known, found, np.nan * found)

        return by_formula(f"{self.name}.{method}", value, of_all, self.signature(first))

    def signature(self, first: str) -> str:
        return ", ".join([*first.split(), *self.shapes, "loc=0.0", "scale=1.0"])

    def of_z(self, method: str, formula: Formula) -> Callable[..., Any]:
        """A method of SciPy's with the derivative of a formula inside the support."""

        def of_x(x: Any, *, loc: Any, scale: Any, **shapes: Any) -> Any:
            low, high = self.distribution.support(*map(values_of, shapes.values()), loc=values_of(loc), scale=values_of(scale))
            inside = (x >= low) & (x <= high) & np.isfinite(x)
            if np.all(inside):
                return formula((x - loc) / scale, scale, *shapes.values())
            middle = np.where(np.isfinite(high), 0.5 * (low + high), low + values_of(scale))
            middle = np.where(np.isfinite(low), middle, values_of(loc))
            z = (np.where(inside, x, middle) - loc) / scale
            found = formula(z, scale, *shapes.values())
            return np.where(inside, found, flat(method, x < high) * (found + x))

        return by_formula(f"{self.name}.{method}", getattr(self.distribution, method), of_x, self.signature("x"))


class Discrete(Distribution):
    """A distribution of whole numbers: the formulas are those of k - loc and the shape parameters.

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import poisson
    >>> ag.grad(lambda mu: poisson.logpmf(3, mu))(2.0)                    # k / mu - 1
    array(0.5)
    """

    def __init__(
        self, name: str, shapes: str, log_mass: Formula, cdf: Formula | None = None, sf: Formula | None = None,
        constants: Sequence[str] = (), mean: Formula | None = None, var: Formula | None = None, entropy: Formula | None = None,
    ) -> None:  # fmt: skip
        self.distribution = getattr(stats, name)
        self.name = name
        self.shapes = shapes.split()
        self.logpmf = self.of_k("logpmf", log_mass)
        self.pmf = self.of_k("pmf", lambda *a: np.exp(log_mass(*a)))
        if cdf:
            self.cdf = self.of_k("cdf", cdf, constants)
            self.logcdf = self.of_k("logcdf", lambda *a: np.log(cdf(*a)), constants)
        if sf:
            self.sf = self.of_k("sf", sf, constants)
            self.logsf = self.of_k("logsf", lambda *a: np.log(sf(*a)), constants)
        if mean:
            self.mean = self.of_shapes("mean", lambda loc, *a: mean(*a) + loc)
        if var:
            self.var = self.of_shapes("var", lambda loc, *a: var(*a) + 0 * loc)
            self.std = self.of_shapes("std", lambda loc, *a: np.sqrt(var(*a)) + 0 * loc)
        if entropy:
            self.entropy = self.of_shapes("entropy", lambda loc, *a: entropy(*a) + 0 * loc)

    def of_shapes(self, method: str, formula: Formula) -> Callable[..., Any]:
        value = getattr(self.distribution, method)
        return by_formula(f"{self.name}.{method}", value, lambda loc, **a: formula(loc, *a.values()), self.signature())

    def signature(self, first: str = "") -> str:
        return ", ".join([*first.split(), *self.shapes, "loc=0"])

    def of_k(self, method: str, formula: Formula, constants: Sequence[str] = ()) -> Callable[..., Any]:
        """A method of SciPy's with the derivative of a formula where the number is possible; else it is flat."""
        mass = method.endswith("pmf")

        def of_count(k: Any, *, loc: Any, **shapes: Any) -> Any:
            low, high = self.distribution.support(*map(values_of, shapes.values()))
            k = np.asarray(k, float) - loc
            whole = np.floor(k)
            inside = (k == whole) & (k >= low) & (k <= high) if mass else (k >= low) & (k < high)
            found = formula(np.where(inside, whole, low), *shapes.values())
            return np.where(inside, found, flat(method, k < low) * found)

        value = getattr(self.distribution, method)
        return by_formula(f"{self.name}.{method}", value, of_count, self.signature("k"), {"k", "loc", *constants})


__all__ = ["Continuous", "Discrete", "Distribution"]
