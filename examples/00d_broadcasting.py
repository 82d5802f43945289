"""Broadcasting and its transpose: what is repeated on the way forward is summed on the way back.

python examples/00d_broadcasting.py
"""

# %% 1. Repeating is a matrix
# In (24, 4) + (4,) NumPy repeats the four numbers 24 times. Repeating is linear, so it is a product with a matrix, of ones and
# zeros:
import numpy as np

import autograd_lite as ag

R = np.kron(np.ones((3, 1)), np.eye(2))  # repeats 2 numbers 3 times
b = np.array([10.0, 20.0])
print("R =", str(R.astype(int)).replace("\n", "\n    "))
print("R b =", R @ b, " which is b, repeated")

# %% 2. The rule of a linear map is its transpose
# If y = A x, then a nudge dx changes the loss by g . (A dx) = (A^T g) . dx: the gradient of x is A^T g. So the way back through
# a linear map is a product with its *transpose*. What does the transpose of R do?
g = np.arange(6.0)
print("\nR^T g =", R.T @ g, " which is the sum of g over the repetitions:", g.reshape(3, 2).sum(axis=0))

# %% 3. No matrix is ever built
# Each map has a partner that does what its transpose would. They are checked without matrices: for all x and g the two numbers
# g . (A x) and (A^T g) . x must be the same.
rng = np.random.default_rng(0)


def scatter(g, key, shape):
    """The transpose of x[key]: an array of zeros, to which g is added where it came from."""
    x = np.zeros(shape)
    np.add.at(x, key, g)
    return x


# what is done       on the way forward                        its transpose, on the way back            the shape of x
PAIRS = {
    "repeat":       (lambda x: np.broadcast_to(x, (5, 3)),     lambda g: g.sum(axis=0),                  (3,)),
    "sum":          (lambda x: x.sum(axis=0),                  lambda g: np.broadcast_to(g, (5, 3)),     (5, 3)),
    "pick":         (lambda x: x[[2, 0, 2]],                   lambda g: scatter(g, [2, 0, 2], (4,)),    (4,)),
    "transpose":    (lambda x: x.T,                            lambda g: g.T,                            (2, 4)),
    "reverse":      (lambda x: x[::-1],                        lambda g: g[::-1],                        (6,)),
    "running sum":  (lambda x: np.cumsum(x),                   lambda g: np.cumsum(g[::-1])[::-1],       (6,)),
    "differences":  (lambda x: np.diff(x),                     lambda g: -np.diff(g, prepend=0, append=0), (6,)),
}  # fmt: skip
print("\nthe map        g . (A x)    (A^T g) . x    the library's gradient of g . (A x) is A^T g")
for name, (forward, back, shape) in PAIRS.items():
    x = rng.normal(size=shape)
    y = forward(x)
    g = rng.normal(size=y.shape)
    _, pull_back = ag.vjp(forward, x)  # the value, and the function from g to the gradients of the arguments
    (theirs,) = pull_back(g)
    print(f"{name:<12}{np.sum(g * y):>12.6f}{np.sum(back(g) * x):>15.6f}    {np.allclose(theirs, back(g))}")

# %% 4. In a network
# The bias of a layer is added to each of the 24 rows. Its gradient is the sum of 24 rows of g. In this library, as in the page,
# no rule thinks of it: after a rule has run, the engine sums over the axes along which the argument was repeated.
hours = np.linspace(-1, 1, 24).reshape(24, 1)
w, bias = ag.tensor(rng.normal(size=(1, 4)), requires_grad=True), ag.tensor(np.zeros(4), requires_grad=True)
h = hours @ w + bias
loss = np.sum(np.tanh(h))
loss.backward()
g = 1 - np.tanh(h.data) ** 2
print(f"\nthe gradient at (24, 1) @ (1, 4) + (4,) has shape {g.shape}, that of the bias {bias.grad.shape}")
print("its sum over the 24 rows:", g.sum(axis=0).round(6))
print("the gradient of the bias:", bias.grad.round(6))
