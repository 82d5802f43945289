"""A training run: its state from epoch to epoch, which can be saved and taken up again exactly where it was."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..module import Module
from ..optim import Optimizer
from ..random import generator
from .history import History

__all__ = ["Run", "TrainingWarning"]

Weights = dict[str, NDArray[Any]]


class TrainingWarning(UserWarning):
    """Something in a training that goes nowhere, or not where it was meant to: the layer or option, and the remedy.

    >>> import nn, warnings
    >>> model = nn.Linear(1, 1)
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     history = nn.fit(model, [[0.0]], [[1.0]], optimizer=nn.optim.SGD([model.weight], lr=0.1), epochs=1)
    >>> print(told[0].message)
    fit: bias will not be trained: the optimizer does not have them. ...
    """


class Run:
    """The state of a training by `nn.fit`, which is passed to callbacks.

    Attributes
    ----------
    model, optimizer, scheduler
        As given to `fit`; the scheduler may be None.
    history : History
        The losses so far: `len(run.history.loss)` epochs are done.
    settings : dict
        The options that decide the course of the run.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        scheduler: Any,
        shuffling: np.random.Generator,
        settings: dict[str, Any],
        loss: Any = None,
        keep: int | None = None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.settings = settings
        self.history = History()
        self._keep, self._every = keep, 1
        self._generators = {"shuffling": shuffling, "default": generator()} | {
            f"model.{path}.{name}": value
            for path, module in model.named_modules()
            for name, value in vars(module).items()
            if isinstance(value, np.random.Generator)
        }
        of_model = {id(p): path for path, p in model.named_parameters()}
        learnt = [p for group in optimizer.param_groups for p in group["params"]]
        self._parameters = {of_model.get(id(p), f"other.{k}"): p for k, p in enumerate(learnt)}
        self._buffers = {  # the attributes that hold them: a module may put another array there
            path: (vars(model.get_submodule(path.rpartition(".")[0])), path.rpartition(".")[2])
            for path, _ in model.named_buffers()
        }
        self._best = self.weights()
        self._options, self._loss = made_with(optimizer, scheduler), getattr(loss, "__qualname__", type(loss).__name__)

    # -- the best weights -----------------------------------------------------------------------------------

    def weights(self) -> Weights:
        """A copy of all parameters that are learnt, and of the buffers."""
        learnt = {path: p.data.copy() for path, p in self._parameters.items()}
        return learnt | {path: np.array(holder[name]) for path, (holder, name) in self._buffers.items()}

    def keep_weights(self, last: bool = False) -> None:
        """Put the weights into the history, if they are wanted: of at most `keep` epochs, evenly spread, and the last."""
        done, kept = len(self.history.loss), self.history.weights
        if self._keep is None or (done % self._every and not last):
            return
        if len(kept) >= self._keep - 1 and not last:
            self._every *= 2
            for epoch in [epoch for epoch in kept if epoch % self._every]:
                del kept[epoch]
        if last or done % self._every == 0:
            kept[done] = self.weights()

    def note_if_best(self, loss: float, epoch: int, weights: Weights | None = None) -> None:
        """Remember the weights, by default those of now, if they are the best so far."""
        if loss < self.history.best_loss:
            self._best, self.history.best_loss, self.history.best_epoch = weights or self.weights(), loss, epoch

    def restore_best(self) -> None:
        """Give the model its best weights."""
        self._set(self._best)

    def _set(self, weights: Weights) -> None:
        for path, p in self._parameters.items():
            p.data = weights[path].copy()
        for path, (holder, name) in self._buffers.items():
            holder[name] = weights[path].copy()

    # -- steps as programs ----------------------------------------------------------------------------------

    @property
    def has_buffers(self) -> bool:
        """True if the model has state that a step changes beside the parameters."""
        return bool(self._buffers)

    def drawn(self) -> list[tuple[np.random.Generator, Any]]:
        """The random generators and their states of now."""
        return [(rng, copy.deepcopy(rng.bit_generator.state)) for rng in self._generators.values()]

    # -- checkpoints ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides how the run goes on, for `nn.save`."""
        return {
            "settings": self.settings,
            "options": self._options,
            "loss": self._loss,
            "model": self.model.state_dict(),
            "weights": self.weights(),  # also of parameters that are not the model's, such as a loss's
            "best": self._best,
            "learnt": list(self._parameters),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "random": {name: copy.deepcopy(rng.bit_generator.state) for name, rng in self._generators.items()},
            "history": self.history.state_dict(),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from the result of `state_dict()`.

        Raises
        ------
        ValueError
            It is the state of another run; nothing has been loaded.
        """
        before = self.state_dict()
        given = state_dict if isinstance(state_dict, Mapping) else {}
        problems = [f"missing: {name}" for name in before if name not in given]
        if not problems:
            problems += differences("settings", state_dict["settings"], self.settings)
            problems += differences("generator", state_dict["random"], before["random"], values=False)
            if (state_dict["scheduler"] is None) != (self.scheduler is None):
                problems.append(f"scheduler: {'none' if state_dict['scheduler'] is None else 'one'} in the checkpoint")
            for name in ("weights", "best"):
                shapes = {path: list(np.shape(array)) for path, array in dict(state_dict[name]).items()}
                problems += differences(name, shapes, {path: list(array.shape) for path, array in self._best.items()})
        if problems:
            raise ValueError("\n  ".join(["the checkpoint is of another run; nothing was loaded.", *problems]))
        own, made = self._options, state_dict["options"]
        both = made.keys() & own.keys()
        changed = differences("option", {k: made[k] for k in both}, {k: own[k] for k in both})
        if changed:
            warnings.warn(
                "fit: the run goes on with the options of the checkpoint, which differ:\n  " + "\n  ".join(changed)
                + "\nTo change one, set optimizer.param_groups[0]['lr'], for example, in a callback.",
                TrainingWarning,
                stacklevel=4,
            )  # fmt: skip
        if state_dict["loss"] != self._loss:
            warnings.warn(
                f"fit: the loss is {self._loss} now, and was {state_dict['loss']} in the checkpoint: the losses of the history, "
                "by which the best weights are chosen, are not of one kind.",
                TrainingWarning,
                stacklevel=4,
            )
        try:
            self._take(state_dict)
            self._options = own | {k: made[k] for k in both}  # it is these that hold
        except Exception:
            self._take(before)
            raise

    def _take(self, state: Mapping[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self._set(state["weights"])
        self._best = state["best"]
        self.optimizer.load_state_dict(in_order(state["optimizer"], list(state["learnt"]), list(self._parameters)))
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        for name, rng in self._generators.items():
            rng.bit_generator.state = state["random"][name]
        self.history.load_state_dict(state["history"])


def made_with(optimizer: Optimizer, scheduler: Any) -> dict[str, str]:
    """The options of the optimiser and the scheduler, as text: a checkpoint says which of it differs."""
    made = {f"{optimizer.name}({name}=)": repr(value) for name, value in optimizer.defaults.items()}
    begun = {} if scheduler is None else scheduler.state_dict()  # whose rates are the optimizer's
    return made | {
        f"{type(scheduler).__name__}({name}=)": repr(value)
        for name, value in begun.items()
        if not name.startswith("_") and name not in ("base_lrs", "last_epoch")
    }


def in_order(state: Mapping[str, Any], names: list[str], own: list[str]) -> dict[str, Any]:
    """The state of an optimiser whose parameters had these names, with its groups in the order of our own names."""
    place = {name: k for k, name in enumerate(names)}
    order = [place[name] for name in own]
    groups, start = [], 0
    for group in state["param_groups"]:
        size = len(group["params"])
        groups.append({**group, "params": order[start : start + size]})
        start += size
    return {**state, "param_groups": groups}


def differences(what: str, given: Mapping[str, Any], own: Mapping[str, Any], values: bool = True) -> list[str]:
    """A line for each key whose value, or presence, differs."""
    return [
        f"{what} {key}: {given.get(key, 'nothing')} in the checkpoint, {own.get(key, 'nothing')} now"
        for key in sorted(given.keys() | own.keys())
        if (key in given) != (key in own) or (values and given[key] != own[key])
    ]
