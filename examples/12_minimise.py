"""Minimising with SciPy: a chain of springs, with a weight at each joint, hangs between two hooks.

python examples/12_minimise.py --plot chain.png          # SciPy: python -m pip install scipy

Its shape has the least energy. An optimiser wants one vector of unknowns, which `ag.ravel` makes of named arrays. Given values
alone it must guess slopes from differences, one call for each unknown; `ag.grad` and `ag.hvp` give it the gradient and the
Hessian times a vector, exactly, at the price of a few calls.
"""

import sys

import numpy as np
from command_line import parser, picture

import autograd_lite as ag

HOOKS = np.array([[0.0, 0.0], [3.0, 0.4]])
LENGTH, STIFFNESS = 0.2, 2000.0  # of each spring at rest, in m, and in N/m
WEIGHTS = 9.81 * np.where(np.arange(20) == 12, 1.5, 0.1)  # one joint carries 1.5 kg, the others 100 g


def energy(joints):
    """The energy of stretched springs and lifted weights, in J; `joints` has the positions in m, "x" and "y"."""
    x = np.concatenate([HOOKS[:1, 0], joints["x"], HOOKS[1:, 0]])
    y = np.concatenate([HOOKS[:1, 1], joints["y"], HOOKS[1:, 1]])
    stretched = np.hypot(np.diff(x), np.diff(y)) - LENGTH
    return np.sum(STIFFNESS / 2 * stretched**2) + np.sum(WEIGHTS * joints["y"])


def start():
    """The joints on a parabola below the hooks."""
    along = np.linspace(0, 1, len(WEIGHTS) + 2)[1:-1]
    return {"x": HOOKS[1, 0] * along, "y": HOOKS[1, 1] * along - 4 * along * (1 - along)}


def for_scipy(f, container):
    """The functions that `scipy.optimize.minimize` asks for, the vector to start from, and the way back to containers."""
    vector, unravel = ag.ravel(container)

    def of_vector(x):
        return f(unravel(x))

    return {"fun": of_vector, "jac": ag.grad(of_vector), "hessp": ag.hvp(of_vector)}, vector, unravel


def draw(file, joints):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    for label, shape, style in (("start", start(), "C7--"), ("at rest", joints, "C0-")):
        x, y = (np.concatenate([HOOKS[:1, i], shape[name], HOOKS[1:, i]]) for i, name in enumerate("xy"))
        axes.plot(x, y, style, label=label)
        axes.scatter(x[1:-1], y[1:-1], 8 * WEIGHTS, style[:2])
    axes.set(xlabel="x in m", ylabel="y in m", aspect="equal")
    axes.legend()
    figure.savefig(file, dpi=130, bbox_inches="tight")


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--plot", type=picture, metavar="FILE", help="draw the chain")
    options = arguments.parse_args()
    try:
        from scipy.optimize import minimize
    except ImportError:
        sys.exit("12_minimise.py needs SciPy's optimisers: python -m pip install scipy")

    given, vector, unravel = for_scipy(energy, start())
    print(
        f"{len(vector)} unknowns                        calls of f  gradients  Hessian products  energy in J  largest force in N"
    )
    for method, names in (
        ("BFGS", ["fun"]),
        ("BFGS", ["fun", "jac"]),
        ("trust-ncg", ["fun", "jac", "hessp"]),
    ):
        calls = dict.fromkeys(given, 0)

        def counted(name, calls=calls):
            def call(*args):
                calls[name] += 1
                return given[name](*args)

            return call

        found = minimize(**{name: counted(name) for name in names}, x0=vector, method=method, options={"maxiter": 10000})
        force = np.max(np.abs(given["jac"](found.x)))
        shown = " ".join(f"{calls[name]:>{width}}" for name, width in (("fun", 10), ("jac", 10), ("hessp", 17)))
        print(f"{method:>10} given {' '.join(names):<16} {shown} {found.fun:12.6f} {force:19.1e}")
    joints = unravel(found.x)
    print(f"\nThe heavy joint hangs at x = {joints['x'][12]:.4f} m, y = {joints['y'][12]:.4f} m.")
    if options.plot:
        draw(options.plot, joints)


if __name__ == "__main__":
    main()
