"""Handwritten digits, read by a small network and by one that looks at every place through the same small windows.

    python examples/08_digits.py [--quick] [--plot digits.png]

Three networks are trained on four fifths of 1797 images of 8 x 8 pixels and judged on the last fifth; five times, with fifths
drawn at random (the same share of each digit in all), since one split alone says little: of 360 images one is 0.3 %.
The images: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998, CC BY
4.0, as packaged in scikit-learn; see data/SOURCES.md.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: threads would mostly wait for each other

import sys
import time
from pathlib import Path

import command_line
import numpy as np

import autograd_lite as ag
import nn

# %% The images: float32 is enough for pixels, and takes half the time

with np.load(Path(__file__).parent / "data" / "digits.npz") as data:
    IMAGES = data["images"].astype(np.float32) / 16  # (1797, 8, 8), from 0 to 1
    LABELS = data["labels"].astype(int)


# %% The networks
class Shift(nn.Module):
    """In training, each image moved by up to one pixel up or down and left or right: the same digit, and a new image."""

    def __init__(self, rng):
        self.rng = rng

    def forward(self, images):
        if not self.training:
            return images
        n, height, width = images.shape
        down, right = self.rng.integers(3, size=(2, n, 1, 1))
        framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
        return framed[np.arange(n).reshape(n, 1, 1), down + np.arange(height).reshape(-1, 1), right + np.arange(width)]


def perceptron(rng):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 128, rng=rng, dtype=np.float32),
        nn.ReLU(),
        nn.Linear(128, 10, rng=rng, dtype=np.float32),
    )


def shifted_perceptron(rng):
    return nn.Sequential(Shift(rng), *perceptron(rng))


def convolutional(rng):
    return nn.Sequential(
        Shift(rng),
        nn.Unflatten(1, (1, 8)),  # one channel
        nn.Conv2d(1, 16, 3, padding=1, rng=rng, dtype=np.float32),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, rng=rng, dtype=np.float32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.5, rng=rng),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 10, rng=rng, dtype=np.float32),
    )


NETWORKS = {
    "64-128-10": (perceptron, 40),
    "64-128-10, shifted images": (shifted_perceptron, 80),
    "convolutional, shifted images": (convolutional, 30),
}


# %% Training and judging
def trained(build, epochs, rows, seed):
    rng = np.random.default_rng(seed)
    model = build(rng)
    optimizer = nn.optim.Adam(model.parameters())
    steps = epochs * -(-len(rows) // 32)
    rate = nn.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.005, total_steps=steps)  # up, and down to almost nothing
    nn.fit(
        model, IMAGES[rows], LABELS[rows], loss=nn.CrossEntropyLoss(), optimizer=optimizer, epochs=epochs, batch_size=32,
        rng=rng, scheduler=rate, schedule="batch", progress=False,
    )  # fmt: skip
    return model.eval()


def answers(model, rows):
    with ag.no_grad():
        return model(IMAGES[rows]).data.argmax(axis=1)


def progress(jobs):
    """The same list, with a bar on a terminal."""
    try:
        from tqdm import tqdm
    except ImportError:
        print("(for a progress bar: pip install 'autograd-lite[progress]')", file=sys.stderr)
        return jobs
    return tqdm(jobs, unit="training", disable=None)


# %% The picture
def draw(file, model, mistakes):
    """The images that the convolutional network read wrong, and its first layer at work."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 5.3), layout="constrained")
    left, middle, right = figure.subfigures(1, 3, width_ratios=(1.1, 1, 1), wspace=0.04)
    filters = model[2].weight.data[:, 0]
    with ag.no_grad():
        seen = nn.Sequential(*list(model)[:4])(IMAGES[:1]).data[0]  # by the first layer and its ReLU
    left.suptitle(f"{min(12, len(mistakes))} of {len(mistakes)} mistakes", fontsize=14)
    for panel, (row, answer) in zip_panels(left.subplots(3, 4), mistakes):
        panel.imshow(IMAGES[row], cmap="gray_r", vmin=0, vmax=1)
        panel.set_title(f"{LABELS[row]} read as {answer}", fontsize=11)
    middle.suptitle("16 windows of 3 x 3 weights", fontsize=14)
    for panel, window in zip_panels(middle.subplots(4, 4), filters):
        panel.imshow(window, cmap="PuOr", vmin=-np.abs(filters).max(), vmax=np.abs(filters).max())
    right.suptitle(f"where they find what they look for in a {LABELS[0]}", fontsize=14)
    for panel, found in zip_panels(right.subplots(4, 4), seen):
        panel.imshow(found, cmap="magma", vmin=0, vmax=seen.max())
    figure.savefig(file, dpi=130)
    print(f"\n{file}: the mistakes of the convolutional network, and its first layer.")


def zip_panels(panels, things):
    """Each panel with its thing; those without one stay empty."""
    for panel in panels.flat:
        panel.axis("off")
    return zip(panels.flat, things)


# %% All of it
def main():
    options = command_line.quick_and_plot(
        __doc__, quick="one split instead of five, and an eighth of the epochs", plot="digits.png"
    )
    n, splits = len(LABELS), 1 if options.quick else 5
    parts = [nn.data.split(n, (0.8, 0.2), stratify=LABELS, rng=seed) for seed in range(splits)]
    parts.append(nn.data.split(n, (0.8, 0.2), shuffle=False))
    jobs = [(name, seed) for name in NETWORKS for seed in range(splits + 1)]
    right, seconds, mistakes = {}, {}, []
    for name, seed in progress(jobs):
        build, epochs = NETWORKS[name]
        rows, judged = parts[seed]
        started = time.process_time()
        model = trained(build, epochs // 8 if options.quick else epochs, rows, seed)
        seconds[name, seed] = time.process_time() - started  # of this core, however busy the machine is
        said = answers(model, judged)
        right[name, seed] = np.mean(said == LABELS[judged])
        if build is convolutional and seed < splits:
            wrong = said != LABELS[judged]
            mistakes += zip(judged[wrong], said[wrong])

    print(f"Right of some 360 images each: {splits} split{'s' * (splits > 1)} at random, and the last fifth of the file\n")
    print(f"{'network':<31}{'weights':>9}{'mean':>9}{'worst':>9}{'last fifth':>13}{'seconds at most':>18}")
    for name, (build, _) in NETWORKS.items():
        weights = sum(p.size for p in build(np.random.default_rng(0)).parameters())
        random = [right[name, seed] for seed in range(splits)]
        longest = max(seconds[name, seed] for seed in range(splits + 1))
        shares = f"{np.mean(random):>9.2%}{min(random):>9.2%}{right[name, splits]:>13.2%}"
        print(f"{name:<31}{weights:>9}{shares}{longest:>18.1f}")
    print(
        "\nThe last fifth is harder: images that stand together are often by one hand, and its hands are not among those learnt."
    )
    if options.plot:
        draw(options.plot, model, mistakes)


if __name__ == "__main__":
    main()
