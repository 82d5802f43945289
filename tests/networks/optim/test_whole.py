"""Optimisers that call the function themselves: L-BFGS as in PyTorch, Levenberg-Marquardt, and Jacobians in one walk back."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.optim.batched_rows import Stack
from nn.optim.batched_rows import parameter_jacobian as jacobian

# -- L-BFGS ---------------------------------------------------------------------------------------------------------------

DATA = np.random.default_rng(0).normal(size=(8, 5))
STARTS = [np.array([[0.5, -0.3], [0.8, 1.2]]), np.array(-0.7)]


def ridge(parameters, numpy, data):
    """Smooth and well-conditioned, so that rounding does not grow."""
    weight, bias = parameters
    x = data[:, :4] @ weight.reshape(4) + bias - data[:, 4]
    return numpy.logaddexp(x, -x).mean() + 0.1 * (weight**2).sum()


def valley(parameters, numpy, data):
    """Rosenbrock's, four of them: bent, and so with long line searches."""
    weight, bias = parameters
    x = weight.reshape(4)
    return ((1 - x) ** 2 + 5 * (bias - x**2) ** 2).sum()


def waves(parameters, numpy, data):
    """Many minima, and slopes of both signs along a line."""
    weight, bias = parameters
    x = weight.reshape(4) * 3
    return (0.05 * x**2 + numpy.cos(x + bias) + 0.3 * numpy.cos(3 * x)).sum() + 0.1 * bias**2


LBFGS = {
    "by default": (ridge, {}),
    "short steps": (ridge, {"lr": 0.1, "max_iter": 1}),
    "little memory": (ridge, {"lr": 0.7, "max_iter": 2, "history_size": 2}),
    "tolerant": (ridge, {"max_iter": 3, "tolerance_grad": 1e-2, "tolerance_change": 1e-4}),
    "along lines": (ridge, {"max_iter": 1, "line_search_fn": "strong_wolfe"}),
    "along lines, from afar": (ridge, {"lr": 30.0, "max_iter": 2, "line_search_fn": "strong_wolfe"}),
    "along lines, from near": (ridge, {"lr": 0.2, "max_iter": 1, "line_search_fn": "strong_wolfe"}),
    "along lines, few trials": (ridge, {"lr": 10.0, "max_iter": 2, "max_eval": 3, "line_search_fn": "strong_wolfe"}),
    **{f"waves, {lr}": (waves, {"lr": lr, "max_iter": 2, "line_search_fn": "strong_wolfe"}) for lr in (0.3, 3.0, 20.0)},
    "valley along lines, from near": (valley, {"lr": 1e-3, "max_iter": 1, "line_search_fn": "strong_wolfe"}),
    "valley": (valley, {"lr": 0.02, "max_iter": 2, "history_size": 5}),
    "valley along lines": (valley, {"max_iter": 1, "line_search_fn": "strong_wolfe"}),
    "valley along lines, from afar": (valley, {"lr": 4.0, "max_iter": 2, "line_search_fn": "strong_wolfe"}),
}


def path(optimizers, numpy, parameter, array, name):
    """The parameters after each of 200 steps, and how often the function was evaluated."""
    function, options = LBFGS[name]
    parameters = [parameter(start) for start in STARTS]
    optimizer = optimizers.LBFGS(parameters, **options)
    data = array(DATA)

    def closure():
        optimizer.zero_grad()
        loss = function(parameters, numpy, data)
        loss.backward()
        return loss

    found = []
    for _ in range(200):
        optimizer.step(closure)
        found.append([x for p in parameters for x in p.detach().reshape(-1).tolist()])
    return np.array(found), optimizer.state_dict()["state"][0]["func_evals"]


def ours(name):
    return path(nn.optim, np, nn.Parameter, lambda x: x, name)


def pytorchs(name):
    torch = pytest.importorskip("torch")
    return path(torch.optim, torch, lambda start: torch.nn.Parameter(torch.tensor(start)), torch.tensor, name)


def record():
    """Print RECORDED, where PyTorch is installed: `python -c "import test_nn_optim_whole as t; t.record()"` in this folder."""
    for name in LBFGS:
        found, evaluations = pytorchs(name)
        print(f'    "{name}": [{", ".join(f"{x:.11g}" for x in (*found[2, :3], *found[-1, :3], evaluations))}],')


# printed by `record` with PyTorch 2.13.0: three parameters after 3 and after 200 steps, and the number of evaluations
RECORDED = {
    "by default": [0.10570290915, -0.25892758532, 0.0075954307318, 0.10570290915, -0.25892758532, 0.0075954307318, 209],
    "short steps": [0.37117463654, -0.25580252041, 0.39536209624, 0.10568470223, -0.25892469039, 0.0076154043741, 200],
    "little memory": [0.11693352813, -0.18983569884, -0.20458395996, 0.10565012157, -0.25891267014, 0.0075688347424, 213],
    "tolerant": [0.1073306899, -0.26059837641, 0.0059784326702, 0.1073306899, -0.26059837641, 0.0059784326702, 206],
    "along lines": [0.11891899557, -0.21153687376, -0.14027136225, 0.10570290915, -0.25892758532, 0.0075954307318, 209],
    "along lines, from afar": [-0.21203882663, -0.3737428394, -0.81488882536, -0.21203882663, -0.3737428394, -0.81488882536, 600],
    "along lines, from near": [0.29216529778, -0.22141844888, 0.19614611655, 0.1056909003, -0.25892026062, 0.0076097445478, 246],
    "along lines, few trials": [
        0.12528666368,
        -0.2361217241,
        -0.022109197961,
        0.10566910159,
        -0.25892054627,
        0.0075903200492,
        214,
    ],
    "waves, 0.3": [0.43697219739, -0.45708474261, 1.0892910413, 0.48775375659, -0.47740837548, 1.0084988001, 236],
    "waves, 3.0": [0.40730936088, -0.50912882439, 1.0305397447, 0.48775753195, -0.47740952962, 1.0084997208, 220],
    "waves, 20.0": [0.5, -0.3, 0.8, 0.5, -0.3, 0.8, 600],
    "valley along lines, from near": [
        0.49975563686,
        -0.29972538749,
        0.79939513264,
        0.51932507544,
        -0.29517551002,
        0.79015781324,
        400,
    ],
    "valley": [0.4951876192, -0.29456073189, 0.78806084785, 0.91688718522, 0.90876904331, 0.92102755548, 400],
    "valley along lines": [0.41018832229, -0.12998409008, 0.50890200632, 0.59380619731, 0.15981615673, 0.54163162007, 400],
    "valley along lines, from afar": [0.454889017, 0.10875320231, 0.45127380824, 0.454889017, 0.10875320231, 0.45127380824, 598],
}


@pytest.mark.parametrize("name", LBFGS)
def test_lbfgs_is_where_pytorch_is(name):
    found, evaluations = ours(name)
    np.testing.assert_allclose([*found[2, :3], *found[-1, :3], evaluations], RECORDED[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", LBFGS)
def test_every_step_of_lbfgs_is_that_of_pytorch(name):
    (found, evaluations), (expected, expected_evaluations) = ours(name), pytorchs(name)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert evaluations == expected_evaluations


# functions of one number whose line searches go every way; first lengths below 0.1 would make rounding decide
LINES = {
    "waves": lambda m, x: 0.05 * x**2 + m.cos(x) + 0.3 * m.cos(3 * x),
    "short waves": lambda m, x: 0.01 * x**2 + 0.1 * m.cos(10 * x) + 0.2 * m.sin(x),
    "bowl": lambda m, x: m.sqrt(1 + x**2),
    "walls": lambda m, x: x**4 + 0.5 * x**2 - 3 * x,
    "cliff": lambda m, x: m.tanh(5 * (x - 1)) - 0.01 * x + 0.001 * x**2,
    "almost flat": lambda m, x: 1e-3 * m.cos(x) + 1e-5 * x,
}


def ends_of_lines(optimizers, numpy, parameter, name):
    """The end of one line search, from many starts and with many first lengths, and how often it evaluates."""
    found = []
    for start in (-2.9, -0.7, 0.4, 1.1, 2.3, 6.0):
        for lr in (0.1, 0.5, 1.0, 2.5, 8.0, 40.0, 1000.0):
            for max_eval in (4, 25):
                w = parameter(np.array([start]))
                optimizer = optimizers.LBFGS([w], lr=lr, max_iter=1, max_eval=max_eval, line_search_fn="strong_wolfe")
                optimizer.step(closure_of(optimizer, lambda w=w: LINES[name](numpy, w).sum()))
                found.append([w.item(), optimizer.state_dict()["state"][0]["func_evals"]])
    return np.array(found)


def record_lines():
    """Print RECORDED_LINES: `python -c "import test_nn_optim_whole as t; t.record_lines()"` in this folder."""
    torch = pytest.importorskip("torch")
    for name in LINES:
        found = ends_of_lines(torch.optim, torch, lambda start: torch.nn.Parameter(torch.tensor(start)), name)
        print(f'    "{name}": [{", ".join(f"{x:.11g}" for x in digest(found))}],')


def digest(found):
    return [*np.mean(found, axis=0), *np.mean(found**2, axis=0)]


# printed by `record_lines` with PyTorch 2.13.0: the mean end and number of evaluations, and the means of their squares
RECORDED_LINES = {
    "waves": [0.77870158947, 3.2142857143, 7.904724625, 11.619047619],
    "short waves": [0.044679935765, 3.6071428571, 5.1052052762, 15.178571429],
    "bowl": [-0.021919535251, 3.3333333333, 0.37563425573, 12.238095238],
    "walls": [0.63543640683, 3.5595238095, 4.174638556, 16.083333333],
    "cliff": [0.2381666472, 3.6904761905, 29.245416424, 14.976190476],
    "almost flat": [1.0257251609, 4.7738095238, 9.4977583339, 24.369047619],
}


@pytest.mark.parametrize("name", LINES)
def test_line_searches_end_where_those_of_pytorch_end(name):
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(digest(ends_of_lines(nn.optim, np, nn.Parameter, name)), RECORDED_LINES[name], rtol=1e-9)


@pytest.mark.parametrize("name", LINES)
def test_every_line_search_is_that_of_pytorch(name):
    torch = pytest.importorskip("torch")
    expected = ends_of_lines(torch.optim, torch, lambda start: torch.nn.Parameter(torch.tensor(start)), name)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(ends_of_lines(nn.optim, np, nn.Parameter, name), expected, rtol=1e-9)


def closure_of(optimizer, loss_of, seen=None):
    def closure():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        if seen is not None:
            seen.append(loss.item())
        return loss

    return closure


def test_lbfgs_finds_the_end_of_a_narrow_valley_in_one_call():
    w = nn.Parameter([-1.2, 1.0])
    optimizer = nn.optim.LBFGS([w], max_iter=100, tolerance_change=1e-15, line_search_fn="strong_wolfe")
    seen = []
    first = optimizer.step(closure_of(optimizer, lambda: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2, seen))
    np.testing.assert_allclose(w.data, 1, atol=1e-6)
    assert first.item() == seen[0]
    assert len(seen) == optimizer.memory["func_evals"] < 60


def test_lbfgs_leaves_what_has_no_gradient_where_it_is_and_keeps_dtypes():
    used, unused = nn.Parameter(np.ones(2, np.float32)), nn.Parameter([3.0])
    optimizer = nn.optim.LBFGS([used, unused], line_search_fn="strong_wolfe")
    optimizer.step(closure_of(optimizer, lambda: (used**2).sum()))
    assert np.all(np.abs(used.data) < 1e-3)
    assert unused.item() == 3
    assert (used.dtype, unused.dtype) == (np.float32, np.float64)


def test_a_line_search_ends_at_a_kink_where_no_slope_is_small():
    w = nn.Parameter([-2.0])
    optimizer = nn.optim.LBFGS([w], max_iter=1, max_eval=1000, tolerance_change=1e-3, line_search_fn="strong_wolfe")
    optimizer.step(closure_of(optimizer, lambda: np.abs(w - 0.3).sum()))
    assert abs(w.item() - 0.3) < 1e-2
    assert optimizer.memory["func_evals"] < 20


def test_lbfgs_at_a_minimum_stays_there():
    w = nn.Parameter([0.0])
    optimizer = nn.optim.LBFGS([w])
    optimizer.step(closure_of(optimizer, lambda: (w**2).sum()))
    assert w.item() == 0
    assert optimizer.memory == {"func_evals": 1, "n_iter": 0}


@pytest.mark.parametrize("options", [{"lr": 1.0}, {"lr": 100.0, "line_search_fn": "strong_wolfe"}])
def test_lbfgs_comes_back_from_where_the_function_ends(options):
    w = nn.Parameter([1.0])
    optimizer = nn.optim.LBFGS([w], max_iter=40, **options)
    with np.errstate(all="ignore"):
        optimizer.step(closure_of(optimizer, lambda: (np.exp(w) - 2 * w).sum()))
    assert np.allclose(w.data, np.log(2))


def test_lbfgs_works_inside_no_grad():
    w = nn.Parameter([1.0])
    optimizer = nn.optim.LBFGS([w])
    with ag.no_grad():
        optimizer.step(closure_of(optimizer, lambda: (w**2).sum()))
    assert abs(w.item()) < 1e-6


# -- Levenberg-Marquardt --------------------------------------------------------------------------------------------------


def rosenbrock(w):
    return np.stack([10 * (w[1] - w[0] ** 2), 1 - w[0]])


def test_levenberg_marquardt_finds_the_end_of_a_narrow_valley():
    w = nn.Parameter([-1.2, 1.0])
    optimizer = nn.optim.LevenbergMarquardt([w])
    loss = optimizer.step(lambda: rosenbrock(w))
    np.testing.assert_allclose(w.data, 1, atol=1e-9)
    assert loss < 1e-18
    assert optimizer.memory["func_evals"] <= 41


def test_levenberg_marquardt_ends_when_little_is_gained():
    w = nn.Parameter([1.0, 2.0])
    optimizer = nn.optim.LevenbergMarquardt([w], max_iter=1000, tolerance=0.01)
    optimizer.step(lambda: np.stack([w[0] - 1.0, w[0] + 1.0, w[1] ** 3]))
    assert 10 < optimizer.memory["n_iter"] < 30


def test_linear_least_squares_takes_a_few_iterations():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    w = nn.Parameter(np.zeros(3))
    nn.optim.LevenbergMarquardt([w], damping=1e-9, max_iter=3).step(lambda: x @ w - y)
    np.testing.assert_allclose(w.data, np.linalg.lstsq(x, y, rcond=None)[0], rtol=1e-6)


def test_the_first_step_solves_the_damped_equations():
    x, y = np.linspace(-1, 1, 7), np.array([0.3, 0.1, -0.2, 0.5, 0.9, 1.4, 2.2])
    a, b = nn.Parameter(0.5), nn.Parameter([0.1, -0.2])
    model = lambda a, b: a * np.exp(b[0] * x) + b[1]
    j = ag.jacobian(lambda p: model(p[0], p[1:]))(np.array([0.5, 0.1, -0.2]))
    r = model(0.5, np.array([0.1, -0.2])) - y
    normal = j.T @ j
    step = np.linalg.solve(normal + 0.25 * np.diag(np.diag(normal)), -j.T @ r)
    nn.optim.LevenbergMarquardt([a, b], damping=0.25, max_iter=1).step(lambda: model(a, b) - y)
    np.testing.assert_allclose([a.item(), *b.data], [0.5, 0.1, -0.2] + step, rtol=1e-12)


@pytest.mark.parametrize(
    "residuals",
    [
        lambda w: w[0] + w[1] - np.array([1.0, 2.0]),  # stand for each other
        lambda w: w[0] - np.array([1.0, 2.0]),  # does not matter
        lambda w: w[0] ** 2 * np.ones(2) + w[1] * 0.0,  # derivative 0 at the solution
        lambda w: np.array([1.0, 2.0]) + 0 * w,  # none matters
        lambda w: w.reshape(2, 1) * np.array([[1.0, 2.0, 3.0]]) - 1.0,  # of any shape
        lambda w: np.exp(50 * w),  # overflows on the way
    ],
)
def test_levenberg_marquardt_lowers_what_it_can_and_stays_finite(residuals):
    w = nn.Parameter([0.5, 0.5])
    optimizer = nn.optim.LevenbergMarquardt([w], max_iter=200)
    before = float(np.sum(residuals(w.data) ** 2))
    loss = optimizer.step(lambda: residuals(w))
    assert np.isfinite(w.data).all()
    np.testing.assert_allclose(loss, np.sum(residuals(w.data) ** 2))  # of the parameters that there are now
    assert loss <= before


def test_levenberg_marquardt_goes_on_with_its_damping():
    w, v = (nn.Parameter([-1.2, 1.0]) for _ in range(2))
    at_once, bit_by_bit = nn.optim.LevenbergMarquardt([w], max_iter=8), nn.optim.LevenbergMarquardt([v], max_iter=2)
    loss = at_once.step(lambda: rosenbrock(w))
    losses = [bit_by_bit.step(lambda: rosenbrock(v)) for _ in range(4)]
    assert losses == sorted(losses, reverse=True)
    np.testing.assert_allclose([losses[-1], *v.data], [loss, *w.data], rtol=1e-12)


def test_levenberg_marquardt_at_a_minimum_stays_there_however_often_it_is_called():
    w = nn.Parameter([0.0, 3.0])
    optimizer = nn.optim.LevenbergMarquardt([w])
    for _ in range(120):
        assert optimizer.step(lambda: np.stack([w[0], w[0] - 1.0])) == 0.5 or w[0] != 0.5
    np.testing.assert_allclose(w.data, [0.5, 3.0])
    optimizer.step(lambda: w - 1.0)  # and goes on where there is something to do
    np.testing.assert_allclose(w.data, 1.0, rtol=1e-6)


def test_an_interruption_leaves_the_best_parameters():
    w, calls = nn.Parameter([-1.2, 1.0]), []

    def closure():
        calls.append(w.data.tolist())
        if len(calls) == 8:
            raise KeyboardInterrupt
        return rosenbrock(w)

    with pytest.raises(KeyboardInterrupt):
        nn.optim.LevenbergMarquardt([w]).step(closure)
    assert w.data.tolist() == min(calls[:-1], key=lambda v: np.sum(rosenbrock(np.array(v)) ** 2))


def test_single_precision_stays_single_in_levenberg_marquardt():
    model = nn.Linear(2, 1, dtype=np.float32, rng=0)
    x, y = np.eye(2, dtype=np.float32), np.ones((2, 1), np.float32)
    nn.optim.LevenbergMarquardt(model.parameters()).step(lambda: model(x) - y)
    assert model.weight.dtype == model.bias.dtype == np.float32
    np.testing.assert_allclose(model(x).data, y, rtol=1e-4)


@pytest.mark.parametrize("kind", [nn.optim.LBFGS, nn.optim.LevenbergMarquardt])
def test_a_closure_is_needed(kind):
    with pytest.raises(TypeError, match=f"^{kind.__name__}: step needs a closure: a function that"):
        kind([nn.Parameter(1.0)]).step()


@pytest.mark.parametrize("kind", [nn.optim.LBFGS, nn.optim.LevenbergMarquardt])
def test_groups_are_refused(kind):
    with pytest.raises(ValueError, match=f"^{kind.__name__}: all parameters have the same options: pass one list"):
        kind([{"params": [nn.Parameter(1.0)]}, {"params": [nn.Parameter(1.0)]}])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_start_that_is_not_finite_is_refused(value):
    w = nn.Parameter([1.0])
    optimizer = nn.optim.LBFGS([w])
    with pytest.raises(FloatingPointError, match="^LBFGS: the loss is "):
        optimizer.step(closure_of(optimizer, lambda: (w * value).sum()))
    with pytest.raises(FloatingPointError, match="^LevenbergMarquardt: the sum of squares is "):
        nn.optim.LevenbergMarquardt([w]).step(lambda: w * value)
    assert w.item() == 1


@pytest.mark.parametrize("returned", [lambda w: w.data, lambda w: 3.0, lambda w: ag.tensor([1.0]), lambda w: None])
def test_residuals_are_a_recorded_tensor(returned):
    w = nn.Parameter([1.0])
    with pytest.raises(TypeError, match="^LevenbergMarquardt: the closure must return the residuals as a Tensor that depends"):
        nn.optim.LevenbergMarquardt([w]).step(lambda: returned(w))


def test_there_are_residuals():
    w = nn.Parameter([1.0])
    with pytest.raises(ValueError, match=r"^LevenbergMarquardt: the residuals have shape \(0,\): there are none"):
        nn.optim.LevenbergMarquardt([w]).step(lambda: w[:0])


# -- several starts -------------------------------------------------------------------------------------------------------

X = np.linspace(-1, 1, 24).reshape(24, 1)


def small_network(rng):
    return nn.Sequential(nn.Linear(1, 4, rng=rng), nn.Tanh(), nn.Linear(4, 1, rng=rng))


def test_the_best_of_several_starts_is_kept_and_seeds_repeat():
    y = np.sin(4 * X) + X**2
    fit, again, other = (nn.optim.least_squares_fit(small_network, X, y, starts=3, rng=rng) for rng in (1, 1, 2))
    assert fit.losses == again.losses != other.losses
    assert fit.loss == min(fit.losses)
    np.testing.assert_allclose(np.mean((fit.model(X).data - y) ** 2), fit.loss)


def test_a_small_network_learns_better_than_with_many_steps_of_adam():
    y = np.sin(4 * X) + X**2
    model = small_network(np.random.default_rng(0))
    optimizer = nn.optim.Adam(model.parameters(), lr=0.03)
    adam = nn.fit(model, X, y, optimizer=optimizer, epochs=1000, progress=False).best_loss
    assert nn.optim.least_squares_fit(small_network, X, y, rng=0).loss < adam / 100


@pytest.mark.parametrize(
    ("y", "starts", "message"),
    [
        (X[:, 0], 5, r"model\(x\) has shape \(24, 1\), y has shape \(24,\): they must be the same. Write y.reshape\(24, 1\)"),
        (X[1:], 5, r"model\(x\) has shape \(24, 1\), y has shape \(23, 1\): they must be the same.$"),
        (X.astype(str), 5, r"y is <U32 of shape \(24, 1\); it must be real numbers"),
        (X[:0], 5, r"y is float64 of shape \(0, 1\); it must be real numbers, at least one"),
        (X, 0, "starts=0 must be a whole number of at least 1"),
        (X, 1.5, "starts=1.5 must be a whole number of at least 1"),
    ],
)
def test_data_that_do_not_fit_are_refused(y, starts, message):
    with pytest.raises(ValueError, match=f"^least_squares_fit: {message}"):
        nn.optim.least_squares_fit(small_network, X, y, starts=starts)


@pytest.mark.parametrize("make", [nn.Linear(1, 1), None])
def test_a_model_in_place_of_what_makes_it_is_told(make):
    with pytest.raises(TypeError, match="^least_squares_fit: make is a .*; write lambda rng: "):
        nn.optim.least_squares_fit(make, X, X)


# -- Jacobians in one walk back -------------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
A, B, V = RNG.uniform(0.5, 1.5, (3, 4)), RNG.uniform(0.5, 1.5, (4, 2)), RNG.uniform(0.5, 1.5, 4)
opaque = ag.primitive(lambda x: np.sqrt(x), x=lambda g, y: np.asarray(g, dtype=float) / (2 * y))  # its rule wants an array

# functions of Tensors of the shapes of A, B and V, with rules of every kind
FUNCTIONS = {
    "elementwise": lambda a, b, v: np.tanh(a) * np.exp(-a) / (1 + a**2),
    "broadcasting": lambda a, b, v: a * v + v[:3, None] - 2.0 * a / v,
    "matmul": lambda a, b, v: a @ b,
    "dot": lambda a, b, v: a.dot(b).dot(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])),
    "vectors": lambda a, b, v: np.stack([v @ v, v.dot(b)[0], (a @ v)[1]]),
    "linear": lambda a, b, v: nn.functional.linear(a, b.T, v[:2]),
    "linear of many axes": lambda a, b, v: nn.functional.linear(a.reshape(3, 1, 4), b.T, v[:2]),
    "einsum": lambda a, b, v: np.einsum("ij,jk,j->ik", a, b, v),
    "sum": lambda a, b, v: np.sum(a, axis=1, keepdims=True) * b.sum() + v.mean(),
    "mean and var": lambda a, b, v: np.mean(a, axis=0) * np.var(b, axis=1) + np.std(v),
    "softmax": lambda a, b, v: nn.functional.softmax(a) + nn.functional.log_softmax(v),
    "softmax along the first axis": lambda a, b, v: nn.functional.log_softmax(a, 0),
    "cross entropy": lambda a, b, v: nn.functional.cross_entropy(a, np.array([0, 2, 1]), reduction="none"),
    "relu": lambda a, b, v: nn.functional.relu(a - 1.0) + nn.functional.sigmoid(v),
    "where": lambda a, b, v: np.where(a > 1, np.sqrt(a), v),
    "maximum": lambda a, b, v: np.maximum(a, v) + np.max(b),
    "sort": lambda a, b, v: np.sort(a, axis=1) + np.cumsum(v),
    "indexing": lambda a, b, v: a[[0, 2, 0], [1, 1, 3]] * v[1:] + b[2, 1],
    "shapes": lambda a, b, v: np.concatenate([a.T.ravel(), b.reshape(2, 4).swapaxes(0, 1).ravel(), np.tile(v, 2)]),
    "moves": lambda a, b, v: np.flip(a.transpose(1, 0)) * np.roll(v, 1)[:, None] * np.expand_dims(b, 0)[0, :, :1],
    "norm": lambda a, b, v: np.linalg.norm(a, axis=1) * np.linalg.norm(b),
    "splits": lambda a, b, v: np.split(a, 2, axis=1)[0] * np.split(v, [2])[1],
    "write": lambda a, b, v: written(a, v),
    "roots at 0": lambda a, b, v: np.sqrt(np.sum((a - A) ** 2 * np.array([[0.0], [1.0], [2.0]]), axis=1)) + np.sqrt(v - 0.1)[:3],
    "a number": lambda a, b, v: np.sum(a) * v[0],
    "by one alone": lambda a, b, v: np.sin(v),
    "a rule that wants an array": lambda a, b, v: opaque(a) * v,
}


def written(a, v):
    a = a + 0.0
    a[1] = v * 2.0
    return a


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_jacobian_in_one_walk_back_is_that_of_many(name):
    leaves = [ag.tensor(x, requires_grad=True) for x in (A, B, V)]
    y = FUNCTIONS[name](*leaves)
    found = jacobian(y, leaves)
    rows = ag.jacobian(FUNCTIONS[name], argnums=(0, 1, 2))(A, B, V)
    expected = np.concatenate([np.asarray(row).reshape(y.size, -1) for row in rows], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_many_rows_are_walked_in_parts():
    x = np.linspace(0, 1, 700)
    w = nn.Parameter([0.5, -1.0])
    found = jacobian(np.exp(w[0] * x) + w[1] * x, [w])
    np.testing.assert_allclose(found, np.stack([x * np.exp(0.5 * x), x], axis=1), rtol=1e-12)


def test_what_the_result_does_not_depend_on_has_columns_of_zeros():
    w, unused = nn.Parameter([1.0, 2.0]), nn.Parameter(np.ones((2, 2)))
    assert jacobian(w * 3.0, [unused, w]).tolist() == [[0, 0, 0, 0, 3, 0], [0, 0, 0, 0, 0, 3]]
    assert jacobian(ag.tensor([1.0]), [w]).tolist() == [[0, 0]]


def test_a_stack_looks_like_one_of_its_arrays():
    stack = Stack(np.arange(24.0).reshape(2, 3, 4))
    assert (stack.shape, stack.ndim, stack.size, stack.dtype, len(stack)) == ((3, 4), 2, 12, np.float64, 3)
    assert np.shape(stack) == (3, 4)
    assert np.zeros_like(stack).shape == (3, 4)
    assert np.add.reduce(stack, 0, keepdims=True).shape == (1, 4)
    assert np.add.reduce(stack, -1, keepdims=True).shape == (3, 1)
    with pytest.raises(AttributeError):
        stack.nothing
    with pytest.raises(TypeError, match="a stack of gradients is not an array"):
        np.asarray(stack)


def test_a_stack_does_not_decide_for_all_what_differs():
    assert Stack(np.ones(3))
    assert not Stack(np.zeros(3))
    with pytest.raises(TypeError, match="would take different ways"):
        bool(Stack(np.arange(3.0)))


def test_a_stack_is_not_written_into_an_array():
    out = np.zeros(2)
    for write in (lambda s: np.add(s, 1.0, out=out), lambda s: np.add.at(out, [0, 1], s), lambda s: np.copyto(out, s)):
        with pytest.raises(TypeError, match="cannot be written into an array"):
            write(Stack(np.ones((3, 2))))
