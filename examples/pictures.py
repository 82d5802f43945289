"""The pictures of README.md, in light and dark: the page of `ag.show` at the end of its first example, and its network.

    python examples/pictures.py           # with Debian's chromium, and Pillow, which matplotlib brings

They are written into examples/pictures/.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import autograd_lite as ag
import nn

FOLDER = Path(__file__).with_name("pictures")
STEP = 8  # four values have arrived, then four gradients: the two ways back to x have met
PRESS = "<script>for (let i = 0; i < %d; i++) document.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight'}))</script>"
DARK = re.compile(r"\(prefers-color-scheme: ?dark\)")
BACKGROUND = {"light": "#ffffff", "dark": "#0d1117"}  # those of the sites that show README


def page() -> str:
    """The page, as far along as the right arrow key has been pressed."""
    x = ag.tensor([0.0, 1.0, 2.0], requires_grad=True)
    with ag.watch():
        y = np.sum(np.sin(x) * x**2)
    with tempfile.TemporaryDirectory() as folder:
        ag.show(y, Path(folder) / "page.html", names={"x": x, "y": y})
        text = (Path(folder) / "page.html").read_text(encoding="utf-8")
    return text.replace("</body>", PRESS % STEP + "</body>")


def network() -> str:
    """README's network after its training, drawn: a page of nothing but the picture."""
    hours = np.linspace(-1, 1, 24).reshape(24, 1)
    model = nn.Sequential(nn.Linear(1, 4, rng=0), nn.Tanh(), nn.Linear(4, 1, rng=1))
    nn.fit(model, hours, np.sin(3 * hours), optimizer=nn.optim.Adam(model.parameters(), lr=0.03), epochs=1000)
    return f"<body style='margin: 0; background: BACKGROUND'>{nn.diagram(model, hours, np.sin(3 * hours)).svg}</body>"


def photograph(text: str, file: Path, width: int, height: int) -> None:
    """A page as a browser shows it, in 64 colours."""
    from PIL import Image

    browser = shutil.which("chromium")
    if browser is None:
        sys.exit("pictures.py needs a browser: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        html, png = Path(folder) / "page.html", Path(folder) / "page.png"
        html.write_text(text, encoding="utf-8")
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        size = [f"--window-size={width},{height}", f"--screenshot={png}"]
        subprocess.run([browser, *options, *size, html.as_uri()], check=True, capture_output=True)
        Image.open(png).convert("RGB").quantize(64).save(file, optimize=True)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text, width, height in (("show", page(), 1280, 680), ("network", network(), 1116, 640)):
        for theme, applies in (("light", "not all"), ("dark", "all")):
            in_theme = DARK.sub(applies, text).replace("BACKGROUND", BACKGROUND[theme])
            photograph(in_theme, FOLDER / f"{name}_{theme}.png", width, height)


if __name__ == "__main__":
    main()
