"""A Kalman filter that finds out by itself how noisy its measurements are, and how restless what it follows.

    python examples/14_kalman_filter.py [--quick] [--plot kalman_filter.png]

A body drifts in the plane: each second its velocity changes by a little, and its place is measured with an error. The filter
(Kalman, 1960) carries the mean and the covariance of place and velocity from one measurement to the next. It needs to know the
two noises; here they are found by maximising the likelihood of the measurements, the product of the densities of what was
measured given all before (Schweppe, 1965): a loop of matrix products and solves, differentiated as it stands. The Hessian at
the maximum tells how sure the two are; on simulated data they can be compared with the truth.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are tiny: threads would only wait for each other

import command_line
import numpy as np
from days import minimum, standard_errors

import autograd_lite as ag

RESTLESS, ERROR = 0.05, 1.5  # the truth: standard deviations of the change of velocity, and of a measurement
MOVE = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])  # x, y, their speeds
SEE = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
PUSH = np.array([[0.5, 0.0], [0.0, 0.5], [1.0, 0.0], [0.0, 1.0]])  # of a constant acceleration for a second


def simulated(rng, n):
    """The true places and the measured ones (n, 2)."""
    state, places = np.array([0.0, 0.0, 0.6, 0.3]), []
    for _ in range(n):
        state = MOVE @ state + PUSH @ rng.normal(0, RESTLESS, 2)
        places.append(state[:2])
    return np.array(places), np.array(places) + rng.normal(0, ERROR, (n, 2))


def filtered(logs, measured):
    """The negative log likelihood of the measurements, and the means of the places after each."""
    restless, error = np.exp(logs)
    process, noise = restless**2 * (PUSH @ PUSH.T), error**2 * np.eye(2)
    mean = np.concatenate([measured[0], np.zeros(2)])
    covariance = np.diag([1.0, 1.0, 0.0, 0.0]) * error**2 + np.diag([0.0, 0.0, 1.0, 1.0])
    total, places = 0.0, [mean[:2]]
    for z in measured[1:]:
        mean, covariance = MOVE @ mean, MOVE @ covariance @ MOVE.T + process
        surprise = z - SEE @ mean
        of_surprise = SEE @ covariance @ SEE.T + noise
        gain = np.linalg.solve(of_surprise, SEE @ covariance).T
        total = total + 0.5 * (surprise @ np.linalg.solve(of_surprise, surprise) + np.linalg.slogdet(2 * np.pi * of_surprise)[1])
        mean, covariance = mean + gain @ surprise, covariance - gain @ SEE @ covariance
        places.append(mean[:2])
    return total, places


# %% The picture
def draw(file, true, measured, tracks):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 6), layout="constrained")
    axes, errors = figure.subplots(1, 2)
    axes.plot(*measured.T, ".", color="0.75", label="measured")
    axes.plot(*true.T, color="black", linewidth=3, alpha=0.35, label="true way")
    for (name, track), color in zip(tracks.items(), ("#d95f02", "#1f4e8c")):
        off = np.sqrt(np.mean(np.sum((track - true) ** 2, 1)))
        axes.plot(*track.T, color=color, linewidth=1.4, label=f"filter, noises as {name}")
        errors.plot(np.hypot(*(track - true).T), color=color, label=f"{name}: {off:.2f}")
    errors.plot(np.hypot(*(measured - true).T), ".", color="0.75", label="measured", zorder=0)
    axes.set(xlabel="x", ylabel="y", title="What the filter makes of the measurements", aspect="equal")
    errors.set(xlabel="second", ylabel="distance from the true way", title="How far off")
    errors.set_ylim(0, 1.15 * np.hypot(*(measured - true).T).max())  # room for the legend
    for part in (axes, errors):
        part.spines[["top", "right"]].set_visible(False)
        part.legend(frameon=False, ncols=3 if part is errors else 1, loc="upper left")
    figure.savefig(file, dpi=150)
    print(f"\n{file}: the way, the measurements, and what the filter made of them.")


# %% All of it
def main():
    options = command_line.quick_and_plot(__doc__, quick="40 measurements instead of 200", plot="kalman_filter.png")
    true, measured = simulated(np.random.default_rng(4), 40 if options.quick else 200)

    def loss(logs):
        return filtered(logs, measured)[0]

    start = np.log([1.0, 1.0])
    found, steps = minimum(loss, start, tolerance=1e-7)
    errors = standard_errors(loss, found) * np.exp(found)  # of exp(log): by its slope
    print(f"{len(measured)} measurements, {steps} steps of Newton's method\n")
    print(f"{'':>24}{'truth':>9}{'start':>9}{'found':>9}{'standard error':>17}")
    for name, truth, first, value, error in zip(
        ("change of velocity", "error of measuring"), (RESTLESS, ERROR), np.exp(start), np.exp(found), errors
    ):
        print(f"{name:>24}{truth:>9.3f}{first:>9.3f}{value:>9.3f}{error:>17.3f}")
    tracks = {name: np.array(filtered(logs, measured)[1]) for name, logs in (("start", start), ("found", found))}
    for name, track in {"measured": measured, **tracks}.items():
        print(f"{name:>24}: {np.sqrt(np.mean(np.sum((track - true) ** 2, 1))):.2f} from the true way")
    print(f"slope at the end: {np.abs(ag.grad(loss)(found)).max():.0e}")
    if options.plot:
        draw(options.plot, true, measured, tracks)


if __name__ == "__main__":
    main()
