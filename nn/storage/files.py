"""Saving and loading: a file is complete or not there, and nothing in it is ever executed."""

from __future__ import annotations

import errno
import importlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

__all__ = ["StorageError", "load", "save"]

FORMATS = {".npz": "npz", ".safetensors": "safetensors"}
FROM_PYTORCH = (
    " If PyTorch wrote it, write there np.savez('weights.npz', **{k: t.cpu().numpy() for k, t in model.state_dict().items()}), "
    "and load that."
)


class StorageError(ValueError):
    """A file that cannot be loaded: truncated, altered, hostile, or of another kind; it names the file and the reason.

    >>> import nn
    >>> try:
    ...     nn.load(nn.__file__)
    ... except nn.StorageError as error:
    ...     print(error)
    load: ...: the path must end in .npz or .safetensors, not '.py'.
    """


def save(state: Any, path: Any) -> None:
    """Write nested state to a file: weights, or a whole checkpoint. The order is PyTorch's; the other is understood, too.

    The file is written under another name in the same folder and takes its place when all of it is on the disk. So the
    previous file stays whole until then, whatever fails; a process that is killed may leave a hidden `.tmp` beside it. A
    symbolic link stays one; owner and permissions stay.

    Parameters
    ----------
    state
        Dicts (with str or int as keys), lists and tuples of arrays (bool, integers, floats, in `.npz` complex numbers), NumPy and
        Python numbers, text, True, False and None; such as `model.state_dict()`, or a dict of several.
    path
        Ends in `.npz`, which needs NumPy alone, or `.safetensors`, which needs the package of that name and which
        PyTorch and others read.

    Raises
    ------
    TypeError
        There is something else in the state; it is named by its path. Or neither argument is a path.
    ValueError
        The path ends in something else, or the state contains itself.
    OSError
        The file cannot be written; the previous one is as it was.

    Notes
    -----
    Arrays are stored under the path to them, `model.0.weight`; weights alone thus have the names they have in the
    `state_dict`. `np.load` and `safetensors.torch.load_file` read them so.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save({"weight": np.ones((1, 2)), "epoch": 3}, f"{folder}/weights.npz")
    ...     load(f"{folder}/weights.npz")
    {'weight': array([[1., 1.]]), 'epoch': 3}
    """
    written(state, path, keep=True)


def save_for_trial(state: Any, path: str | os.PathLike[str]) -> None:
    """Raise the error that `save` would, and leave no file."""
    written(state, path, keep=False)


def written(state: Any, path: Any, keep: bool) -> None:
    """Save, or write the file that is to take the place of the one at `path`, and remove it again."""
    if not is_path(path) or (isinstance(path, str) and is_path(state) and os.path.splitext(os.fspath(state))[1] in FORMATS):
        state, path = path, state  # the path came first
    if not is_path(path) or isinstance(state, os.PathLike) or (isinstance(state, str) and state.endswith(tuple(FORMATS))):
        raise TypeError(
            f"save: a {type(state).__name__} and a {type(path).__name__} were given. Write nn.save(state, 'file.npz')."
        )
    format = format_of("save", path)
    try:
        arrays, structure = module_of("structure").flatten(state, format.fits)
    except (TypeError, ValueError) as error:
        raise type(error)(f"save: {os.fspath(path)}: {error}") from None
    replace_file(path, lambda file: format.write(file, arrays, structure), keep)


def load(path: str | os.PathLike[str]) -> Any:
    """The state in a file that `save` wrote, or the arrays by name in a file of another program.

    Parameters
    ----------
    path
        Ends in `.npz` or `.safetensors`.

    Raises
    ------
    StorageError
        A ValueError: the file is truncated, altered or hostile; has pickles, or numbers that NumPy does not have; or
        the path ends in something else. Alterations of an `.npz` are found by its checksums; `.safetensors` has none.
    TypeError
        It is no path that was given.
    OSError
        It is not there, or cannot be read.

    Notes
    -----
    Arrays of `.npz` are loaded from their bytes, uncompressed and without pickle: memory beyond a few times the size of
    the file is never asked for.

    Examples
    --------
    >>> import nn, tempfile, os
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "weights.npz")
    ...     nn.save(nn.Linear(2, 1).state_dict(), path)
    ...     sorted(nn.load(path))
    ['bias', 'weight']
    """
    if not is_path(path):
        raise TypeError(f"load: a {type(path).__name__} was given, not a path. Write model.load_state_dict(nn.load('file.npz')).")
    format = format_of("load", path)
    with open(path, "rb", opener=open_nonblocking) as file:
        try:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError("it is no regular file")
            arrays, structure = format.read(file)
            return arrays if structure is None else module_of("structure").unflatten(arrays, structure)
        except ValueError as error:
            raise StorageError(f"load: {os.fspath(path)}: {error}.") from error


def is_path(given: Any) -> bool:
    return isinstance(given, (str, os.PathLike))


def format_of(name: str, path: str | os.PathLike[str]) -> Any:
    suffix = os.path.splitext(os.fspath(path))[1]
    if suffix not in FORMATS:
        beside = FROM_PYTORCH if name == "load" and suffix in (".pt", ".pth", ".ckpt") else ""
        raise StorageError(f"{name}: {os.fspath(path)}: the path must end in {' or '.join(FORMATS)}, not {suffix!r}.{beside}")
    return module_of(FORMATS[suffix])


def module_of(name: str) -> Any:
    """A module of this folder, imported when it is asked for: json and zipfile take long."""
    return importlib.import_module(f".{name}", __package__)


def open_nonblocking(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe would wait for a writer


def replace_file(path: str | os.PathLike[str], write: Callable[[IO[bytes]], Any], keep: bool = True) -> None:
    """Let `write` fill a new file that then takes the place of the one at `path`, in one step, or is removed."""
    target = os.path.realpath(path)  # a link stays, what it leads to is replaced
    before = replaceable(target)
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "save: there is no such folder", folder)
    temporary = os.path.join(folder, f".{os.urandom(8).hex()}.tmp")
    try:
        with new_file(temporary, target) as file:
            if before is not None:  # before the content is there to be read
                if os.name == "posix":
                    with suppress(PermissionError):  # only the administrator may write files of others
                        os.chown(temporary, before.st_uid, before.st_gid)
                os.chmod(temporary, stat.S_IMODE(before.st_mode))
            write(file)
            file.flush()
            if keep:
                os.fsync(file.fileno())
        if not keep:
            os.unlink(temporary)
            return
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    if os.name == "posix":  # the new name, too, is to be on the disk
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def new_file(temporary: str, target: str) -> IO[bytes]:
    """The file to write; an error names the one that it is to become."""
    try:
        return open(temporary, "xb")
    except OSError as error:
        raise type(error)(error.errno, f"save: no file can be made in the folder ({error.strerror})", target) from None


def replaceable(target: str) -> os.stat_result | None:
    """The owner and permissions of the file to be replaced, if there is one; raise if it must not be replaced."""
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "save: this is no regular file", target)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "save: the file is write-protected", target)
    return found
