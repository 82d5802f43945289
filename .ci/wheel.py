"""The wheel that `python -m build` makes holds both packages, the marks of their types and the pages to see, and nothing else.

    python .ci/wheel.py [FOLDER]

leaves it in the folder, from which the gate installs it for a run of the tests without the sources.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograd_lite", "nn")
MOST = 680  # kB: a third of it are docstrings

expected = {f"{package}/py.typed" for package in PACKAGES}
expected |= {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
seeing = [path for package in PACKAGES for path in (ROOT / package / "seeing").iterdir()]
expected |= {path.relative_to(ROOT).as_posix() for path in seeing if path.suffix in (".html", ".css", ".js")}
with tempfile.TemporaryDirectory() as passing:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(passing)
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    size = wheel.stat().st_size / 1000
found = {name for name in names if ".dist-info/" not in name}
if found != expected:
    sys.exit(f"{wheel.name} lacks {sorted(expected - found)} and should not hold {sorted(found - expected)}")
if size > MOST:
    sys.exit(f"{wheel.name} has {size:.0f} kB, and {MOST} are wanted at most")
print(f"{wheel.name} holds the {len(found)} files of {' and '.join(PACKAGES)} in {size:.0f} kB")
