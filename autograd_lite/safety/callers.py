"""Callers: the expression in which a gradient would be lost, as it stands in the user's source, and the line to write instead.

Only for errors: it looks at the frames on the stack, and is silent where there is no source.
"""

from __future__ import annotations

import itertools
import linecache
import re
import sys
from types import FrameType

import numpy as np

__all__ = ["advice"]

PACKAGE = __name__.partition(".")[0]

# what to write instead of an expression, and of a call of another library: the first that matches
DOOR = "import autograd_lite.numpy as np, where it works as it stands"
VECTORIZE = f"{DOOR}; or write it with NumPy's functions, which take whole arrays"
INSTEAD = (
    (r"(?:np|numpy)\.full\(", f"write np.broadcast_to(t, n), or t * np.ones(n); or {DOOR}"),
    (r"(?:np|numpy)\.(?:array|asarray|asanyarray)\(\s*[\[(]",
     f"{DOOR}; or write np.stack([...]) for Tensors, ag.tensor([...]) for these and numbers"),
    (r"(?:np|numpy)\.(?:array|asarray|asanyarray|ascontiguousarray|asfortranarray)\(",
     f"write t.copy() for a copy, t itself for the same Tensor; or {DOOR}"),
    (r"(?:np|numpy)\.[rc]_\[",
     f"write np.concatenate([np.atleast_1d(t), [1.0]]), or np.stack([a, b], axis=1) for np.c_; or {DOOR}"),
    (r"(?:np|numpy)\.arange\(",
     f"write t.item() for a limit, as a number of steps has no derivative; start + step * np.arange(n) for Tensors among these; "
     f"or {DOOR}"),
    (r"(?:np|numpy)\.(?:[hvd]stack|column_stack|concatenate|append|block)\(",
     f"write ag.tensor([a, 1.0]) for each list that holds Tensors: np.hstack([ag.tensor([a]), v]); or {DOOR}"),
    (r"(?:np|numpy)\.\w+\.(?:reduce|accumulate|outer)\(\s*[\[(]",
     "write import autograd_lite.numpy as np, whose functions take lists that hold Tensors"),
    (r"(?:np|numpy)\.interp\(.*\b(?:left|right)=",
     f"write np.interp(ag.tensor(x), ...), as NumPy looks for Tensors in x, xp and fp alone; or {DOOR}"),
    (r"(?:np|numpy)\.fill_diagonal\(", f"write np.where(np.eye(n, dtype=bool), t, a); or {DOOR}"),
    (r"(?:np|numpy)\.(?:fromiter|apply_along_axis|apply_over_axes|piecewise)\(", VECTORIZE),
    (r"(?:np|numpy)\.(?:sum|prod|max|min|amax|amin|mean|var|std|dot|diag|float\d+|isscalar|linalg\.\w+)\(", DOOR),
    (r"(?:np|numpy)\.\w+\([^\[]*\[", f"write ag.tensor([a, 1.0]) for each list that holds Tensors; or {DOOR}"),
    (r".*\.(?:permutation|permuted|shuffle|choice)\(",
     "write t[rng.permutation(len(t))], t[rng.integers(len(t), size=n)]: elements taken by index have derivatives"),
    (r"(?!math\.).*\.(?:normal|uniform|exponential|gamma|beta|laplace)\(",
     "write mean + scale * rng.normal(size=n): drawn numbers are constants, and arithmetic has derivatives"),
    (r".*\.(?:poisson|binomial|geometric)\(", "write rng.poisson(t.data): the whole numbers that are drawn have no derivative"),
    (r".*\.dot\(", "write a @ t, or np.dot(a, t): the method of an array knows only arrays"),
    (r"""[rfbu]*["'].*%""", 'write f"{t:.2f}", or t.item() for the number'),
    (r".*[-+*/]\s*[\[(].*[\])]$|^[\[(].*[\])]\s*[-+*/]", "write ag.tensor([a, 1.0]) for a list that holds Tensors"),
    (r"[\w.]+\[.*\]$",
     "write a = ag.zeros(n) for an array that is written into; or make it with np.zeros, np.array or np.copy after "
     "import autograd_lite.numpy as np"),
)  # fmt: skip
BY_NUMPY = (  # by the module and the name of NumPy's function that was called
    (r"numpy\.lib\.\w+\.vectorize\.", f"it is np.vectorize's: {VECTORIZE}"),
    (r"numpy\.lib\.\w+\.nan(?:var|std)$",
     "there is no derivative with respect to 'mean'. Write np.nanmean((a - mean) ** 2), or its square root; or mean=t.detach()"),
    (r"numpy\.polynomial\.polynomial\.polyval$", "write np.polyval(c[::-1], x), whose coefficients go the other way"),
    (r"numpy\.polynomial\.\w+\.\w+val$",
     "write legvander(x, len(c) - 1) @ c, and chebvander, hermvander and so on for the others"),
    (r"numpy\.polynomial\._polybase\.",
     "write polyval(t, p.coef) of numpy.polynomial.polynomial for a Polynomial p, and chebval, legval and so on for the others; "
     "where p.domain is not p.window, of t that is moved from one to the other"),
)  # fmt: skip
OF_MATH = {"pow": "power", "fabs": "abs", "fsum": "sum", "phase": "angle"}  # NumPy's names
LEAVE_REALS = ("acos", "acosh", "asin", "atanh", "log", "log10", "sqrt")  # whose result is complex for some real numbers
SPECIAL = {"gamma": "gamma", "lgamma": "gammaln", "erf": "erf", "erfc": "erfc"}  # SciPy's
SPARSE = "write ag.linear(S)(t) for S @ t, and ag.linear(S.T)(t.T).T for t @ S; or S.toarray() @ t"
LIBRARY_CALLS = (
    (r"numpy\.ma\b", "write a.filled(0.0) for the masked array, and np.where or where= to leave elements out"),
    (r"pandas\b", "write a.to_numpy(float) for the pandas operand"),
    (r"scipy\.sparse\b", SPARSE),
    (
        r"scipy\.(?:special|stats|linalg|integrate|signal|fft)\b",
        "import it from autograd_lite.scipy, as in 'from autograd_lite.scipy import stats', where it has derivatives if it is "
        "listed; else write its formula, or declare it: own = ag.primitive({name}, x=lambda g, x: ...)",
    ),
    (r"(?!numpy\b)\w+", "{name} knows only arrays. Declare it: own = ag.primitive({name}, x=lambda g, x: ...)"),
)


def advice(of_numpys: bool = False) -> str:
    """A sentence about the expression that the user wrote, with the line to write instead; "" where nothing is known.

    With `of_numpys` only where a function of NumPy's, written in Python, is about to do what cannot be.
    """
    try:
        text, module, function = expression_and_module()
    except Exception:  # an error message is no place for another error
        return ""
    library = "" if module_of_numpy(module) else module
    for pattern, instead in BY_NUMPY:
        if re.match(pattern, f"{module}.{function}"):
            return f"In {shown(text)}: {instead}. "
    if of_numpys:
        return ""
    math = re.fullmatch(r"c?math\.(\w+)\((.*)\)", text, re.DOTALL)
    if math:
        name = OF_MATH.get(math[1], math[1])
        if name == "log" and "," in math[2]:
            return f"For {shown(text)} write np.log(x) / np.log(base). "
        if hasattr(np, name):
            listed = f"np.stack({math[2]})" if math[2].startswith(("[", "(")) else math[2]
            as_complex = " + 0j" if text.startswith("c") and name in LEAVE_REALS else ""
            return f"For {shown(text)} write np.{name}({listed}{as_complex}). "
        if name in SPECIAL:
            instead = f"special.{SPECIAL[name]}({math[2]}), after 'from autograd_lite.scipy import special'"
            return f"For {shown(text)} write {instead}. "
    for known, instead in LIBRARY_CALLS:
        if library and re.match(known, library):
            where = text or f"{function} of {library.partition('.')[0]}"
            called = re.match(r"[\w.]+(?=\()", text)
            own = (called[0] if called else function).rpartition(".")[2]
            if re.match(r"scipy\.(linalg|_lib)\b", library) and hasattr(np.linalg, own):
                return f"In {shown(where)}: write np.linalg.{own}, which has derivatives. "
            return f"In {shown(where)}: {instead.replace('{name}', called[0] if called else function)}. "
    for pattern, instead in INSTEAD:
        if re.match(pattern, text, re.DOTALL):
            return f"In {shown(text)}: {instead}. "
    return ""


def shown(text: str) -> str:
    """An expression on one line, cut to a readable length."""
    line = " ".join(text.split())
    return line if len(line) <= 70 else f"{line[:67]}..."


def expression_and_module() -> tuple[str, str, str]:
    """The expression in the innermost frame of the user's, and the module and name of the library's function it called."""
    frame: FrameType | None = sys._getframe(1)
    called = function = ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] != PACKAGE:
            if "site-packages" not in frame.f_code.co_filename and "dist-packages" not in frame.f_code.co_filename:
                return expression(frame), called, function
            called, function = module, frame.f_code.co_qualname
        frame = frame.f_back
    return "", "", ""


def module_of_numpy(module: str) -> bool:
    """True for NumPy's modules, but those of masked arrays, whose mask would be lost."""
    return module.partition(".")[0] == "numpy" and not module.startswith("numpy.ma")


def expression(frame: FrameType) -> str:
    """The source of what a frame is doing right now."""
    positions = next(itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    first, last, start, end = positions
    if first is None or last is None or start is None or end is None:
        return ""
    lines = [linecache.getline(frame.f_code.co_filename, i, frame.f_globals).encode() for i in range(first, last + 1)]
    if not any(lines):
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode()
