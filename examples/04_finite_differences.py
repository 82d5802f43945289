"""The error of a finite difference against its step, from too coarse to too fine.

    python examples/04_finite_differences.py [FOLDER]

prints the best step of each formula and draws `finite_differences.png` into the folder (by default the current one). The
cells marked `# %%` also run one by one in an editor that knows them.
"""

# %% A function, and its derivative without any step
import math
import sys
from pathlib import Path

import numpy as np

import autograd_lite as ag

POINT = 1.5


def f(x):
    """The example of Squire and Trapp (SIAM Review 40, 1998), who made the complex step known."""
    return np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3)


derivatives = [f]  # f, f', f''...: as many as the theory below asks for
for _ in range(5):
    derivatives.append(ag.grad(derivatives[-1]))
value, exact, second, third, _, fifth = (abs(float(d(POINT))) for d in derivatives)
print(f"f({POINT}) = {value:.15g}, f'({POINT}) = {exact:.15g}\n")


# %% Four ways to approximate it
# The steps are powers of 2: x + h is then exact, so that only the formula and f have errors.


def forward(x, h):
    return (f(x + h) - f(x)) / h


def central(x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def richardson(x, h):
    """Two central differences, of which each has an error of about c h**2: they are combined so that it cancels."""
    return (4 * central(x, h / 2) - central(x, h)) / 3


def complex_step(x, h):
    """f(x + ih) = f(x) + ih f'(x) - h**2 f''(x) / 2 - ...: nothing is subtracted, so nothing is lost."""
    return f(x + 1j * h).imag / h


# %% The theory of their errors
# The error is at most T h**p, where the Taylor series was cut off, plus R eps / h, because each value of f is known only
# to half an eps of itself. T h**p + R eps / h is least where h**(p + 1) = R eps / (p T).
#                p  T             R                the theory in one line
FORMULAS = {
    forward: (1, second / 2, value, "h = sqrt(eps): half of the digits"),
    central: (2, third / 6, value / 2, "h = cbrt(eps): two thirds of them"),
    richardson: (4, fifth / 480, 1.5 * value, "h = eps**(1/5): four fifths of them"),
    complex_step: (2, third / 6, 0.0, "any tiny h: all of them"),
}


def predicted(formula, h, eps):
    p, T, R, _ = FORMULAS[formula]
    return T * h**p + R * eps / h + eps * exact / 2


def best_step(formula, eps):
    p, T, R, _ = FORMULAS[formula]
    return (R * eps / (p * T)) ** (1 / (p + 1)) if R else math.sqrt(eps * exact / 2 / T)


# %% The measurement
PRECISIONS = {"float64": np.float64, "float32": np.float32}
measured = {}
for precision, dtype in PRECISIONS.items():
    eps = float(np.finfo(dtype).eps)
    steps = 2.0 ** -np.arange(0.0, 1 - math.log2(eps))
    with np.errstate(all="ignore"):
        for formula in FORMULAS:
            estimates = np.array([float(formula(dtype(POINT), dtype(h))) for h in steps])
            measured[precision, formula] = steps, np.abs(estimates - exact) / exact

print(f"{'':<9}{'formula':<14}{'best step':>11}{'in theory':>11}{'its error':>11}{'in theory':>11}")
for (precision, formula), (steps, errors) in measured.items():
    eps, best = float(np.finfo(PRECISIONS[precision]).eps), np.argmin(errors)
    h = best_step(formula, eps)
    numbers = (steps[best], h, errors[best], predicted(formula, h, eps) / exact)
    print(f"{precision:<9}{formula.__name__:<14}" + "".join(f"{number:>11.1e}" for number in numbers))
print("\nThe best steps are lucky: an error changes its sign there. Without the exact answer nobody could pick them.")

# %% The step that needs no luck
# It tries a ladder of steps, extrapolates, measures the noise of f, and says how far off it may be.
estimate = ag.numerical_derivative(f, POINT)
miss = abs(float(estimate.value) - derivatives[1](POINT).item())
print(f"ag.numerical_derivative: {float(estimate.value):.15g} +- {float(estimate.error):.1e}; it is off by {miss:.1e}.")

# %% The picture
if "ipykernel" in sys.modules or len(sys.argv) < 2:
    folder = Path()
else:
    folder = Path(sys.argv[1])
if not folder.is_dir():
    sys.exit(f"04_finite_differences.py: there is no folder {folder}.")
try:
    from matplotlib import pyplot as plt
except ImportError:
    sys.exit("04_finite_differences.py: the picture needs matplotlib: pip install 'autograd-lite[plot]'.")

COLORS = dict(zip(FORMULAS, ("#d55e00", "#0072b2", "#009e73", "#7a3e9d")))  # told apart by colour-blind eyes too
LABELS = dict(zip(FORMULAS, ("forward", "central", "Richardson", "complex step")))
POWERS = {forward: r"$\sqrt{\rm eps}$", central: r"$\sqrt[3]{\rm eps}$", richardson: r"$\sqrt[5]{\rm eps}$"}
LIMITS = {"float64": (1e-17, 10), "float32": (1e-9, 10)}

plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
figure, panels = plt.subplots(1, 2, figsize=(13.5, 6.2), width_ratios=(1.45, 1), layout="constrained")
for panel, (precision, dtype) in zip(panels, PRECISIONS.items()):
    eps, (low, high) = float(np.finfo(dtype).eps), LIMITS[precision]
    panel.set(xscale="log", yscale="log", ylim=(low, high), xlim=(eps / 4, 2), xlabel="step h", title=precision)
    panel.axhline(eps / 2, color="0.75", linewidth=1, zorder=0)
    panel.annotate("half an eps", (1.6, eps / 2), color="0.45", ha="right", va="bottom", fontsize=9)
    for formula, (p, _, R, words) in FORMULAS.items():
        steps, errors = measured[precision, formula]
        smooth, color = np.geomspace(eps / 4, 1, 400), COLORS[formula]
        panel.loglog(smooth, predicted(formula, smooth, eps) / exact, "--", color=color, alpha=0.45, linewidth=1.3)
        shown = np.clip(errors, low * 1.6, None)  # an error of exactly 0 is drawn at the bottom
        panel.loglog(steps, shown, "o-", color=color, markersize=3.6, linewidth=1.1, label=f"{LABELS[formula]}: {words}")
        if R:
            h = best_step(formula, eps)
            least = predicted(formula, h, eps) / exact
            panel.vlines(h, low, least, color=color, linestyle=":", linewidth=1)
            panel.annotate(POWERS[formula], (h, low), (3, 4), textcoords="offset points", color=color, fontsize=10)
            panel.plot(h, least, "v", color=color, markersize=11, markeredgecolor="white", zorder=5)
for formula, h, (right, up) in ((forward, 1e-4, (-8, 12)), (central, 1e-4, (-30, 10)), (richardson, 1e-2, (14, -12))):
    at = h, predicted(formula, h, 0) / exact
    slope = f"$\\propto h^{FORMULAS[formula][0]}$".replace("^1", "")
    panels[0].annotate(slope, at, (right, up), textcoords="offset points", color=COLORS[formula], fontsize=12)
panels[0].annotate(r"rounding: $\propto 1/h$", (8e-16, 1e-6), color="0.35")
panels[0].axhline(float(estimate.error) / exact, color="black", linestyle="-.", linewidth=1)
panels[0].annotate(
    "ag.numerical_derivative: within this, it says",
    (1e-16, float(estimate.error) / exact),
    (0, 4),
    textcoords="offset points",
    fontsize=10,
)
panels[0].set_ylabel("relative error of the derivative")
panels[0].legend(loc="upper center", frameon=False, fontsize=10)
figure.suptitle("Too fine a step drowns in rounding, too coarse a step in curvature", fontsize=15, fontweight="bold")
file = folder / "finite_differences.png"
figure.savefig(file, dpi=150)
print(f"\n{file}: dashed the theory, triangles its best steps.")
