"""The types of both packages, as mypy and pyright see them from a folder outside the tree after an editable install."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """\
import numpy as np

import autograd_lite as ag
import nn

x = ag.tensor([0.0, 1.0], requires_grad=True)
model = nn.Sequential(nn.Linear(1, 4), nn.Tanh())
"""
REVEALED = {
    "x": "Tensor",
    "2 * x @ x": "Tensor",
    "x.sum()": "Tensor",
    "x.shape": "tuple[int, ...]",
    "ag.check_gradients(lambda t: t * t, 1.0)": "GradientCheck",
    "model": "Sequential",
    "nn.Linear(1, 4).weight": "Parameter",
    "nn.Linear(1, 4).weight.sum()": "Tensor",
    "nn.Linear(1, 4).weight[0]": "Tensor",
    "model.parameters()": "Iterator[Parameter]",
    "nn.optim.Adam(model.parameters(), lr=0.03)": "Adam",
    "nn.fit(model, np.ones((2, 1)), np.ones((2, 1)), epochs=1)": "History",
    "nn.Regressor(4).fit(np.ones((2, 1)), np.ones(2))": "Regressor",
}
CHECKERS = {  # the command, and how it prints what it reveals
    "mypy": (["mypy", "--strict", "--config-file=", "--python-executable", sys.executable], r'Revealed type is "(.*)"'),
    "pyright": (["pyright", "--pythonpath", sys.executable], r'Type of ".*" is "(.*)"'),
}


def revealed(checker: str, folder: Path) -> list[str]:
    """The types that a checker reveals in the program, without the modules they come from."""
    command, pattern = CHECKERS[checker]
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")}
    run = subprocess.run([*command, "program.py"], cwd=folder, env=environment, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{checker}, outside the tree:\n{run.stdout}{run.stderr}")
    return [re.sub(r"\b(?:\w+\.)+(?=\w)", "", found) for found in re.findall(pattern, run.stdout)]


with tempfile.TemporaryDirectory() as outside:
    program = PROGRAM + "".join(f"reveal_type({expression})\n" for expression in REVEALED)
    (Path(outside) / "program.py").write_text(program, encoding="utf-8")
    for checker in CHECKERS:
        found = revealed(checker, Path(outside))
        if found != list(REVEALED.values()):
            sys.exit(f"{checker}, outside the tree: {list(REVEALED.values())} expected, but it sees {found}")
        print(f"{checker} finds {len(found)} types of autograd_lite and nn from {outside}")
