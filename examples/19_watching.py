"""Watch the chain rule work: a network's backward pass step by step, as text, as a picture, and as a page to step through.

    python examples/19_watching.py                     the pass as text, and where a nan comes from
    python examples/19_watching.py --page graph.html   the page: open it in a browser, and press the right arrow
    python examples/19_watching.py --page graph.svg    the picture

The network is a small one: one number in, two neurons, one number out, for three hours of a day.
"""

import argparse

import numpy as np

import autograd_lite as ag

HOURS = np.array([[-1.0], [0.0], [1.0]])
DEGREES = np.array([[-0.5], [1.0], [0.2]])


def network() -> dict[str, ag.Tensor]:
    """The weights and biases."""
    values = {"w1": [[1.0, -0.5]], "b1": [0.1, 0.2], "w2": [[0.7], [-1.2]], "b2": [0.0]}
    return {name: ag.tensor(value, requires_grad=True) for name, value in values.items()}


def loss_of(w1: ag.Tensor, b1: ag.Tensor, w2: ag.Tensor, b2: ag.Tensor) -> ag.Tensor:
    """The mean squared error. `error` is used twice: watch its two contributions add up."""
    hidden = np.tanh(HOURS @ w1 + b1)
    error = hidden @ w2 + b2 - DEGREES
    return np.mean(error * error)


def where_a_nan_comes_from() -> str:
    """The angle between a vector and itself is 0, but arccos has an infinite slope there: as `ag.detect_anomaly` tells it."""
    a, b = ag.tensor([3.0, 0.0], requires_grad=True), np.array([2.0, 0.0])
    with ag.detect_anomaly():
        cosine = (a @ b) / (np.linalg.norm(a) * np.linalg.norm(b))
        angle = np.arccos(cosine)
        try:
            angle.backward()
        except ag.AnomalyError as error:
            return str(error)
    return "nowhere: the gradient is finite"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", help="a file to write: .html to step through, .svg the picture, .dot for Graphviz")
    options = parser.parse_args()
    weights = network()
    with ag.watch():  # so that each value is kept, and the line that made it
        loss = loss_of(**weights)
    names = {**weights, "loss": loss}
    print(ag.trace(loss, where=True, names=names))
    if options.page:
        ag.show(loss, options.page, names=names)
        print(f"\n{options.page} is written")

    print("\nAnd where a nan comes from:\n")
    print(where_a_nan_comes_from())

    before = loss.item()
    loss.backward()
    for w in weights.values():
        w.data = w.data - 0.1 * w.grad
    print(f"\nOne step downhill along the gradients above: the loss was {before:.4f}, and is {loss_of(**weights).item():.4f}")


if __name__ == "__main__":
    main()
