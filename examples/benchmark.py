"""The cost of an import, an operation and a training step, beside hand-written NumPy and the libraries that are installed.

    python examples/benchmark.py            # everything, some minutes; at the end, the misses of gradient checkers
    python examples/benchmark.py chain b    # only these
    python examples/benchmark.py --json measured.json --plot measured.png    # numbers for programs, and a picture

Every contender does the same work on the same numbers, one after the other in each of many rounds, so that a noisy
machine is noisy for all; CPU time on one thread; medians. Only the ratios travel to another machine.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_ENABLE_X64"] = "1"

import argparse
import gc
import importlib.util
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import checkers
import numpy as np

import autograd_lite as ag
import nn

Step = Callable[[], object]
INSTALLED = {name for name in ("torch", "jax", "autograd", "mygrad") if importlib.util.find_spec(name)}


def interleaved(contenders: dict[str, Step], repeat: int, rounds: int) -> dict[str, float]:
    """Microseconds of CPU time for each contender's step: the median over the rounds.

    The garbage collector rests meanwhile, as in `timeit`: what it costs depends on everything that was ever imported.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for name, step in contenders.items():  # warm up, compile
        for _ in range(3):
            step()
    for _ in range(rounds):
        for name, step in contenders.items():
            gc.collect()
            gc.disable()
            start = time.process_time()
            for _ in range(repeat):
                step()
            times[name].append((time.process_time() - start) / repeat * 1e6)
            gc.enable()
    return {name: float(np.median(t)) for name, t in times.items()}


MEASURED: list[dict] = []


def print_measured(title: str, measured: dict[str, float], yardstick: str, unit: str = "us") -> None:
    """Print a table, and note it for `--json` and `--plot`."""
    MEASURED.append({"title": title, "unit": unit, "yardstick": yardstick, "measured": measured})
    print(f"\n{title}")
    for name, value in measured.items():
        print(f"  {name:<28} {value:10.2f} {unit}   {value / measured[yardstick]:6.2f} of {yardstick}")


# -- the import -----------------------------------------------------------------------------------------------------

IMPORTS = {"torch": "torch", "jax": "jax, jax.numpy", "autograd": "autograd, autograd.numpy", "mygrad": "mygrad"}
TIMED = "import {before}time; start = time.process_time(); import {modules}; print((time.process_time() - start) * 1e3)"


def milliseconds(before: str, modules: str) -> float:
    """The CPU time of an import in a fresh process, after the imports `before`, which are not counted."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    program = TIMED.format(before=before, modules=modules)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    return float(done.stdout)


def import_cost(rounds: int = 9) -> None:
    contenders = {"NumPy": ("", "numpy"), "autograd_lite + nn": ("numpy, ", "autograd_lite, nn")}
    contenders |= {name: ("numpy, ", IMPORTS[name]) for name in IMPORTS if name in INSTALLED}
    times = [[milliseconds(*imports) for imports in contenders.values()] for _ in range(rounds + 1)]
    medians = np.median(times[1:], axis=0).tolist()  # the first round writes the bytecode
    measured = dict(zip(contenders, medians))
    print_measured("the import in a fresh process: NumPy's own, and each library's after NumPy's", measured, "NumPy", "ms")


# -- (a) one operation ----------------------------------------------------------------------------------------------

CHAIN_LENGTH = 1000


def chain_of(t: object, c: object, d: object, sin: Callable, tanh: Callable) -> object:
    for _ in range(CHAIN_LENGTH // 4):
        t = t * c
        t = sin(t)
        t = t + d
        t = tanh(t)
    return t


def chains(c: float, d: float, as_array: bool) -> dict[str, tuple[Step, Step]]:
    """For each library the forward chain, and the chain with its backward pass."""
    x, ones = np.linspace(0.1, 1, 10), np.ones(10)
    constants = (np.full(10, c), np.full(10, d)) if as_array else (c, d)
    made: dict[str, tuple[Step, Step]] = {}

    def ours() -> object:
        return chain_of(ag.tensor(x, requires_grad=True), *constants, np.sin, np.tanh)

    made["autograd_lite"] = ours, lambda: ours().backward(ones)
    made["bare NumPy, forward alone"] = (lambda: chain_of(x, *constants, np.sin, np.tanh),) * 2
    if "torch" in INSTALLED:
        import torch

        torch.set_num_threads(1)
        torch_constants = [torch.tensor(k) if as_array else k for k in constants]
        torch_ones = torch.tensor(ones)

        def in_torch() -> object:
            return chain_of(torch.tensor(x, requires_grad=True), *torch_constants, torch.sin, torch.tanh)

        made["PyTorch eager"] = in_torch, lambda: in_torch().backward(torch_ones)
    if "autograd" in INSTALLED:
        import autograd
        import autograd.numpy as anp

        def in_hips(x: object) -> object:
            return chain_of(x, *constants, anp.sin, anp.tanh)

        made["HIPS autograd"] = lambda: autograd.make_vjp(in_hips)(x), lambda: autograd.make_vjp(in_hips)(x)[0](ones)
    if "mygrad" in INSTALLED:
        import mygrad

        mygrad.turn_memory_guarding_off()

        def in_mygrad() -> object:
            return chain_of(mygrad.tensor(x), *constants, mygrad.sin, mygrad.tanh)

        made["MyGrad (guard off)"] = in_mygrad, lambda: in_mygrad().backward(ones)
    return made


def chain_cost() -> None:
    for as_array in (True, False):
        made = chains(1.1, 0.1, as_array)
        forward = interleaved({name: f for name, (f, _) in made.items()}, 1, 60)
        total = interleaved({name: f for name, (_, f) in made.items()}, 1, 60)
        kind = "arrays" if as_array else "Python floats"
        yardstick = "PyTorch eager" if "torch" in INSTALLED else "bare NumPy, forward alone"
        for what, measured in (("forward", forward), ("forward and backward", total)):
            measured = {name: value / CHAIN_LENGTH for name, value in measured.items()}
            print_measured(f"(a) an operation on 10 elements, constants are {kind}: {what}", measured, yardstick)


# -- (b), (c), (d) one training step -----------------------------------------------------------------------------------


class Task:
    """A multilayer perceptron, its data and its first weights: the same for every contender."""

    def __init__(self, sizes: tuple[int, ...], batch: int, dtype: str, classify: bool) -> None:
        rng = np.random.default_rng(0)
        self.sizes, self.classify, self.dtype = sizes, classify, np.dtype(dtype)
        self.x = rng.uniform(-1, 1, (batch, sizes[0])).astype(dtype)
        self.y = rng.integers(sizes[-1], size=batch) if classify else np.sin(3 * self.x[:, :1]).astype(dtype)
        self.weights = []
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            self.weights += [
                rng.uniform(-1, 1, (n_out, n_in)).astype(dtype) / self.dtype.type(np.sqrt(n_in)),
                np.zeros(n_out, dtype),
            ]


LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8


def adam_by_hand(flat: np.ndarray, grad: np.ndarray) -> Step:
    """A step of Adam in place: the parameters in one flat buffer, their gradients in another."""
    number, (m, v, t1, t2) = flat.dtype.type, (np.zeros_like(flat) for _ in range(4))
    one_m1, one_m2, beta2 = number(1 - BETA1), number(1 - BETA2), number(BETA2)
    step = 0

    def update() -> None:
        nonlocal step
        step += 1
        np.subtract(grad, m, t1)
        np.multiply(t1, one_m1, t1)
        np.add(m, t1, m)
        np.multiply(grad, grad, t1)
        np.multiply(t1, one_m2, t1)
        np.multiply(v, beta2, v)
        np.add(v, t1, v)
        root = (1 - BETA2**step) ** 0.5
        np.sqrt(v, t1)
        np.add(t1, number(EPS * root), t1)
        np.divide(m, t1, t2)
        np.multiply(t2, number(LR * root / (1 - BETA1**step)), t2)
        np.subtract(flat, t2, flat)

    return update


def step_by_hand(task: Task) -> Step:
    """Hand-written NumPy: every array preallocated, the parameters and Adam's state each in one flat buffer."""
    x, dtype, batch, layers = task.x, task.dtype, len(task.x), len(task.sizes) - 1
    size = sum(w.size for w in task.weights)
    flat, grad = np.zeros(size, dtype), np.zeros(size, dtype)
    update = adam_by_hand(flat, grad)

    def parts(buffer: np.ndarray) -> list[np.ndarray]:
        ends = np.cumsum([w.size for w in task.weights]).tolist()
        return [buffer[end - w.size : end].reshape(w.shape) for end, w in zip(ends, task.weights)]

    p, gp = parts(flat), parts(grad)
    for part, w in zip(p, task.weights):
        part[...] = w
    a = [x] + [np.empty((batch, n), dtype) for n in task.sizes[1:]]  # activations
    d = [np.empty((batch, n), dtype) for n in task.sizes]  # their gradients
    s = [np.empty((batch, n), dtype) for n in task.sizes]  # slopes
    masks = [np.empty((batch, n), bool) for n in task.sizes]
    rows, column = np.arange(batch), np.empty((batch, 1), dtype)
    scale = dtype.type((1 if task.classify else 2) / batch)

    def train() -> float:
        for k in range(layers):
            z = a[k + 1]
            a[k].dot(p[2 * k].T, z)
            np.add(z, p[2 * k + 1], z)
            if k < layers - 1:
                np.maximum(z, 0, out=z) if task.classify else np.tanh(z, z)
        out, delta = a[-1], d[-1]
        if task.classify:
            np.maximum.reduce(out, 1, None, column, True)
            np.subtract(out, column, out)
            np.exp(out, delta)
            np.add.reduce(delta, 1, None, column, True)
            loss = float(np.log(column).sum() - out[rows, task.y].sum()) / batch
            np.divide(delta, column, delta)
            delta[rows, task.y] -= 1
        else:
            np.subtract(out, task.y, delta)
            flat_delta = delta.ravel()
            loss = float(flat_delta.dot(flat_delta)) / batch
        np.multiply(delta, scale, delta)
        for k in range(layers - 1, -1, -1):
            d[k + 1].T.dot(a[k], gp[2 * k])
            np.add.reduce(d[k + 1], 0, None, gp[2 * k + 1])
            if k:
                d[k + 1].dot(p[2 * k], d[k])
                if task.classify:
                    np.greater(a[k], 0, masks[k])
                    np.multiply(d[k], masks[k], d[k])
                else:
                    np.multiply(a[k], a[k], s[k])
                    np.subtract(1, s[k], s[k])
                    np.multiply(d[k], s[k], d[k])
        update()
        return loss

    return train


def step_of_nn(task: Task, compiled: bool = False) -> Step:
    layers: list[nn.Module] = []
    for k, (n_in, n_out) in enumerate(zip(task.sizes[:-1], task.sizes[1:])):
        layer = nn.Linear(n_in, n_out, dtype=task.dtype)
        layer.load_state_dict({"weight": task.weights[2 * k], "bias": task.weights[2 * k + 1]})
        layers += [layer, nn.ReLU() if task.classify else nn.Tanh()]
    model = nn.Sequential(*layers[:-1])
    optimizer = nn.optim.Adam(model.parameters(), lr=LR)
    loss_of = nn.functional.cross_entropy if task.classify else nn.functional.mse_loss
    if compiled:
        step = nn.train_step(model, loss_of, optimizer, compile=True)
        return lambda: float(step(task.x, task.y))

    def train() -> float:
        optimizer.zero_grad()
        loss = loss_of(model(task.x), task.y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def step_in_torch(task: Task) -> Step:
    import torch

    torch.set_num_threads(1)
    layers = []
    for k, (n_in, n_out) in enumerate(zip(task.sizes[:-1], task.sizes[1:])):
        layer = torch.nn.Linear(n_in, n_out, dtype=getattr(torch, task.dtype.name))
        layer.load_state_dict({"weight": torch.tensor(task.weights[2 * k]), "bias": torch.tensor(task.weights[2 * k + 1])})
        layers += [layer, torch.nn.ReLU() if task.classify else torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=LR, fused=True)
    loss_of = torch.nn.functional.cross_entropy if task.classify else torch.nn.functional.mse_loss
    x, y = torch.tensor(task.x), torch.tensor(task.y)

    def train() -> float:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def loss_in(xp: object, task: Task) -> Callable[[list], object]:
    """The loss as a function of the list of weights, in NumPy's terms: for JAX, HIPS autograd and MyGrad."""

    def loss(weights: list) -> object:
        h = task.x
        for k in range(len(task.sizes) - 1):
            h = xp.matmul(h, weights[2 * k].T) + weights[2 * k + 1]
            if k < len(task.sizes) - 2:
                h = xp.maximum(h, 0) if task.classify else xp.tanh(h)
        if not task.classify:
            return xp.mean((h - task.y) ** 2)
        shifted = h - xp.max(h, axis=1, keepdims=True)
        log_p = shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))
        return -xp.mean(log_p[np.arange(len(task.x)), task.y])

    return loss


def adam_of(weights: list, xp: object) -> Callable[[list, list, list, list, object], Iterator]:
    """Adam as arithmetic on lists of arrays."""

    def update(weights: list, gradients: list, m: list, v: list, step: object) -> tuple:
        m = [BETA1 * mi + (1 - BETA1) * g for mi, g in zip(m, gradients)]
        v = [BETA2 * vi + (1 - BETA2) * g * g for vi, g in zip(v, gradients)]
        root, rate = (1 - BETA2**step) ** 0.5, LR / (1 - BETA1**step)
        new = [(w - rate * mi / (xp.sqrt(vi) / root + EPS)).astype(w.dtype) for w, mi, vi in zip(weights, m, v)]
        return new, m, v

    return update


def step_in_jax(task: Task) -> Step:
    import jax
    import jax.numpy as jnp

    value_and_grad, update = jax.value_and_grad(loss_in(jnp, task)), adam_of(task.weights, jnp)

    @jax.jit
    def one(weights: list, m: list, v: list, step: object) -> tuple:
        loss, gradients = value_and_grad(weights)
        return loss, *update(weights, gradients, m, v, step)

    zeros = [jnp.zeros_like(w) for w in task.weights]
    state = [[jnp.asarray(w) for w in task.weights], zeros, zeros, 0]

    def train() -> float:
        state[3] += 1
        loss, *state[:3] = one(*state[:3], jnp.asarray(state[3], task.dtype))
        return float(loss)

    return train


def step_in_hips(task: Task) -> Step:
    import autograd
    import autograd.numpy as anp

    value_and_grad, update = autograd.value_and_grad(loss_in(anp, task)), adam_of(task.weights, np)
    zeros = [np.zeros_like(w) for w in task.weights]
    state = [[w.copy() for w in task.weights], zeros, zeros, 0]

    def train() -> float:
        state[3] += 1
        loss, gradients = value_and_grad(state[0])
        state[:3] = update(state[0], gradients, *state[1:])
        return float(loss)

    return train


def step_in_mygrad(task: Task) -> Step:
    import mygrad

    mygrad.turn_memory_guarding_off()
    loss_of, update = loss_in(mygrad, task), adam_of(task.weights, np)
    zeros = [np.zeros_like(w) for w in task.weights]
    state = [[w.copy() for w in task.weights], zeros, zeros, 0]

    def train() -> float:
        state[3] += 1
        tensors = [mygrad.tensor(w) for w in state[0]]
        loss = loss_of(tensors)
        loss.backward()
        state[:3] = update(state[0], [t.grad for t in tensors], *state[1:])
        return loss.item()

    return train


PEERS: dict[str, tuple[str, Callable[[Task], Step]]] = {  # by package
    "torch": ("PyTorch eager, fused Adam", step_in_torch),
    "jax": ("jax.jit", step_in_jax),
    "autograd": ("HIPS autograd", step_in_hips),
    "mygrad": ("MyGrad (guard off)", step_in_mygrad),
}


def step_cost(title: str, task: Task, repeat: int, rounds: int) -> None:
    contenders: dict[str, Step] = {"hand-written NumPy": step_by_hand(task), "autograd_lite + nn": step_of_nn(task)}
    contenders["the same, compiled"] = step_of_nn(task, compiled=True)
    contenders |= {name: make(task) for package, (name, make) in PEERS.items() if package in INSTALLED}
    losses = {name: [step() for _ in range(5)][-1] for name, step in contenders.items()}
    reference = losses["hand-written NumPy"]
    for name, loss in losses.items():
        if not np.isclose(loss, reference, rtol=1e-3):
            raise SystemExit(f"{name} does not do the same work: loss {loss} after 5 steps, hand-written NumPy has {reference}.")
    print_measured(title, interleaved(contenders, repeat, rounds), "hand-written NumPy")


# -- (e), (f), (g) functions of arrays ----------------------------------------------------------------------------------


def softmax_loss(xp: object, x: object, w: object) -> object:
    e = xp.exp(x - xp.amax(x, axis=1, keepdims=True))
    return xp.sum(e / xp.sum(e, axis=1, keepdims=True) * w)


def softmax_by_hand(x: np.ndarray, w: np.ndarray) -> Step:
    """Value and gradient, call by call; the gradient of the maximum, whose parts cancel, is left out."""
    e, p, g = (np.empty_like(x) for _ in range(3))
    column, weighted = np.empty((len(x), 1), x.dtype), np.empty((len(x), 1), x.dtype)

    def step() -> tuple:
        np.maximum.reduce(x, 1, None, column, True)
        np.subtract(x, column, e)
        np.exp(e, e)
        np.add.reduce(e, 1, None, column, True)
        np.divide(e, column, p)
        np.multiply(p, w, g)
        np.add.reduce(g, 1, None, weighted, True)
        np.divide(w, column, g)
        np.divide(weighted, column, column)
        np.subtract(g, column, g)
        np.multiply(g, e, g)
        return weighted.sum(), g

    return step


def waves(xp: object, x: object) -> object:
    return xp.sum(xp.tanh(x) * xp.exp(-x * x) + xp.log1p(x * x))


def waves_by_hand(x: np.ndarray) -> Step:
    """Value and gradient in four buffers of the size of x."""
    t, e, q, g = (np.empty_like(x) for _ in range(4))

    def step() -> tuple:
        np.multiply(x, x, q)
        np.tanh(x, t)
        np.negative(q, e)
        np.exp(e, e)
        np.log1p(q, g)
        value = g.sum()
        np.multiply(t, e, g)
        value += g.sum()
        np.multiply(t, t, t)
        np.subtract(1, t, t)
        np.multiply(t, e, t)  # (1 - tanh(x)**2) * e
        np.multiply(g, x, g)
        np.multiply(g, -2, g)
        np.add(g, t, g)
        np.add(q, 1, q)
        np.divide(x, q, q)
        np.multiply(q, 2, q)
        np.add(g, q, g)
        return value, g

    return step


def gradients_cost(
    title: str, f: Callable, by_hand: Callable[..., Step], arrays: list[np.ndarray], repeat: int, rounds: int
) -> None:
    contenders = gradients_by(f, by_hand, arrays)
    refuse_other_work(contenders)
    print_measured(title, interleaved(contenders, repeat, rounds), "hand-written NumPy")


def gradients_by(f: Callable, by_hand: Callable[..., Step], arrays: list[np.ndarray]) -> dict[str, Step]:
    """The value and the gradient of `f(xp, x, ...)` by x, where xp is NumPy or what stands for it, by each library."""
    ours = ag.value_and_grad(lambda x: f(np, x, *arrays[1:]))
    compiled = ag.compile(ours)
    contenders: dict[str, Step] = {"hand-written NumPy": by_hand(*arrays), "autograd_lite": lambda: ours(arrays[0])}
    contenders["the same, compiled"] = lambda: compiled(arrays[0])
    if "jax" in INSTALLED:
        import jax
        import jax.numpy as jnp

        given = [jnp.asarray(a) for a in arrays]
        in_jax = jax.jit(jax.value_and_grad(lambda x: f(jnp, x, *given[1:])))
        contenders["jax.jit"] = lambda: jax.block_until_ready(in_jax(given[0]))
    if "autograd" in INSTALLED:
        import autograd
        import autograd.numpy as anp

        in_hips = autograd.value_and_grad(lambda x: f(anp, x, *arrays[1:]))
        contenders["HIPS autograd"] = lambda: in_hips(arrays[0])
    if "torch" in INSTALLED:
        import torch

        torch.set_num_threads(1)
        tensors = [torch.tensor(a) for a in arrays]
        tensors[0].requires_grad_()

        def in_torch() -> tuple:
            tensors[0].grad = None
            value = f(torch, *tensors)
            value.backward()
            return value.item(), tensors[0].grad.numpy()

        contenders["PyTorch eager"] = in_torch
    return contenders


def refuse_other_work(contenders: dict[str, Step]) -> None:
    """Stop unless all have the same value and the same gradients."""
    expected = contenders["hand-written NumPy"]()
    value, gradient = float(expected[0]), np.array(expected[1])
    for name, step in contenders.items():
        found = step()
        if not (np.isclose(float(found[0]), value, rtol=1e-4) and np.allclose(found[1], gradient, rtol=1e-3, atol=1e-5)):
            raise SystemExit(f"{name} does not do the same work: its value is {float(found[0])}, that of NumPy {value}.")


def network_loss(xp: object, x: object, y: object, weights: list) -> object:
    h = xp.tanh(x @ weights[0] + weights[1])
    h = xp.tanh(h @ weights[2] + weights[3])
    return xp.mean((h @ weights[4] + weights[5] - y) ** 2)


def hessian_times_vector_by_hand(x: np.ndarray, y: np.ndarray, weights: list, vector: list) -> list[np.ndarray]:
    """Forward, backward, and the derivative of both along the vector (Pearlmutter, Fast exact
    multiplication by the Hessian, 1994).

    A name that begins with r is the derivative along the vector of what the rest of the name says.
    """
    w1, b1, w2, b2, w3, b3 = weights
    rw1, rb1, rw2, rb2, rw3, rb3 = vector
    h1 = np.tanh(x @ w1 + b1)
    s1 = 1 - h1 * h1
    rh1 = s1 * (x @ rw1 + rb1)
    h2 = np.tanh(h1 @ w2 + b2)
    s2 = 1 - h2 * h2
    rh2 = s2 * (rh1 @ w2 + h1 @ rw2 + rb2)
    scale = 2 / len(x)
    d3, rd3 = scale * (h2 @ w3 + b3 - y), scale * (rh2 @ w3 + h2 @ rw3 + rb3)
    g2, rg2 = d3 @ w3.T, rd3 @ w3.T + d3 @ rw3.T
    d2, rd2 = g2 * s2, rg2 * s2 - 2 * g2 * h2 * rh2
    g1, rg1 = d2 @ w2.T, rd2 @ w2.T + d2 @ rw2.T
    rd1 = rg1 * s1 - 2 * g1 * h1 * rh1
    return [x.T @ rd1, rd1.sum(0), rh1.T @ d2 + h1.T @ rd2, rd2.sum(0), rh2.T @ d3 + h2.T @ rd3, rd3.sum(0)]


def hessian_cost() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, 256)[:, None]
    y = np.sin(3 * x)
    shapes = [(1, 64), (64,), (64, 64), (64,), (64, 1), (1,)]
    weights, vector = ([rng.uniform(-0.2, 0.2, shape) for shape in shapes] for _ in range(2))
    ours = ag.hvp(lambda p: network_loss(np, x, y, p))
    compiled = ag.compile(ours)
    contenders: dict[str, Step] = {
        "hand-written NumPy": lambda: hessian_times_vector_by_hand(x, y, weights, vector),
        "autograd_lite": lambda: ours(weights, vector),
        "the same, compiled": lambda: compiled(weights, vector),
    }
    if "torch" in INSTALLED:
        import torch

        torch.set_num_threads(1)
        torch_x, torch_y, *rest = (torch.tensor(a) for a in (x, y, *weights, *vector))
        parameters, along = [p.requires_grad_() for p in rest[:6]], rest[6:]

        def in_torch() -> list:
            loss = network_loss(torch, torch_x, torch_y, parameters)
            gradients = torch.autograd.grad(loss, parameters, create_graph=True)
            return [h.numpy() for h in torch.autograd.grad(gradients, parameters, along)]

        contenders["PyTorch eager"] = in_torch
    if "jax" in INSTALLED:
        import jax
        import jax.numpy as jnp

        gradient = jax.grad(lambda p: network_loss(jnp, x, y, p))
        in_jax = jax.jit(lambda p, v: jax.jvp(gradient, (p,), (v,))[1])
        contenders["jax.jit"] = lambda: jax.block_until_ready(in_jax(weights, vector))
    reference = contenders["hand-written NumPy"]()
    for name, step in contenders.items():
        if not all(np.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(step(), reference)):
            raise SystemExit(f"{name} does not do the same work: its product is another than that of NumPy.")
    print_measured(
        "(f) Hessian of 1-64-64-1 times a vector, batch 256, float64", interleaved(contenders, 5, 20), "hand-written NumPy"
    )


def softmax_cost() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((512, 1000)).astype("f4") for _ in range(2)]
    gradients_cost(
        "(e) softmax from its parts, (512, 1000), float32: value and gradient", softmax_loss, softmax_by_hand, arrays, 3, 15
    )


def numbers() -> np.ndarray:
    return np.random.default_rng(0).standard_normal(10_000_000)


def waves_cost() -> None:
    title = "(g) sum(tanh(x) * exp(-x * x) + log1p(x * x)), 10 million numbers: value and gradient"
    gradients_cost(title, waves, waves_by_hand, [numbers()], 1, 3)


SHOWING_MEMORY = """
from pathlib import Path
import benchmark
x = benchmark.numbers()
step = benchmark.gradients_by(benchmark.waves, benchmark.waves_by_hand, [x])[{name!r}]
memory = lambda kind: int(Path("/proc/self/status").read_text().partition(kind + ":")[2].split()[0]) * 1024
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the most from here on
for _ in range(2): step()
print((memory("VmHWM") - before) / x.nbytes)
"""


def memory_cost() -> None:
    """The most memory of two calls in a fresh process, the one that compiles among them."""
    if not Path("/proc/self/clear_refs").exists():
        print("\n(h) the most memory of a process is measured on Linux alone")
        return
    measured = {}
    for name in gradients_by(waves, waves_by_hand, [np.zeros(1)]):
        program = [sys.executable, "-c", SHOWING_MEMORY.format(name=name)]
        done = subprocess.run(program, capture_output=True, text=True, cwd=Path(__file__).parent, check=True)
        measured[name] = float(done.stdout)
    print_measured("(h) the most memory that (g) takes beyond x, in arrays as long as x", measured, "hand-written NumPy", "")


def save_plot(path: str) -> None:
    """A bar for each contender of each table: how many times as long as its yardstick it takes."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(name for table in MEASURED for name in table["measured"]))
    figure = Figure(figsize=(9, 1 + 1.9 * len(MEASURED)), layout="constrained")
    for axes, table in zip(np.atleast_1d(figure.subplots(len(MEASURED), 1)), MEASURED):
        measured = table["measured"]
        ratios = [value / measured[table["yardstick"]] for value in measured.values()]
        bars = axes.barh(list(measured), ratios, color=[f"C{names.index(name) % 10}" for name in measured])
        axes.bar_label(bars, [f"{ratio:.2f}" for ratio in ratios], padding=3, fontsize=8)
        axes.axvline(1, color="black", linewidth=0.5)
        axes.set_title(f"{table['title']}; 1 is {table['yardstick']}", fontsize=9, loc="left")
        axes.tick_params(labelsize=8)
        axes.invert_yaxis()
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


PARTS: dict[str, Callable[[], None]] = {
    "import": import_cost,
    "chain": chain_cost,
    "b": lambda: step_cost(
        "(b) a step of the 1-4-1 network, 24 points, float64, Adam", Task((1, 4, 1), 24, "f8", False), 200, 30
    ),
    "c": lambda: step_cost("(c) a step of 1-64-64-1, batch 256, float32, Adam", Task((1, 64, 64, 1), 256, "f4", False), 50, 30),
    "d": lambda: step_cost(
        "(d) a step of 784-256-128-10, batch 128, float32, Adam", Task((784, 256, 128, 10), 128, "f4", True), 10, 20
    ),
    "e": softmax_cost,
    "f": hessian_cost,
    "g": waves_cost,
    "h": memory_cost,
    "checkers": checkers.main,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"which of {', '.join(PARTS)}; default: all")
    parser.add_argument("--json", metavar="FILE", help="write what was measured there too")
    parser.add_argument("--plot", metavar="FILE", help="draw it there; needs matplotlib")
    options = parser.parse_args()
    parts = options.parts
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    absent = [name for package, (name, _) in PEERS.items() if package not in INSTALLED]
    print(f"NumPy {np.__version__}, autograd_lite {ag.__version__}; not installed: {', '.join(absent) or 'nothing'}")
    if options.plot and importlib.util.find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib: pip install 'autograd-lite[plot]'.")
    for part in parts:
        PARTS[part]()
    if options.json:
        versions = {"python": platform.python_version(), "numpy": np.__version__, "autograd_lite": ag.__version__}
        Path(options.json).write_text(json.dumps({"machine": platform.platform(), **versions, "tables": MEASURED}, indent=1))
    if options.plot and MEASURED:
        save_plot(options.plot)


if __name__ == "__main__":
    main()
