"""A table of NumPy's public functions, made from the rules: `python -m autograd_lite.coverage` prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .array.dispatch import JOINING, LIKE, MAKING
from .array.in_place import IN_PLACE
from .rules import COMPOSITIONS, LOOKING, PRIMITIVES, REFUSED, is_flat

__all__ = ["coverage", "public_functions"]

# functions that take no numbers to differentiate by; by name, because NumPy's versions have different ones
_OUTSIDE = {
    "reads, writes or shows": """
        base_repr binary_repr format_float_positional format_float_scientific fromfile fromregex fromstring genfromtxt
        get_printoptions load loadtxt printoptions save savetxt savez savez_compressed set_printoptions show_config show_runtime
        info test linalg.test fft.test get_include getbufsize geterr geterrcall setbufsize seterr seterrcall""",
    "makes arrays of other things than numbers to differentiate by": """
        bartlett blackman diag_indices frombuffer from_dlpack frompyfunc hamming hanning indices kaiser mask_indices tril_indices
        triu_indices fft.fftfreq fft.rfftfreq nested_iters broadcast_shapes bitwise_count packbits unpackbits
        datetime_as_string datetime_data busday_count busday_offset is_busday isnat""",
    "asks about types": """
        isdtype isfortran isscalar issubdtype iterable mintypecode promote_types typename""",
}


def public_functions() -> dict[str, Callable[..., Any]]:
    """The public functions of np, np.linalg, np.fft and np.lib.stride_tricks, by the names that users write.

    >>> public_functions()["linalg.norm"] is np.linalg.norm
    True
    """
    homes = {"": np, "linalg.": np.linalg, "fft.": np.fft, "lib.stride_tricks.": np.lib.stride_tricks}
    return {
        prefix + name: getattr(home, name)
        for prefix, home in homes.items()
        for name in sorted(getattr(home, "__all__", None) or dir(home))
        if not name.startswith("_") and callable(getattr(home, name)) and not isinstance(getattr(home, name), type)
    }


def kinds_of(name: str, function: Any) -> Iterator[tuple[str, str]]:
    """The kinds that a function belongs to, each with a remark; one kind, if the table is right."""
    if function in PRIMITIVES:
        yield ("flat", "the derivative is 0") if is_flat(PRIMITIVES[function]) else ("differentiated", "")
    if function in COMPOSITIONS:
        yield "differentiated", ""
    if function in LIKE or function in MAKING or function in JOINING:
        yield "differentiated", "makes a Tensor"
    if function in IN_PLACE:
        yield "differentiated", "writes into a Tensor"
    if function in LOOKING:
        yield "flat", "looks, and returns what NumPy returns"
    if function in REFUSED:
        yield "refused", REFUSED[function]
    for why, names in _OUTSIDE.items():
        if name in names.split():
            yield "elsewhere", why


def coverage() -> dict[str, list[tuple[str, str]]]:
    """The names and remarks of NumPy's public functions, by kind.

    * differentiated: there is a derivative of every order;
    * flat: the derivative is 0 wherever there is one, or the result is no number to differentiate;
    * refused: an error that names the function and says what to write;
    * elsewhere: it takes no numbers to differentiate by.

    >>> [name for name, _ in coverage()["differentiated"]][:3]
    ['abs', 'absolute', 'acos']
    """
    table: dict[str, list[tuple[str, str]]] = {"differentiated": [], "flat": [], "refused": [], "elsewhere": []}
    for name, function in public_functions().items():
        for kind, remark in kinds_of(name, function):
            table[kind].append((name, remark))
    return table


def lines() -> Iterator[str]:
    """The table as text: names that share a remark together, at most 100 characters in a line."""
    for kind, rows in coverage().items():
        yield f"{kind} ({len(rows)})"
        for remark in dict.fromkeys(remark for _, remark in rows):
            names = [name for name, r in rows if r == remark]
            line = f"  {remark}:" if remark else " "
            for name in names:
                if len(line) + len(name) > 98:
                    yield line
                    line = "   "
                line += f" {name}"
            yield line
        yield ""


if __name__ == "__main__":
    print(f"NumPy {np.__version__}\n")
    print("\n".join(lines()))
