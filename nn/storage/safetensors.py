"""The format `.safetensors`, by the package of that name: weights under the names they have in PyTorch."""

from __future__ import annotations

from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fits", "read", "write"]

METADATA = "__metadata__"  # where the format keeps texts: no array can have this name
STRUCTURE = "structure"
DTYPES = {"BOOL", "F16", "F32", "F64", *(f"{kind}{bits}" for kind in "IU" for bits in (8, 16, 32, 64))}
MISSING = "the format .safetensors needs a package: pip install 'autograd-lite[safetensors]'; or write .npz"


def fits(name: str) -> bool:
    """True if an array can have that name."""
    return name != METADATA and not any("\ud800" <= letter <= "\udfff" for letter in name)  # halves of a letter are not UTF-8


def write(file: IO[bytes], arrays: dict[str, NDArray[Any]], structure: str) -> None:
    """Write arrays, and the structure as metadata, which other readers skip."""
    for name, array in arrays.items():
        if array.dtype.kind == "c":
            raise TypeError(f"save: {name!r} is complex, and .safetensors has real numbers alone. Write .npz.")
    try:
        from safetensors.numpy import save  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise ImportError(MISSING) from error
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}  # the package does not look at strides
    file.write(save(plain, {STRUCTURE: structure}))


def read(file: IO[bytes]) -> tuple[dict[str, NDArray[Any]], str | None]:
    """The arrays of a file by name, and the structure if it has one.

    Raises
    ------
    ValueError
        With the reason, for a file that is not whole, or has numbers that NumPy does not have, such as BF16.
    """
    try:
        from safetensors import SafetensorError, safe_open  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise ImportError(MISSING) from error
    try:
        with safe_open(file.name, framework="np") as opened:
            for name in opened.keys():  # noqa: SIM118  (it is no dict)
                dtype = opened.get_slice(name).get_dtype()
                if dtype not in DTYPES:
                    raise ValueError(
                        f"{name!r} has dtype {dtype}, which NumPy does not have; save it as float32, in PyTorch t.float()"
                    )
            arrays = {name: opened.get_tensor(name).copy() for name in opened.keys()}  # noqa: SIM118
            return arrays, (opened.metadata() or {}).get(STRUCTURE)
    except SafetensorError as error:
        raise ValueError(f"it is no such file, or truncated or altered: {error}") from error
