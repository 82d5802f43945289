"""The checker is checked: it catches every wrong gradient of examples/checkers.py and passes every right one."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
from tests import THOROUGH

spec = importlib.util.spec_from_file_location("checkers", Path(__file__).parents[2] / "examples" / "checkers.py")
checkers = importlib.util.module_from_spec(spec)
sys.modules["checkers"] = checkers
spec.loader.exec_module(checkers)

SEEDS = range(3 if THOROUGH else 1)


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def checked(case, seed):
    with np.errstate(all="ignore"):
        return ag.check_gradients(case.f, *checkers.fresh(case), gradient=case.gradient, raise_=False, rng=seed)


@pytest.mark.parametrize("seed", SEEDS)
@each(checkers.WRONG)
def test_a_wrong_gradient_is_caught(case, seed):
    result = checked(case, seed)
    assert not result.ok, str(result)


@pytest.mark.parametrize("seed", SEEDS)
@each(checkers.RIGHT)
def test_a_right_gradient_passes(case, seed):
    result = checked(case, seed)
    assert result.ok, str(result)


@pytest.mark.parametrize("seed", SEEDS)
@each(checkers.OPEN)
def test_what_nobody_can_tell_is_not_called_wrong(case, seed):
    result = checked(case, seed)
    assert "fails" not in str(result.verdicts), str(result)


SCALAR = [case for case in checkers.RIGHT if len(case.arguments) == 1 and np.ndim(case.f(*case.arguments)) == 0]


@each(SCALAR)
def test_the_gradient_of_a_scalar_function_may_be_an_array(case):
    (x,) = case.arguments
    gradient = np.asarray(case.gradient(x, 1.0))
    assert ag.check_gradients(case.f, x, gradient=gradient).ok
    with pytest.raises(ag.GradientError):
        ag.check_gradients(case.f, x, gradient=2 * gradient + 2)


# -- the registry itself ---------------------------------------------------------------------------------------------------

PRECISION = {"float64": 1e-11, "float32": 1e-6, "float16": 1e-2}
# noise, other subgradients, functions that Tensors do not go through
NOT_OURS = ("noise", "1 - cos", "there", "inv(", "|det", "cross entropy", "rounds alike")
CANCEL = ("- x", "- sin", "teacher")  # terms of about 1, in another order


@pytest.mark.filterwarnings("ignore::autograd_lite.GradientWarning")  # one is constant
@each([case for case in checkers.RIGHT if not any(word in case.name for word in NOT_OURS)])
def test_the_right_gradients_are_those_of_the_library(case):
    with np.errstate(all="ignore"):
        value, pullback = ag.vjp(case.f, *checkers.fresh(case))
        v = np.random.default_rng(0).normal(size=np.shape(value)).astype(value.dtype)[()]
        claimed = checkers.as_tuple(case.gradient(*checkers.fresh(case), v))
        for gradient, expected, x in zip(claimed, pullback(v), case.arguments, strict=True):
            assert (np.shape(gradient), gradient.dtype) == (x.shape, x.dtype)
            precision = PRECISION["float32" if "float32" in case.name else x.dtype.name]
            least = 1e-15 if any(word in case.name for word in CANCEL) else 1e-300
            np.testing.assert_allclose(gradient, expected, rtol=precision, atol=least)


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in checkers.WRONG + checkers.RIGHT + checkers.OPEN]
    assert len(names) == len(set(names))


def test_the_table_shows_mistakes_in_capitals(capsys):
    judges = {"credulous": lambda case: True, "sceptical": lambda case: False}
    checkers.print_table("WRONG", checkers.WRONG[:2], judges, ("missed", "caught"), good=False)
    checkers.print_table("RIGHT", checkers.RIGHT[:3], judges, ("passes", "rejected"), good=True)
    wrong, right = capsys.readouterr().out.split("RIGHT")
    assert (wrong.count("MISSED"), wrong.count(" caught")) == (2, 2)
    assert (right.count(" passes"), right.count("REJECTED")) == (3, 3)
    assert wrong.split()[-2:] == ["0", "2"]
    assert right.split()[-2:] == ["3", "0"]


@pytest.mark.parametrize("name", [name for name, (package, _) in checkers.CHECKERS.items() if importlib.util.find_spec(package)])
def test_every_installed_checker_can_be_asked(name):
    checker = checkers.CHECKERS[name][1]
    case = next(case for case in checkers.RIGHT if case.name == "an affine layer")
    assert checker(case._replace(arguments=checkers.fresh(case)))
    assert not checkers.accepts(checker, case._replace(gradient=lambda *x: case.gradient(*x[:-1], -x[-1])))
