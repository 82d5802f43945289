"""Functions that Tensors refuse by name, each with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# fmt: off
REFUSED: dict[Callable[..., Any], str] = {
    # they write into an array that others may have read
    np.copyto:           "it writes in place. Write t = np.where(mask, source, t), or t[...] = source into a Tensor; "
                         "np.broadcast_to(t, n) for np.full(n, t); t.detach().numpy() for the bare values",
    np.put:              "it writes in place. Write t[np.unravel_index(places, t.shape)] = values",
    np.place:            "it writes in place. Write t[mask] = values, as many as the mask lets in",
    np.putmask:          "it writes in place. Write t = np.where(mask, values, t)",
    np.put_along_axis:   "it writes in place. Write t[np.arange(n)[:, None], places] = values, here along axis 1 of 2",
    np.fill_diagonal:    "it writes in place. Write t = np.where(np.eye(n, dtype=bool), value, t)",

    # they call a function of one's own that may know arrays only
    np.apply_along_axis: "write np.stack([f(row) for row in t]), or a function that takes axis=",
    np.apply_over_axes:  "write f(t, axis=(0, 1), keepdims=True)",
    np.piecewise:        "write np.select([c1, c2], [f1(t), f2(t)], default)",

    np.sort_complex:     "its result is complex. Write np.sort(t)",
}
# fmt: on

# whole groups, by name, because which of them there are depends on NumPy's version
_GROUPS = {
    "Fourier transforms have no rules yet, because their results are complex": "fft: " + """
        fft fft2 fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn rfft rfft2 rfftn""",
    "complex numbers have no rules yet": ": angle",
    "polynomials are differentiated as np.polyval(p, x), or as sums of powers": ": " + """
        poly polyadd polyder polydiv polyfit polyint polymul polysub roots""",
    "its results are a number and an integer together; write t / 2.0**np.frexp(t.detach().numpy())[1]": ": frexp",
    "sums by index are differentiated as np.where(index == k, t, 0).sum(), or as onehot @ t": ": bincount",
    "it turns its argument into a bare array or a matrix. Write t.detach().numpy(), or leave it out":
        ": asarray_chkfinite asmatrix bmat require",
    "it looks at memory behind NumPy's back. Write np.lib.stride_tricks.sliding_window_view(t, n)":
        "lib.stride_tricks: as_strided",
}  # fmt: skip


def named(group: str) -> list[Callable[..., Any]]:
    """The functions in "home: name name" that this NumPy has."""
    path, names = group.split(":")
    home: Any = np
    for part in path.split(".") if path else ():
        home = getattr(home, part)
    return [getattr(home, name) for name in names.split() if hasattr(home, name)]


REFUSED |= {function: why for why, group in _GROUPS.items() for function in named(group)}


__all__ = ["REFUSED"]
