"""Reverse-mode automatic differentiation in a page, grown from nothing.

    python examples/00_engine_in_a_page.py

It needs calculus and NumPy, no more. The cells marked `# %%` are read from top to bottom. The engine that they build
trains a network in the end, and its gradients are those of autograd_lite to the last bit.
"""

# %% 1. The chain rule
# A program is a line of small steps. Take y = exp(x * x) at x = 0.5, in two steps:
#
#     u = x * x     0.25
#     y = exp(u)    1.284025
#
# How fast does y change with x? The chain rule multiplies the slopes of the steps: dy/dx = dy/du * du/dx. We start at the end,
# where dy/dy = 1, and walk back. Call g the slope found so far, the derivative of y by the output of the step at hand:
#
#     dy/dy     g = 1
#     y = exp(u)    the slope of exp is exp itself, here y        g = 1 * y = 1.284025
#     u = x * x     x goes in on both sides, each side has slope x, and the two contributions add up
#                                                                 g = g * x + g * x = 1.284025
#
# The last g is dy/dx. Each step needed g and its own numbers and knew nothing of the other steps: its rule is *local*. And one
# walk from the one result gives its slope by every input, be they a million. This is reverse mode; in the training of
# networks it is called backpropagation. A program that does it needs three things: the rules, a memory, and the walk.
import numpy as np

import autograd_lite as ag

# %% 2. The rules
# The derivative of a step from arrays to arrays is a matrix, the Jacobian J: one row for each output, one column for each
# input. A rule never builds it. It is given the vector g, the gradient of the output, and returns the product of g and J, the
# gradient of one argument. Hence its name: *vector-Jacobian product*, vjp. A function has one rule for each argument, and
# a rule may read g, the output y and the arguments.
# fmt: off
RULES = {
    np.add:      (lambda g, y, a, b: g,        lambda g, y, a, b: g),
    np.multiply: (lambda g, y, a, b: g * b,    lambda g, y, a, b: g * a),    # g times the other factor
    np.matmul:   (lambda g, y, a, b: g @ b.T,  lambda g, y, a, b: a.T @ g),  # the same for matrices
    np.exp:      (lambda g, y, x: g * y,),                                   # exp is its own derivative
    np.sum:      (lambda g, y, x: g * np.ones(x.shape),),                    # each element has slope 1: it gets g
}
# fmt: on


# %% 3. The memory: an array that remembers how it was made
# Each result is a *node*. It has one *edge* for each argument: the argument, itself a node, and the rule that leads back to it.
# Nodes and edges together are the *graph*. A value that was given, not computed, has no edges: it is a *leaf*.
class Tensor:
    """An array and how it was made. NumPy hands calls such as `np.exp(t)` and `array + t` to `__array_ufunc__`."""

    count = 0

    def __init__(self, data, made_by="leaf", edges=()):
        self.data, self.made_by, self.edges, self.grad = np.asarray(data, float), made_by, edges, None
        self.number = Tensor.count = Tensor.count + 1  # nodes are numbered in the order in which they are made

    def __array_ufunc__(self, function, method, *arguments):
        return record(function, *arguments)

    __add__ = lambda self, other: record(np.add, self, other)
    __mul__ = lambda self, other: record(np.multiply, self, other)
    __matmul__ = lambda self, other: record(np.matmul, self, other)
    sum = lambda self: record(np.sum, self)

    def backward(self):
        """Leave in `grad` of each leaf the derivative of this number by it."""
        for node, g in backpropagate(self):
            node.grad = None if node.edges else g


def record(function, *arguments):
    """Compute with the bare arrays, and remember how: the whole of the way forward."""
    parents = [x if isinstance(x, Tensor) else Tensor(x) for x in arguments]
    y = function(*[parent.data for parent in parents])
    return Tensor(y, function.__name__, list(zip(parents, RULES[function])))


# %% 4. The walk back
# Several steps may use the same node, as u = x * x uses x twice. Then each sends a contribution, and the node's g is their sum.
# It is complete when every step that used the node has sent its own. So a node must wait for all that was made from it. An
# order that grants this is called topological, and we have one: a node is made after its arguments, so *last made first*
# will do. Each node is visited once, however many ways lead to it. Nothing calls itself, so a graph may be deep.
def backpropagate(y):
    """Yield every node that y was made from, y first, each with its complete g."""
    gradients = {y: np.ones(y.data.shape)}
    while gradients:
        node = max(gradients, key=lambda node: node.number)
        g = gradients.pop(node)
        yield node, g
        arrays = [parent.data for parent, _ in node.edges]
        for parent, rule in node.edges:
            contribution = unbroadcast(rule(g, node.data, *arrays), parent.data.shape)
            gradients[parent] = gradients[parent] + contribution if parent in gradients else contribution


# NumPy repeats small arrays to fit large ones: in (24, 4) + (4,) each of the four numbers is used 24 times. By the same law its
# 24 contributions add up. No rule needs to think of it, since it is done here for all of them.
def unbroadcast(g, shape):
    """The sum of g over the axes along which an array of this shape was repeated."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if g.shape[i] != n), keepdims=True)


# %% 5. The first example again, now by the engine
x = Tensor(0.5)
print("y = exp(x * x), walked back from the end:\n\n  node  made by        value           g   sends to")
for node, g in backpropagate(np.exp(x * x)):
    parents = " and ".join(f"node {parent.number}" for parent, _ in node.edges)
    print(f"  {node.number:>4}  {node.made_by:<8}{node.data:12.6f}{g:12.6f}   {parents or 'no one: its g is dy/dx'}")


# %% 6. Is it right? A network, differentiated twice
# Plain NumPy, so that the library can run it as well. It has every difficulty: t and error are used twice, b1 and b2 repeated.
def network(w1, b1, w2, b2):
    """Four bumps side by side, weighted and summed: exp(-t * t) is 1 at t = 0 and fades to both sides."""
    t = inputs @ w1 + b1
    return np.exp(t * t * -1.0) @ w2 + b2


def loss(*weights):
    """The sum of the squared errors."""
    error = network(*weights) + -target
    return (error * error).sum()


inputs = np.linspace(-1, 1, 24).reshape(24, 1)
target = np.tanh(4 * inputs)
rng = np.random.default_rng(0)
start = [rng.normal(size=shape) for shape in ((1, 4), (4,), (4, 1), (1,))]
weights = [Tensor(array) for array in start]
loss(*weights).backward()
print("\nThe gradient of a network's loss, here and in autograd_lite:\n")
for name, w, theirs in zip(("w1", "b1", "w2", "b2"), weights, ag.grad(loss, argnums=(0, 1, 2, 3))(*start)):
    print(f"  {name}, {w.grad.size} numbers, largest difference {np.max(np.abs(w.grad - theirs))}")

# %% 7. What it is good for
# A step against the gradient makes the loss smaller. Many steps are a training: the network learns the curve tanh(4 x), with no
# rule for tanh. A curve is printed as 24 digits, its height at 24 places from 0 to 9.
print(f"\n{'the curve to learn':<32}" + "".join(f"{h:.0f}" for h in 4.5 + 4.5 * target.ravel()))
for step in range(3001):
    if step in (0, 3, 10, 30, 100, 1000, 3000):
        heights = np.clip(4.5 + 4.5 * network(*weights).data.ravel(), 0, 9)
        print(f"step {step:>4}, loss {loss(*weights).data:10.6f}     " + "".join(f"{h:.0f}" for h in heights))
    loss(*weights).backward()
    for w in weights:
        w.data = w.data - 0.005 * w.grad

# %% 8. And the library?
# Its engine has the same nodes, edges and rules, and walks back in the same order. It adds three things. A rule names what it
# reads, and only that is kept. There are rules for all of NumPy that has derivatives. And a rule is itself written in NumPy:
# given Tensors it is recorded in turn, and the second derivative comes from the same table. README.md says where to read on.
