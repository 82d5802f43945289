"""Two crescents that no straight line parts: a network 2-16-16-1 bends one until it does.

    python examples/07_two_moons.py [--quick] [--plot two_moons.png]

trains from five random starts, counts how many steps each needs until every point is on its side, and how many of 1000 new
points are, and draws the border as it bends.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are tiny: threads would only wait for each other

import command_line
import numpy as np

import autograd_lite as ag
import nn


# %% The points
def moons(n, rng, noise=0.1):
    """n points, as (n, 2), and which of the two half circles each is on, as (n, 1): 0.0 or 1.0."""
    label = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.where(label[:, None] == 0, upper, lower) + noise * rng.normal(size=(n, 2))
    return points, label[:, None].astype(float)


# %% The network: its output is the logit of the probability of 1, so above 0 it says 1
def accuracy(model, x, y):
    with ag.no_grad():
        return np.mean((model(x).data > 0) == y)


def train(x, y, epochs, seed, watch=()):
    """A trained model, the first epoch with every point on its side, and the models' weights at the epochs to watch."""
    rng = np.random.default_rng(seed)
    model = nn.Sequential(nn.Linear(2, 16, rng=rng), nn.Tanh(), nn.Linear(16, 16, rng=rng), nn.Tanh(), nn.Linear(16, 1, rng=rng))
    snapshots, first = ({0: model.state_dict()} if 0 in watch else {}), None

    def look(run):
        nonlocal first
        epoch = len(run.history.loss)
        if first is None and accuracy(model, x, y) == 1:
            first = epoch
        if epoch in watch:
            snapshots[epoch] = model.state_dict()

    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    nn.fit(model, x, y, loss=nn.BCEWithLogitsLoss(), optimizer=optimizer, epochs=epochs, callbacks=[look])
    return model, first, snapshots


# %% The picture

BLUE, ORANGE = "#2166ac", "#d95f02"


def draw(file, x, y, model, snapshots):
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    colors = LinearSegmentedColormap.from_list("sides", ["#9ecae1", "white", "#f6b89c"])  # paler than the points
    extent = (-1.5, 2.5, -1.1, 1.6)
    across, up = np.meshgrid(np.linspace(*extent[:2], 401), np.linspace(*extent[2:], 271))
    grid = np.stack([across.ravel(), up.ravel()], axis=1)
    figure = Figure(figsize=(14, 3.05), layout="constrained")
    panels = figure.subplots(1, len(snapshots), sharey=True)
    for panel, (epoch, weights) in zip(panels, snapshots.items()):
        model.load_state_dict(weights)
        with ag.no_grad():
            probability = ag.sigmoid(model(grid).data).reshape(across.shape)
        image = panel.imshow(probability, extent=extent, origin="lower", cmap=colors, vmin=0, vmax=1, interpolation="bilinear")
        panel.contour(across, up, probability, levels=[0.5], colors="black", linewidths=1.6)
        for side, color in enumerate((BLUE, ORANGE)):
            panel.scatter(*x[y[:, 0] == side].T, s=15, color=color, edgecolors="white", linewidths=0.4)
        right = accuracy(model, x, y)
        panel.set_title(f"{f'after {epoch} steps' if epoch else 'before the training'}: {right:.1%}")
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=panels, shrink=0.8, aspect=14, pad=0.01, ticks=[0, 0.5, 1])
    bar.set_label("probability of orange")
    bar.outline.set_visible(False)
    figure.suptitle("A straight border bends until every point is on its side", fontsize=15, fontweight="bold")
    figure.savefig(file, dpi=150)
    print(f"\n{file}: the border between the moons, as it bends.")


# %% All of it
def main():
    options = command_line.quick_and_plot(__doc__, quick="one start instead of five", plot="two_moons.png")
    rng = np.random.default_rng(0)
    x, y = moons(400, rng)
    x_new, y_new = moons(1000, rng)
    epochs, watch = 500, (0, 30, 110, 500)
    print("A network 2-16-16-1, 400 points, Adam\n")
    rows = [f"{'start':>5}{'steps until all are right':>28}{f'right after {epochs}':>20}{'new points right':>20}"]
    for seed in range(1 if options.quick else 5):
        model, first, snapshots = train(x, y, epochs, seed, watch)
        shares = f"{accuracy(model, x, y):>20.1%}{accuracy(model, x_new, y_new):>20.1%}"
        rows.append(f"{seed:>5}{'never' if first is None else first:>28}{shares}")
    print("\n".join(rows))  # after the progress bars
    print("\nThe new points were not trained on. Their noise carries a few across any border.")
    if options.plot:
        draw(options.plot, x, y, model, snapshots)


if __name__ == "__main__":
    main()
