"""A first network from scratch: one number in, one hidden layer of 4 neurons, one number out.

    python examples/01_first_network.py

It is built twice: weight by weight from Tensors alone, and from the layers of `nn`. Both train on the hourly
temperatures of one day and end with the same numbers. Then the same is done for the formula that has the activation
around each output term as well.
"""

import csv
from pathlib import Path

import numpy as np

import autograd_lite as ag
import nn

NEURONS = 4
STEPS = 3000
LEARNING_RATE = 0.1


def one_day(day: str) -> np.ndarray:
    """The 24 temperatures of a day, in degrees Celsius."""
    with open(Path(__file__).parent / "data" / "seattle-normals.csv", newline="") as file:
        return np.array([float(row["temperature_c"]) for row in csv.DictReader(file) if row["time"].startswith(day)])


def network(x, w1, b1, w2, b2, literal=False):
    """The output for the inputs x, an array: every weight and bias is a Tensor with a single number.

    usual:    y = sum over i of  w2_i * tanh(x * w1_i + b1_i)  + b2
    literal:  y = sum over i of  tanh(w2_i * tanh(x * w1_i + b1_i) + b2)
    """
    y = 0.0
    for i in range(NEURONS):
        hidden = np.tanh(x * w1[i] + b1[i])
        y = y + (np.tanh(w2[i] * hidden + b2) if literal else w2[i] * hidden)
    return y if literal else y + b2


class Network(nn.Module):
    """The same network from layers; for the literal formula the output weights are parameters of its own."""

    def __init__(self, w1, b1, w2, b2, literal=False):
        self.hidden = nn.Linear(1, NEURONS)
        self.hidden.load_state_dict({"weight": np.reshape(w1, (NEURONS, 1)), "bias": np.array(b1)})
        self.w2 = nn.Parameter(np.array(w2))
        self.b2 = nn.Parameter(b2)
        self.literal = literal

    def forward(self, x):
        terms = self.w2 * np.tanh(self.hidden(x))
        return np.tanh(terms + self.b2).sum(axis=1) if self.literal else terms.sum(axis=1) + self.b2


def main() -> None:
    temperatures = one_day("2010-07-15")
    print(f"Hourly temperatures: {temperatures[0]} C at 0:00, {temperatures[12]} C at 12:00, {temperatures[23]} C at 23:00.")
    for literal in (False, True):
        # tanh lies between -1 and 1: the literal formula, a sum of four, is given a target well inside
        center, scale = temperatures.mean(), np.ptp(temperatures) / 2 / (0.3 if literal else 1.0)
        x, y = np.linspace(-1, 1, 24), (temperatures - center) / scale  # the hours 0 to 23, scaled, and what is learnt
        formula = "sum tanh(w2_i tanh(x w1_i + b1_i) + b2)" if literal else "sum w2_i tanh(x w1_i + b1_i) + b2"
        print(f"\n== y = {formula}\n")

        rng = np.random.default_rng(0)
        start = [rng.normal(size=NEURONS) * 2, rng.normal(size=NEURONS), rng.normal(size=NEURONS) / 2]

        w1, b1, w2 = ([ag.tensor(value, requires_grad=True) for value in values] for values in start)
        b2 = ag.tensor(0.0, requires_grad=True)
        weights = [*w1, *b1, *w2, b2]
        print(f"1. Weights: {NEURONS} + {NEURONS} + {NEURONS} + 1 = {len(weights)} Tensors, each a single number.")
        print(f"   w1_1 = {w1[0]}")

        loss = np.mean((network(x, w1, b1, w2, b2, literal) - y) ** 2)
        print(f"2. Forward: the prediction for all 24 hours, and how wrong it is.\n   loss = {loss}")

        loss.backward()
        h = 1e-6
        nudged = [[ag.tensor(w.data + h * sign), *w1[1:]] for w in w1[:1] for sign in (1, -1)]
        up, down = (np.mean((network(x, w, b1, w2, b2, literal) - y) ** 2).item() for w in nudged)
        print("3. Backward: the derivative of the loss by every weight, walking back over what was recorded.")
        print(f"   by w1_1: {w1[0].grad:.9f}; by the difference of two losses: {(up - down) / (2 * h):.9f}")

        print(f"4. {STEPS} steps downhill, each weight against its gradient:")
        for step in range(STEPS):
            for w in weights:
                w.grad = None
            loss = np.mean((network(x, w1, b1, w2, b2, literal) - y) ** 2)
            loss.backward()
            for w in weights:
                w.data -= LEARNING_RATE * w.grad
            if step % 500 == 0 or step == STEPS - 1:
                rms = scale * loss.item() ** 0.5
                print(f"   step {step:4d}: loss {loss.item():.6f}, which is {rms:.3f} C off (root mean square)")

        model = Network(*start, 0.0, literal=literal)
        optimizer = nn.optim.SGD(model.parameters(), lr=LEARNING_RATE)
        for _ in range(STEPS):
            optimizer.zero_grad()
            layered = nn.functional.mse_loss(model(x.reshape(24, 1)), y)
            layered.backward()
            optimizer.step()
        print("5. The same from layers, with the same start:\n   " + repr(model).replace("\n", "\n   "))
        print(f"   loss {layered.item():.6f}; largest difference of a weight: {largest_difference(model, w1, b1, w2, b2):.1e}")

        at = (13.75 - 11.5) / 11.5
        answer = network(at, w1, b1, w2, b2, literal).item() * scale + center
        print(f"6. What is it at 1:45 PM? {answer:.2f} C. (13:00: {temperatures[13]} C, 14:00: {temperatures[14]} C)")
    print("\nPlain steps downhill are slow. examples/02_temperature.py trains to less than a tenth of a degree.")


def largest_difference(model: Network, w1, b1, w2, b2) -> float:
    """Between the weights of the two networks."""
    pairs = [(model.hidden.weight.data[:, 0], w1), (model.hidden.bias.data, b1), (model.w2.data, w2), (model.b2.data, b2)]
    return max(float(np.max(np.abs(array - np.array(ag.tensor(tensors).data)))) for array, tensors in pairs)


if __name__ == "__main__":
    main()
