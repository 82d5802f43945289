"""The same training step on several processes or machines: each holds some of the rows, and sends the gradients of these.

python examples/11_data_parallel.py                                       # two processes on this machine
python examples/11_data_parallel.py --scheduler tcp://192.168.0.2:8786    # the workers of a Dask cluster
python examples/11_data_parallel.py --quick

A cluster is started by `dask scheduler` on one machine, and `dask worker tcp://192.168.0.2:8786` on each machine that is to work.
All need autograd-lite[parallel], in the same version.
"""

# %% The task: the temperature in Seattle for any hour of any day, from the 8,759 hours of a file
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as Dask's workers have it: one process beside several of its kind

import sys
import time
from pathlib import Path

import command_line
import numpy as np

import nn

FILE = Path(__file__).parent / "data" / "seattle-normals.csv"


def hours_of_the_year():
    """Hour of the day and day of the year as points on circles, and standardised temperatures; shapes (n, 8), (n, 1)."""
    table = np.genfromtxt(FILE, delimiter=",", skip_header=1, dtype=None, encoding="utf-8", names=["time", "celsius"])
    moments, celsius = table["time"].astype("datetime64[m]"), table["celsius"].reshape(-1, 1)
    inputs = [nn.data.periodic(moments, period, harmonics=2) for period in (nn.data.DAY, nn.data.YEAR)]
    return np.concatenate(inputs, axis=1), (celsius - celsius.mean()) / celsius.std(), celsius.std()


def make_network(width):
    """Always from the same seed: both ways start from the same weights."""
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(8, width, rng=rng), nn.Tanh(), nn.Linear(width, width, rng=rng), nn.Tanh(), nn.Linear(width, 1, rng=rng)
    )


# %% One loop for both: they differ in how the gradients come about
def timed_training(model, backward, n, epochs):
    """The loss of each step, and the milliseconds that a step took."""
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    order, losses, started = np.random.default_rng(1), [], time.perf_counter()
    for _ in range(epochs):
        for (rows,) in nn.data.batches(np.arange(n), batch_size=n // 4, rng=order):
            optimizer.zero_grad()
            losses.append(backward(rows))
            optimizer.step()
    return losses, (time.perf_counter() - started) / len(losses) * 1e3


def compare_ways(client, epochs, width):
    x, y, celsius = hours_of_the_year()
    alone, shared = make_network(width), make_network(width)

    def in_this_process(rows):
        loss = nn.functional.mse_loss(alone(x[rows]), y[rows])
        loss.backward()
        return loss.item()

    workers = nn.parallel.DataParallel(client, shared, x, y)  # the rows are sent here, once

    in_this_process(np.arange(len(x)))
    workers.backward()
    pairs = [(a.grad, b.grad) for a, b in zip(alone.parameters(), shared.parameters())]
    difference = max(np.max(np.abs(a - b)) / np.max(np.abs(a)) for a, b in pairs)
    held = [part.stop - part.start for part in workers.parts]
    print(f"{len(x)} hours on {len(held)} workers, which hold {', '.join(map(str, held))} of them")
    print(f"gradients of the first loss: relative difference {difference:.1e}, that of rounding\n")

    ways = {"in this process": (alone, in_this_process), f"on {len(held)} workers": (shared, workers.backward)}
    print(f"{f'{epochs} epochs of Adam':<28}{'first loss':>14}{'last loss':>14}{'error':>12}{'a step':>14}")
    times = []
    for way, (model, backward) in ways.items():
        losses, milliseconds = timed_training(model, backward, len(x), epochs)
        times.append(milliseconds)
        error = np.sqrt(np.mean((model(x).data - y) ** 2)) * celsius
        print(f"  {way:<26}{losses[0]:>14.9f}{losses[-1]:>14.9f}{error:>10.3f} C{milliseconds:>11.1f} ms")
    print(
        f"\nThe same training, up to rounding. A step on the workers took {times[1] / times[0]:.1f} times as long as here.\n"
        "On a single machine expect no gain: its processes share the cores, and the messages of a step cost some milliseconds.\n"
        "Workers are for data that one machine cannot hold, and for steps that take much longer than sending the weights."
    )


# %% Workers are Python processes that read this file too: the part below is not for them
if __name__ == "__main__":
    parser = command_line.parser(__doc__)
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="of a Dask cluster; default: processes on this machine")
    parser.add_argument(
        "--workers", type=command_line.positive_integer, default=2, help="how many processes these are (default: %(default)s)"
    )
    parser.add_argument(
        "--width", type=command_line.positive_integer, default=64, help="neurons in each hidden layer (default: %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="2 epochs, not 50")
    options = parser.parse_args()
    try:
        with nn.parallel.connect(options.scheduler, options.workers) as client:
            compare_ways(client, 2 if options.quick else 50, options.width)
    except (ImportError, OSError, RuntimeError) as error:
        sys.exit(f"{Path(__file__).name}: {error}")
