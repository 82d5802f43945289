"""Nested state as named arrays and a JSON text, and back.

The text is JSON with one object for each thing that JSON has no word for: `{"array": name}`, `{"scalar": name}` (a NumPy
number), `{"tuple": [...]}`, `{"dict": [[key, value], ...]}`, `{"float": "nan"}` and `{"complex": ["1.5", "nan"]}`, the two parts.
Lists, text, finite real numbers, True, False and None are themselves. There is nothing in it to execute.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

__all__ = ["flatten", "unflatten"]

KEYS = (str, int)
PART = r"-?(?:\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?|inf|nan)"  # of a complex number, as repr writes it


def flatten(state: Any, fits: Callable[[str], bool] = lambda name: True) -> tuple[dict[str, NDArray[Any]], str]:
    """The arrays of nested dicts, lists and tuples, named by the path to them, and the rest as text.

    Parameters
    ----------
    state
        The state to take apart.
    fits
        Tells if a path can be the name of an array; where it cannot, or is taken, the array is named `[0]`, `[1]`, ...

    Raises
    ------
    TypeError
        There is something in it that is no data: an object, a Tensor, an array of objects.
    ValueError
        It contains itself.

    Examples
    --------
    >>> arrays, text = flatten({"model": {"0.weight": np.ones(2)}, "epoch": 3})
    >>> list(arrays)
    ['model.0.weight']
    >>> text
    '{"dict": [["model", {"dict": [["0.weight", {"array": "model.0.weight"}]]}], ["epoch", 3]]}'
    """
    arrays: dict[str, NDArray[Any]] = {}

    def named(array: NDArray[Any], path: str) -> str:
        if path in arrays or path.startswith("[") or not fits(path):
            path = f"[{len(arrays)}]"
        arrays[path] = array
        return path

    def encode(value: Any, path: str) -> Any:
        where = f"state at {path}" if path else "the state"
        if isinstance(value, np.generic):
            return {"scalar": named(storable(np.asarray(value), where), path)}
        if type(value) is np.ndarray:
            return {"array": named(storable(value, where), path)}
        if isinstance(value, dict):
            for key in value:
                if type(key) not in KEYS:
                    raise TypeError(f"{where} has the key {key!r}; keys must be str or int.")
            return {"dict": [[key, encode(part, f"{path}.{key}" if path else str(key))] for key, part in value.items()]}
        if type(value) in (list, tuple):
            parts = [encode(part, f"{path}.{i}" if path else str(i)) for i, part in enumerate(value)]
            return parts if type(value) is list else {"tuple": parts}
        if type(value) is float and not math.isfinite(value):
            return {"float": str(value)}
        if type(value) is complex:
            return {"complex": [repr(value.real), repr(value.imag)]}
        if value is None or type(value) in (bool, int, float, str):
            return value
        advice = "state_dict" if hasattr(value, "state_dict") else type(value).__name__
        raise TypeError(f"{where} is a {type(value).__name__}. {ADVICE.get(advice, ADVICE[''])}")

    try:
        return arrays, json.dumps(encode(state, ""), ensure_ascii=True)
    except RecursionError:
        raise ValueError("the state contains itself, or is nested too deeply.") from None


ADVICE = {
    "": "What can be saved are dicts, lists and tuples of arrays, numbers, text, True, False and None.",
    "Tensor": "Write t.data, or model.state_dict().",
    "Parameter": "Write p.data, or model.state_dict().",
    "state_dict": "Write its state, model.state_dict() or optimizer.state_dict().",
    "Generator": "Write rng.bit_generator.state.",
}


def storable(array: NDArray[Any], where: str) -> NDArray[Any]:
    """The array, if it holds plain numbers, whose bytes mean the same everywhere."""
    if array.dtype.kind in "biufc" and array.dtype.itemsize <= (16 if array.dtype.kind == "c" else 8):
        return array
    raise TypeError(
        f"{where} is an array of {array.dtype}; what can be saved are bool, integers and floats of up to 64 bits, and complex "
        f"numbers of two of these."
    )


def unflatten(arrays: dict[str, NDArray[Any]], text: str | bytes) -> Any:
    """The state that `flatten` took apart.

    Raises
    ------
    ValueError
        The text is not what `flatten` writes, or does not name each of the arrays exactly once.

    Examples
    --------
    >>> unflatten({"w": np.ones(2)}, '{"dict": [["w", {"array": "w"}], ["shape", {"tuple": [2]}]]}')
    {'w': array([1., 1.]), 'shape': (2,)}
    """
    left = dict(arrays)

    def decode(pairs: list[tuple[str, Any]]) -> Any:
        match pairs:
            case [("array", str(name))] if name in left:
                return left.pop(name)
            case [("scalar", str(name))] if name in left and left[name].ndim == 0:
                return left.pop(name)[()]
            case [("float", "nan" | "inf" | "-inf" as number)]:
                return float(number)
            case [("complex", [str(real), str(imag)])] if re.fullmatch(PART, real) and re.fullmatch(PART, imag):
                return complex(float(real), float(imag))
            case [("tuple", list(parts))]:
                return tuple(parts)
            case [("dict", list(items))] if all(
                type(item) is list and len(item) == 2 and type(item[0]) in KEYS for item in items
            ):
                made = {key: value for key, value in items}  # noqa: C416  (which says what an item is)
                if len(made) == len(items):
                    return made
        raise ValueError(f"an object that means nothing, {str(pairs)[:80]}")

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant}, which is not JSON")

    try:
        state = json.loads(text, object_pairs_hook=decode, parse_constant=refuse)
    except RecursionError:
        raise ValueError("its structure is nested too deeply") from None
    except ValueError as error:  # of Unicode, of JSON, of a number with thousands of digits
        raise ValueError(f"its structure is not what save writes: {error}") from error
    if left:
        raise ValueError(f"its structure does not mention the array {min(left)!r}")
    return state
