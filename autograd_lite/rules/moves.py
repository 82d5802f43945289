"""Functions that only move numbers, differentiated by moving the positions of the elements.

Number the elements of an argument from 1 and let NumPy's own function move these numbers, with 0 for elements from elsewhere:
then each element of the result says where it came from. The rule adds its gradient there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..functions import cast, of_values, overridable
from ..safety.layouts import laid_out, layout_of
from .compositions import split
from .indexing import scatter
from .padding import STATISTICS, pad_computed
from .row import NOT_GIVEN, Row


def sources(shape: tuple[int, ...]) -> Any:
    """The elements of an array of `shape`, numbered from 1.

    >>> sources((2, 2))
    array([[1, 2],
           [3, 4]])
    """
    return np.arange(1, math.prod(shape) + 1).reshape(shape)


def no_sources(shape: tuple[int, ...]) -> Any:
    """Zeros, which stand for the elements of the other arguments."""
    return 0 * sources(shape)


def scatter_to_sources(g: Any, numbers: Any, shape: tuple[int, ...]) -> Any:
    """`g` added up at the elements whose numbers are in `numbers`; the gradient at a 0 belongs to no element.

    >>> scatter_to_sources(np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2]), (3,))
    array([0., 5., 0.])
    """
    return scatter(g, numbers, (math.prod(shape) + 1,))[1:].reshape(shape)


# -- windows -----------------------------------------------------------------------------------------------------


@overridable
def window_views(x: Any, sides: Any, axis: Any = None) -> Any:
    """`np.lib.stride_tricks.sliding_window_view`: every window into `x` with these sides, as a view.

    >>> window_views(np.arange(4.0), 2)
    array([[0., 1.],
           [1., 2.],
           [2., 3.]])
    """
    return sliding_window_view(x, sides, axis)


# -- padding ------------------------------------------------------------------------------------------------------

PADDING = ("constant", "edge", "reflect", "symmetric", "wrap", "empty")


def pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """np.pad, but with a function of the user's for the border."""
    border = [options.get(name, 0) for name in ("constant_values", "end_values")]
    if any(np.iscomplexobj(values) for values in border) and not np.iscomplexobj(array):
        raise TypeError("pad: of a complex border of real numbers the imaginary part would be lost. Write np.pad(t + 0j, ...).")
    if isinstance(mode, str) and mode in PADDING:
        reflect_type = options.pop("reflect_type", "even")
        if reflect_type != "even":
            raise ValueError(
                f"pad: reflect_type={reflect_type!r} is not supported on Tensors: write 2 * edge - np.pad(t, width, {mode!r}) "
                f"there."
            )
        return pad_moved(array, pad_width, mode, **options)
    if isinstance(mode, str) and mode in (*STATISTICS, "linear_ramp"):
        return pad_computed(array, pad_width, mode, **options)
    known = ", ".join((*PADDING, *STATISTICS, "linear_ramp"))
    raise ValueError(
        f"pad: mode={mode!r} is not supported on Tensors, only {known}. Compute the border and write "
        f"np.concatenate([border, t]), or pad and then t[...] = border."
    )


@overridable
def pad_moved(array: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = NOT_GIVEN) -> Any:
    """`np.pad` in the modes that only move numbers.

    >>> pad_moved(np.array([1.0, 2.0]), 1, "wrap")
    array([2., 1., 2., 1.])
    """
    options = {} if constant_values is NOT_GIVEN else {"constant_values": constant_values}
    return np.pad(array, pad_width, mode, **options)


def pad_moved_array(g: Any, array_shape: tuple[int, ...], pad_width: Any, mode: Any) -> Any:
    moved = np.pad(sources(array_shape), pad_width, "constant" if mode == "empty" else mode)
    return scatter_to_sources(g, moved, array_shape)


# -- choosing -----------------------------------------------------------------------------------------------------


def choose_choices(g: Any, i: int, a: Any, choices_shape: Any, mode: Any) -> Any:
    """g where the i-th was chosen: NumPy chooses among the indices of the choices."""
    return np.where(np.choose(a, np.arange(len(choices_shape)), mode=mode) == i, g, 0)


def select_choicelist(g: Any, i: int, condlist: Any) -> Any:
    """g where condition i is the first to hold."""
    return np.where(np.select(condlist, [*range(len(condlist))], -1) == i, g, 0)


def insert(arr: Any, obj: Any, values: Any, axis: Any) -> Any:
    """np.insert, which would round values to integers in silence where `arr` has these."""
    kind, into = np.result_type(values), np.result_type(arr)
    if not np.can_cast(kind, into, "same_kind"):
        raise TypeError(f"{kind} would be rounded to {into}, and its gradient lost. Write np.insert(arr.astype(float), ...).")
    return np.insert(arr, obj, values, axis)


def insert_arr(g: Any, arr_shape: tuple[int, ...], obj: Any, values_shape: tuple[int, ...], axis: Any) -> Any:
    moved = np.insert(sources(arr_shape), obj, no_sources(values_shape), axis)
    return scatter_to_sources(g, moved, arr_shape)


def insert_values(g: Any, arr_shape: tuple[int, ...], obj: Any, values_shape: tuple[int, ...], axis: Any) -> Any:
    moved = np.insert(no_sources(arr_shape), obj, sources(values_shape), axis)
    return scatter_to_sources(g, moved, values_shape)


def nan_to_num(x: Any, copy: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    """np.nan_to_num, but never in place."""
    if not copy:
        raise ValueError("nan_to_num: copy=False would write into a Tensor's array. Write t = np.nan_to_num(t).")
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def nan_to_num_x(g: Any, x: Any) -> Any:
    """g where x is finite; of a complex number each part for itself."""
    if x.dtype.kind != "c":
        return np.where(np.isfinite(x), g, 0)
    real, imaginary = np.isfinite(np.real(x)), np.isfinite(np.imag(x))
    return np.where(real, np.real(g), 0) + np.where(imaginary, np.imag(g), 0) * 1j


# fmt: off
KIND = {"moves": True}
RULES: dict[Any, Any] = {
    # undone by a move of the same kind
    np.roll:             Row("a, shift, axis=None",     a=lambda g, shift, axis: np.roll(g, np.negative(shift), axis)),
    np.rot90:            Row("m, k=1, axes=(0, 1)",     m=lambda g, k, axes: np.rot90(g, -k, axes)),
    np.fliplr:           Row("m",                       m=lambda g: np.fliplr(g)),
    np.flipud:           Row("m",                       m=lambda g: np.flipud(g)),
    np.matrix_transpose: Row("x, /",                    x=lambda g: g.mT),
    np.linalg.matrix_transpose: Row("x, /",             x=lambda g: g.mT),
    np.tril:             Row("m, k=0", selects=True,    m=lambda g, k: np.tril(g, k)),
    np.triu:             Row("m, k=0", selects=True,    m=lambda g, k: np.triu(g, k)),

    # scattered to their sources
    np.tile:             Row("A, reps",
                             A=lambda g, A_shape, reps: scatter_to_sources(g, np.tile(sources(A_shape), reps), A_shape)),
    np.repeat:           Row("a, repeats, axis=None",
                             a=lambda g, a_shape, repeats, axis:
                                 scatter_to_sources(g, np.repeat(sources(a_shape), repeats, axis), a_shape)),
    pad_moved:           Row("array, pad_width, mode='constant', constant_values=_", array=pad_moved_array),
    np.take:             Row("a, indices, axis=None, out=None, mode='raise'",
                             lambda a, indices, axis, out, mode: np.take(a, indices, axis, mode=mode), selects=True,
                             a=lambda g, a_shape, indices, axis, mode:
                                 scatter_to_sources(g, np.take(sources(a_shape), indices, axis, mode=mode), a_shape)),
    np.take_along_axis:  Row("arr, indices, axis=-1", selects=True,
                             arr=lambda g, arr_shape, indices, axis:
                                 scatter_to_sources(g, np.take_along_axis(sources(arr_shape), indices, axis), arr_shape)),
    np.compress:         Row("condition, a, axis=None, out=None", selects=True,
                             a=lambda g, a_shape, condition, axis:
                                 scatter_to_sources(g, np.compress(condition, sources(a_shape), axis), a_shape)),
    np.extract:          Row("condition, arr", selects=True,
                             arr=lambda g, arr_shape, condition:
                                 scatter_to_sources(g, np.extract(condition, sources(arr_shape)), arr_shape)),
    np.delete:           Row("arr, obj, axis=None", selects=True,
                             arr=lambda g, arr_shape, obj, axis:
                                 scatter_to_sources(g, np.delete(sources(arr_shape), obj, axis), arr_shape)),
    np.insert:           Row("arr, obj, values, axis=None", insert, arr=insert_arr, values=insert_values),
    np.diag:             Row("v, k=0", selects=True,
                             v=lambda g, v_shape, k: scatter_to_sources(g, np.diag(sources(v_shape), k), v_shape)),
    np.diagflat:         Row("v, k=0",
                             v=lambda g, v_shape, k: scatter_to_sources(g, np.diagflat(sources(v_shape), k), v_shape)),
    np.diagonal:         Row("a, offset=0, axis1=0, axis2=1", selects=True,
                             a=lambda g, a_shape, offset, axis1, axis2:
                                 scatter_to_sources(g, np.diagonal(sources(a_shape), offset, axis1, axis2), a_shape)),
    np.linalg.diagonal:  Row("x, /, *, offset=0", selects=True,
                             x=lambda g, x_shape, offset:
                                 scatter_to_sources(g, np.diagonal(sources(x_shape), offset, -2, -1), x_shape)),
    window_views:        Row("x, sides, axis=None", selects=True,
                             x=lambda g, x_shape, sides, axis:
                                 scatter_to_sources(g, window_views(sources(x_shape), sides, axis), x_shape)),

    # of several arrays, or of an array and a constant
    np.choose:           Row("a, choices, out=None, mode='raise'",
                             lambda a, choices, out, mode: np.choose(a, choices, mode=mode), selects=True,
                             choices=choose_choices),
    np.select:           Row("condlist, choicelist, default=0",
                             selects=True, choicelist=select_choicelist,
                             default=lambda g, condlist: select_choicelist(g, -1, condlist)),
    np.nan_to_num:       Row("x, copy=True, nan=0.0, posinf=None, neginf=None", nan_to_num, selects=True,
                             x=nan_to_num_x),
}

# fmt: on


# -- compositions -------------------------------------------------------------------------------------------------


def at_least(grown: Any, arrays: tuple[Any, ...]) -> Any:
    """Each array in the shape that np.atleast_1d and its kin give it."""
    results = tuple(np.reshape(x, grown(sources(np.shape(x))).shape) for x in arrays)
    return results[0] if len(results) == 1 else results


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Take the axis out and put it in before the one that was `start`."""
    start = start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis % a.ndim < start else start)


def hstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    arrays = [np.atleast_1d(x) for x in tup]
    return np.concatenate(arrays, 0 if arrays[0].ndim == 1 else 1, dtype=dtype, casting=casting)


def vstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    return np.concatenate([np.atleast_2d(x) for x in tup], 0, dtype=dtype, casting=casting)


def columns(tup: Any) -> Any:
    """Vectors as columns of a matrix."""
    return np.concatenate([x if np.ndim(x) > 1 else np.reshape(x, (-1, 1)) for x in tup], 1)


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis)


def block(arrays: Any) -> Any:
    """The ravelled arrays, end to end, indexed with the block that NumPy makes of the numbers of all their elements."""
    ravelled: list[Any] = []

    def numbered(part: Any) -> Any:
        if isinstance(part, list):
            return [numbered(smaller) for smaller in part]
        before = sum(map(np.size, ravelled))
        ravelled.append(np.ravel(part))
        numbers = before + sources(np.shape(part)) - 1
        return laid_out(numbers, layout_of(of_values(np.asarray, part)))  # the block lies in memory as its parts do

    places = np.block(numbered(arrays))
    return np.concatenate(ravelled)[places]


def resize(a: Any, new_shape: Any) -> Any:
    """The elements over and over, as many as there is room for."""
    places = np.resize(sources(np.shape(a)), new_shape) - 1
    return np.ravel(a)[places] if np.size(a) else np.zeros_like(a, shape=new_shape)


def sliding_windows(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False) -> Any:
    if writeable:
        raise ValueError("sliding_window_view: writeable=True is not supported on Tensors: windows share their elements.")
    return window_views(x, window_shape, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    if ary.ndim == 0:
        raise ValueError("hsplit of a 0-d array: it has no axis to be split along.")
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    if ary.ndim < 2:
        raise ValueError(f"vsplit of shape {ary.shape}: it needs at least 2 axes. Write np.split(t, parts).")
    return split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    if ary.ndim < 3:
        raise ValueError(f"dsplit of shape {ary.shape}: it needs at least 3 axes. Write np.split(t, parts, axis=-1).")
    return split(ary, indices_or_sections, 2)


def unstack(x: Any, /, *, axis: int = 0) -> Any:
    return tuple(np.moveaxis(x, axis, 0)[i] for i in range(x.shape[axis]))


def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Each array along an axis of its own; "xy" lets the first two change places."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing={indexing!r} must be 'xy' or 'ij'.")
    n = len(xi)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else [*range(n)]
    grids = tuple(np.reshape(x, (-1,) + (1,) * (n - 1 - axis)) for x, axis in zip(xi, order, strict=True))
    grids = tuple(np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in grids)
    if not sparse:
        grids = broadcast_arrays(*grids)
    return tuple(grid.copy() for grid in grids) if copy else grids  # C order, as in NumPy


def trim_zeros(filt: Any, trim: Any = "fb", **axis: Any) -> Any:
    """A slice: NumPy says how many elements are left, and how many when only the front is trimmed."""
    nonzero = filt != 0
    left = np.trim_zeros(nonzero, trim, **axis).shape
    behind = np.trim_zeros(nonzero, "f", **axis).shape if "f" in trim.lower() else filt.shape
    return filt[tuple(slice(n - m, n - m + k) for n, m, k in zip(filt.shape, behind, left, strict=True))]


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """np.astype, but always a copy: without one, a write into the result might be a write into x."""
    if not copy:
        raise ValueError("astype: copy=False may give the Tensor itself. Write t if its dtype is right, else t.astype(dtype).")
    return cast(x, dtype)


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.atleast_1d:       lambda *arys: at_least(np.atleast_1d, arys),
    np.atleast_2d:       lambda *arys: at_least(np.atleast_2d, arys),
    np.atleast_3d:       lambda *arys: at_least(np.atleast_3d, arys),
    np.rollaxis:         rollaxis,
    np.hstack:           hstack,
    np.vstack:           vstack,
    np.dstack:           lambda tup: np.concatenate([np.atleast_3d(x) for x in tup], 2),
    np.column_stack:     columns,
    np.append:           append,
    np.pad:              pad,
    np.block:            block,
    np.hsplit:           hsplit,
    np.vsplit:           vsplit,
    np.dsplit:           dsplit,
    np.resize:           resize,
    sliding_window_view: sliding_windows,
    np.broadcast_arrays: broadcast_arrays,
    np.meshgrid:         meshgrid,
    np.trace:            lambda a, offset=0, axis1=0, axis2=1, dtype=None, out=None:
                             np.sum(np.diagonal(a, offset, axis1, axis2), -1, dtype, out),
    np.linalg.trace:     lambda x, /, *, offset=0, dtype=None: np.sum(np.diagonal(x, offset, -2, -1), -1, dtype),
    np.trim_zeros:       trim_zeros,
    np.astype:           astype,
}
# fmt: on

if hasattr(np, "unstack"):  # NumPy 2.1
    COMPOSITIONS |= {np.unstack: unstack}
if hasattr(np, "row_stack"):  # the old name of vstack
    COMPOSITIONS |= {np.row_stack: vstack}

__all__ = ["COMPOSITIONS", "KIND", "RULES"]
