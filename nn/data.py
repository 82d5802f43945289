"""Data before training: batches, splits, standardised columns, windows of a series, periodic features."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_lite as ag

from .absent import refusing
from .module import whole_number
from .random import Rng, generator

__all__ = [
    "DAY", "YEAR", "DataLoader", "Dataset", "Standardizer", "TensorDataset", "Windows", "batches", "periodic", "split",
    "split_by_time", "windows",
]  # fmt: skip

Array = NDArray[Any]

DAY = np.timedelta64(24, "h")
YEAR = np.timedelta64(31_556_952, "s")  # 365.2425 days, the mean of the Gregorian calendar

# -- batches and splits -----------------------------------------------------------------------------------------------


def batches(
    *arrays: ArrayLike, batch_size: int | None = None, shuffle: bool = True, drop_last: bool = False, rng: Rng = None
) -> Iterator[tuple[Array, ...]]:
    """The rows of one epoch, a few at a time and each once.

    Parameters
    ----------
    *arrays
        With the same number of rows, which stay together.
    batch_size
        The number of rows in a batch; the last one may be smaller. Default: all of them at once, in their order.
    shuffle
        True: the rows come in an order drawn from `rng`.
    drop_last
        Leave the last batch out if it is smaller.
    rng
        Generator or seed; default: the one of `nn.manual_seed`.

    Returns
    -------
    iterator of tuples
        One array for each of `arrays`.

    Raises
    ------
    ValueError
        There are no arrays, they differ in their numbers of rows, or batch_size is below 1.

    Examples
    --------
    >>> for x, y in batches([1, 2, 3], [10, 20, 30], batch_size=2, rng=0):
    ...     print(x, y)
    [3 1] [30 10]
    [2] [20]
    """
    rows = of_equal_length("batches", *arrays)
    if batch_size is None:
        return iter([tuple(rows)])
    whole_number("batches", "batch_size", batch_size, 1)
    n = len(rows[0])
    order = generator(rng).permutation(n) if shuffle else np.arange(n)
    end = n - n % batch_size if drop_last else n
    chosen = (order[start : start + batch_size] for start in range(0, end, batch_size))
    return (tuple(array[some] for array in rows) for some in chosen)


class Dataset:
    """PyTorch's base of data sets: objects with a length and samples by their number. A list of samples is one too.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return float(index), float(index**2)
    >>> Squares()[2]
    (2.0, 4.0)
    """

    def __len__(self) -> int:
        raise TypeError(f"{type(self).__name__} has no length: write 'def __len__(self): ...' in its class.")

    def __getitem__(self, index: Any) -> Any:
        raise TypeError(f"{type(self).__name__} has no samples: write 'def __getitem__(self, index): ...' in its class.")


class TensorDataset(Dataset):
    """Arrays of the same number of rows: sample i is the tuple of their rows i.

    >>> TensorDataset([1, 2, 3], [10, 20, 30])[1]
    (np.int64(2), np.int64(20))
    """

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tuple(of_equal_length("TensorDataset", *map(np.asarray, tensors)))

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(array[index] for array in self.tensors)


def _generator_of_orders(named_generator: Rng, named_rng: Rng) -> np.random.Generator | None:
    """The generator given to a DataLoader by either of its names; None for the one of `nn.manual_seed`."""
    if named_generator is not None and named_rng is not None:
        raise TypeError("DataLoader: generator= and rng= are two names of one option. Give one of them.")
    given = named_rng if named_generator is None else named_generator
    return None if given is None else generator(given)


class DataLoader:
    """The batches of a data set, anew in each loop: PyTorch's name for `batches`.

    Parameters
    ----------
    dataset
        A TensorDataset, or any object with a length and samples by their number: arrays, or tuples or dicts of arrays.
    batch_size
        The number of samples in a batch; the last one may be smaller.
    shuffle
        True: the samples come in a new order in each loop.
    num_workers, pin_memory, timeout, worker_init_fn, prefetch_factor, persistent_workers
        Change nothing: samples are read by this process, into main memory.
    collate_fn
        A function that makes a batch of a list of samples; default: arrays with a first axis more.
    drop_last
        Leave the last batch out if it is smaller.
    sampler, batch_sampler
        Must be None. Write `nn.data.batches` of the rows that you choose.
    generator, rng
        Generator or seed of the orders, by PyTorch's name or NumPy's; default: the one of `nn.manual_seed`.

    Raises
    ------
    ValueError
        batch_size is below 1.
    TypeError
        The data set has no length, or an option is given that must be None.

    Examples
    --------
    >>> loader = DataLoader(TensorDataset([1, 2, 3], [10, 20, 30]), batch_size=2)
    >>> len(loader)
    2
    >>> for x, y in loader:
    ...     print(x, y)
    [1 2] [10 20]
    [3] [30]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        sampler: None = None,
        batch_sampler: None = None,
        generator: Rng = None,
        rng: Rng = None,
    ) -> None:
        for option, given in {"sampler": sampler, "batch_sampler": batch_sampler}.items():
            if given is not None:
                raise TypeError(
                    f"DataLoader: {option}= is not offered: write 'for x, y in nn.data.batches(x_train[rows], y_train[rows], "
                    "batch_size=32):' of the rows that you choose."
                )
        if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
            raise TypeError(f"DataLoader: a {type(dataset).__name__} has no length and no samples. Write list(dataset).")
        whole_number("DataLoader", "batch_size", batch_size, 1)
        self.dataset, self.batch_size, self.shuffle, self.drop_last = dataset, batch_size, shuffle, drop_last
        self.collate_fn = collate_fn
        self.rng = _generator_of_orders(generator, rng)

    def __len__(self) -> int:
        n = len(self.dataset)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        numbers = np.arange(len(self.dataset))
        chosen = batches(numbers, batch_size=self.batch_size, shuffle=self.shuffle, drop_last=self.drop_last, rng=self.rng)
        for (some,) in chosen:
            if self.collate_fn is None and type(self.dataset) is TensorDataset:
                yield self.dataset[some]
            else:
                yield (self.collate_fn or collated)([self.dataset[int(i)] for i in some])


PAD = "They must be alike: pad them to one length, or write collate_fn=, a function that makes a batch of a list of samples."


def collated(samples: list[Any]) -> Any:
    """Samples as arrays with a first axis more: tuples and dicts of arrays part by part.

    >>> collated([(1, {"a": 2}), (3, {"a": 4})])
    (array([1, 3]), {'a': array([2, 4])})
    """
    first = samples[0]
    if isinstance(first, Mapping):
        return {key: collated([sample[key] for sample in samples]) for key in first}
    if isinstance(first, (tuple, list)):
        if any(len(sample) != len(first) for sample in samples):
            raise ValueError(f"DataLoader: the samples of a batch have {[len(sample) for sample in samples]} parts. {PAD}")
        parts = [collated(list(part)) for part in zip(*samples)]
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)  # a namedtuple stays one
    arrays = [np.asarray(sample) for sample in samples]
    if any(array.shape != arrays[0].shape for array in arrays):
        raise ValueError(f"DataLoader: the samples of a batch have the shapes {[array.shape for array in arrays]}. {PAD}")
    return np.stack(arrays)


def split(
    n: int | ArrayLike,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    *,
    shuffle: bool = True,
    stratify: ArrayLike | None = None,
    rng: Rng = None,
) -> tuple[Array, ...]:
    """The rows for training, validation and test, at random or one part after the other.

    Parameters
    ----------
    n
        The number of rows, or an array of them.
    fractions
        The size of each part, all together 1 at most; what is left is in no part.
    shuffle
        Draw the rows from `rng`; else the parts follow each other, as befits a series.
    stratify
        The class of each row: each part gets the same fraction of each class.
    rng
        Generator or seed; default: the one of `nn.manual_seed`.

    Returns
    -------
    tuple of arrays
        The row numbers of each part, in ascending order: `x[train], y[train]`.

    Raises
    ------
    ValueError
        The fractions are negative or exceed 1, a part would be empty, or `stratify` is given without `shuffle`.

    Examples
    --------
    >>> split(10, (0.6, 0.2, 0.2), shuffle=False)
    (array([0, 1, 2, 3, 4, 5]), array([6, 7]), array([8, 9]))
    """
    count: Any = len(np.asarray(n)) if np.ndim(n) else n
    whole_number("split", "n", count, 1)
    sizes = np.asarray(fractions)
    if sizes.ndim != 1 or not sizes.size or sizes.dtype.kind not in "iuf" or not (sizes > 0).all() or sizes.sum() > 1 + 1e-9:
        raise ValueError(f"split: fractions={fractions} must be numbers above 0 that add up to 1 at most.")
    fractions = tuple(sizes.tolist())
    if stratify is None:
        groups = [np.arange(count)]
    else:
        classes = np.asarray(stratify)
        if not shuffle or classes.shape != (count,):
            raise ValueError(
                f"split: stratify needs shuffle=True and one class for each of the {count} rows, not {classes.shape}."
            )
        if (classes != classes).any():
            raise ValueError("split: stratify has nan, which is no class. Leave such rows out.")
        groups = [np.flatnonzero(classes == one) for one in np.unique(classes)]
    rng = generator(rng)
    ends = [math.fsum(fractions[:k]) for k in range(len(fractions) + 1)]
    parts: list[list[Array]] = [[] for _ in fractions]
    for group in groups:
        order = rng.permutation(group) if shuffle else group
        bounds = [round(end * len(order)) for end in ends]
        for part, (start, stop) in zip(parts, pairwise(bounds)):
            part.append(order[start:stop])
    made = tuple(np.sort(np.concatenate(part)) for part in parts)
    if not all(len(part) for part in made):
        raise ValueError(
            f"split: of {count} rows the fractions {tuple(fractions)} are {[len(part) for part in made]}: one is empty."
        )
    return made


def split_by_time(times: ArrayLike, *boundaries: Any, gap: Any = None) -> tuple[Array, ...]:
    """The rows before the first boundary, between the boundaries, and from the last one on.

    Parameters
    ----------
    times
        The time of each row: datetimes, or numbers; in any order.
    *boundaries
        Ascending, of the same kind, such as `"2013-10-01"`. A row at a boundary belongs to the part behind it.
    gap
        Leave out the rows up to this long before a boundary, whose targets would reach into the next part: a timedelta, or a
        number.

    Returns
    -------
    tuple of arrays
        The row numbers of each part, one part more than there are boundaries.

    Raises
    ------
    ValueError
        There is no boundary, they do not ascend, a time is missing (nan, NaT), `gap` is negative, or a part is empty.

    Examples
    --------
    >>> days = np.arange("2013-09-28", "2013-10-04", dtype="datetime64[D]")
    >>> split_by_time(days, "2013-10-01")
    (array([0, 1, 2]), array([3, 4, 5]))
    >>> split_by_time(days, "2013-10-01", gap=np.timedelta64(1, "D"))
    (array([0, 1]), array([3, 4, 5]))
    """
    moments = without_missing("split_by_time", times)
    if moments.ndim != 1 or not len(moments):
        raise ValueError(f"split_by_time: times has shape {moments.shape}; there must be one for each row, and at least one row.")
    try:
        limits = [limit_of(boundary, moments) for boundary in boundaries]
        part = sum((moments >= limit).astype(int) for limit in limits)
        ascend = all(limit.shape == () and limit == limit for limit in limits)  # nan and NaT are not themselves
        ascend = ascend and all(earlier < later for earlier, later in pairwise(limits))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"split_by_time: boundaries={boundaries} cannot be compared with times of {moments.dtype}: {error}"
        ) from error
    if not limits or not ascend:
        raise ValueError(f"split_by_time: boundaries={boundaries} must be one or more times that ascend.")
    inside = np.ones(moments.shape, bool)
    if gap:
        gap = duration("split_by_time", "gap", gap, moments)
        for limit in limits:
            inside &= (moments >= limit) | (moments < limit - gap)
    made = tuple(np.flatnonzero((part == k) & inside) for k in range(len(limits) + 1))
    if not all(len(rows) for rows in made):
        raise ValueError(
            f"split_by_time: the parts have {[len(rows) for rows in made]} rows; the times are from {moments.min()} "
            f"to {moments.max()}."
        )
    return made


def limit_of(boundary: Any, moments: Array) -> Array:
    """A boundary as a number or as a datetime of its own unit; NaT has no unit of its own and takes that of the times."""
    if moments.dtype.kind != "M":
        return np.asarray(boundary)
    return np.asarray(boundary, moments.dtype if boundary is None or str(boundary).lower() in ("", "nat") else "datetime64")


# -- scaling ----------------------------------------------------------------------------------------------------------


class Standardizer:
    """Columns brought to mean 0 and standard deviation 1, and back.

    A column that is constant becomes 0, and comes back as it was. Arrays and Tensors are taken; the dtype stays.

    Attributes
    ----------
    mean, scale : arrays
        The mean and the divisor of each column (1 for a constant column). None before `fit`.

    Examples
    --------
    >>> standardizer = Standardizer().fit([[1.0, 5.0], [3.0, 5.0]])
    >>> standardizer.transform([[1.0, 5.0], [3.0, 5.0]])
    array([[-1.,  0.],
           [ 1.,  0.]])
    >>> standardizer.inverse_transform([[0.0, 0.0]])
    array([[2., 5.]])
    """

    def __init__(self) -> None:
        self.mean: Array | None = None
        self.scale: Array | None = None

    def fit(self, x: ArrayLike) -> Self:
        """Learn mean and deviation of each column, over the first axis.

        Raises
        ------
        ValueError
            There are no rows, a number is infinite, nan or masked, or a range is too large for the dtype.
        TypeError
            They are no real numbers.
        """
        rows = real_numbers("Standardizer", "x", x)
        if rows.ndim == 0 or len(rows) == 0:
            raise ValueError(f"Standardizer: x has shape {rows.shape}; there must be at least one row.")
        dtype: np.dtype[Any] = rows.dtype if rows.dtype.kind == "f" else np.dtype(float)
        rows = rows.astype(np.promote_types(dtype, float))
        if not np.isfinite(rows).all():
            where = np.argwhere(~np.isfinite(rows))[0].tolist()
            raise ValueError(f"Standardizer: x has {rows[tuple(where)]} at {where}. Leave such rows out, or fill them in.")
        with np.errstate(over="ignore"):
            span = rows.max(axis=0) - rows.min(axis=0)
        if not np.isfinite(span).all():
            raise ValueError("Standardizer: the range of a column is too large for float64.")
        constant = span == 0  # a sum of equal numbers is rounded: their deviation would be small, not 0
        unit = np.where(constant, 1.0, span)
        relative = (rows - rows[0]) / unit  # which neither overflows nor vanishes when it is squared
        self.mean = (rows[0] + relative.mean(axis=0) * unit).astype(dtype)
        scale = np.where(constant, 1.0, relative.std(axis=0) * unit).astype(dtype)
        self.scale = np.maximum(scale, np.finfo(dtype).smallest_subnormal)  # to which a tiny deviation is rounded, not to 0
        return self

    def transform(self, x: Any) -> Any:
        """`(x - mean) / scale`."""
        mean, scale, x = self._ready(x)
        return (x - mean) / scale

    def inverse_transform(self, x: Any) -> Any:
        """`x * scale + mean`: the inverse of `transform`."""
        mean, scale, x = self._ready(x)
        return x * scale + mean

    def fit_transform(self, x: ArrayLike) -> Any:
        """`fit(x).transform(x)`."""
        return self.fit(x).transform(x)

    def state_dict(self) -> dict[str, Array]:
        """Mean and scale, for `nn.save`."""
        mean, scale, _ = self._ready(None)
        return {"mean": mean.copy(), "scale": scale.copy()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the result of `state_dict()`."""
        given = sorted(state_dict) if isinstance(state_dict, Mapping) else type(state_dict).__name__
        if given != ["mean", "scale"]:
            raise ValueError(f"Standardizer: the state must have 'mean' and 'scale', not {given}.")
        mean, scale = (real_numbers("Standardizer", name, state_dict[name]).copy() for name in ("mean", "scale"))
        if mean.shape != scale.shape or not np.isfinite(mean).all() or not (scale > 0).all():
            raise ValueError(
                f"Standardizer: mean of shape {mean.shape} and scale of {scale.shape} must be finite, scale above 0."
            )
        self.mean, self.scale = mean, scale

    def _ready(self, x: Any) -> tuple[Array, Array, Any]:
        if self.mean is None or self.scale is None:
            raise ValueError("Standardizer: it has seen no data yet. Write Standardizer().fit(x_train).")
        x = x if x is None or isinstance(x, ag.Tensor) else real_numbers("Standardizer", "x", x)
        if x is not None and x.shape[1:] != self.mean.shape:
            raise ValueError(f"Standardizer: x has rows of shape {x.shape[1:]}, but it was fitted to {self.mean.shape}.")
        return self.mean, self.scale, x


# -- series -----------------------------------------------------------------------------------------------------------


class Windows(NamedTuple):
    """Windows of a series: inputs, the targets that follow them, and their places.

    >>> import nn
    >>> found = nn.data.windows(np.arange(4.0), 2)
    >>> found.inputs, found.targets, found.last
    (array([[0., 1.],
           [1., 2.]]), array([[2.],
           [3.]]), array([1, 2]))
    """

    inputs: Array
    """Shape (windows, inputs, ...): the last values that are known."""
    targets: Array
    """Shape (windows, horizon, ...): the values that follow them."""
    last: Array
    """Shape (windows): the row of each window's last input, so `times[last]` is when the forecast is made."""


def windows(
    series: ArrayLike,
    inputs: int,
    horizon: int = 1,
    *,
    targets: ArrayLike | None = None,
    times: ArrayLike | None = None,
    step: Any = None,
    stride: int = 1,
) -> Windows:
    """All windows of a series: `inputs` values, and the `horizon` values that follow them.

    Parameters
    ----------
    series
        Shape (T, ...), one row for each time.
    inputs, horizon
        The numbers of rows that are seen, and that are to be forecast.
    targets
        Shape (T, ...): the series to forecast, if it is another one.
    times
        The time of each row, ascending: datetimes, or numbers. Windows across a gap are left out.
    step
        The time between rows where there is no gap; default: the shortest that occurs.
    stride
        The number of rows from one window to the next.

    Returns
    -------
    Windows
        `inputs`, `targets` and `last`; copies.

    Raises
    ------
    ValueError
        A number is nan (leave its row out, and give times), the times do not ascend, or there is no window.
    TypeError
        The series is not of real numbers.

    Examples
    --------
    >>> x, y, last = windows([10, 11, 12, 13, 14], inputs=2, horizon=1)
    >>> x.tolist(), y.tolist(), last.tolist()
    ([[10, 11], [11, 12], [12, 13]], [[12], [13], [14]], [1, 2, 3])
    >>> windows([10, 11, 12, 13, 14], 2, times=[0, 1, 2, 4, 5]).last        # 3 is missing
    array([1])
    """
    for name, number in (("inputs", inputs), ("horizon", horizon), ("stride", stride)):
        whole_number("windows", name, number, 1)
    seen, wanted = of_equal_length("windows", series, series if targets is None else targets)
    for name, array in (
        ("series", real_numbers("windows", "series", seen)),
        ("targets", real_numbers("windows", "targets", wanted)),
    ):
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise ValueError(f"windows: {name} has nan in {np.isnan(array).sum()} places. Leave such rows out, and give times.")
    length, n = inputs + horizon, len(seen)
    starts = np.arange(0, n - length + 1, stride)
    if times is not None:
        moments = without_missing("windows", times)
        if moments.shape != (n,):
            raise ValueError(f"windows: times has shape {moments.shape}, but series has {n} rows.")
        apart = np.diff(moments)
        if not (moments[1:] > moments[:-1]).all():  # a difference of unsigned integers is never negative
            raise ValueError("windows: the times must ascend. Sort the rows by time, and leave out what comes twice.")
        if step is not None:
            step = duration("windows", "step", step, moments)
        elif len(apart):
            step = apart.min()
        gaps = np.concatenate([[0], np.cumsum(~np.isclose(apart, step, rtol=1e-9) if apart.dtype.kind == "f" else apart != step)])
        starts = starts[gaps[starts + length - 1] == gaps[starts]]
    elif step is not None:
        raise ValueError(f"windows: step={step!r}, but there are no times in which to look for gaps. Give times, too.")
    if not len(starts):
        raise ValueError(f"windows: there is no window of {inputs} + {horizon} rows without a gap in the {n} rows.")
    place = starts[:, None]
    last = starts + inputs - 1
    return Windows(seen[place + np.arange(inputs)], wanted[place + np.arange(inputs, length)], last)


def periodic(times: ArrayLike, period: Any, harmonics: int = 1) -> Array:
    """Sine and cosine of the place in a period, so that its end and its beginning are neighbours.

    Parameters
    ----------
    times
        Shape (n): datetimes, or numbers.
    period
        In the same unit: for datetimes `nn.data.DAY` (from midnight), `nn.data.YEAR` (from about New Year) or any timedelta, for
        numbers a number.
    harmonics
        Also of 2, 3, ... turns in a period, for shapes sharper than a sine.

    Returns
    -------
    array (n, 2 * harmonics)
        `sin(w t), cos(w t), sin(2 w t), cos(2 w t), ...` with `w = 2 pi / period`, t from 1970-01-01T00:00 or from 0.

    Raises
    ------
    ValueError
        The period is not positive, or a time is missing (nan, NaT).

    Examples
    --------
    >>> hours = np.array(["2013-01-01T00", "2013-01-01T06", "2013-01-01T12"], dtype="datetime64[h]")
    >>> periodic(hours, DAY).round(3) + 0.0
    array([[ 0.,  1.],
           [ 1.,  0.],
           [ 0., -1.]])
    """
    moments = without_missing("periodic", times)
    whole_number("periodic", "harmonics", harmonics, 1)
    if isinstance(period, np.timedelta64) and moments.dtype.kind != "M":
        raise ValueError(f"periodic: times are numbers ({moments.dtype}), but period is {period!r}: a number is needed.")
    length = duration("periodic", "period", period, moments)
    if moments.dtype.kind == "M":
        moments = moments - np.datetime64("1970-01-01T00:00")  # a duration: its remainder is exact
    angle = 2 * np.pi * (moments % length / length)
    angles = angle[..., None] * np.arange(1, harmonics + 1)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(*angle.shape, 2 * harmonics)


# -- refusals --------------------------------------------------------------------------------------------------------


def real_numbers(name: str, what: str, given: ArrayLike) -> Array:
    """An array of real numbers, none of them masked: masked ones would be taken for data."""
    if np.ma.is_masked(given):
        raise ValueError(f"{name}: {what} is a masked array. Leave the rows out that are masked, or fill them in.")
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise ValueError(f"{name}: {what} has rows of different lengths; pad them to one: {error}") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: {what} is a {type(given).__name__} of {array.dtype}; it must be an array of real numbers.")
    return array


def duration(name: str, option: str, given: Any, moments: Array) -> Array:
    """A length of time that can be told from the times: finite and positive; a timedelta for datetimes, else a number."""
    length = np.asarray(np.timedelta64(given) if isinstance(given, timedelta) else given)
    kinds = "m" if moments.dtype.kind == "M" else "iuf"
    if length.ndim or length.dtype.kind not in kinds or not (length > np.zeros((), length.dtype) and np.isfinite(length)):
        raise ValueError(f"{name}: {option}={given!r} must be positive, and for datetimes a timedelta such as nn.data.DAY.")
    return length


def of_equal_length(name: str, *arrays: ArrayLike) -> list[Array]:
    """The arrays, if all have the same number of rows."""
    if any(np.ma.is_masked(array) for array in arrays):
        raise ValueError(f"{name}: there is a masked array. Leave the rows out that are masked, or fill them in.")
    rows = [np.asarray(array) for array in arrays]
    if not rows or any(array.ndim == 0 or len(array) != len(rows[0]) for array in rows):
        raise ValueError(f"{name}: the shapes are {[array.shape for array in rows]}; all need one row for each sample.")
    return rows


def without_missing(name: str, times: ArrayLike) -> Array:
    """The times, if none is missing."""
    moments = np.asarray(times)
    if moments.dtype.kind not in "iufM":
        raise ValueError(f"{name}: times are {moments.dtype}; write np.array(times, dtype='datetime64[s]'), or give numbers.")
    missing = np.isnat(moments) if moments.dtype.kind == "M" else ~np.isfinite(moments)
    if missing.any():
        raise ValueError(f"{name}: times has {moments[missing].flat[0]} in row {np.flatnonzero(missing)[0]}.")
    return moments


__getattr__ = refusing(__name__)
