"""The diamond: a value that is used twice, and the order in which one must walk back.

python examples/00c_the_diamond.py
"""

# %% 1. Two ways from x to y
#         x                  a = sin(x)
#       /   \                b = x * x
#      a     b               y = a * b
#       \   /
#         y
# A nudge of x reaches y on both ways, and the effects add up: dy/dx = (dy/da)(da/dx) + (dy/db)(db/dx). In a walk back, x is
# sent two contributions, and its gradient is their *sum*. Forgetting one is the commonest mistake in gradients written by hand.
import numpy as np

import autograd_lite as ag

x = ag.tensor(1.5, requires_grad=True)
a, b = np.sin(x), x * x
y = a * b
by_a, by_b = b.item() * np.cos(1.5), a.item() * 2 * 1.5
y.backward()
print(f"by way of a: {by_a:.6f}, by way of b: {by_b:.6f}, together: {by_a + by_b:.6f}; the library: {x.grad:.6f}\n")

# %% 2. A tower of diamonds
# t = t + t uses the same value twice. Sixty of them on top of each other have 2**60 ways from the top to x, and 61 nodes.
# Whoever walks every way never ends. Whoever walks every *node* is done at once, but must know when a node's gradient is
# complete.


def tower(x, height):
    for _ in range(height):
        x = x + x
    return x


def walk_every_way(node, g=1.0):
    """A recursion that hands each contribution on at once; returns the sum at the leaf, and how many calls it took."""
    if not node.edges:
        return g, 1
    found = [walk_every_way(edge[0], g * 1.0) for edge in node.edges]  # the slope of a sum by each term is 1
    return sum(gradient for gradient, _ in found), 1 + sum(calls for _, calls in found)


print("height   derivative   calls if every way is walked   visits if every node is")
for height in (1, 2, 5, 10, 15):
    x = ag.tensor(1.0, requires_grad=True)
    top = tower(x, height)
    gradient, calls = walk_every_way(top.node)
    visits = len(list(ag.backpropagate({top.node: np.ones(())})))
    print(f"{height:>6}   {gradient:>10.0f}   {calls:>28}   {visits:>23}")


# %% 3. The order: last made, first visited
# A node's gradient is complete when everything that was made from it has sent its contribution. A value is always made after
# its arguments. So take the nodes by their numbers, the last made first: a user of a node has a higher number, so it has been
# taken already, or does not lead to the result at all.
#
# What if a node is taken as soon as one contribution is there? Here w is used by v, and by y directly. The impatient walk
# takes w before v has sent, and what v sends later never reaches u:
def impatient(result):
    """A wrong walk: it takes what arrived first, and hands on what came later without looking back."""
    gradients, done = {result: 1.0}, set()
    while waiting := [node for node in gradients if node not in done]:
        node = waiting[0]  # the first to arrive, where it should be the last made
        done.add(node)
        for edge in node.edges:
            gradients[edge[0]] = gradients.get(edge[0], 0.0) + gradients[node]  # all slopes are 1 here
    return gradients


u = ag.tensor(1.0, requires_grad=True)
w = u + 0.0
v = w + 0.0
y = w + v  # y = 2 u
wrong = impatient(y.node)[u.node]
y.backward()
print(f"\ny = 2 u: the impatient walk finds {wrong:.0f}, the patient one {u.grad:.0f}")

x = ag.tensor(1.0, requires_grad=True)
tower(x, 60).backward()
print(f"sixty diamonds, {2**60} ways, 61 nodes: the derivative is {x.grad:.0f}")
