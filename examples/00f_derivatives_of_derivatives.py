"""Derivatives of derivatives: the same rules again, on Tensors. Why `create_graph` works.

python examples/00f_derivatives_of_derivatives.py
"""

# %% 1. A rule is an ordinary function
# The rule of sin says: multiply g by cos(x). Given numbers, it computes a number.
import math

import numpy as np

import autograd_lite as ag


def rule_of_sin(g, x):
    return g * np.cos(x)


print("the rule, given a number:", rule_of_sin(1.0, 0.5))

# %% 2. Given a Tensor, the rule records itself
# It is made of NumPy's functions, and these record what they do to a Tensor. So the result is a Tensor with a graph: it knows
# how the *derivative* was computed, and can be differentiated like anything else.
x = ag.tensor(0.5, requires_grad=True)
slope = rule_of_sin(1.0, x)
print("the rule, given a Tensor:", slope)
slope.backward()
print(f"and the derivative of that: {x.grad:.6f}; -sin(0.5) is {-math.sin(0.5):.6f}\n")


# %% 3. Two kinds of backward pass, and one table of rules
# A plain pass hands the rules bare arrays. Numbers come out, as fast as NumPy is, and nothing is recorded. With
# create_graph=True the pass hands the *same rules* the Tensors themselves: in the page of step 1, backpropagate would hand
# node and parent to a rule, in place of node.data and parent.data, and begin with a Tensor of ones. Every g is then a Tensor
# with a graph, that of the derivative: "create the graph of the gradient" is what the option says. No second table is needed,
# and no rule knows which of the two is happening.
def derivative(y, x, create_graph):
    """dy/dx by a walk over the graph of y."""
    x.grad = None
    y.backward(create_graph=create_graph)
    return x.grad


x = ag.tensor(0.5, requires_grad=True)
print("plain:       ", repr(derivative(np.sin(x), x, create_graph=False)))
print("create_graph:", repr(derivative(np.sin(x), x, create_graph=True)))  # made by copy: x.grad is a copy of the last g

# %% 4. As often as one likes
y, values = np.exp(x) * np.sin(x), []
for _ in range(5):
    values.append(y.item())
    y = derivative(y, x, create_graph=True)
print("\nexp(x) sin(x) and its derivatives:", " ".join(f"{value:.6f}" for value in values))
print(f"the fourth is -4 times the function: {-4 * values[0]:.6f}")

# ag.grad does this when it is nested: the inner one finds that its argument is a Tensor, and keeps the graph of its own pass.
f = np.tanh
print("tanh, nested three times:", ag.grad(ag.grad(ag.grad(f)))(0.5))


# %% 5. What it is good for: a series that computes itself
# The Taylor series of f at 0 needs f, f', f'', ...: each from the one before.
def taylor(f, order):
    """The coefficients of the series of f at 0."""
    found = []
    for n in range(order + 1):
        found.append(float(f(0.0)) / math.factorial(n))
        f = ag.grad(f)
    return found


def bell(x):
    return np.exp(-x * x / 2)


coefficients = taylor(bell, 8)
print("\nexp(-x**2 / 2) = " + " + ".join(f"{c:.6g} x**{n}" for n, c in enumerate(coefficients) if c))
print("order   series at 1   error")
for order in range(0, 9, 2):
    value = sum(coefficients[: order + 1])
    print(f"{order:>5}   {value:>11.7f}   {abs(value - math.exp(-0.5)):.1e}")
