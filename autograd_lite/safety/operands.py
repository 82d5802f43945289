"""Operands: the arguments of a call as NumPy would take them, and what went wrong in our own words."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..graph import Value, is_tracked
from .modes import is_grad_enabled

__all__ = [
    "ERRORS",
    "STRUCTURAL",
    "accepted",
    "as_arrays",
    "as_gradient",
    "as_one_array",
    "checked",
    "constant_for_rule",
    "constants_of",
    "explained",
    "has_numbers",
    "holds_tensors",
    "is_float",
    "joined_operands",
    "of_list",
    "operand",
    "option",
    "plain_array",
    "plain_arrays",
    "refuse_foreign",
    "refuse_foreign_operand",
    "refuse_no_array",
    "refuse_objects",
    "refuse_out",
    "refuse_real_dtype",
    "require_loss",
    "result_of_arrays",
    "shape_of",
    "values_of",
]  # fmt: skip

STRUCTURAL = {"axis", "axes", "dtype", "keepdims", "order", "shape", "copy", "casting", "optimize", "subok"}  # never Tensors
ERRORS = (np.exceptions.AxisError, np.linalg.LinAlgError, ValueError, TypeError, IndexError, AttributeError)


# -- arguments ----------------------------------------------------------------------------------------------------


def is_float(dtype: np.dtype[Any]) -> bool:
    """True if values of `dtype` have derivatives: floating-point numbers, real or complex.

    >>> is_float(np.dtype("float32")), is_float(np.dtype(complex)), is_float(np.dtype(int))
    (True, True, False)
    """
    return dtype.kind in "fc"


def has_numbers(primitive: Any, dtype: np.dtype[Any]) -> bool:
    """True if results of `dtype` have derivatives; an object array would lose them, and is refused by the name of the call."""
    if dtype.kind == "c" and primitive.real:
        raise TypeError(f"{primitive.name}: it is of real numbers, and was given complex ones. Write t.real, or np.abs(t).")
    if dtype.kind in "fcbiu":
        return dtype.kind in "fc"
    raise refuse_objects(primitive.name, dtype)


def refuse_objects(name: str, dtype: np.dtype[Any]) -> TypeError:
    """The error for an operand whose elements are no numbers to NumPy: they would switch differentiation off."""
    kinds = {"O": "Python objects", "m": "time spans", "M": "dates", "S": "bytes", "V": "records"}
    instead = {"m": "a / np.timedelta64(1, 's')", "M": "(a - a[0]) / np.timedelta64(1, 's')", "V": "a['name of the column']"}
    return TypeError(
        f"{name}: an operand is an array of {kinds.get(dtype.kind, 'text')} (dtype {dtype}), with which the gradient would be "
        f"lost. Make numbers of it first: {instead.get(dtype.kind, 'a.astype(float), or for pandas a.to_numpy(float)')}."
        f"{' If it holds Tensors: np.array(a.tolist()) after import autograd_lite.numpy as np.' if dtype.kind == 'O' else ''}"
    )


def operand(value: Any) -> Any:
    """An argument that is no Tensor as NumPy would take it; `NotImplemented` for what it should not take.

    Python scalars pass through unconverted (NEP 50: they have no dtype of their own).
    """
    if value.__class__ in (float, int, bool, complex):
        return value
    if isinstance(value, (np.ma.MaskedArray, np.matrix)):
        return NotImplemented  # the mask, or the matrix product that * means, would be lost
    if isinstance(value, (np.ndarray, np.generic, list, tuple, float, int, complex)):
        array = np.asarray(value)
        if array.dtype.kind in "biufc":
            return array
    return NotImplemented


def deferred(primitive: Any, value: Any) -> Any:
    """As `operand`, for a function of NumPy's; what neither NumPy nor another type could take either is refused in words."""
    array = operand(value)
    if array is NotImplemented:
        refuse_foreign_operand(primitive.name, value)
    return array


def refuse_foreign_operand(name: str, value: Any) -> None:
    """Raise for an operand of a known type that would lose the gradient, or a meaning of its own."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name}: a masked array would lose its mask. Write a.filled(0.0) for the operand, and np.where or where= to leave "
            f"elements out."
        )
    if isinstance(value, np.matrix):
        raise TypeError(f"{name}: a matrix has products of its own, which * means. Write np.asarray(a), and @ for its products.")
    if isinstance(value, (np.ndarray, np.generic, list, tuple)):
        raise refuse_objects(name, np.asarray(value).dtype)
    library = type(value).__module__.partition(".")[0]
    if library in LIBRARIES:
        raise TypeError(
            f"{name}: an operand is a {type(value).__name__} of {library}, which knows no Tensors. {LIBRARIES[library]}"
        )
    if isinstance(value, numbers.Number):
        raise TypeError(f"{name}: an operand is a {type(value).__name__}, which records nothing. Write float(a) for it.")


def refuse_foreign(name: str, args: Any, options: Any) -> None:
    """`refuse_foreign_operand` for all arguments of a call that are no Tensors, also inside lists and tuples."""
    for value in (*args, *options.values()):
        if isinstance(value, (list, tuple)):
            refuse_foreign(name, value, {})
        elif (
            not isinstance(value, (Value, int, float, str, np.generic))
            and value is not None
            and value.__class__ is not np.ndarray
        ):
            refuse_foreign_operand(name, value)


# what to write for an object of another library
LIBRARIES = {
    "pandas": "Write a.to_numpy(float) for it.",
    "polars": "Write a.to_numpy().astype(float) for it.",
    "xarray": "Write a.to_numpy() for it.",
    "torch": "Write a.detach().cpu().numpy() for it.",
    "jax": "Write np.asarray(a) for it.",
    "jaxlib": "Write np.asarray(a) for it.",
    "tensorflow": "Write a.numpy() for it.",
    "scipy": ("Write ag.linear(S)(t) for S @ t, and ag.linear(S.T)(t.T).T for t @ S; or a.toarray() for it."),
}


def accepted(primitive: Any, name: str, value: Any) -> Any:
    """The argument `name` of a user's function, as NumPy would take it; raises for what is not numbers."""
    array = operand(value)
    if array is NotImplemented:
        kind = type(value).__name__
        raise TypeError(
            f"{primitive.name}: {name} is a {kind}{f' of {value.dtype}' if isinstance(value, np.ndarray) else ''}, which records "
            f"nothing. Pass numbers, none of them masked, such as np.asarray({name}, float)."
        )
    return array


def joined_operands(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arrays in a sequence of arrays and Tensors."""
    arrays = tuple(v._array if isinstance(v, Value) else operand(v) for v in values)
    for value, array in zip(values, arrays, strict=True):
        if array is NotImplemented:
            refuse_foreign_operand(name, value)
            raise TypeError(f"{name}: cannot join a Tensor with a {type(value).__name__}: {value!r:.60}. Pass numbers.")
    return arrays


def option(primitive: Any, name: str, tensor: Any) -> Any:
    """The array of a Tensor given where there is no derivative; refused if that would lose one."""
    if tensor._node is not None and is_grad_enabled():
        raise TypeError(
            f"{primitive.name}: there is no derivative with respect to {name!r}, and the Tensor given for it requires grad. "
            f"Write {name}=t.detach() if it is meant as a constant."
        )
    return tensor._array


def plain_array(primitive: Any, name: str, value: Any) -> Any:
    """The argument `name` of a primitive without its node: an array, a number, an option.

    It is `NotImplemented` where another type should be asked: NumPy asks the next operand then. A list that holds Tensors is one
    Tensor.
    """
    if name in primitive.rules:
        if primitive.is_sequence(name):
            return joined_operands(primitive.name, value)
        if isinstance(value, Value):
            return value._array
        if isinstance(value, (list, tuple)) and holds_tensors(value):
            return of_list(value)
        if value is None and primitive.signature.parameters[name].default is None:
            return None
        return deferred(primitive, value) if primitive.defers else accepted(primitive, name, value)
    if name == "out" and value is not None:
        raise refuse_out(primitive)
    return option(primitive, name, value) if isinstance(value, Value) else value


def plain_arrays(primitive: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of a call without their nodes."""
    arrays = {name: plain_array(primitive, name, value) for name, value in given.items()}
    refuse_real_dtype(primitive, arrays)
    return arrays


def of_list(rows: Any) -> Any:
    """A nested list that holds Tensors as one Tensor, joined by NumPy's own protocol."""
    rows = [of_list(row) if isinstance(row, (list, tuple)) and holds_tensors(row) else row for row in rows]
    shapes = dict.fromkeys(map(np.shape, map(values_of, rows)))
    if len(shapes) > 1:
        raise ValueError(f"a list of {len(rows)} elements is ragged: their shapes are {' and '.join(map(str, shapes))}.")
    return np.stack(rows)


def refuse_real_dtype(primitive: Any, arrays: Mapping[str, Any]) -> None:
    """Refuse the option `dtype` where it would lose the imaginary part of an operand: NumPy only warns."""
    dtype = arrays.get("dtype")
    if dtype is not None and np.dtype(dtype).kind not in "cb":
        operands = [arrays[name] for name in primitive.rules]
        if any(np.iscomplexobj(x) for operand in operands for x in (operand if isinstance(operand, tuple) else (operand,))):
            name = "astype" if primitive.name == "cast" else primitive.name
            raise TypeError(
                f"{name}: with dtype={np.dtype(dtype)} the imaginary part would be lost. Write t.real, or leave dtype out."
            )


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an argument; that of a number for an option which is no array."""
    try:
        return np.shape(value)
    except ValueError:  # nested lists of unequal lengths
        return ()


def constant_for_rule(value: Any, dtype: np.dtype[Any]) -> Any:
    """A Python number as a rule reads it: an array of the result's dtype, since a Python float would widen float32."""
    return value if value is None or isinstance(value, np.ndarray) else np.array(value, dtype)


# -- data ---------------------------------------------------------------------------------------------------------


def checked(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array, if its elements are numbers."""
    if array.dtype.kind not in "biufc":
        raise TypeError(f"a Tensor holds numbers, not {array.dtype} (object arrays, strings, dates). Convert with dtype=float.")
    return array


def values_of(data: Any) -> Any:
    """The array of a Tensor, also inside tuples and lists; a masked array is refused, because its mask would be lost."""
    if isinstance(data, Value):
        return data._array
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError("a masked array would lose its mask. Write a.filled(0.0), and np.where or where= to leave elements out.")
    if isinstance(data, (tuple, list)) and type(data) in (tuple, list) and holds_tensors(data):
        return type(data)(values_of(x) for x in data)
    return data


def constants_of(data: Any) -> Any:
    """As `values_of`, for a new Tensor that will not remember `data`: refused where that would lose a gradient."""
    if is_tracked(data) and is_grad_enabled():
        raise TypeError(
            "a new Tensor made of tracked ones would lose their gradients. Write ag.tensor([...]) or np.stack([...]) to join "
            "them, t.copy() for a copy that remembers, t.detach() for one that does not."
        )
    return values_of(data)


def result_of_arrays(name: str, found: Any, advice: str) -> Any:
    """The result of a function that was given arrays, without a Tensor around it: refused if that has a history."""
    if not isinstance(found, Value):
        return found
    if found._node is not None:
        raise TypeError(
            f"{name} uses a Tensor that requires grad and is no argument of it, whose gradient would be lost. {advice}"
        )
    return found._array


def holds_tensors(data: Any) -> bool:
    """True for a Tensor, and for a list or tuple with one inside."""
    return isinstance(data, Value) or (isinstance(data, (list, tuple)) and any(map(holds_tensors, data)))


def as_gradient(name: str, value: Any, like: np.ndarray[Any, Any]) -> Any:
    """A gradient as an array or a Tensor, refused unless it has the shape and dtype of `like`; a list of numbers gets that."""
    if not isinstance(value, (Value, np.ndarray, np.generic)):
        value = checked(np.asarray(value))
        value = value if value.dtype.kind == "c" else value.astype(like.dtype)
    if value.shape != like.shape:
        raise ValueError(f"{name} has shape {value.shape}, but the Tensor has shape {like.shape}: they must be the same.")
    if value.dtype != like.dtype:
        lost = value.dtype.kind == "c" != like.dtype.kind
        instead = "gradient.real" if lost else f"gradient.astype({str(like.dtype)!r})"
        raise TypeError(f"{name} has dtype {value.dtype}, but the Tensor has {like.dtype}. Write {instead}.")
    return value if isinstance(value, Value) else np.asarray(value)


def require_loss(array: np.ndarray[Any, Any]) -> None:
    """Refuse to go back from what is not a single real number without a gradient to start from."""
    if array.dtype.kind == "c":
        raise TypeError("backward: a complex number has no size to go uphill in. Write t.real.backward(), or pass the gradient.")
    if array.size != 1:
        raise ValueError(
            f"backward of shape {array.shape}: only a single element has a gradient of its own. Reduce it first, "
            f"as in t.sum().backward(), or pass the gradient, an array of shape {array.shape}."
        )


# -- results and errors -------------------------------------------------------------------------------------------


def as_one_array(primitive: Any, value: Any) -> Any:
    """The result of a function as an array: NumPy gives scalars for 0-d arrays. Scalars never change: they are read-only here."""
    if isinstance(value, np.generic) or (isinstance(value, (float, int, complex)) and not primitive.defers):
        array = np.asarray(value)
        array.setflags(write=False)
        return array
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    if primitive.defers:  # NumPy's functions return Python's objects for arrays of these only
        raise refuse_objects(primitive.name, np.dtype(object))
    raise TypeError(
        f"{primitive.name} returned a {type(value).__name__}: a primitive returns one array, or a tuple with several=True. "
        f"Declare it so, or write the function with NumPy's, which need no declaration."
    )


def as_arrays(primitive: Any, values: Any) -> tuple[Any, ...]:
    """The results of a function with several, each as an array of numbers; also a result that an option has left alone."""
    arrays = tuple(as_one_array(primitive, value) for value in (values if isinstance(values, tuple) else (values,)))
    for array in arrays:
        has_numbers(primitive, array.dtype)
    return arrays


def refuse_no_array(primitive: Any, argument: Any, contribution: Any, shape: tuple[int, ...]) -> TypeError:
    """The error for a rule that did not return an array."""
    return TypeError(
        f"the rule of '{primitive.name}' for {argument!r} returned a {type(contribution).__name__}, not an array of "
        f"shape {shape}. Write it with NumPy's functions of g."
    )


def refuse_out(primitive: Any) -> TypeError:
    """The error for the option `out`."""
    return TypeError(
        f"{primitive.name}: out= is not supported: a Tensor is the result of one call. Write t = np.{primitive.name}(...)."
    )


def explained(error: Exception, primitive: Any, arrays: tuple[Any, ...]) -> Exception:
    """NumPy's error with the operation's name and the shapes or dtypes; about shapes, in our own words."""
    kind = next((k for k in ERRORS if isinstance(error, k)), ValueError)
    flat = [a for group in arrays for a in (group if isinstance(group, tuple) else (group,))]
    no_numbers = [a.dtype for a in flat if isinstance(a, np.ndarray) and a.dtype.kind not in "fbiuc"]
    if no_numbers:
        return refuse_objects(primitive.name, no_numbers[0])
    shown = ", ".join(f"{a.dtype}{list(a.shape)}" if isinstance(a, np.ndarray) else f"{a!r:.40}" for a in flat)
    what = str(error)
    if "core dimension" in what:
        a, b = (np.shape(x) for x in flat[:2])
        what = f"the shapes {a} and {b} do not fit: the last axis of the first must be as long as the last but one of the second"
    elif any(np.iscomplexobj(x) for x in flat) and ("not supported for the input types" in what or "Cannot cast array" in what):
        what = "NumPy has it for real numbers only. Write it of t.real, t.imag or np.abs(t)"
    elif "could not be broadcast" in what and isinstance(primitive.function, np.ufunc):
        shapes = " and ".join(str(np.shape(x)) for x in flat)
        what = f"the shapes {shapes} do not fit: counted from the last, each two axes must be equal, or one of them 1"
    return kind(f"{primitive.name} of {shown}: {what}")
