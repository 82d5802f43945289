"""scipy.fft with derivatives: Fourier, cosine and sine transforms. SciPy computes, and the transposed transform is the rule.

The cosine or sine transform of type 2 with norm="ortho" is the transpose of that of type 3, and those of type 1 and 4 are
symmetric. Other norms scale it, and without `orthogonalize` some ends count root 2 times more or less: the documentation of
scipy.fft.dct and dst has each sum. The option `overwrite_x` is a permission that is not made use of.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..primitive import Primitive, parse
from ..rules.fourier import fft_a, hfft_a, ifft_a, irfft_a, lengths, of_length
from ..speed.recorder import recorder
from .needed import needed

fft_of_scipy = needed("scipy.fft")
REST = "norm=None, overwrite_x=False, workers=None, *, plan=None"


DOCSTRING = """SciPy's `{name}({signature})`, with derivatives of every order by its first argument.

    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy import fft
    >>> x = np.arange(1.0, 9.0).reshape(2, 4)
    >>> value, tangent = ag.jvp(fft.{name}, (x,), (x,))
    >>> bool(np.allclose(tangent, value))  # it is linear
    True
    """


def recorded(name: str, signature: str, rule: Callable[..., Any]) -> Any:
    """SciPy's transform of this name, with a rule for its first argument."""
    transform, parameters = getattr(fft_of_scipy, name), parse(signature)

    def value(*args: Any, **options: Any) -> Any:
        given = parameters.bind(*args, **options).arguments
        if given.get("orthogonalize") is not None and np.iscomplexobj(given["x"]):
            raise TypeError(
                f"{name}: SciPy leaves orthogonalize= out of account for complex numbers. Write {name}(z.real, ...) + "
                f"1j * {name}(z.imag, ...)."
            )
        return transform(**{**given, "overwrite_x": False})

    made = recorder(Primitive(value, {"x": rule}, signature, name))
    made.__name__ = made.__qualname__ = name
    made.__doc__ = DOCSTRING.format(name=name, signature=signature)
    return made


def axis_by_axis(g: Any, x_shape: tuple[int, ...], steps: Sequence[tuple[int, int]], transposed: Sequence[Any]) -> Any:
    """`transposed[k](g, shape, n, axis)` along each axis, the last one first: there a spectrum may be that of real numbers."""
    for one, (n, axis) in reversed(list(zip(transposed, steps, strict=True))):
        shape = [x_shape[i] if i == axis % g.ndim else size for i, size in enumerate(g.shape)]
        g = one(g, tuple(shape), n, axis)
    return g


def steps_of(x_shape: tuple[int, ...], s: Any, axes: Any, to_real: bool = False) -> list[tuple[int, int]]:
    """The length of the transform along each axis, and the axis; SciPy takes one number for a list of one."""
    s, axes = (option if option is None else np.atleast_1d(option).tolist() for option in (s, axes))
    return lengths(x_shape, s, axes, to_real)


# -- Fourier ------------------------------------------------------------------------------------------------------------


def of_real(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule of a transform to real numbers, whose length `g` has."""
    return lambda g, shape, n, axis, norm: rule(g, shape, axis, norm)


def along_one(name: str, rule: Callable[..., Any]) -> Any:
    return recorded(name, f"x, n=None, axis=-1, {REST}", lambda g, x_shape, n, axis, norm: rule(g, x_shape, n, axis, norm))


def along_several(name: str, rule: Callable[..., Any], last: Callable[..., Any] | None = None, to_real: bool = False) -> Any:
    """The transform of two dimensions or n, with the rules of those along one."""

    def rule_of_all(g: Any, x_shape: tuple[int, ...], s: Any, axes: Any, norm: Any) -> Any:
        steps = steps_of(x_shape, s, axes, to_real)
        rules = [rule] * (len(steps) - 1) + [last or rule]
        return axis_by_axis(g, x_shape, steps, [lambda *at, one=one: one(*at, norm) for one in rules])

    return recorded(name, f"x, s=None, axes={'(-2, -1)' if name.endswith('2') else None}, {REST}", rule_of_all)


# fmt: off
to_irfft, to_hfft = of_real(irfft_a), of_real(hfft_a)
fft,   ifft  = along_one("fft", fft_a),        along_one("ifft", ifft_a)
rfft,  irfft = along_one("rfft", fft_a),       along_one("irfft", to_irfft)
hfft,  ihfft = along_one("hfft", to_hfft),     along_one("ihfft", ifft_a)
fft2,  ifft2 = along_several("fft2", fft_a),   along_several("ifft2", ifft_a)
fftn,  ifftn = along_several("fftn", fft_a),   along_several("ifftn", ifft_a)
rfft2, rfftn = along_several("rfft2", fft_a),  along_several("rfftn", fft_a)
irfft2, irfftn = (along_several(name, ifft_a, to_irfft, True) for name in ("irfft2", "irfftn"))
hfft2,  hfftn  = (along_several(name, fft_a, to_hfft, True) for name in ("hfft2", "hfftn"))
ihfft2, ihfftn = along_several("ihfft2", ifft_a), along_several("ihfftn", ifft_a)
fftshift, ifftshift = np.fft.fftshift, np.fft.ifftshift
# fmt: on


# -- cosine and sine ----------------------------------------------------------------------------------------------------

TRANSPOSED = {1: 1, 2: 3, 3: 2, 4: 4}
EXPONENT = {None: 1, "backward": 1, "ortho": 0, "forward": -1}
OTHER_NORM = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
# (sine, type): the ends that count root 2 times in the result, and of the argument, but for orthogonalize
ENDS: dict[tuple[bool, int], tuple[tuple[int, ...], tuple[int, ...]]] = {
    (False, 1): ((0, -1), (0, -1)), (False, 2): ((0,), ()), (False, 3): ((), (0,)),
    (True, 2): ((-1,), ()), (True, 3): ((), (-1,)),
}  # fmt: skip


def ends(places: tuple[int, ...], g: Any, axis: int) -> Any:
    """root 2 at these places along the axis, else 1; in the precision of g."""
    if not places:
        return np.ones((), g.dtype)
    factors = np.ones(g.shape[axis], g.dtype)
    factors[list(places)] = math.sqrt(2)
    return factors.reshape([-1 if i == axis % g.ndim else 1 for i in range(g.ndim)])


def trigonometric(name: str, axis: str = "axis=-1", keyword: str = "") -> Any:
    """A cosine or sine transform, or its inverse: that of type 2 is type 3 with the other norm."""
    sine, inverse, single = "s" in name, name.startswith("i"), axis == "axis=-1"

    def transposed(g: Any, x_shape: tuple[int, ...], n: Any, axis: int, type: int, norm: Any, orthogonalize: bool) -> Any:
        of_result, of_argument = ((), ()) if orthogonalize else ENDS.get((sine, type), ((), ()))
        scale = math.sqrt(2 * (g.shape[axis] + (0 if type > 1 else 1 if sine else -1))) ** EXPONENT[norm]
        g = (dst if sine else dct)(g * ends(of_result, g, axis) * scale, TRANSPOSED[type], None, axis, "ortho")
        return of_length(g / ends(of_argument, g, axis), x_shape, axis)

    def rule(g: Any, x_shape: tuple[int, ...], type: int, s: Any, axes: Any, norm: Any, orthogonalize: Any) -> Any:
        orthogonal = norm == "ortho" if orthogonalize is None else orthogonalize
        if inverse:
            type, norm = TRANSPOSED[type], OTHER_NORM[norm]
        steps = steps_of(x_shape, s, axes)
        one = functools.partial(transposed, type=type, norm=norm, orthogonalize=orthogonal)
        return axis_by_axis(g, x_shape, steps, [one] * len(steps))

    def rule_of_one(g: Any, x_shape: Any, type: int, n: Any, axis: int, norm: Any, orthogonalize: Any) -> Any:
        return rule(g, x_shape, type, n, axis, norm, orthogonalize)

    length = "n=None" if single else "s=None"
    signature = f"x, type=2, {length}, {axis}, norm=None, overwrite_x=False, workers=None, {keyword}orthogonalize=None"
    return recorded(name, signature, rule_of_one if single else rule)


# fmt: off
dct, idct = trigonometric("dct"), trigonometric("idct")
dst, idst = trigonometric("dst"), trigonometric("idst")
dctn, idctn = trigonometric("dctn", "axes=None", "*, "), trigonometric("idctn", "axes=None")
dstn, idstn = trigonometric("dstn", "axes=None"), trigonometric("idstn", "axes=None")
# fmt: on


def __getattr__(name: str) -> Any:
    return getattr(fft_of_scipy, name)


__all__ = [
    "dct", "dctn", "dst", "dstn", "fft", "fft2", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "idct", "idctn", "idst", "idstn",
    "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn",
]  # fmt: skip
