"""Phase retrieval: a camera measures brightness alone, and the phase of the light behind a thin object is found from it.

python examples/17_phase_retrieval.py --plot phase.png

Far behind a transparent object the light is the Fourier transform of what passed it, and a camera there sees the square of its
size. The phase is lost. But with a few known patterns in front of the object, each with its own picture, only one object (but for
a phase that all of it has) fits them all (E. Candes, X. Li and M. Soltanolkotabi, "Phase retrieval from coded diffraction
patterns", 2015). It is found by going downhill. The gradient by the complex unknowns z is dL/dRe z + i dL/dIm z, and so the
step is the one of real numbers: `z.data -= lr * z.grad`, here with momentum, which keeps it from ending in a wrong valley.
"""

import numpy as np
from command_line import parser, picture

import autograd_lite as ag


def object_of(n):
    """A disc of glass that is thicker to the right, with a hole and a dark bar: n x n complex numbers of size up to 1."""
    y, x = np.mgrid[-1 : 1 : n * 1j, -1 : 1 : n * 1j]
    size = np.where(x**2 + y**2 < 0.7, 1.0, 0.3)
    size = np.where((np.abs(x) < 0.5) & (np.abs(y + 0.3) < 0.12), 0.1, size)
    phase = np.where((x - 0.3) ** 2 + (y - 0.35) ** 2 < 0.06, 0.0, 2.0 * x + 1.0)
    return size * np.exp(1j * phase)


def patterns_of(count, n, rng):
    """Known patterns that delay the light of each point by 0, 1/4, 1/2 or 3/4 of a period."""
    return 1j ** rng.integers(0, 4, (count, n, n))


def seen(patterns, z):
    """The size of the light at each point of the camera, for each pattern."""
    return np.abs(np.fft.fft2(patterns * z, norm="ortho"))


def loss_of(patterns, measured, z):
    return 0.5 * np.sum((seen(patterns, z) - measured) ** 2)


def distance(z, truth):
    """The relative distance to the truth, whatever phase all of z has."""
    turned = z * np.exp(1j * np.angle(np.vdot(z, truth)))
    return np.linalg.norm(turned - truth) / np.linalg.norm(truth), turned


def retrieve(patterns, measured, steps, rng):
    """The object, from noise, with the loss and the object at each step."""
    shape = measured.shape[1:]
    z = ag.tensor(rng.normal(size=shape) + 1j * rng.normal(size=shape), requires_grad=True)
    velocity = 0
    for step in range(steps + 1):
        z.grad = None
        loss = loss_of(patterns, measured, z)
        loss.backward()
        yield step, loss.item(), z.data
        velocity = 0.9 * velocity + z.grad
        z.data -= velocity / len(patterns)


def draw(file, pictures):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.4))
    for axes, (title, image, style) in zip(figure.subplots(2, 3).flat, pictures, strict=True):
        axes.imshow(image, **style)
        axes.set_title(title, fontsize=10)
        axes.axis("off")
    figure.savefig(file, dpi=130, bbox_inches="tight")


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--quick", action="store_true", help="a small object")
    arguments.add_argument("--plot", type=picture, metavar="FILE", help="draw what was seen and what was found")
    options = arguments.parse_args()
    n, steps = (24, 300) if options.quick else (96, 500)
    rng = np.random.default_rng(0)
    truth, patterns = object_of(n), patterns_of(6, n, rng)
    measured = seen(patterns, truth)
    print(f"{n * n} complex unknowns, {measured.size} measured numbers\n\n step        loss   distance to the object")
    for step, loss, z in retrieve(patterns, measured, steps, rng):
        if step in (0, 10, 30, 100) or step == steps:
            print(f"{step:5} {loss:11.3e} {distance(z, truth)[0]:14.1e}")
    if options.plot:
        found = distance(z, truth)[1]
        bright, turn = {"cmap": "gray", "vmin": 0, "vmax": 1}, {"cmap": "twilight", "vmin": -np.pi, "vmax": np.pi}
        camera = np.fft.fftshift(np.log1p(measured[0]))
        draw(options.plot, [
            ("the object: size", np.abs(truth), bright), ("found: size", np.abs(found), bright),
            ("camera, one pattern (log)", camera, {"cmap": "magma"}), ("the object: phase", np.angle(truth), turn),
            ("found: phase", np.angle(found), turn), ("distance", np.abs(found - truth), {"cmap": "magma"}),
        ])  # fmt: skip


if __name__ == "__main__":
    main()
