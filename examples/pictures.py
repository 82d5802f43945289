"""The pictures of README.md, in light and dark: the page of `ag.show` at the end of README's first example.

    python examples/pictures.py           # with Debian's chromium, and Pillow, which matplotlib brings

They are written into examples/pictures/.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import autograd_lite as ag

FOLDER = Path(__file__).with_name("pictures")
STEP = 8  # four values have arrived, then four gradients: the two ways back to x have met
SIZE = 1280, 680
PRESS = "<script>for (let i = 0; i < %d; i++) document.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight'}))</script>"
DARK = "(prefers-color-scheme: dark)"


def page() -> str:
    """The page, as far along as the right arrow key has been pressed."""
    x = ag.tensor([0.0, 1.0, 2.0], requires_grad=True)
    with ag.watch():
        y = np.sum(np.sin(x) * x**2)
    with tempfile.TemporaryDirectory() as folder:
        ag.show(y, Path(folder) / "page.html", names={"x": x, "y": y})
        text = (Path(folder) / "page.html").read_text(encoding="utf-8")
    return text.replace("</body>", PRESS % STEP + "</body>")


def photograph(text: str, file: Path) -> None:
    """A page as a browser shows it, in 64 colours."""
    from PIL import Image

    browser = shutil.which("chromium")
    if browser is None:
        sys.exit("pictures.py needs a browser: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        html, png = Path(folder) / "page.html", Path(folder) / "page.png"
        html.write_text(text, encoding="utf-8")
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        size = [f"--window-size={SIZE[0]},{SIZE[1]}", f"--screenshot={png}"]
        subprocess.run([browser, *options, *size, html.as_uri()], check=True, capture_output=True)
        Image.open(png).convert("RGB").quantize(64).save(file, optimize=True)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    text = page()
    photograph(text.replace(DARK, "not all"), FOLDER / "show_light.png")
    photograph(text.replace(DARK, "all"), FOLDER / "show_dark.png")


if __name__ == "__main__":
    main()
