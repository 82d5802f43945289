"""Reverse-mode automatic differentiation in a page, grown from nothing.

    python examples/00_engine_in_a_page.py

It needs calculus and NumPy, no more; cell 6 also compares with autograd_lite (`pip install -e .`). The cells marked `# %%` are
read from top to bottom. The engine that they build trains a network in the end, and its gradients are those of the library but
for rounding, since the library adds up rows in another order.
"""

# %% 1. The chain rule
# A program computes in small steps. Take z = exp(x * x) at x = 0.5:
#
#     u = x * x     = 0.25
#     z = exp(u)    = 1.284025
#
# How fast does z change with x? By the chain rule the slopes of the steps are multiplied: dz/dx = dz/du * du/dx. Begin at the
# end and walk back. Let g be the derivative of the result z by the value at hand:
#
#     at z    g = dz/dz                            = 1
#     at u    g = 1 * exp(u)                       = 1.284025    exp is its own derivative
#     at x    g = 1.284025 * x + 1.284025 * x      = 1.284025    x * x uses x twice: two contributions, which add up
#
# The last g is dz/dx. To walk back over a step we needed g and the numbers of that step, nothing else: its rule is *local*. And
# one walk finds the derivative of the one result by every value on the way. With a million inputs it is still one walk, where
# nudging each input and computing again would take a million runs. This is reverse mode; those who train networks call it
# backpropagation. A program for it needs three things: the rules, a memory of the steps, and the walk.
import numpy as np

# %% 2. The rules
# The derivative of a step from arrays to arrays is a matrix, the Jacobian J: a row for each output, a column for each input. If g
# holds the derivatives of the result by the outputs, then by the chain rule g J holds those by the inputs. A rule computes this
# product and never builds J. Hence its name: *vector-Jacobian product*, vjp. A function has one rule for each argument. A
# rule may read g, which has the shape of the output; the output, always called y; and the arguments. For a
# product of matrices, the sum of g * (da @ b) is the sum of (g @ b.T) * da: so g @ b.T is what belongs to a.
# fmt: off
RULES = {
    np.add:      (lambda g, y, a, b: g,        lambda g, y, a, b: g),
    np.multiply: (lambda g, y, a, b: g * b,    lambda g, y, a, b: g * a),    # g times the other factor
    np.matmul:   (lambda g, y, a, b: g @ b.T,  lambda g, y, a, b: a.T @ g),  # the same for matrices, so that the shapes fit
    np.exp:      (lambda g, y, x: g * y,),                                   # exp is its own derivative
    np.sum:      (lambda g, y, x: g * np.ones(x.shape),),                    # each element has slope 1: it gets g
}
# fmt: on


# %% 3. The memory: an array that remembers how it was made
# Each value is a *node*. It has an *edge* for each argument it was made from: the argument, itself a node, and the rule for it.
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
# A node may be used several times, as x is in x * x. Each use sends a contribution, and the node's g is their sum. It is complete
# only when every use on a way to the result has sent its own, so a node must wait for these. An order that ensures this is called
# *topological*. We have one: a node is made after its arguments, so walk *last made first*. Then each node is visited once,
# however many ways lead to it. The walk is a loop and not a recursion, so a graph may be as deep as it likes.
def backpropagate(result):
    """Yield every node that the result was made from, the result first, each with its complete g."""
    gradients = {result: np.ones(result.data.shape)}
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
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))  # over no axis at all if the tuple is empty
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if g.shape[i] != n), keepdims=True)


# %% 5. The first example again, now by the engine
x = Tensor(0.5)
print("z = exp(x * x), walked back from the end:\n\n  node  made by        value           g   contributes to")
for node, g in backpropagate(np.exp(x * x)):
    parents = " and ".join(f"node {parent.number}" for parent, _ in node.edges)
    print(f"  {node.number:>4}  {node.made_by:<8}{node.data:12.6f}{g:12.6f}   {parents or 'nothing: its g is dz/dx'}")


# %% 6. Is it right? The gradient of a network, here and by the library
# These are plain NumPy functions, so the library runs them too. Every difficulty is there: `t` and `error` are used twice, and
# the biases b1 and b2 are repeated.
import autograd_lite as ag


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
    print(f"  {name} {w.grad.shape!s:<7} largest difference {np.max(np.abs(w.grad - theirs))}")

# %% 7. Downhill
# A small step against the gradient makes the loss smaller, and many such steps are a training. The network learns the curve
# tanh(4 x), of which it knows 24 points. A curve is printed as 24 digits: its height at each point, from 0 to 9.
print(f"\n{'the curve to learn':<32}" + "".join(f"{h:.0f}" for h in 4.5 + 4.5 * target.ravel()))
for step in range(3001):
    if step in (0, 3, 10, 30, 100, 1000, 3000):
        heights = np.clip(4.5 + 4.5 * network(*weights).data.ravel(), 0, 9)
        print(f"step {step:>4}, loss {loss(*weights).data:10.6f}     " + "".join(f"{h:.0f}" for h in heights))
    loss(*weights).backward()
    for w in weights:
        w.data = w.data - 0.005 * w.grad

# %% 8. And the library?
# Its engine has the same edges and rules, and walks back in the same order. It differs in this. The node is an object beside the
# Tensor, so that an array which no rule needs can be freed; constants have no node. A rule names what it reads, and only that
# is kept. Leaves come at the end of the walk, `backward` adds to what they have in `grad`, and the graph is freed on the way.
# There are rules for all of NumPy that has derivatives. And a rule is itself written in NumPy: given Tensors it is recorded in
# turn, and the second derivative comes from the same table. README.md says where to read on.
