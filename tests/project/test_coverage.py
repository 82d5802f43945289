"""Every public function of NumPy, old or new, is in the table of what is differentiated, flat, refused or elsewhere, once."""

import subprocess
import sys

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.coverage import coverage, kinds_of, public_functions

KINDS = {name: list(kinds_of(name, function)) for name, function in public_functions().items()}


def test_there_are_as_many_functions_as_numpy_has():
    assert len(KINDS) > 400


@pytest.mark.parametrize("name", KINDS)
def test_each_function_is_in_the_table_once(name):
    assert len(KINDS[name]) == 1, KINDS[name]


T = ag.tensor(np.eye(2), requires_grad=True)


def refusal(function):
    """The function's answer to the first Tensors that it takes."""
    for args in [(T,), (T, T), (T, 1, T), (T, (0, 0), T), (T, T, T), (T, np.zeros((2, 2), int), T, 0), ([[T, T]],)]:
        try:
            function(*args)
        except (TypeError, AttributeError, IndexError) as error:
            if "argument" not in str(error) and "attribute" not in str(error):
                return f"{error} {error.__cause__}"
    return "nothing"


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(("name", "why"), coverage()["refused"])
def test_a_refusal_gives_the_reason(name, why):
    said = refusal(public_functions()[name])
    assert (f"np.{name} is not supported on Tensors: {why}" in said) or "would lose the gradient" in said


def test_it_prints_the_table():
    done = subprocess.run([sys.executable, "-m", "autograd_lite.coverage"], capture_output=True, text=True, check=True)
    assert "differentiated" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 220
