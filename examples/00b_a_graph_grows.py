"""A graph grows while a program runs: what is recorded, and what loops and branches become.

python examples/00b_a_graph_grows.py
"""

# %% 1. Each call adds a node
# A Tensor is an array that remembers how it was made. Its *node* holds the memory: which function, and an *edge* to the node of
# each argument that is followed. A value that was given has no edges: it is a *leaf*. A plain number is a constant and has no
# node.
import numpy as np

import autograd_lite as ag


def graph(tensor):
    """All nodes that a value was made from, the first made first: their numbers, and those at the other ends of their edges.

    `ag.backpropagate` walks back over them. With `retain_graph` it leaves the graph as it is, to be walked again below.
    """
    nodes = [node for node, _ in ag.backpropagate({tensor.node: np.ones(tensor.shape)}, retain_graph=True)]
    nodes.sort(key=lambda node: node.number)
    places = {node: place for place, node in enumerate(nodes)}
    return [(places[node], node, [places[edge[0]] for edge in node.edges]) for node in nodes]


def tell(tensor):
    for place, node, made_from in graph(tensor):
        print(f"  {place}  {node!s:<22} " + (f"from {' and '.join(map(str, made_from))}" if made_from else "given"))


x = ag.tensor(2.0, requires_grad=True)
a = ag.tensor(9.0, requires_grad=True)
print("a / x:")
tell(a / x)
print("0.5 * (x + a / x), where 0.5 has no node:")
y = 0.5 * (x + a / x)
tell(y)


# %% 2. A loop leaves its steps behind, not itself
# Heron's method for the square root: take the mean of x and a / x, again and again. Python runs the loop, and each round adds
# three nodes. The graph knows nothing of the loop; it is the list of what was computed.
def heron(a, rounds):
    x = 1.0
    for _ in range(rounds):
        x = 0.5 * (x + a / x)
    return x


print("\nHeron's method for the root of 2:   nodes   root         derivative by 2")
for rounds in range(1, 6):
    a = ag.tensor(2.0, requires_grad=True)
    root = heron(a, rounds)
    nodes = len(graph(root))
    root.backward()
    print(f"  {rounds} round{'s' if rounds > 1 else ' '}                           {nodes:>5}   {root.item():.9f}  {a.grad:.9f}")
print(f"  the root, and 1 / (2 root):               {np.sqrt(2):.9f}  {1 / (2 * np.sqrt(2)):.9f}")
print("The derivative of the program converges to the derivative of what it computes.\n")


# %% 3. A branch leaves the way that was taken
# `if` looks at the number and goes one way. Only that way is recorded, so the derivative is that of the piece the number is on.
def tax(income):
    if income < 10.0:
        return 0.1 * income
    return 1.0 + 0.3 * (income - 10.0)


for income in (4.0, 25.0):
    t = ag.tensor(income, requires_grad=True)
    paid = tax(t)
    names = ", ".join(str(node) for _, node, _ in graph(paid))
    paid.backward()
    print(f"of an income of {income:>4} the tax is {paid.item():.1f}, and {t.grad:.0%} of the next coin   ({names})")

# %% 4. What to remember
# The graph is made anew by each run, of the calls that this run made. So any Python will do: loops, branches, recursion,
# classes. It is freed by the pass that walks it, or when the last Tensor that leads to it goes.
