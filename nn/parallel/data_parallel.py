"""Data-parallel training on Dask: each worker holds some of the rows, and computes the gradients that these contribute.

Model and optimiser, which a step changes, stay in the calling process; weights travel out and gradients come back. So a
worker that is lost costs no progress, and the optimiser need not know.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import functional as F
from ..data import of_equal_length
from ..module import Module
from .shards import Array, Result, combined, gradients, learning, refuse_unless_additive, shards, telling_rows

__all__ = ["DataParallel", "connect"]

POLL = 1.0  # seconds between two looks at whether a worker is still there


@contextmanager
def connect(scheduler: str | None = None, n_workers: int = 2) -> Iterator[Any]:
    """A `distributed.Client` for a `with` block.

    Parameters
    ----------
    scheduler
        The address of a scheduler, such as "tcp://192.168.0.2:8786", whose workers have this library too. Default: processes
        are started on this machine, and ended with the block. Python imports the script anew in each of them: put what it
        runs under `if __name__ == "__main__":`.
    n_workers
        The number of these processes, of one thread each.

    Raises
    ------
    ImportError
        Dask's `distributed` is not installed.
    OSError
        There is no scheduler at this address.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ImportError("nn.parallel needs Dask's distributed: pip install 'autograd-lite[parallel]'.") from None
    if scheduler is not None:
        with Client(scheduler, timeout="10s") as client:
            yield client
        return
    local = LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",  # any free port: Dask warns of a second cluster at its own
        scheduler_kwargs={"dashboard": False},
    )
    with local as cluster, Client(cluster, direct_to_workers=True) as client:
        yield client


class DataParallel:
    """The gradients of a loss over rows that are spread over the workers of a cluster, one shard on each.

    They are those of a single process up to rounding: `backward` leaves them where `loss(model(x), y).backward()` would, and
    any optimiser goes on from there.

    Parameters
    ----------
    client
        A `distributed.Client`, such as `connect` gives. The workers that it has now are used, and each gets its rows once.
    model
        Sent to the workers at each step, so that it may be changed in between, in its modes too.
    x, y
        Arrays with one sample in each row.
    loss
        A function or module of (prediction, target) that returns the mean over the samples, or, with an attribute `reduction`
        of "sum", their sum; default: the mean squared error.

    Raises
    ------
    ValueError
        x and y have different numbers of rows, or none. Or the parts do not stand for the whole, as tried on a few rows: the
        model draws random numbers (dropout) or looks at the batch (batch normalisation) in training, or the loss is neither
        a mean nor a sum over samples (`cross_entropy` with weights is not, unless with reduction "sum").
    RuntimeError
        The cluster has no workers, or one was lost. Model and optimiser are as they were before the step: make another
        DataParallel with the workers that are left, and go on.

    Notes
    -----
    This is for data that one machine cannot hold or work through. On a single machine there is no gain: the messages of a step
    take some 5 ms, and with two workers on two (busy) cores a step of an 8-64-64-1 network with 2,189 rows took 3 to 6 times as
    long as in one process, one of 8-1024-1024-1 from as long to 2.5 times as long.

    Examples
    --------
    In a script::

        if __name__ == "__main__":
            with nn.parallel.connect() as client:
                workers = nn.parallel.DataParallel(client, model, x, y)
                for step in range(1000):
                    optimizer.zero_grad()
                    loss = workers.backward()
                    optimizer.step()
    """

    def __init__(
        self, client: Any, model: Module, x: ArrayLike, y: ArrayLike, *, loss: Callable[[Any, Any], Any] = F.mse_loss
    ) -> None:
        rows, targets = of_equal_length("DataParallel", x, y)
        if len(rows) == 0:
            raise ValueError("DataParallel: x and y have no rows.")
        if isinstance(loss, Module) and list(loss.parameters()):
            raise ValueError("DataParallel: the loss has parameters. Put them into the model: what is learnt there is sent.")
        self.client, self.model, self.size = client, model, len(rows)
        self.is_sum = getattr(loss, "reduction", "mean") == "sum"
        self._try = functools.partial(refuse_unless_additive, model, loss, *telling_rows(rows, targets), self.is_sum)
        self._tried: set[tuple[bool, ...]] = set()
        self._refuse_mode()
        self.workers = list(client.nthreads())
        if not self.workers:
            raise RuntimeError("DataParallel: the cluster has no workers. Start some: dask worker <address of the scheduler>.")
        self.parts = shards(self.size, len(self.workers))
        self._placed = []
        for part, worker in zip(self.parts, self.workers):
            data = client.scatter([rows[part], targets[part]], workers=[worker], hash=False)
            self._placed.append(client.submit(Shard, *data, loss, workers=[worker], actor=True, pure=False))
        self._shards = [self._awaited(future, i) for i, future in enumerate(self._placed)]

    def backward(self, rows: ArrayLike | None = None) -> float:
        """Add the gradients of the loss over some rows, by default over all, to those of the parameters; return the loss.

        Parameters
        ----------
        rows
            Numbers of rows of x, as `nn.data.batches(np.arange(len(x)), batch_size=32)` gives them; in any order.
        """
        chosen = np.arange(self.size) if rows is None else np.asarray(rows)
        if chosen.ndim != 1 or chosen.size == 0 or chosen.dtype.kind not in "iu":
            raise ValueError(f"DataParallel.backward: rows is {chosen.dtype}{list(chosen.shape)}; write a list of integers.")
        if chosen.min() < 0 or chosen.max() >= self.size:
            raise ValueError(f"DataParallel.backward: rows has {chosen.min()} to {chosen.max()}; there are 0 to {self.size - 1}.")
        self._refuse_mode()
        asked = []
        for i, part in enumerate(self.parts):
            own = chosen[(part.start <= chosen) & (chosen < part.stop)] - part.start
            if own.size:
                self._refuse_lost(i)
                asked.append((i, own.size, self._shards[i].gradients(self.model, own)))
        results = [self._awaited(future, i) for i, _, future in asked]
        loss, gradients = combined(results, [1.0 if self.is_sum else size / chosen.size for _, size, _ in asked])
        for p, gradient in zip(learning(self.model), gradients, strict=True):
            if gradient is not None:
                p.grad = gradient if p.grad is None else p.grad + gradient
        return loss

    def _refuse_mode(self) -> None:
        """Raise unless the parts stand for the whole in the modes, training or evaluation, that the modules have now."""
        modes = tuple(module.training for module in self.model.modules())
        if modes not in self._tried:
            self._try()
            self._tried.add(modes)

    def _awaited(self, future: Any, i: int) -> Any:
        """The answer of worker i. Dask would wait for ever for one that is gone."""
        while True:
            try:
                return future.result(timeout=POLL)
            except TimeoutError:
                if future.done():  # just now, or with a TimeoutError of its own
                    return future.result()
                self._refuse_lost(i, ask=True)
            except OSError as error:  # no connection
                raise self._lost(i) from error

    def _refuse_lost(self, i: int, ask: bool = False) -> None:
        """Raise if worker i is known to be gone, or is not among those that the scheduler knows, if it is to be asked."""
        if self._placed[i].status not in ("pending", "finished") or (ask and self.workers[i] not in self.client.nthreads()):
            raise self._lost(i)

    def _lost(self, i: int) -> RuntimeError:
        part = self.parts[i]
        return RuntimeError(
            f"DataParallel: worker {self.workers[i]} was lost, with rows {part.start} to {part.stop - 1}. The model is as it was "
            "before this step: make a new DataParallel with the workers there are, and go on."
        )


class Shard:
    """Some of the rows, on the worker that holds them: a Dask actor."""

    def __init__(self, x: Array, y: Array, loss: Callable[[Any, Any], Any]) -> None:
        self.x, self.y, self.loss = x, y, loss

    def gradients(self, model: Module, rows: Array) -> Result:
        """The loss over these rows of the shard, and its gradients."""
        return gradients(model, self.loss, self.x[rows], self.y[rows])
