"""A backward pass written by hand, with a mistake in it that training does not show and a check does.

python examples/05_planted_mistake.py
"""

# %% A small network: 3 numbers in, 4 hidden neurons, 2 numbers out, for a batch of 6 at a time
import numpy as np

import autograd_lite as ag

rng = np.random.default_rng(0)
x = rng.normal(size=(6, 3))
target = np.stack([np.sin(x.sum(axis=1)), x[:, 0] * x[:, 1]], axis=1)
weights = W1, b1, W2, b2 = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=(4, 2)), np.zeros(2)


def loss(W1, b1, W2, b2):
    h = np.tanh(x @ W1 + b1)
    return np.mean((h @ W2 + b2 - target) ** 2)


# %% Its gradient by hand: the same lines backwards, each with the chain rule
def backprop(W1, b1, W2, b2, v):
    """The gradient of v * loss by each of the weights; v is the gradient that comes from further on, here mostly 1."""
    h = np.tanh(x @ W1 + b1)
    y = h @ W2 + b2
    dy = v * 2 * (y - target) / y.size  # of the mean of the squares
    dW2 = h.T @ dy
    db2 = dy.sum(axis=0)
    dh = dy @ W2.T
    dz = dh * (1 - h**2)  # of tanh
    dW1 = x.T @ dz
    db1 = dz.mean(axis=0)
    return dW1, db1, dW2, db2


# %% It learns. So is it right?
def losses_around_training(gradient, steps=500, rate=0.1):
    """The loss before and after plain gradient descent."""
    w = [array.copy() for array in weights]
    for _ in range(steps):
        w = [array - rate * g for array, g in zip(w, gradient(*w, 1.0))]
    return loss(*weights), loss(*w)


print(
    "loss before and after 500 steps: {:.4f} -> {:.4f}. Any direction that is roughly downhill will do.".format(
        *losses_around_training(backprop)
    )
)

# %% Ask
# Each weight is moved a little to both sides, and the change of the loss is compared with the gradient's promise.
result = ag.check_gradients(loss, W1, b1, W2, b2, gradient=backprop, raise_=False)
print("\nIs the gradient right?", result.ok)
print(result)


# %% The report points at b1
# Three of the four gradients are right. That of b1 is everywhere a sixth of what it should be, and 6 is the size of the
# batch: the bias was added to each of the 6 rows, it acted 6 times, and its effects add up. A sum belongs there, not a mean.
def corrected(W1, b1, W2, b2, v):
    dW1, db1, dW2, db2 = backprop(W1, b1, W2, b2, v)
    return dW1, db1 * len(x), dW2, db2  # the same as dz.sum(axis=0)


result = ag.check_gradients(loss, W1, b1, W2, b2, gradient=corrected, raise_=False)
print("\nAnd with a sum in place of the mean?", result.ok)
print(result)
print("\nloss before and after 500 steps, with the right gradient: {:.4f} -> {:.4f}".format(*losses_around_training(corrected)))

# %% Or let the library write it
# Without `gradient=` the check is of the library's own derivatives of the same function.
print("\nAnd those of autograd_lite?", ag.check_gradients(loss, W1, b1, W2, b2).ok)
