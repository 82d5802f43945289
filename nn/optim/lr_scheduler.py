"""Schedulers: the learning rate from epoch to epoch, with PyTorch's names, defaults and sequences.

A scheduler is made of an optimiser and stepped once an epoch, after the optimiser. Most read the learning rate that there is
and change it by a factor or an increment, so that several schedulers of one optimiser work together.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ..module import in_range
from .optimizer import Optimizer
from .options import WithOptions

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


class LRScheduler(WithOptions):
    """The base of schedulers, which write `get_lr`.

    Parameters
    ----------
    optimizer
        The learning rates of its groups are changed.
    last_epoch
        The number of the last epoch, when a training goes on; -1 at its start.

    Raises
    ------
    TypeError
        The optimizer is not one.
    ValueError
        An option makes no sense; or `last_epoch` is not -1, but the groups do not know the `initial_lr` they started with.

    Attributes
    ----------
    base_lrs : list of floats
        The learning rate that each group started with.
    last_epoch : int
        The epoch that the learning rates are for, from 0 on.

    Examples
    --------
    >>> import nn
    >>> class Halved(LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / 2 for lr in self.lrs()]
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler = Halved(optimizer)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    unsaved: ClassVar[tuple[str, ...]] = ("optimizer",)
    """The attributes that are not part of the state."""

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = self.checked(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{self.name}: last_epoch={last_epoch}, but group {i} has no 'initial_lr'. Load the optimizer's state first."
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.start()

    def checked(self, optimizer: Any) -> Optimizer:
        """The optimiser, if it is one that has a learning rate."""
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{self.name}: optimizer is a {type(optimizer).__name__}, not an nn.optim.Optimizer.")
        if "lr" not in optimizer.defaults:
            raise TypeError(f"{self.name}: {optimizer.name} has no learning rate.")
        return optimizer

    def for_each_group(self, optimizer: Optimizer, option: str, value: Any) -> list[float]:
        """One number for each group: as given, or the same for all."""
        count = len(optimizer.param_groups)
        values = list(value) if isinstance(value, (list, tuple)) else [value] * count
        holds = len(values) == count and all(in_range(v, 0) for v in values)
        self.require(holds, option, value, f"a finite number that is not negative, or a list of {count}, one for each group")
        return values

    # -- from epoch to epoch --------------------------------------------------------------------------------

    def get_lr(self) -> list[float]:
        """The learning rate of each group in epoch `last_epoch`, from those of the epoch before; each scheduler writes it."""
        raise TypeError(f"{self.name} has no get_lr.")

    def first_lr(self) -> list[float]:
        """The learning rate of each group in the epoch in which the scheduler is made."""
        return self.lrs()

    def lrs(self) -> list[float]:
        """The learning rate of each group as it is."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group that was set last."""
        return self._last_lr

    def step(self) -> None:
        """Set the learning rates of the next epoch."""
        self.admit_new_groups()
        self.last_epoch += 1
        self.set_lrs(self.get_lr())

    def admit_new_groups(self) -> None:
        """Take groups that were added to the optimiser since as having started with the learning rate that they have."""
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:
            self.base_lrs.append(group.setdefault("initial_lr", group["lr"]))
            self.admit(group)

    def admit(self, group: dict[str, Any]) -> None:
        """Note more of a group that was added: schedulers with options for each group write it."""

    def start(self) -> None:
        """Set the learning rates of the epoch after `last_epoch`, when the scheduler is made."""
        self.admit_new_groups()
        self.last_epoch += 1
        self.set_lrs(self.first_lr())

    def restart(self) -> None:
        """Set the learning rates of epoch 0 from those at the beginning, as a part of a sequence."""
        self.rewind()
        for group in self.optimizer.param_groups:
            group["lr"] = group.setdefault("initial_lr", group["lr"])
        self.start()

    def rewind(self) -> None:
        """Be before epoch 0."""
        self.last_epoch = -1

    def set_lrs(self, lrs: list[float]) -> None:
        """Give each group its learning rate."""
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
            group["lr"] = lr
        self._last_lr = list(lrs)

    # -- state ----------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything but the optimiser and functions."""
        return copy.deepcopy({name: value for name, value in vars(self).items() if name not in self.unsaved})

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from the result of `state_dict()`. The learning rates themselves are in the optimiser's state.

        Raises
        ------
        ValueError
            It is not the state of such a scheduler; nothing has been loaded.
        """
        given = {name: value for name, value in state_dict.items() if name not in self.unsaved}
        own = vars(self).keys() - set(self.unsaved)
        missing = sorted(own - given.keys())
        unexpected = sorted(name for name in given if name not in own and not name.startswith("_"))  # PyTorch has more of these
        if missing or unexpected:
            raise ValueError(
                f"load_state_dict: the state does not fit this {self.name}; nothing was loaded. "
                f"Missing: {', '.join(missing) or 'nothing'}; unexpected: {', '.join(unexpected) or 'nothing'}."
            )
        vars(self).update(copy.deepcopy({name: given[name] for name in own}))


# -- factors ----------------------------------------------------------------------------------------------------------


class LambdaLR(LRScheduler):
    """The initial learning rate times a function of the epoch.

    Parameters
    ----------
    lr_lambda
        Takes the epoch, from 0 on, and returns a factor; or a list with one function for each group. It is not part of the
        state.

    Examples
    --------
    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=0.5)
    >>> scheduler = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    unsaved = ("optimizer", "lr_lambdas")

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]], last_epoch: int = -1
    ) -> None:
        groups = self.checked(optimizer).param_groups
        self.lr_lambdas: list[Any] = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * len(groups)
        fits = len(self.lr_lambdas) == len(groups) and all(map(callable, self.lr_lambdas))
        self.require(fits, "lr_lambda", lr_lambda, f"a function of the epoch, or a list of {len(groups)}, one for each group")
        super().__init__(optimizer, last_epoch)

    def admit(self, group: dict[str, Any]) -> None:
        self.lr_lambdas.append(self.lr_lambdas[-1])

    def get_lr(self) -> list[float]:
        return [lr * factor(self.last_epoch) for lr, factor in zip(self.base_lrs, self.lr_lambdas, strict=True)]

    def first_lr(self) -> list[float]:
        return self.get_lr()


class MultiplicativeLR(LambdaLR):
    """Each epoch the learning rate times a function of the epoch, from epoch 1 on; the options are those of `LambdaLR`.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = MultiplicativeLR(optimizer, lambda epoch: 1 / epoch), []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.16666666666666666]
    """

    def get_lr(self) -> list[float]:
        return [lr * factor(self.last_epoch) for lr, factor in zip(self.lrs(), self.lr_lambdas, strict=True)]

    def first_lr(self) -> list[float]:
        return self.lrs()

    def restart(self) -> None:  # as in PyTorch, from the learning rates that there are
        self.last_epoch = 0
        self.set_lrs(self.get_lr())


class StepLR(LRScheduler):
    """Every `step_size` epochs the learning rate times `gamma`.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = StepLR(optimizer, step_size=2, gamma=0.5), []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.require_whole("step_size", step_size)
        self.require_factor("gamma", gamma)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [lr * self.gamma for lr in self.lrs()] if due else self.lrs()

    def first_lr(self) -> list[float]:
        return self.get_lr()


class MultiStepLR(LRScheduler):
    """At each of the epochs `milestones` the learning rate times `gamma`; as often as the epoch is named.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = MultiStepLR(optimizer, [1, 3], gamma=0.5), []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.milestones = sorted(milestones)
        for milestone in self.milestones:
            self.require_whole("milestones", milestone, 0)
        self.require_factor("gamma", gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.gamma ** self.milestones.count(self.last_epoch) for lr in self.lrs()]

    def first_lr(self) -> list[float]:
        return self.get_lr()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        super().load_state_dict(state_dict)
        if isinstance(self.milestones, Mapping):  # PyTorch's Counter: how often each is named
            self.milestones = sorted(epoch for epoch, times in self.milestones.items() for _ in range(times))


class ConstantLR(LRScheduler):
    """The learning rate times `factor` for `total_iters` epochs, then as it was.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = ConstantLR(optimizer, factor=0.5, total_iters=2), []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        self.require(in_range(factor, 0, 1) and factor > 0, "factor", factor, "a number above 0 and up to 1")
        self.require_whole("total_iters", total_iters)
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        change = {0: self.factor, self.total_iters: 1 / self.factor}.get(self.last_epoch, 1.0)
        return [lr * change for lr in self.lrs()]

    def first_lr(self) -> list[float]:
        return self.get_lr()


class LinearLR(LRScheduler):
    """The learning rate times a factor that goes from `start_factor` to `end_factor` in `total_iters` epochs: a warm-up.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = LinearLR(optimizer, start_factor=0.25, total_iters=3), []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.require(
            in_range(start_factor, 0, 1) and start_factor > 0, "start_factor", start_factor, "a number above 0 and up to 1"
        )
        self.require_factor("end_factor", end_factor, 1)
        self.require_whole("total_iters", total_iters)
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        return [lr * self.start_factor for lr in self.lrs()] if self.last_epoch == 0 else self.lrs()

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_iters:
            return self.lrs()
        growth = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * growth
        return [lr * (1 + growth / before) for lr in self.lrs()]


class ExponentialLR(LRScheduler):
    """Each epoch the learning rate times `gamma`.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = ExponentialLR(optimizer, 0.5), []
    >>> for epoch in range(3):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.require_factor("gamma", gamma)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.gamma for lr in self.lrs()]


class PolynomialLR(LRScheduler):
    """The learning rate times `(1 - epoch / total_iters)**power`, until it is 0.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = PolynomialLR(optimizer, total_iters=2), []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.0, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.require_whole("total_iters", total_iters)
        self.require_factor("power", power)
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_iters:
            return self.lrs()
        left = self.total_iters - self.last_epoch
        return [lr * (left / (left + 1)) ** self.power for lr in self.lrs()]


# -- waves ------------------------------------------------------------------------------------------------------------


class CosineAnnealingLR(LRScheduler):
    """The learning rate on a cosine from its beginning to `eta_min` in `T_max` epochs, and back (Loshchilov and Hutter, SGDR:
    stochastic gradient descent with warm restarts, 2017, equation 5, without the restarts).

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler = CosineAnnealingLR(optimizer, T_max=2)
    >>> scheduler.step()
    >>> [round(lr, 12) for lr in scheduler.get_last_lr()]
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.require_whole("T_max", T_max)
        self.require_factor("eta_min", eta_min)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # from eta_min, where the factor would be infinite
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [lr + (base - self.eta_min) * rise for lr, base in zip(self.lrs(), self.base_lrs, strict=True)]
        now, before = (1 + math.cos(math.pi * epoch / self.T_max) for epoch in (self.last_epoch, self.last_epoch - 1))
        return [now / before * (lr - self.eta_min) + self.eta_min for lr in self.lrs()]


class CosineAnnealingWarmRestarts(LRScheduler):
    """As `CosineAnnealingLR` down to `eta_min`, then again from the top (Loshchilov and Hutter, 2017, equation 5).

    Parameters
    ----------
    T_0
        The number of epochs of the first cosine.
    T_mult
        Each further one takes so many times as long as the one before.
    eta_min
        The least learning rate.

    Examples
    --------
    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = CosineAnnealingWarmRestarts(optimizer, 2), []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> [round(rate, 12) for rate in rates]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.require_whole("T_0", T_0)
        self.require_whole("T_mult", T_mult)
        self.require_factor("eta_min", eta_min)
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        self.T_i, self.T_cur = T_0, float(last_epoch)
        super().__init__(optimizer, last_epoch)

    def step(self, epoch: float | None = None) -> None:
        """Set the learning rates of the next epoch, or of any one, also between two: `step(epoch + i / batches)`."""
        self.admit_new_groups()
        epoch = self.last_epoch + 1 if epoch is None else epoch
        self.require_factor("epoch", epoch)
        self.last_epoch = math.floor(epoch)
        self.T_i, self.T_cur = self.T_0, epoch
        while self.T_cur >= self.T_i:
            self.T_cur -= self.T_i
            self.T_i *= self.T_mult
        self.set_lrs(self.get_lr())

    def start(self) -> None:
        self.step()

    def get_lr(self) -> list[float]:
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]


def set_momentum(group: dict[str, Any], momentum: float) -> None:
    """Give a group its momentum, or the first of its betas."""
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


class CyclicLR(LRScheduler):
    """From `base_lr` up to `max_lr` and down again, over and over, stepped after each batch (Smith, Cyclical learning rates for
    training neural networks, 2017).

    Parameters
    ----------
    base_lr, max_lr
        The least and the largest learning rate, or a list with one for each group.
    step_size_up, step_size_down
        The number of steps up, and down (None: as many).
    mode
        Of cycle n, from 1 on, and step k, from 0 on, the height is that of all ("triangular"), half that of the one before
        ("triangular2"), or `gamma**k` of it ("exp_range").
    gamma
        For "exp_range".
    scale_fn, scale_mode
        A function instead of `mode`, which takes the cycle ("cycle") or the step ("iterations") and returns the height from 0
        to 1. It is not part of the state.
    cycle_momentum
        If True, `momentum`, or the first of `betas`, goes from `max_momentum` to `base_momentum` and back meanwhile.

    Examples
    --------
    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=0.1)
    >>> scheduler = CyclicLR(optimizer, 0.0, 1.0, step_size_up=2)
    >>> for _ in range(4):
    ...     scheduler.step()
    ...     print(scheduler.get_last_lr())
    [0.5]
    [1.0]
    [0.5]
    [0.0]
    """

    unsaved = ("optimizer", "scale_fn")

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.checked(optimizer)
        self.require_whole("step_size_up", step_size_up)
        if step_size_down is not None:
            self.require_whole("step_size_down", step_size_down)
        modes = ("triangular", "triangular2", "exp_range")
        self.require(mode in modes, "mode", mode, "'triangular', 'triangular2' or 'exp_range'")
        self.require(scale_mode in ("cycle", "iterations"), "scale_mode", scale_mode, "'cycle' or 'iterations'")
        if cycle_momentum and not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ValueError(f"CyclicLR: {optimizer.name} has neither momentum nor betas. Write cycle_momentum=False.")
        self.step_size_up = step_size_up
        self.step_size_down = step_size_up if step_size_down is None else step_size_down
        self.mode, self.gamma, self.scale_fn, self.scale_mode = mode, gamma, scale_fn, scale_mode
        base_lrs = self.for_each_group(optimizer, "base_lr", base_lr)
        self.max_lrs = self.for_each_group(optimizer, "max_lr", max_lr)
        self.cycle_momentum = cycle_momentum
        self.base_momentums = self.for_each_group(optimizer, "base_momentum", base_momentum) if cycle_momentum else []
        self.max_momentums = self.for_each_group(optimizer, "max_momentum", max_momentum) if cycle_momentum else []
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                group.update(lr=lr, initial_lr=lr)
        super().__init__(optimizer, last_epoch)

    def admit(self, group: dict[str, Any]) -> None:
        """A group that was added takes its own learning rate as the least, the ratio of the first group, and its momenta."""
        self.max_lrs.append(group["lr"] * self.max_lrs[0] / self.base_lrs[0] if self.base_lrs[0] else self.max_lrs[0])
        self.base_momentums += self.base_momentums[:1]
        self.max_momentums += self.max_momentums[:1]

    def height(self) -> float:
        """How far from the least to the largest learning rate it is, from 0 to 1."""
        cycles, step = divmod(self.last_epoch, self.step_size_up + self.step_size_down)
        up, down = step / self.step_size_up, (self.step_size_up + self.step_size_down - step) / self.step_size_down
        return min(up, down) * self.scale(cycles + 1)

    def scale(self, cycle: int) -> float:
        """The height of a cycle."""
        if self.scale_fn is not None:
            return self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.mode == "exp_range":
            return float(self.gamma**self.last_epoch)
        return float(0.5 ** (cycle - 1)) if self.mode == "triangular2" else 1.0

    def get_lr(self) -> list[float]:
        height = self.height()
        if self.cycle_momentum:
            for group, least, most in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True):
                set_momentum(group, most - (most - least) * height)
        return [least + (most - least) * height for least, most in zip(self.base_lrs, self.max_lrs, strict=True)]

    def first_lr(self) -> list[float]:
        return self.get_lr()


class OneCycleLR(LRScheduler):
    """Up to `max_lr` and down to almost nothing, stepped after each batch (Smith and Topin, Super-convergence, 2018).

    Parameters
    ----------
    max_lr
        The largest learning rate, or a list with one for each group.
    total_steps, epochs, steps_per_epoch
        The number of steps: `total_steps`, or `epochs * steps_per_epoch`.
    pct_start
        The part of them that goes up.
    anneal_strategy
        "cos" or "linear".
    cycle_momentum
        If True, `momentum`, or the first of `betas`, goes down from `max_momentum` to `base_momentum` and up again meanwhile.
    div_factor, final_div_factor
        It starts at `max_lr / div_factor`, and ends at that divided by `final_div_factor`.
    three_phase
        Down to the start as fast as it went up, and then only to the end.

    Examples
    --------
    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = OneCycleLR(optimizer, 1.0, total_steps=5, pct_start=0.4, cycle_momentum=False), []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> [round(rate, 3) for rate in rates]
    [0.04, 1.0, 0.75, 0.25, 0.0]
    """

    unsaved = ("optimizer", "_added")

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.checked(optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or epochs and steps_per_epoch.")
            self.require_whole("epochs", epochs)
            self.require_whole("steps_per_epoch", steps_per_epoch)
            total_steps = epochs * steps_per_epoch
        self.require_whole("total_steps", total_steps)
        self.require_factor("pct_start", pct_start, 1)
        self.require(anneal_strategy in ("cos", "linear"), "anneal_strategy", anneal_strategy, "'cos' or 'linear'")
        for option, divisor in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            self.require(in_range(divisor, 0) and divisor > 0, option, divisor, "a positive number")
        if cycle_momentum and not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ValueError(f"OneCycleLR: {optimizer.name} has neither momentum nor betas. Write cycle_momentum=False.")
        self.total_steps, self.pct_start, self.anneal_strategy = total_steps, pct_start, anneal_strategy
        self.cycle_momentum, self.three_phase = cycle_momentum, three_phase
        if last_epoch == -1:
            for group, most in zip(optimizer.param_groups, self.for_each_group(optimizer, "max_lr", max_lr), strict=True):
                initial = most / div_factor
                group.update(initial_lr=initial, max_lr=most, min_lr=initial / final_div_factor)
            if cycle_momentum:
                for option, values in (("base_momentum", base_momentum), ("max_momentum", max_momentum)):
                    for group, value in zip(optimizer.param_groups, self.for_each_group(optimizer, option, values), strict=True):
                        group[option] = value
        self._added = (div_factor, final_div_factor)
        super().__init__(optimizer, last_epoch)

    def admit(self, group: dict[str, Any]) -> None:
        """A group that was added takes its own learning rate as the largest, and the momentum of the first group."""
        div_factor, final_div_factor = self._added
        first, most = self.optimizer.param_groups[0], group["lr"]
        initial = most / div_factor
        group.update(initial_lr=initial, max_lr=most, min_lr=initial / final_div_factor)
        self.base_lrs[-1] = initial
        if self.cycle_momentum:
            group.update({option: first[option] for option in ("base_momentum", "max_momentum")})

    def phases(self) -> list[tuple[float, str, str, str, str]]:
        """For each phase its last step, then the beginning and the end of the learning rate and of the momentum."""
        top = self.pct_start * self.total_steps - 1
        end = self.total_steps - 1
        up = (top, "initial_lr", "max_lr", "max_momentum", "base_momentum")
        if not self.three_phase:
            return [up, (end, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        down = (2 * top, "max_lr", "initial_lr", "base_momentum", "max_momentum")
        return [up, down, (end, "initial_lr", "min_lr", "max_momentum", "max_momentum")]

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_steps:
            raise ValueError(f"OneCycleLR: step {self.last_epoch} of {self.total_steps}: make it with more total_steps.")
        phases = self.phases()
        k = next((k for k, phase in enumerate(phases) if self.last_epoch <= phase[0]), len(phases) - 1)
        begin = phases[k - 1][0] if k else 0.0
        end, start_lr, end_lr, start_momentum, end_momentum = phases[k]
        share = (self.last_epoch - begin) / (end - begin) if end > begin else 1.0
        for group in self.optimizer.param_groups if self.cycle_momentum else []:
            set_momentum(group, self.between(group[start_momentum], group[end_momentum], share))
        return [self.between(group[start_lr], group[end_lr], share) for group in self.optimizer.param_groups]

    def first_lr(self) -> list[float]:
        return self.get_lr()

    def between(self, start: float, end: float, share: float) -> float:
        """So far on the way from `start` to `end`."""
        if self.anneal_strategy == "linear":
            return start + (end - start) * share
        return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


# -- by the losses ---------------------------------------------------------------------------------------------------


class ReduceLROnPlateau(LRScheduler):
    """The learning rate times `factor` when a metric has not become better for more than `patience` epochs.

    Parameters
    ----------
    mode
        "min": lower is better; "max": higher is better.
    factor
        The learning rate is multiplied by it: below 1.
    patience
        The number of epochs without improvement that are let pass.
    threshold, threshold_mode
        The least improvement that counts: this share of the best ("rel"), or this much ("abs").
    cooldown
        The number of epochs after a reduction that are not counted.
    min_lr
        The least learning rate, or a list with one for each group.
    eps
        A change that is not larger is not made.

    Examples
    --------
    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    unsaved = ("optimizer", "base_lrs")

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        self.optimizer = self.checked(optimizer)
        self.require(mode in ("min", "max"), "mode", mode, "'min' or 'max'")
        self.require(threshold_mode in ("rel", "abs"), "threshold_mode", threshold_mode, "'rel' or 'abs'")
        self.require(in_range(factor, 0, 1) and factor < 1, "factor", factor, "a number from 0 up to, but not including, 1")
        self.require_whole("patience", patience, 0)
        self.require_whole("cooldown", cooldown, 0)
        self.require_factor("threshold", threshold)
        self.require_factor("eps", eps)
        self.mode, self.factor, self.patience, self.cooldown, self.eps = mode, factor, patience, cooldown, eps
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.min_lrs = self.for_each_group(optimizer, "min_lr", min_lr)
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0
        self.base_lrs = self.lrs()
        self._last_lr = self.lrs()

    def admit(self, group: dict[str, Any]) -> None:
        self.min_lrs.append(self.min_lrs[-1])

    def step(self, metrics: Any = None) -> None:
        """Note the metric of an epoch: a number, such as the loss on the validation data."""
        if metrics is None:
            raise TypeError("ReduceLROnPlateau: step needs the metric: write scheduler.step(validation_loss).")
        value = float(metrics.item() if hasattr(metrics, "item") else metrics)
        self.admit_new_groups()
        self.last_epoch += 1
        if self.is_better(value):
            self.best = value
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
            lower = [max(lr * self.factor, least) for lr, least in zip(self.lrs(), self.min_lrs, strict=True)]
            self.set_lrs([new if lr - new > self.eps else lr for lr, new in zip(self.lrs(), lower, strict=True)])
        self._last_lr = self.lrs()

    def is_better(self, value: float) -> bool:
        """True if a metric is better than the best by the threshold; nan never is."""
        down = 1 if self.mode == "min" else -1
        if not math.isfinite(self.best):
            return down * value < down * self.best
        # a share of its size: of a negative number, too, the limit lies beyond the best
        least = self.threshold * (abs(self.best) if self.threshold_mode == "rel" else 1.0)
        limit = self.best - down * least
        return down * value < down * limit


# -- of others --------------------------------------------------------------------------------------------------------


class SchedulerOfSchedulers(LRScheduler):
    """The base of `SequentialLR` and `ChainedScheduler`: schedulers of one optimiser, whose states are part of theirs."""

    unsaved = ("optimizer", "_schedulers")

    def __init__(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]) -> None:
        self._schedulers = list(schedulers)
        self.require(bool(self._schedulers), "schedulers", schedulers, "a list of at least one scheduler")
        for i, scheduler in enumerate(self._schedulers):
            if not isinstance(scheduler, LRScheduler) or isinstance(scheduler, ReduceLROnPlateau):
                raise TypeError(f"{self.name}: scheduler {i} is a {type(scheduler).__name__}, which cannot be stepped here.")
            if scheduler.optimizer is not (optimizer or self._schedulers[0].optimizer):
                raise ValueError(f"{self.name}: scheduler {i}, a {scheduler.name}, belongs to another optimizer.")
        self.optimizer = self._schedulers[0].optimizer

    def rewind(self) -> None:
        self.last_epoch = -1
        for scheduler in self._schedulers:
            scheduler.rewind()

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        states = state_dict.get("_schedulers", [])
        if len(states) != len(self._schedulers):
            raise ValueError(
                f"load_state_dict: the state does not fit this {self.name}; nothing was loaded. "
                f"It has {len(states)} schedulers, {len(self._schedulers)} are needed."
            )
        before = self.state_dict()
        try:
            for scheduler, state in zip(self._schedulers, states, strict=True):
                scheduler.load_state_dict(state)
            super().load_state_dict(state_dict)
        except ValueError:
            for scheduler, state in zip(self._schedulers, before["_schedulers"], strict=True):
                scheduler.load_state_dict(state)
            raise


class SequentialLR(SchedulerOfSchedulers):
    """One scheduler after the other: the next takes over at each of the epochs `milestones`, at its own epoch 0.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> parts = [LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, 0.5)]
    >>> scheduler, rates = SequentialLR(optimizer, parts, milestones=[2]), []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]) -> None:
        super().__init__(self.checked(optimizer), schedulers)
        self.milestones = list(milestones)
        for milestone in self.milestones:
            self.require_whole("milestones", milestone)
        fits = len(self.milestones) == len(self._schedulers) - 1 and self.milestones == sorted(set(self.milestones))
        self.require(fits, "milestones", milestones, f"{len(self._schedulers) - 1} rising epochs, one less than schedulers")
        self.restart()

    def start(self) -> None:
        self.last_epoch = 0
        self._schedulers[0].start()
        self._last_lr = self.lrs()

    def step(self) -> None:
        self.last_epoch += 1
        scheduler = self._schedulers[sum(milestone <= self.last_epoch for milestone in self.milestones)]
        if self.last_epoch in self.milestones:
            scheduler.restart()
        else:
            scheduler.step()
        self._last_lr = self.lrs()


class ChainedScheduler(SchedulerOfSchedulers):
    """Several schedulers at once; each changes the learning rates that the others have left.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter(0.0)], lr=1.0)
    >>> scheduler, rates = ChainedScheduler([ExponentialLR(optimizer, 0.5), StepLR(optimizer, 2, 0.1)]), []
    >>> for epoch in range(3):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.025]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        super().__init__(optimizer, schedulers)
        self.last_epoch = 0
        self._last_lr = self.lrs()

    def start(self) -> None:
        self.last_epoch = 0
        for scheduler in self._schedulers:
            scheduler.start()
        self._last_lr = self.lrs()

    def step(self) -> None:
        self.last_epoch += 1
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self.lrs()
