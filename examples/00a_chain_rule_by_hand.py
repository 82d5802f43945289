"""The chain rule by hand, from both ends: why gradients are computed backwards.

    python examples/00a_chain_rule_by_hand.py

It needs calculus and NumPy; the library is asked at the end. The cells marked `# %%` are read from top to bottom.
"""

# %% 1. A function in steps
# z = exp(sin(x)**2) is three steps. Each has a slope of its own, which needs only the numbers of that step.
import time

import numpy as np

import autograd_lite as ag

x = 0.5
s = np.sin(x)  # ds/dx = cos(x)
u = s**2  # du/ds = 2 s
z = np.exp(u)  # dz/du = exp(u), which is z
print(f"x = {x}, s = sin(x) = {s:.6f}, u = s**2 = {u:.6f}, z = exp(u) = {z:.6f}\n")

# %% 2. The chain rule multiplies the slopes, from either end
# From the front, each product is the derivative of the value at hand by x. From the end, each product is the derivative of z by
# the value at hand: how much z changes if that value is nudged. The second is called the *gradient* of the value, g.
by_x = {"x": 1.0}
by_x["s"] = by_x["x"] * np.cos(x)
by_x["u"] = by_x["s"] * 2 * s
by_x["z"] = by_x["u"] * z
g = {"z": 1.0}
g["u"] = g["z"] * z
g["s"] = g["u"] * 2 * s
g["x"] = g["s"] * np.cos(x)
print("value   its derivative by x, from the front   its gradient g, from the end")
for value in "xsuz":
    print(f"{value:>5}   {by_x[value]:>35.6f}   {g[value]:>28.6f}")
print("The derivative of z by x stands in the last line of the one, and in the first line of the other.\n")

# %% 3. With many inputs the two differ
# L = log(exp(x1) + ... + exp(xn)) has n inputs and one result. From the front there is one product for each input: n ways to
# walk. From the end all ways begin at L, and they share their first steps. One walk finds every derivative.
n = 2000
x = np.linspace(-1, 1, n)
start = time.perf_counter()
e = np.exp(x)
total = np.sum(e)
L = np.log(total)
g_total = 1 / total  # of log: g / total, with g = 1 at L
g_e = g_total * np.ones(n)  # of the sum: every term has slope 1
g_x = g_e * e  # of exp: its slope is its value
one_walk = time.perf_counter() - start


# %% 4. What it saves
# Without calculus one would nudge each input and compute L again: n + 1 runs, and digits are lost in each difference.
def loss(x):
    return np.log(np.sum(np.exp(x)))


start = time.perf_counter()
h = 1e-6
nudged = np.array([loss(x + h * (np.arange(n) == i)) - L for i in range(n)]) / h
many_runs = time.perf_counter() - start
print(f"{n} derivatives of L = {L:.4f}: forward and back {1e3 * one_walk:.2f} ms, nudging each input {1e3 * many_runs:.0f} ms")
print(f"they differ by at most {np.max(np.abs(nudged - g_x)):.1e}, the error of the nudging")

# %% 5. This is reverse mode
# A program that keeps the numbers of each step on its way forward, and multiplies slopes on its way back, does *reverse-mode
# differentiation*. To write the three lines of the walk back is the work that the library takes over.
print(f"largest difference from ag.grad(loss)(x): {np.max(np.abs(ag.grad(loss)(x) - g_x)):.1e}")
