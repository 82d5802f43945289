"""A differential equation solved by a network: trained on the equation alone, without data.

    python examples/10_oscillator.py [--quick] [--plot oscillator.png]

A damped oscillation, u'' + 0.6 u' + 4 u = 0 on [0, 6], starts with u(0) = 1 and u'(0) = 0. A network 1-16-16-1 stands for u,
its first two derivatives are taken through it, and its weights are trained until the equation holds (Raissi, Perdikaris
and Karniadakis, Physics-informed neural networks, 2019). A Runge-Kutta method would be done in milliseconds; the
point here is that a loss may be made of derivatives.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are tiny: threads would only wait for each other

import command_line
import numpy as np

import autograd_lite as ag
import nn

DAMPING, STIFFNESS, END = 0.6, 4.0, 6.0


def closed_form(t):
    """The solution in closed form: a wave that dies away."""
    rate = DAMPING / 2
    omega = np.sqrt(STIFFNESS - rate**2)
    return np.exp(-rate * t) * (np.cos(omega * t) + rate / omega * np.sin(omega * t))


# %% The network, and two derivatives through it
class Oscillator(nn.Module):
    """The residual of the equation, with a network as u, at each of the times (n, 1): 0 for the solution."""

    def __init__(self, rng):
        self.net = nn.Sequential(
            nn.Linear(1, 16, rng=rng), nn.Tanh(), nn.Linear(16, 16, rng=rng), nn.Tanh(), nn.Linear(16, 1, rng=rng)
        )

    def u(self, t):
        """u(0) = 1 and u'(0) = 0 whatever the weights are, since (1 - exp(-t))**2 begins as t**2 (Lagaris et al., 1998)."""
        return 1 + (1 - np.exp(-t)) ** 2 * self.net(2 * t / END - 1)

    def with_derivatives(self, t):
        """u, u' and u''. Each row depends on its own time alone: the gradient of the sum has the derivative of each."""

        def position(t):
            u = self.u(t)
            return np.sum(u), u

        def velocity(t):
            du, u = ag.grad(position, has_aux=True)(t)
            return np.sum(du), (du, u)

        ddu, (du, u) = ag.grad(velocity, has_aux=True)(t)
        return u, du, ddu

    def forward(self, t):
        u, du, ddu = self.with_derivatives(t)
        return ddu + DAMPING * du + STIFFNESS * u


# %% Training: Adam finds the valley, L-BFGS its bottom

T = np.linspace(0, END, 61).reshape(-1, 1)
FINE = np.linspace(0, END, 1201).reshape(-1, 1)  # where it is judged


def displacement(model):
    with ag.no_grad():
        return model.u(FINE).data


def error_of(model):
    return np.abs(displacement(model) - closed_form(FINE))


def train(model, steps, rounds, watch=()):
    """The histories and final errors of both optimisers, and u as it was at the steps of Adam to watch."""
    adam = nn.optim.Adam(model.parameters(), lr=0.01)
    lbfgs = nn.optim.LBFGS(  # its rounds have 20 iterations each
        model.parameters(), tolerance_grad=1e-9, tolerance_change=1e-15, line_search_fn="strong_wolfe"
    )
    snapshots = {}

    def look(run):
        if (step := len(run.history.loss)) in watch and run.optimizer is adam:
            snapshots[step] = displacement(model)

    results = []
    for optimizer, epochs in ((adam, steps), (lbfgs, rounds)):
        history = nn.fit(model, T, np.zeros_like(T), optimizer=optimizer, epochs=epochs, callbacks=[look])
        results.append((history, error_of(model)))
    return results, snapshots


# %% The picture
def draw(file, model, results, snapshots):
    import matplotlib
    from matplotlib.figure import Figure

    t, rate = FINE[:, 0], ag.grad(lambda t: np.sum(closed_form(t)))(FINE)
    with ag.no_grad():
        u, du, _ = model.with_derivatives(FINE)
    shades = matplotlib.colormaps["viridis_r"](np.linspace(0.1, 0.75, len(snapshots)))
    with matplotlib.rc_context({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(15, 4.8), layout="constrained")
        wave, spiral, errors = figure.subplots(1, 3, width_ratios=(1.3, 1, 1.1))
    for shade, (step, then) in zip(shades, snapshots.items()):
        wave.plot(t, then, color=shade, linewidth=1.3, label=f"{step} steps of Adam")
    wave.plot(t, closed_form(t), color="0.8", linewidth=6, label="closed form", zorder=0)
    wave.plot(t, u, color="black", linewidth=1.6, label="after L-BFGS")
    wave.set(xlabel="t", ylabel="u", title="The wave is found from its beginning on", ylim=(-0.8, 1.35))
    wave.legend(frameon=False, fontsize=10, ncols=2)
    spiral.plot(closed_form(t), rate, color="0.8", linewidth=6)
    points = spiral.scatter(u[::20], du[::20], c=t[::20], cmap="plasma", s=22, zorder=3)
    bar = figure.colorbar(points, ax=spiral, aspect=30)
    bar.ax.set_title("t", fontsize=11)
    bar.outline.set_visible(False)
    spiral.set(xlabel="u", ylabel="u'", xticks=(-0.5, 0, 0.5, 1), title="u' is a derivative of the network")
    for (_, off), name, color in zip(results, ("Adam", "L-BFGS"), ("#d95f02", "black")):
        errors.semilogy(t, off[:, 0], color=color, linewidth=1.4, label=f"after {name}: {off.max():.0e} at most")
    errors.set(xlabel="t", ylabel="error of u", title="How far it is from the closed form", ylim=(1e-9, 10))
    errors.legend(frameon=False, loc="upper right")
    figure.suptitle(r"$u'' + 0.6\,u' + 4\,u = 0$, solved by a network that never saw $u$", fontsize=15, fontweight="bold")
    figure.savefig(file, dpi=150)
    print(f"\n{file}: the wave, its derivative and the errors.")


# %% All of it
def main():
    options = command_line.quick_and_plot(
        __doc__, quick="one start instead of three, and a third of the steps", plot="oscillator.png"
    )
    starts, steps, rounds = (1, 700, 25) if options.quick else (3, 2000, 75)
    print(
        f"A network 1-16-16-1, the equation at {len(T)} times, {steps} steps of Adam, then {20 * rounds} iterations of L-BFGS\n"
    )
    rows = [f"{'start':>5}{'largest error after Adam':>27}{'after L-BFGS':>15}{'seconds':>10}"]
    for seed in range(starts):
        model = Oscillator(np.random.default_rng(seed))
        results, snapshots = train(model, steps, rounds, watch=(20, 100, 300, 700))
        largest = "".join(f"{off.max():>{width}.1e}" for (_, off), width in zip(results, (27, 15)))
        rows.append(f"{seed:>5}{largest}{sum(history.seconds for history, _ in results):>10.1f}")
    print("\n".join(rows))  # after the progress bars
    if options.plot:
        draw(options.plot, model, results, snapshots)


if __name__ == "__main__":
    main()
