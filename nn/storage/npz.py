"""The archive `.npz`, written so that NumPy reads it, and read without trusting it.

An archive is a zip file with one member `name.npy` for each array. Members are stored as they are, never compressed: so
nothing that is read can be larger than the file, whatever the file says. The members fill the file, and each has a checksum.
"""

from __future__ import annotations

import math
import re
import struct
import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fits", "read", "write"]

STRUCTURE = "structure.json"
NAME = r"[^/\\:\x00-\x1f\x7f\ud800-\udfff]+"  # the name of a file, which leads to no other folder
LENGTHS_AT = 26  # in the header of a member, whose last 4 bytes are the lengths of its name and of more, which follow
HEADER = (  # of an array, as NumPy writes it: it is compared, not evaluated
    rb"(?s)\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<dtype>\|b1|\|[iu]1|[<>][iuf][248]|[<>]c(?:8|16))', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>(?:\d{1,19}, ?)*(?:\d{1,19})?)\), \} *\n"
)
BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, struct.error)  # what zipfile raises for a bad file


def fits(name: str) -> bool:
    """True if an array can have that name in an archive."""
    return re.fullmatch(NAME, name) is not None and len(name) <= 200


def write(file: IO[bytes], arrays: dict[str, NDArray[Any]], structure: str) -> None:
    """Write an archive; the same arrays give the same bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:  # ZipInfo: without a date
                np.lib.format.write_array(member, array, allow_pickle=False)
        archive.writestr(zipfile.ZipInfo(STRUCTURE), structure)


def read(file: IO[bytes]) -> tuple[dict[str, NDArray[Any]], bytes | None]:
    """The arrays of an archive by name, and the structure if it has one.

    Raises
    ------
    ValueError
        With the reason, for a file that is not a whole, unaltered archive of plain numbers.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            refuse_unless_plain(members, file, archive.start_dir)
            contents = {member.filename: archive.read(member) for member in members}  # which compares the checksums
    except BROKEN as error:
        raise ValueError(f"it is no archive, or truncated or altered: {error}") from error
    structure = contents.pop(STRUCTURE, None)
    arrays = {name.removesuffix(".npy"): parse_array(content, name) for name, content in contents.items()}
    return arrays, structure


def refuse_unless_plain(members: list[zipfile.ZipInfo], file: IO[bytes], directory: int) -> None:
    """Refuse anything but plain members that fill the file up to its directory, before any of them is read."""
    end, names = 0, set()
    for member in sorted(members, key=lambda member: member.header_offset):
        name = member.filename
        if name in names:
            raise ValueError(f"it has two members {name!r}")
        names.add(name)
        if member.orig_filename != name or not re.fullmatch(NAME, name):
            raise ValueError(f"its member {member.orig_filename!r} names a path")
        if name != STRUCTURE and not name.endswith(".npy"):
            raise ValueError(f"its member {name!r} is no array")  # nor is `a` beside `a.npy`
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"its member {name!r} is compressed; write np.savez, not np.savez_compressed")
        if member.header_offset != end or member.compress_size != member.file_size:
            raise ValueError(f"its member {name!r} overlaps another, or leaves a gap")
        file.seek(end + LENGTHS_AT)
        lengths = struct.unpack("<HH", file.read(4))
        end += LENGTHS_AT + 4 + sum(lengths) + member.file_size
        if end > directory:
            raise ValueError(f"its member {name!r} is larger than the file")
    if end != directory:
        raise ValueError("it has bytes that belong to no member")


def parse_array(content: bytes, name: str) -> NDArray[Any]:
    """The array of a member whose header describes exactly the bytes that follow it."""
    header = re.match(HEADER, content)
    if header is None or header.end() != 10 + int.from_bytes(header["length"], "little"):
        raise ValueError(f"its member {name!r} is no array of plain numbers; only these are loaded, never pickles")
    dtype = np.dtype(header["dtype"].decode())
    shape = tuple(int(n) for n in header["shape"].split(b",") if n.strip())
    size, found = math.prod(shape), len(content) - header.end()
    if size * dtype.itemsize != found:
        raise ValueError(f"its member {name!r} says shape {shape}, {dtype}, but has {found} bytes")
    try:
        values = np.frombuffer(content, dtype, size, header.end()) if size else np.empty(0, dtype)
        return values.reshape(shape, order="F" if header["fortran"] == b"True" else "C").copy(order="K")
    except (ValueError, OverflowError) as error:
        raise ValueError(f"its member {name!r} says shape {shape}: {error}") from error
