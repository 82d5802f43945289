"""The base of optimisers: groups of parameters with options, the walk over them, a state that can be saved."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

import autograd_lite as ag

from ..module import in_range
from .flat import Array, Flat, wide
from .options import WithOptions

__all__ = ["Optimizer"]

NOT_NEGATIVE = ("lr", "eps", "weight_decay", "momentum", "momentum_decay", "lr_decay", "initial_accumulator_value")
ONE_NUMBER = ("step", "mu_product")  # state that is one number for a parameter
SCHEDULED = ("initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum")  # what schedulers note in a group
PYTORCHS = ("foreach", "fused", "capturable", "differentiable", "param_names")  # which say how PyTorch computes, not what

ParameterState = tuple[dict[str, float], dict[str, Array]]


class Optimizer(WithOptions):
    """The base of optimisers: groups of parameters with options, the walk over them, a state that can be saved.

    An optimiser of one's own is a subclass with `compute_update`, which works on flat arrays: see `SGD`.

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

    Notes
    -----
    These options are the same in all optimisers that have them:

    params
        Parameters, or dicts of groups.
    lr
        The learning rate: each step is multiplied by it. Finite, not negative.
    weight_decay
        This times the parameter is added to the gradient. Finite, not negative; 0 by default.
    maximize
        Climb instead of descend; False by default.

    The steps of parameters of half precision are computed in single precision, in which their state is kept, too; PyTorch rounds
    that to half, and where a square is too large or too small for it, its steps end.

    Examples
    --------
    >>> import nn
    >>> weight, bias = nn.Parameter(1.0), nn.Parameter(0.0)
    >>> optimizer = nn.optim.SGD([{"params": [weight], "weight_decay": 0.1}, {"params": [bias]}], lr=0.5)
    >>> [(group["lr"], group["weight_decay"]) for group in optimizer.param_groups]
    [(0.5, 0.1), (0.5, 0.0)]
    """

    required_state: ClassVar[tuple[str, ...]] = ()
    """The names of the state that every parameter has once it has moved."""
    optional_state: ClassVar[tuple[str, ...]] = ()
    """The names of the state that a parameter has with some options only."""

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self._resting: dict[int, tuple[ag.Tensor, ParameterState]] = {}  # by identity, and so with the parameter kept alive
        self._layouts: list[tuple[list[Any], list[Flat]]] = []
        self._packed: list[ag.Packed] = []
        if isinstance(params, (ag.Tensor, np.ndarray, dict)):
            raise TypeError(f"{self.name}: params is a single {type(params).__name__}; pass a list, such as model.parameters().")
        if not isinstance(params, Iterable):
            raise TypeError(f"{self.name}: params is a {type(params).__name__}; pass a list, such as model.parameters().")
        if isinstance(params, (set, frozenset)):
            raise TypeError(f"{self.name}: params is a set, whose order differs from run to run; pass a list.")
        given = list(params)
        if not given:
            raise ValueError(f"{self.name}: there are no parameters to optimise. Was model.parameters() consumed already?")
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    # -- groups ---------------------------------------------------------------------------------------------

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters with options of their own: a dict with `params` and any of the options."""
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise TypeError(f"{self.name}: a group is a dict with 'params' and options, such as {{'params': [...], 'lr': 0.1}}.")
        params = param_group["params"]
        if isinstance(params, (set, frozenset)):
            raise TypeError(f"{self.name}: params is a set, whose order differs from run to run; pass a list.")
        params = [params] if isinstance(params, ag.Tensor) else list(params)
        params = [p[1] if is_named(p) else p for p in params]
        unknown = [option for option in param_group if option not in (*self.defaults, "params", *SCHEDULED)]
        if unknown:
            raise ValueError(f"{self.name}: unknown option {unknown[0]!r}; it takes {', '.join(self.defaults)}.")
        if not params:
            raise ValueError(f"{self.name}: group {len(self.param_groups)} has no parameters.")
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
        group |= {option: as_python(value) for option, value in group.items() if option != "params"}
        self.param_groups.append(group)
        self._layouts.append(([], []))
        self._pack(params)

    def _pack(self, params: list[ag.Tensor]) -> None:
        """Have the arrays of parameters lie end to end, those of one dtype together."""
        for dtype in dict.fromkeys(p.dtype for p in params):
            self._packed.append(ag.Packed([p for p in params if p.dtype == dtype]))

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse options that make no sense."""
        for option in NOT_NEGATIVE:
            if option in group:
                self.require_factor(option, group[option])
        betas = group.get("betas", (0.0, 0.0))
        holds = isinstance(betas, (tuple, list)) and len(betas) == 2 and all(in_range(b, 0, 1) and b != 1 for b in betas)
        self.require(holds, "betas", betas, "two numbers from 0 up to, but not including, 1")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: `.grad` becomes None, or zeros where there was one."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None if set_to_none or p.grad is None else np.zeros(p.shape, p.dtype)

    # -- steps ----------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; before that call `closure`, if given, and return its result."""
        result = None
        if closure is not None:
            with ag.enable_grad():
                result = closure()
        for i, group in enumerate(self.param_groups):
            decay = group.get("weight_decay", 0)
            decoupled = decay != 0 and group.get("decoupled_weight_decay", False)
            for flat in self._gather(i, group["params"]):
                if group["maximize"]:
                    np.negative(flat.gradient, out=flat.gradient)
                if decay != 0 and not decoupled:
                    flat.gradient += decay * flat.values()
                self.compute_update(flat, group)
                if decoupled:
                    flat.update += group["lr"] * decay * flat.values()
                flat.subtract_update()
        return result

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        """Fill `flat.update`, which is then subtracted from the parameters; each optimiser writes this method.

        `flat.gradient` and `flat.scratch` may be written into.
        """
        raise TypeError(f"{self.name} has no compute_update.")

    def _gather(self, i: int, params: list[ag.Tensor]) -> list[Flat]:
        """The flat arrays of a group's parameters that have a gradient now, with the gradients copied in."""
        active, flats = self._layouts[i]
        if len(flats) == 1 and flats[0].takes_all(params):  # as mostly
            return flats
        now, gradients = [], []
        for p in params:
            gradient: Any = p.grad
            if gradient is not None:
                now.append(p.node)
                gradients.append(gradient if gradient.__class__ is np.ndarray else gradient.data)
        if now != active:  # another node: another parameter, or another shape
            self._rest(i)
            flats = self._lay_out([p for p in params if p.grad is not None])
            self._layouts[i] = now, flats
        for flat in flats:
            for place, part in zip(flat.places, flat.gradients):
                part[...] = gradients[place]
        return flats

    def _rest(self, i: int) -> None:
        """Take the flat arrays of group i apart, into the state of each parameter."""
        for flat in self._layouts[i][1]:
            self._resting |= {id(p): (p, state) for p, state in flat.states()}
        self._layouts[i] = [], []

    def _lay_out(self, active: list[ag.Tensor]) -> list[Flat]:
        """Flat arrays for parameters that go on from where they rested; the others keep their state for later."""
        alike: dict[Any, list[tuple[int, ParameterState]]] = {}
        for place, p in enumerate(active):
            _, (single, state) = self._resting.pop(id(p), (p, ({}, {})))
            alike.setdefault((p.dtype, *single.items(), *state), []).append((place, (single, state)))
        flats = []
        for members in alike.values():
            states = [state for _, (_, state) in members]
            places = [place for place, _ in members]
            parameters = [active[place] for place in places]
            packed = next((p for p in self._packed if p.holds(parameters)), None)
            flat = Flat(parameters, places, members[0][1][0], packed)
            flat.state = {name: flat.joined([state[name] for state in states]) for name in states[0]}
            flats.append(flat)
        return flats

    def step_state(self) -> Iterator[tuple[Any, ...]]:
        """The dicts and lists, and the keys in them, of what a step reads and changes: options, and flat arrays."""
        yield vars(self), [], [name for name in vars(self) if not name.startswith("_")]
        yield self.param_groups, list(range(len(self.param_groups)))
        yield self._layouts, list(range(len(self._layouts)))  # which are others once the state was saved or loaded
        for group, (_, flats) in zip(self.param_groups, self._layouts):  # of which there are more once groups were taken out
            yield group, list(group)
            yield group["params"], list(range(len(group["params"])))
            for flat in flats:
                yield vars(flat), ["gradient", "scratch", "update", "gradients", "updates"]
                yield flat.state, list(flat.state)
                yield flat.numbers, list(flat.numbers)
        yield self._resting, []
        for _, (numbers, arrays) in self._resting.values():
            yield numbers, list(numbers)
            yield arrays, list(arrays)

    # -- state ----------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of the state and the options, in PyTorch's structure.

        Returns
        -------
        dict
            `state`: for the index of each parameter that has moved, a dict of arrays; `param_groups`: the options of each
            group, with the indices of its parameters as `params`.

        Examples
        --------
        >>> import nn
        >>> w = nn.Parameter([1.0, 2.0])
        >>> optimizer = nn.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> optimizer.state_dict()["state"]
        {0: {'momentum_buffer': array([2., 4.])}}
        """
        index = {id(p): i for i, p in enumerate(self._parameters())}
        groups = [
            copy.deepcopy({option: value for option, value in group.items() if option != "params"})
            | {"params": [index[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": {i: state for i, state in enumerate(self._states()) if state}, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the state and options that `state_dict()` returned, here or in PyTorch.

        Raises
        ------
        ValueError
            The state does not fit this optimiser and its parameters: all misfits are listed, and nothing has been loaded.
        """
        problems: list[str] = []
        groups, states = self._fitting(state_dict, problems)
        if problems:
            head = f"load_state_dict: the state does not fit this {self.name}; nothing was loaded."
            raise ValueError("\n  ".join([head, *problems]))
        for group, options in zip(self.param_groups, groups, strict=True):
            group.update(options)
        self._take(states)

    @property
    def state(self) -> dict[ag.Tensor, dict[str, Any]]:
        """A copy of the state of each parameter that has moved; `load_state_dict` changes it."""
        return {p: state for p, state in zip(self._parameters(), self._states(), strict=True) if state}

    def __repr__(self) -> str:
        lines = []
        for i, group in enumerate(self.param_groups):
            lines += [
                f"Parameter Group {i}",
                *(f"    {option}: {group[option]}" for option in sorted(group) if option != "params"),
            ]
        return "\n".join([f"{self.name} (", *lines, ")"])

    def _parameters(self) -> list[ag.Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def _fitting(self, given: Mapping[str, Any], problems: list[str]) -> tuple[list[dict[str, Any]], list[Any]]:
        """The options of each group and the state of each parameter out of a state_dict; misfits are listed."""
        if not isinstance(given, Mapping) or not {"state", "param_groups"} <= given.keys():
            problems.append("it must be a dict with 'state' and 'param_groups'")
            return [], []
        sizes, needed = ([len(g["params"]) for g in groups] for groups in (given["param_groups"], self.param_groups))
        if sizes != needed:
            problems.append(f"groups of {sizes} parameters given, {needed} needed")
            return [], []
        groups = []
        for i, saved in enumerate(given["param_groups"]):
            options = {option: value for option, value in saved.items() if option not in ("params", *PYTORCHS)}
            problems += [f"group {i}, missing: {option}" for option in self.defaults if option not in options]
            problems += [f"group {i}, unexpected: {o}" for o in options if o not in self.defaults and o not in SCHEDULED]
            options = {o: tuple(v) if isinstance(v, list) else v for o, v in options.items()}
            try:
                self.check({**self.defaults, **options})
            except (TypeError, ValueError) as error:
                problems.append(f"group {i}, {error}")
            groups.append(options)
        numbers_given = [i for saved in given["param_groups"] for i in saved["params"]]
        problems += [f"state of parameter {i!r}, which is in no group" for i in given["state"] if i not in numbers_given]
        states = []
        for i, p in zip(numbers_given, self._parameters(), strict=True):
            try:
                states.append(self._fitting_state(p, given["state"].get(i) or {}))
            except (TypeError, ValueError) as error:
                problems.append(f"parameter {i}, {error}")
        return groups, states

    # how the state of one parameter looks: other optimisers may have another

    def _states(self) -> list[dict[str, Any]]:
        """A copy of the state of each parameter, as `state_dict` has it."""
        known = {id(p): state for p, state in self._resting.values()}
        known |= {id(p): state for _, flats in self._layouts for flat in flats for p, state in flat.states()}
        states = (known.get(id(p), ({}, {})) for p in self._parameters())
        return [{name: np.array(value) for name, value in (single | state).items()} for single, state in states]

    def _fitting_state(self, p: ag.Tensor, given: Mapping[str, Any]) -> Any:
        """The state that was given for a parameter, as it is kept here. Raises if it does not fit."""
        arrays = {name: np.asarray(value) for name, value in given.items() if value is not None}
        misfits = [f"missing: {name}" for name in self.required_state if arrays and name not in arrays]
        misfits += [f"unexpected: {name}" for name in arrays if name not in (*self.required_state, *self.optional_state)]
        if misfits:
            raise ValueError(", ".join(misfits))
        for name, array in arrays.items():
            shape = () if name in ONE_NUMBER else p.shape
            if array.dtype.kind not in ("biufc" if p.dtype.kind == "c" else "biuf") or (
                array.shape != shape and not (name in ONE_NUMBER and array.size == 1)
            ):
                raise ValueError(f"{name}: {array.dtype}{list(array.shape)} given, {p.dtype}{list(shape)} needed")
        single = {name: float(array.item()) for name, array in arrays.items() if name in ONE_NUMBER}
        return single, {name: array.astype(wide(p.dtype)) for name, array in arrays.items() if name not in ONE_NUMBER}

    def _take(self, states: list[Any]) -> None:
        """Put these states, one for each parameter, in place of those there are."""
        self._layouts[:] = [([], []) for _ in self._layouts]  # the same list: a compiled step watches it
        self._resting = {id(p): (p, state) for p, state in zip(self._parameters(), states, strict=True)}

    def __getstate__(self) -> dict[str, Any]:
        # flat arrays and the views of their parts would come apart: keep the state of each parameter
        for i in range(len(self._layouts)):
            self._rest(i)
        return {**vars(self), "_resting": list(self._resting.values()), "_packed": []}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept)
        self._resting = {id(p): (p, state) for p, state in kept["_resting"]}
        for group in self.param_groups:
            self._pack(group["params"])


def is_named(entry: Any) -> bool:
    """True for a pair of a name and a parameter, as `named_parameters` gives them."""
    return isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str)


def as_python(option: Any) -> Any:
    """NumPy's numbers as Python's, also in a tuple: beside these, arrays keep their dtype."""
    if isinstance(option, tuple):
        return tuple(map(as_python, option))
    return option.item() if isinstance(option, np.generic) else option
