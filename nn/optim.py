"""Optimisers: steps along gradients, with PyTorch's names, defaults and update formulas.

An optimiser works on flat arrays: the gradients of all parameters of a group are copied into one, so that a step
takes some ten NumPy calls however many parameters there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag

__all__ = ["SGD", "Adam", "Optimizer"]

Array = NDArray[Any]


class Flat:
    """Parameters of one dtype and one age laid end to end: their gradients, their state, and room to compute in."""

    def __init__(self, parameters: list[ag.Tensor], step: int) -> None:
        self.parameters = parameters
        self.nodes: list[Any] = [p.node for p in parameters]  # which hold the gradients
        self.shapes = [p.shape for p in parameters]
        self.step = step
        dtype = parameters[0].dtype
        size = sum(p.size for p in parameters)
        self.gradient = np.empty(size, dtype)
        self.room = np.empty(size, dtype)
        self.update = np.empty(size, dtype)
        self.state: dict[str, Array] = {}
        self.gradients = self.parts(self.gradient)
        self.updates = self.parts(self.update)

    def parts(self, flat: Array) -> list[Array]:
        """Views of a flat array in the shapes of the parameters."""
        sizes = [math.prod(shape) for shape in self.shapes]
        ends = np.cumsum(sizes).tolist()
        return [flat[end - size : end].reshape(shape) for end, size, shape in zip(ends, sizes, self.shapes, strict=True)]

    def values(self) -> Array:
        """The parameters themselves, copied end to end."""
        return np.concatenate([p.data.ravel() for p in self.parameters])

    def zeros(self, name: str) -> Array:
        """The state of that name, made of zeros when there is none yet."""
        if name not in self.state:
            self.state[name] = np.zeros_like(self.gradient)
        return self.state[name]


class Optimizer:
    """What optimisers share: groups of parameters with their options, state, and the walk over them.

    Parameters
    ----------
    params
        Parameters, or dicts with `params` and options that differ for them.
    defaults
        The options of groups that do not set their own.

    Raises
    ------
    TypeError, ValueError
        No parameters, a parameter given twice, one that was computed from others, or a nonsensical option.

    Attributes
    ----------
    param_groups : list of dicts
        `params` and options of each group; changing an option, such as `lr`, holds from the next step on.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self._resting: dict[int, tuple[int, dict[str, Array]]] = {}
        self._layouts: list[tuple[list[Any], list[Flat]]] = []
        if isinstance(params, (ag.Tensor, np.ndarray, dict)):
            raise TypeError(f"{self.name}: params is a single {type(params).__name__}; pass a list, such as model.parameters().")
        given = list(params)
        if not given:
            raise ValueError(f"{self.name}: there are no parameters to optimise. Was model.parameters() consumed already?")
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    @property
    def name(self) -> str:
        return type(self).__name__

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters with options of their own: a dict with `params` and any of the options."""
        params = param_group["params"]
        params = [params] if isinstance(params, ag.Tensor) else list(params)
        unknown = [option for option in param_group if option not in self.defaults and option != "params"]
        if unknown:
            raise ValueError(f"{self.name}: unknown option {unknown[0]!r}; it takes {', '.join(self.defaults)}.")
        seen = {id(p) for group in self.param_groups for p in group["params"]}
        for i, p in enumerate(params):
            if not isinstance(p, ag.Tensor):
                raise TypeError(f"{self.name}: parameter {i} is a {type(p).__name__}, not a Tensor.")
            if not p.is_leaf:
                raise ValueError(f"{self.name}: parameter {i} was computed from others; only leaves can be optimised.")
            if id(p) in seen:
                raise ValueError(f"{self.name}: a parameter of shape {p.shape} is given twice.")
            seen.add(id(p))
        group = {**self.defaults, **param_group, "params": params}
        self.check(group)
        self.param_groups.append(group)
        self._layouts.append(([], []))

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse options that make no sense."""
        for option in ("lr", "eps", "weight_decay", "momentum"):
            if option in group and not 0 <= group[option] < math.inf:
                raise ValueError(f"{self.name}: {option}={group[option]} must be a finite number that is not negative.")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: `.grad` becomes None, or zeros where there was one."""
        for group in self.param_groups:
            for p in group["params"]:
                node: Any = p.node  # which holds the gradient
                if node is not None:
                    node.grad = None if set_to_none or node.grad is None else np.zeros(p.shape, p.dtype)

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        for i, group in enumerate(self.param_groups):
            for flat in self._gather(i, group["params"]):
                flat.step += 1
                if group["maximize"]:
                    np.negative(flat.gradient, out=flat.gradient)
                if group["weight_decay"] != 0:
                    flat.gradient += group["weight_decay"] * flat.values()
                self.compute_update(flat, group)
                for p, update in zip(flat.parameters, flat.updates):
                    data = p.data
                    np.subtract(data, update, data)
                    p.data = data  # which tells the engine that it was written into

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        """Fill `flat.update` with what is to be subtracted from the parameters; each optimiser writes it."""
        raise TypeError(f"{self.name} has no compute_update.")

    def _gather(self, i: int, params: list[ag.Tensor]) -> list[Flat]:
        """The flat arrays of a group's parameters that have a gradient now, with the gradients copied in."""
        active, flats = self._layouts[i]
        nodes: list[Any] = [p.node for p in params]
        now = [node for node in nodes if node is not None and node.grad is not None]
        if len(now) != len(active) or not all(map(is_, now, active)):  # another node: another parameter, or another shape
            flats = self._lay_out(flats, [p for p in params if p.grad is not None])
            self._layouts[i] = now, flats
        for flat in flats:
            for node, part in zip(flat.nodes, flat.gradients):
                gradient = node.grad
                part[...] = gradient if gradient.__class__ is np.ndarray else gradient.data
        return flats

    def _lay_out(self, before: list[Flat], active: list[ag.Tensor]) -> list[Flat]:
        """New flat arrays for other parameters than `before`; those without a gradient keep their state for later."""
        for flat in before:
            parts = {name: flat.parts(array) for name, array in flat.state.items()}
            for k, p in enumerate(flat.parameters):
                fits = flat.shapes[k] == p.shape  # else it was given another shape, and starts anew
                self._resting[id(p)] = flat.step, {name: views[k] for name, views in parts.items() if fits}
        alike: dict[Any, list[ag.Tensor]] = {}
        for p in active:
            step, state = self._resting.get(id(p), (0, {}))
            alike.setdefault((p.dtype, step, *state), []).append(p)
        flats = []
        for (_, step, *_), parameters in alike.items():
            flat = Flat(parameters, step)
            states = [self._resting.pop(id(p), (0, {}))[1] for p in parameters]
            flat.state = {name: np.concatenate([s[name].ravel() for s in states]) for name in states[0]}
            flats.append(flat)
        return flats


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Sutskever et al., On the importance of initialization and momentum, 2013).

    Parameters
    ----------
    params
        Parameters, or dicts of groups.
    lr
        The learning rate, default 1e-3.
    momentum, dampening
        The velocity is `momentum * velocity + (1 - dampening) * gradient`; it begins as the gradient.
    weight_decay
        This times the parameter is added to the gradient.
    nesterov
        Step along `gradient + momentum * velocity`; needs momentum, and no dampening.
    maximize
        Climb instead of descend.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, 2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.SGD([w], lr=0.25).step()
    >>> w.data
    array([0.5, 1. ])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize,
        })  # fmt: skip

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        if not math.isfinite(group["dampening"]):
            raise ValueError(f"SGD: dampening={group['dampening']} must be a finite number.")
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError("SGD: nesterov=True needs a momentum, such as 0.9, and dampening=0.")

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        gradient, momentum = flat.gradient, group["momentum"]
        if momentum != 0:
            if "momentum_buffer" in flat.state:
                velocity = flat.state["momentum_buffer"]
                velocity *= momentum
                velocity += np.multiply(gradient, 1 - group["dampening"], out=flat.room)
            else:
                velocity = flat.state["momentum_buffer"] = gradient.copy()
            if group["nesterov"]:
                gradient += np.multiply(velocity, momentum, out=flat.room)
            else:
                gradient = velocity
        np.multiply(gradient, group["lr"], out=flat.update)


class Adam(Optimizer):
    """Adam (Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1).

    Parameters
    ----------
    params
        Parameters, or dicts of groups.
    lr
        The learning rate, default 1e-3.
    betas
        How much of the running means of the gradient and of its square is kept each step.
    eps
        Added to the root of the mean square.
    weight_decay
        This times the parameter is added to the gradient.
    amsgrad
        Divide by the root of the largest mean square so far (Reddi et al., On the convergence of Adam and beyond, 2018).
    maximize
        Climb instead of descend.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.Adam([w], lr=0.1).step()
    >>> w.data.round(6)
    array([ 0.9, -1.9])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize,
        })  # fmt: skip

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        if len(group["betas"]) != 2 or not all(0 <= beta < 1 for beta in group["betas"]):
            raise ValueError(f"Adam: betas={group['betas']} must be two numbers from 0 up to, but not including, 1.")

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        gradient, room, update = flat.gradient, flat.room, flat.update
        mean, square = flat.zeros("exp_avg"), flat.zeros("exp_avg_sq")
        np.subtract(gradient, mean, room)
        np.multiply(room, 1 - beta1, room)
        np.add(mean, room, mean)
        np.multiply(gradient, gradient, room)
        np.subtract(room, square, room)
        np.multiply(room, 1 - beta2, room)
        np.add(square, room, square)
        if group["amsgrad"]:
            square = np.maximum(flat.zeros("max_exp_avg_sq"), square, out=flat.zeros("max_exp_avg_sq"))
        # lr * (mean / (1 - beta1**t)) / (sqrt(square / (1 - beta2**t)) + eps), with one multiplication less
        root = math.sqrt(1 - beta2**flat.step)
        np.sqrt(square, room)
        np.add(room, group["eps"] * root, room)
        np.divide(mean, room, update)
        np.multiply(update, group["lr"] * root / (1 - beta1**flat.step), update)
