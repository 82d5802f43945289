"""The checker's report: the fields, the text, the drawing, the page."""

import html.parser
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.check import report
from autograd_lite.check.subject import bits
from tests.check.checking import check, total

X = np.array([1.0, 2.0, 0.5])


def scaled(*factors):
    return lambda x, v: v * np.cos(x) * np.array(factors)


def test_the_worst_entry_is_described_first():
    text = str(check(total, X, gradient=scaled(1, 1.5, 1.1)))
    head, worst, following, *_ = text.splitlines()
    assert head == "gradients of total: NOT correct. 3 entries compared: 1 passes, 2 fails."
    assert re.fullmatch(
        r"  worst: d total / d x\[1\] at 2: analytic -0\.6242202548\d+, numerical -0\.4161468365\d+ \+/- \de-\d+; fails, "
        r"off by 0\.33 relative, 3\.75e\+15 ulp; step 0\.0\d*",
        worst,
    ), worst
    assert following.startswith("  next: d total / d x[2] at 0.5: analytic 0.96534")
    assert "    .XX" in text
    assert re.search(r"  how: the full gradient, \d+ evaluations, .* s, seed 0; error bars of \de-1\d relative", text)


def test_results_are_named_by_their_place():
    result = check(lambda x: {"a": x * 2, "b": np.outer(x, x)}, X, gradient=lambda x, v: 2 * v["a"])
    assert result.worst.output.startswith("f[1][")
    assert len(result.worst.index) == 1


def test_one_entry_is_one_entry():
    assert str(check(np.sin, 1.0)).startswith("gradients of sin: correct. 1 entry compared: 1 passes.")


def test_single_precision_is_printed_with_its_own_digits():
    worst = str(check(total, X.astype(np.float32), gradient=lambda x, v: v * np.cos(x) * np.float32(1.5)).worst)
    for number in re.findall(r"(?:analytic|numerical) (-?[\d.]+)", worst):
        assert len(number.strip("-0.").replace(".", "")) <= 8, worst


def test_a_result_is_true_when_it_is_ok():
    assert check(np.sin, X)
    assert not check(np.sin, X, gradient=scaled(1, 1, 2))
    assert repr(check(np.sin, X)).startswith("gradients of sin: correct.")


def test_the_same_seed_does_the_same_again():
    def text(seed):
        return re.sub(r"[\d.e-]+ s,", "", str(check(total, X, gradient=scaled(1, 1.5, 1), rng=seed)))

    assert text(3) == text(3) != text(4)
    assert "seed 3" in text(3)


# -- verdicts --------------------------------------------------------------------------------------------------------------


def relu_with(at_zero):
    return lambda x, v: v * np.where(x > 0, 1.0, np.where(x == 0, at_zero, 0.0))


VERDICTS = {
    "passes": (np.sin, 1.0, lambda x, v: v * np.cos(x), True),
    "fails": (np.sin, 1.0, lambda x, v: v * np.sin(x), False),
    "kink": (lambda x: np.maximum(x, 0), 0.0, relu_with(0.5), True),
    "kink, not a subgradient": (lambda x: np.maximum(x, 0), 0.0, relu_with(-0.5), False),
    "discontinuous": (np.floor, 2.0, lambda x, v: 0 * v, False),
    "undefined": (np.log, -1.0, lambda x, v: v / x, False),
    "below resolution": (lambda x: 1 + 1e-20 * x, 1.0, lambda x, v: v * 1e-20, True),
    "inconclusive": (np.sin, 1e15, lambda x, v: v * np.cos(x), False),
    "non-deterministic": (lambda x: x + np.random.default_rng().normal(), 1.0, lambda x, v: v, False),
    "argument mutated": (lambda x: np.add(x, 1, out=x).copy(), X[:1], lambda x, v: v, False),
}


@pytest.mark.parametrize(("verdict", "row"), VERDICTS.items(), ids=VERDICTS)
def test_each_verdict_has_its_name(verdict, row):
    f, x, gradient, ok = row
    result = check(f, x, gradient=gradient)
    assert result.verdicts == {verdict: 1}
    assert result.ok is ok
    assert f"1 {verdict}." in str(result)


def test_a_kink_says_whether_the_answer_lies_between_its_sides():
    f = VERDICTS["kink"][0]
    assert "a kink, 0 to the left and 1 to the right: a valid subgradient" in str(check(f, 0.0, gradient=relu_with(0.5)))
    assert "a kink, 0 to the left and 1 to the right: not between them" in str(check(f, 0.0, gradient=relu_with(-0.5)))


def test_a_point_that_is_not_a_number_is_undefined():
    assert "d sin / d x at nan: analytic nan; undefined" in str(check(np.sin, np.nan))


def test_of_a_gradient_that_is_not_finite_no_difference_is_told():
    assert "; fails; step" in str(check(total, X, gradient=scaled(1, np.nan, 1)).worst)


# -- the drawing -----------------------------------------------------------------------------------------------------------


def drawing(shape, wrong):
    x = np.linspace(0.5, 1, int(np.prod(shape))).reshape(shape)
    factor = np.ones(shape)
    factor[wrong] = 2
    (found,) = check(total, x, gradient=lambda x, v: v * np.cos(x) * factor).drawings
    return found


def test_a_vector_is_drawn_in_a_row():
    assert drawing((5,), np.s_[1]).lines == [".X..."]


def test_a_long_vector_goes_on_in_the_next_line():
    lines = drawing((100,), np.s_[70]).lines
    assert [len(line) for line in lines] == [64, 36]
    assert drawing((1025,), np.s_[0]).lines[-1][-1] == "."
    assert (lines[0].count("X"), lines[1].index("X")) == (0, 6)


def test_a_matrix_is_drawn_as_one_and_more_axes_row_by_row():
    assert drawing((3, 4), np.s_[1]).lines == ["....", "XXXX", "...."]
    assert drawing((2, 2, 3), np.s_[1, 0]).lines == ["...", "...", "XXX", "..."]


def test_a_large_matrix_is_drawn_in_blocks_and_says_so():
    found = drawing((100, 100), np.s_[60])
    assert found.block == (7, 2)
    assert [i for i, line in enumerate(found.lines) if "X" in line] == [60 // 7]
    assert {len(line) for line in found.lines} == {50}


def test_what_was_not_looked_at_is_left_blank():
    x = np.linspace(0.5, 1, 5000)
    result = check(total, x, gradient=lambda x, v: v * np.cos(x) * np.where(np.arange(5000) == 4321, 2, 1))
    text = str(result)
    assert result.worst.index == (4321,)
    assert "(. right, X wrong, blank not looked at):" in text
    assert "".join(result.drawings[0].lines).count("X") == 1


# -- other forms -----------------------------------------------------------------------------------------------------------


def test_the_exception_carries_the_report_and_the_result():
    with pytest.raises(AssertionError) as caught:
        ag.check_gradients(total, X, gradient=scaled(1, 2, 1))
    error = caught.value
    assert isinstance(error, ag.GradientError)
    assert str(error) == str(error.result)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.result.worst == error.result.worst or str(again.result.worst) == str(error.result.worst)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("gradient", [None, scaled(1, 2, 1), lambda x, v: v * np.ones((2, 3))], ids=["ok", "wrong", "shape"])
def test_the_page_is_well_formed_and_says_the_same(gradient):
    result = check(lambda x: np.sum(np.sin(x)), X, gradient=gradient)
    page = Page(result._repr_html_())
    assert not page.open
    assert result.headline() in page.text  # <lambda> is not a tag
    assert ("table" in page.seen) == bool(result.entries)
    for sentence in (*result.problems, *result.diagnosis):
        assert sentence in page.text
    assert "how: " in page.text


def test_every_field_is_documented():
    source = Path(report.__file__).read_text()
    for kind in (report.Entry, report.GradientCheck):
        body = source.split(f"class {kind.__name__}")[1].split("\n    @property")[0]
        fields = re.findall(r"^    (\w+): .*\n(.*)", body, re.MULTILINE)
        assert fields
        undocumented = {name for name, after in fields if '"""' not in after}
        assert undocumented <= {"argument", "right"}  # a name; what is said at left


def test_what_lies_between_longdoubles_is_no_number():
    """Of 16 bytes, 10 hold the number, where `longdouble` is the format of x87."""
    one = np.array([np.longdouble(1) / 3])
    other = one.copy()
    if np.finfo(np.longdouble).nmant == 63:
        other.view(np.uint8)[10:16] += 1
        assert one.tobytes() != other.tobytes()
    assert bits(one) == bits(other)
    assert bits(one) != bits(one + np.finfo(np.longdouble).eps)
    assert bits(one) != bits(-one)
    assert bits(one + 1j) != bits(one - 1j)
    assert bits(np.longdouble(0)) != bits(-np.longdouble(0))
