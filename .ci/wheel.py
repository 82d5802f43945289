"""The wheel that `pip wheel .` builds holds both packages, the marks of their types and the page to see, and nothing else."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("autograd_lite", "nn")

expected = {f"{package}/py.typed" for package in PACKAGES}
expected |= {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
seeing = ROOT / "autograd_lite" / "seeing"
expected |= {path.relative_to(ROOT).as_posix() for end in ("html", "css", "js") for path in seeing.glob(f"*.{end}")}
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = Path(folder).glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
found = {name for name in names if ".dist-info/" not in name}
if found != expected:
    sys.exit(f"{wheel.name} lacks {sorted(expected - found)} and should not hold {sorted(found - expected)}")
print(f"{wheel.name} holds the {len(found)} files of {' and '.join(PACKAGES)}")
