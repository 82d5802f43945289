"""The ufuncs of scipy.special: every property of a rule, for each row of their table; and figures of 50 digits."""

import ast
import functools
import inspect
import subprocess
import sys

import mpmath
import numpy as np
import pytest
from mpmath import mp

import autograd_lite as ag
from autograd_lite.rules import primitive_for, scipy_special
from tests.rules.checks import CHECKS, leaves, values
from tests.rules.test_mutations import MUTANTS, install, mutations_of
from tests.table.row import Call

special = pytest.importorskip("scipy.special", reason="SciPy is not installed: python -m pip install 'autograd-lite[scipy]'")


def between(low, high):
    return lambda rng: rng.uniform(low, high, 3)


REAL, POSITIVE, UNIT, SIGNED = between(-2, 2), between(0.4, 3), between(0.15, 0.85), between(-0.8, 0.8)
LARGE = between(1.2, 4)

# for each function the arguments without a rule, which are constants here, and the domains of the others

TABLE = {
    **dict.fromkeys(("gamma", "gammaln", "loggamma", "psi", "digamma", "rgamma", "gammasgn"), ((), (POSITIVE,))),
    "_zeta": ((2.5,), (POSITIVE,)),
    **dict.fromkeys(("beta", "betaln", "poch"), ((), (POSITIVE, POSITIVE))),
    "binom": ((), (between(3.1, 4), between(0.3, 2))),
    **dict.fromkeys(("gammainc", "gammaincc"), ((), (POSITIVE, POSITIVE))),
    **dict.fromkeys(("gammaincinv", "gammainccinv"), ((), (POSITIVE, UNIT))),
    **dict.fromkeys(("betainc", "betaincc", "betaincinv", "betainccinv"), ((), (POSITIVE, POSITIVE, UNIT))),
    **dict.fromkeys(("erf", "erfc", "erfi", "erfcx", "dawsn", "ndtr", "log_ndtr"), ((), (REAL,))),
    "erfinv": ((), (SIGNED,)), "erfcinv": ((), (between(0.3, 1.7),)), "ndtri": ((), (UNIT,)),
    "ndtri_exp": ((), (between(-3, -0.2),)),
    "wofz": ((), (REAL,)), "voigt_profile": ((), (REAL, POSITIVE, POSITIVE)),
    "owens_t": ((), (REAL, REAL)), "_lambertw": ("after", (0, 1e-8), (POSITIVE,)),
    **dict.fromkeys(("chdtr", "chdtrc"), ((), (POSITIVE, POSITIVE))), "stdtr": ((), (POSITIVE, REAL)),
    "chdtri": ((3.5,), (UNIT,)), "stdtrit": ((), (POSITIVE, UNIT)),
    **dict.fromkeys(("gdtr", "gdtrc", "fdtr", "fdtrc"), ((2.5, 3.2), (POSITIVE,))),
    **dict.fromkeys(("pdtr", "pdtrc"), ((2.0,), (POSITIVE,))),
    **dict.fromkeys(("bdtr", "bdtrc"), ((2.0, 5), (UNIT,))), **dict.fromkeys(("nbdtr", "nbdtrc"), ((2, 5), (UNIT,))),
    **dict.fromkeys(("expit", "log_expit", "softplus", "exp2", "exp10", "expm1", "cosm1", "exprel"), ((), (REAL,))),
    "logit": ((), (UNIT,)), "log1p": ((), (SIGNED,)),
    **dict.fromkeys(("cbrt", "entr", "spence", "wrightomega"), ((), (POSITIVE,))),
    **dict.fromkeys(("xlogy", "xlog1py"), ((), (REAL, POSITIVE))),
    **dict.fromkeys(("rel_entr", "kl_div"), ((), (POSITIVE, POSITIVE))),
    "powm1": ((), (POSITIVE, REAL)),
    **dict.fromkeys(("huber",), ((1.0,), (between(1.2, 3),))), "pseudo_huber": ((1.0,), (REAL,)),
    **dict.fromkeys(("boxcox", "boxcox1p", "inv_boxcox", "inv_boxcox1p"), ("after", 0.7, (POSITIVE,))),
    **dict.fromkeys(("sindg", "cosdg", "tandg", "cotdg"), ((), (between(20, 70),))),
    **dict.fromkeys(("exp1", "expi", "sici", "shichi", "fresnel"), ((), (POSITIVE,))), "expn": ((2,), (POSITIVE,)),
    **dict.fromkeys(("ellipk", "ellipe", "ellipkm1"), ((), (UNIT,))),
    **dict.fromkeys(("ellipkinc", "ellipeinc"), ("after", 0.4, (SIGNED,))),
    "hyp0f1": ((1.3,), (REAL,)), "hyp1f1": ((1.3, 2.1), (REAL,)), "hyperu": ((1.3, 2.1), (POSITIVE,)),
    "hyp2f1": ((1.3, 0.7, 2.1), (SIGNED,)),
    **dict.fromkeys(("j0", "j1", "y0", "y1", "i0", "i1", "k0", "k1", "i0e", "i1e", "k0e", "k1e"), ((), (POSITIVE,))),
    **dict.fromkeys(("jv", "jve", "yv", "yve", "iv", "ive", "kv", "kve", "struve", "modstruve"), ((1.5,), (POSITIVE,))),
    **dict.fromkeys(("yn", "kn"), ((2,), (POSITIVE,))), "airy": ((), (REAL,)),
    **{f"eval_{name}": ((3,), (SIGNED,)) for name in ("legendre", "chebyt", "chebyu", "hermite", "hermitenorm", "laguerre")},
    **dict.fromkeys(("eval_genlaguerre", "eval_gegenbauer"), ((3, 0.7), (SIGNED,))), "eval_jacobi": ((3, 0.7, 0.3), (SIGNED,)),
}  # fmt: skip


def function_of(name):
    found = getattr(special, name, None)
    return found if isinstance(found, np.ufunc) else getattr(special._ufuncs, name, found)


PRESENT = [name for name in scipy_special.RULES if function_of(name) is not None]


def call_of(name, seed):
    *_, domains = TABLE[name]
    rng = np.random.default_rng(seed)  # one for all: equal arguments are no test of kl_div
    arrays = tuple(draw(rng) for draw in domains)
    if TABLE[name][0] == "after":
        after = TABLE[name][1]
        return Call(function_of(name), arrays, {}, lambda x: (x, *(after if isinstance(after, tuple) else (after,))))
    return Call(function_of(name), arrays, {}, lambda *arrays: (*TABLE[name][0], *arrays))


def test_each_row_is_in_the_table():
    assert TABLE.keys() == scipy_special.RULES.keys()
    assert len(PRESENT) >= 91


def has_every_property(name):
    for seed in (0, 1):
        call = call_of(name, seed)
        for check in CHECKS:
            if name != "gammasgn" or check.__name__ != "second_derivative_is_the_derivative_of_the_first":
                check(call, np.random.default_rng(seed))


@pytest.mark.parametrize("name", PRESENT)
def test_a_row_has_every_property_of_a_rule(name):
    for seed in (0, 1):
        call = call_of(name, seed)
        found = values(call(*map(ag.tensor, call.arrays)))
        assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(leaves(found), leaves(call(*call.arrays))))
    has_every_property(name)


STRAIGHT = {"huber"}  # second derivatives are 0 where it is asked
MUTATIONS = [
    pytest.param(name, argument, MUTANTS[mutation], id=f"{name}: rule for {argument} {mutation}")
    for name in PRESENT
    if (primitive := primitive_for(function_of(name))) is not None  # softplus is made of logaddexp
    for argument in primitive.rules
    for mutation in mutations_of(function_of(name), primitive, argument)
    if not (name in STRAIGHT and mutation == "detached from what it saved")
]


@pytest.mark.parametrize(("name", "argument", "mutate"), MUTATIONS)
def test_a_wrong_rule_goes_red(name, argument, mutate, monkeypatch):
    rule = primitive_for(function_of(name)).rules[argument]
    install(monkeypatch, function_of(name), argument, functools.wraps(rule)(functools.partial(mutate, rule)))
    with pytest.raises(AssertionError):
        has_every_property(name)


@pytest.mark.filterwarnings("ignore:non-integer arg n:DeprecationWarning")  # SciPy casts whole numbers to floats beside floats
@pytest.mark.parametrize("name", PRESENT)
def test_single_precision_stays_single(name):
    call = call_of(name, 0)
    t = [ag.tensor(x.astype(np.float32), requires_grad=True) for x in call.arrays]
    sum(y.real.sum() for y in leaves(call(*t))).backward()
    assert all(x.grad is None or x.grad.dtype == np.float32 for x in t)


def test_rules_call_only_functions_that_have_rules():
    tree = ast.parse(inspect.getsource(scipy_special))
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "special"}
    assert used - {"zeta"} <= scipy_special.RULES.keys()


# ordinary points, and points where formulas lose digits
POINTS = {
    "psi": (2.5, mpmath.digamma),
    "gammaln": (40.0, mpmath.loggamma),
    "erf": (1.5, mpmath.erf),
    "erfcx": (2.0, lambda x: mp.exp(x * x) * mp.erfc(x)),
    "log_ndtr": (-30.0, lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)),
    "exprel": (1e-6, lambda x: mp.expm1(x) / x),
    "ellipk": (1e-9, mpmath.ellipk),
    "ellipe": (1e-9, mpmath.ellipe),
    "j1": (0.7, lambda x: mpmath.besselj(1, x)),
    "i1": (1.3, lambda x: mpmath.besseli(1, x)),
    "spence": (1.0000001, lambda x: mpmath.polylog(2, 1 - x)),
    "ndtri": (0.3, lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1)),
    "expit": (-40.0, lambda x: 1 / (1 + mp.exp(-x))),
    "entr": (0.2, lambda x: -x * mp.log(x)),
    "dawsn": (0.8, lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mpmath.erfi(x)),
}


@pytest.mark.parametrize("name", POINTS)
def test_first_and_second_derivatives_have_their_digits(name):
    x, reference = POINTS[name]
    f = getattr(special, name)
    first, second = float(ag.grad(f)(x)), float(ag.grad(ag.grad(f))(x))
    with mp.workdps(50):
        assert first == pytest.approx(float(mpmath.diff(reference, mp.mpf(x))), rel=1e-14, abs=0)
        assert second == pytest.approx(float(mpmath.diff(reference, mp.mpf(x), 2)), rel=2e-13, abs=0)


def gammainc_at(x):
    return lambda a: special.gammainc(a, x), lambda a: mpmath.gammainc(a, 0, mp.mpf(x), regularized=True)


def betainc_at(x, first=None, second=None):
    place = (lambda s: (first, s)) if second is None else (lambda s: (s, second))
    return lambda s: special.betainc(*place(s), x), lambda s: mpmath.betainc(*place(s), 0, mp.mpf(x), regularized=True)


def stdtr_at(x):
    def below(df):
        half = mpmath.betainc(df / 2, mp.mpf("0.5"), 0, df / (df + mp.mpf(x) ** 2), regularized=True) / 2
        return half if x < 0 else 1 - half

    return lambda df: special.stdtr(df, x), below


BY_SHAPE = {
    **{
        f"gammainc({a}, {x})": (a, gammainc_at(x)) for a, x in [(1e-3, 0.2), (0.5, 1e-6), (2.3, 2.0), (7.0, 40.0), (200.0, 190.0)]
    },
    **{f"betainc({a}, 1.4, {x})": (a, betainc_at(x, second=1.4)) for a, x in [(0.05, 1e-3), (2.3, 0.5), (30.0, 0.99)]},
    **{f"betainc(1.4, {b}, {x})": (b, betainc_at(x, first=1.4)) for b, x in [(0.05, 0.999), (2.3, 0.5), (30.0, 0.01)]},
    **{f"stdtr({df}, {x})": (df, stdtr_at(x)) for df, x in [(0.7, -50.0), (4.5, 2.0), (30.0, 0.3)]},
}


@pytest.mark.parametrize("name", BY_SHAPE)
def test_derivatives_by_shapes_have_their_digits(name):
    shape, (f, reference) = BY_SHAPE[name]
    first, second = float(ag.grad(f)(shape)), float(ag.grad(ag.grad(f))(shape))
    with mp.workdps(50):
        assert first == pytest.approx(float(mpmath.diff(reference, mp.mpf(shape))), rel=1e-12, abs=0)
        assert second == pytest.approx(float(mpmath.diff(reference, mp.mpf(shape), 2)), rel=1e-10, abs=0)


def test_orders_are_refused_by_name():
    with pytest.raises(TypeError, match=r"jv: there is no derivative with respect to 'v'.*v=t\.detach\(\)"):
        special.jv(ag.tensor(1.0, requires_grad=True), 2.0)


def test_a_ufunc_without_a_rule_is_refused():
    with pytest.raises(TypeError, match="kolmogorov has no derivative rule here"):
        special.kolmogorov(ag.tensor(1.0, requires_grad=True))


def test_scipy_is_not_imported_for_the_user():
    script = "import autograd_lite, nn, numpy as np, sys; np.sin(autograd_lite.ones(2)); print('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
