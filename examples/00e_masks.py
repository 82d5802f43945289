"""Masks: where nothing is let through the gradient is 0, even if the slope there is infinite.

python examples/00e_masks.py
"""

# %% 1. A mask multiplies the gradient by 1 or 0
# relu(x) is x where x > 0, else 0. Its slope is 1 or 0, so its rule is g * (x > 0): a *mask* lets g through, or does not (at
# x = 0 itself nn.ReLU has 0, and np.maximum the middle, 1/2). A maximum, a choice by np.where, a clip and dropout have such
# masks too.
import numpy as np

import autograd_lite as ag

x = np.array([-1.0, 0.5, 2.0])
print("relu:   ", ag.grad(lambda x: np.sum(np.maximum(x, 0)))(x))
print("clip:   ", ag.grad(lambda x: np.sum(np.clip(x, 0, 1)))(x))
print("where:  ", ag.grad(lambda x: np.sum(np.where(x > 1, x**2, -x)))(x))
print("max:    ", ag.grad(np.max)(x))

# %% 2. The trap
# A root has an infinite slope at 0. Someone who knows that writes np.where(x > 0, np.sqrt(x), 0), which is 0 there. Nudge the
# element that is left out downwards, and nothing changes: the branch that was chosen has slope 0, and the library takes that.
# But NumPy computes both branches, so does the chain rule, and by hand it goes wrong:
x = np.array([0.0, 4.0])
with np.errstate(divide="ignore", invalid="ignore"):
    root = np.sqrt(x)
    g = np.ones(2)  # the loss is the sum
    g = g * (x > 0)  # through the mask: 0 for the first
    slope = 0.5 / root  # of the root: infinite for the first
    by_hand = g * slope  # 0 times infinity
print("\nnp.where(x > 0, np.sqrt(x), 0) at", x)
print("the chain rule by hand:  ", by_hand, "  0 * inf is nan, and one nan spoils every weight before it")

# %% 3. A mask is structure, not a number
# This 0 does not say "very little": it says that no way leads from there to the result. Beside g the engine keeps which
# elements are cut off from the result, and there it writes 0 without asking the slope. It does so as long as elements stay
# apart: behind a product of matrices each element has a way to the result.
print("the library:             ", ag.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)))(x))

# A 0 that is a number is another thing. Here nothing is masked, and nan is the honest answer:
with np.errstate(all="ignore"):
    print("0 * sqrt(x) in its place:", ag.grad(lambda x: np.sum(0.0 * np.sqrt(x)))(x))


# %% 4. The same at the next order
# Second derivatives pass the same masks.
def f(x):
    return np.sum(np.where(x > 0, x**1.5, 0))


print("\nx**1.5 where x > 0, its derivatives at 0 and 4:", ag.grad(f)(x), "and", np.diag(ag.hessian(f)(x)))


# %% 5. Where it matters: the distance between points
# Every point is 0 away from itself, and the slope of a root at 0 is infinite. Left out by a mask, the diagonal does no harm.
# (For the root of a sum of squares, as here, the library finds 0 without a mask too; for other powers of it only with one.)
points = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 0.0]])


def length_of_all(points):
    """The sum of the distances between each two points."""
    squares = np.sum((points[:, None] - points[None]) ** 2, axis=-1)
    return np.sum(np.where(squares > 0, np.sqrt(squares), 0)) / 2


pull = ag.grad(length_of_all)(points)
print("\nthree points, and how they are pulled apart (all pulls add up to", f"{abs(pull.sum()):.0f}):")
print(pull.round(4))
