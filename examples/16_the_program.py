"""The training step of a first network as a NumPy program: printed, explained line by line, and run without the library.

    python examples/16_the_program.py

The network is that of `01_first_network.py`, trained with Adam. `nn.train_step(..., compile=True)` runs a step as it is,
records the NumPy calls of the next, twice (forward, backward, update), and writes them down as one function. What is printed is
that function: the chain rule as a list of calls, each with what it is for. It is then run from its text alone, beside the
library, and both end with the same weights to the last bit.
"""

import re

import numpy as np

import nn

STEPS = 200
REASONS = (  # the first pattern that a line matches says what it is for
    (r"return None", "another way would be taken now: give up, and let the library do this step"),
    (r"= state\d+\[", "an option or a count of the optimizer, read anew in each step"),
    (r"^state\d+\[", "the count of steps, for the next one"),
    (r"^n\d", "a number of this step as a 0-d array, which NumPy reads twice as fast"),
    (r"^c\d+\.dot\(", "the gradient of a bias: the sum of all rows, as a product with ones"),
    (r"^w\d+\.dot\(.*gradients", "the gradient of a weight: (derivative by the output).T times the input"),
    (r"^\w+\.dot\(w\d+", "a linear layer: inputs times weight.T"),
    (r"^\w+\.dot\(weight", "the derivative by the layer's input: (derivative by the output) times weight"),
    (r"^add\(\w+, bias", "a linear layer: its bias, added in place"),
    (r"^tanh", "the activation"),
    (r"^subtract\(\w+, y", "predictions less targets"),
    (r"^multiply\(gradient, gradient", "the squared gradient"),
    (r"^multiply\((\w+), \1, \1\)", "its square"),
    (r"^multiply\((\w+), \1,", "the squares of the errors"),
    (r"^multiply\(h\d+, k\d+", "2 / 24 times the errors: the derivative of the mean of their squares"),
    (r"^cosh", "the slope of tanh is 1 / cosh**2: here cosh"),
    (r"^divide\(h", "the derivative behind tanh times its slope"),
    (r"/ 24", "the mean: the loss"),
    (r"asarray", "the loss as an array"),
    (r"add\.reduce|\.dot\(", "a sum"),
    (r"^sqrt\(exp_avg_sq", "the root of the running mean of the squared gradient"),
    (r"^divide\(exp_avg", "the step of Adam: the mean over the root of the mean square"),
    (r"sqrt\(", "what makes up for means that began at 0"),
    (r"^multiply\((scratch|gradient)", "towards a running mean: its share of the new value"),
    (r"^subtract\(\w+, exp_avg", "how far the gradient, or its square, is from its running mean"),
    (r"exp_avg_sq", "the running mean of the squared gradient"),
    (r"exp_avg\b", "the running mean of the gradient"),
    (r"^subtract\(.*update", "the update, of all parameters in one call: they lie end to end"),
    (r"update", "the step of Adam, times the learning rate"),
    (r"scratch", "and eps, so that nothing is divided by 0"),
    (r"\+ 1\.0", "the number of this step"),
    (r"return", "the loss, which belongs to the caller"),
    (r"# bool$", "a question about an option"),
    (r"# float$", "a number of this step, of options and of the count of steps"),
    (r"", "a factor of the chain rule, or of the loss"),
)


def data() -> tuple[np.ndarray, np.ndarray]:
    """24 hours, scaled to -1..1, and a temperature for each, with mean 0."""
    hours = np.linspace(-1, 1, 24).reshape(-1, 1)
    return hours, np.sin(3 * hours) + 0.3 * np.cos(7 * hours)


def network() -> tuple[nn.Module, nn.optim.Optimizer]:
    """One number in, 4 neurons, one number out, and Adam."""
    model = nn.Sequential(nn.Linear(1, 4, rng=0), nn.Tanh(), nn.Linear(4, 1, rng=1))
    return model, nn.optim.Adam(model.parameters(), lr=0.05)


def explained(source: str) -> str:
    """The program with a reason beside each line of the function."""
    head, _, body = source.partition("    def step(")
    lines = []
    for line in f"    def step({body}".splitlines():
        text = line.strip()
        reason = next(why for pattern, why in REASONS if re.search(pattern, text))
        plain = not text or text.startswith(("#", "def ")) or text == "return step"
        lines.append(line if plain else f"{line:<62} <- {reason}")
    return head + "\n".join(lines)


def main() -> None:
    x, y = data()
    model, optimizer = network()
    step = nn.train_step(model, nn.functional.mse_loss, optimizer, compile=True)
    first = [float(step(x, y)) for _ in range(2)]  # as it is; recorded twice and compared
    print(explained(step.source))

    names: dict = {}
    exec(step.source, names)  # nothing else is needed than the text, and the arrays that it works on
    alone = names["build"](**step.outer)
    losses = first + [float(alone(x, y)[0]) for _ in range(STEPS - 2)]
    print(f"loss before: {losses[0]:.4f}, after {STEPS} steps of the text alone: {losses[-1]:.4f}")

    other, optimizer = network()
    eager = nn.train_step(other, nn.functional.mse_loss, optimizer)
    expected = [float(eager(x, y)) for _ in range(STEPS)]
    same = losses == expected and all(
        np.array_equal(a.data, b.data) for a, b in zip(model.parameters(), other.parameters(), strict=True)
    )
    print(f"equal to the library's own steps, to the last bit: {same}")


if __name__ == "__main__":
    main()
