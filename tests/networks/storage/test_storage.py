"""save and load: what comes back, what a failure leaves, and which files are refused."""

import io
import json
import os
import stat
import struct
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from nn.storage import StorageError, load, npz, save
from nn.storage.structure import flatten, unflatten


def formats(*more):
    """One parameter for each format; safetensors where it is installed."""
    try:
        import safetensors  # noqa: F401
    except ImportError:
        return pytest.param(".safetensors", *more, marks=pytest.mark.skip(reason="safetensors is not installed"))
    return pytest.param(".safetensors", *more)


FORMATS = pytest.mark.parametrize("suffix", [".npz", formats()])


def same(a, b):
    """Equal in values, types and dtypes, all the way down; nan equals nan."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(type(k) is type(j) and same(a[k], b[j]) for k, j in zip(a, b))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, (np.ndarray, np.generic)):
        return (
            a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=")
            and a.shape == b.shape
            and a.tobytes() == b.astype(a.dtype).tobytes()
        )
    return a == b or a != a


RNG = np.random.default_rng(0)
ARRAYS = {
    **{dtype: np.array([[0, 1], [2, 3]], dtype) for dtype in "?bhilqBHILQefd"},
    "0-d": np.array(1.5, np.float32),
    "empty": np.empty((0, 3), np.float16),
    "big-endian": np.array([1.0, -2.5], ">f8"),
    "fortran": np.asfortranarray(RNG.normal(size=(3, 4))),
    "strided": RNG.normal(size=(6, 8))[::2, ::-3],
    "transposed": RNG.normal(size=(2, 3, 4)).transpose(2, 0, 1).astype(">f4"),
    "broadcast": np.broadcast_to(np.float32(3), (2, 2)),
    "nan": np.array([np.nan, -np.inf, -0.0]),
}
STATES = {
    "nothing": {},
    "None": None,
    "numbers": {"a": 1, "b": -0.0, "c": True, "d": 2**200, "e": 1e-300, "f": float("inf"), "g": -float("inf")},
    "nan": [float("nan")],
    "text": {"ä/ö": '\n"\\\ud7ff', "": "", "__metadata__": "x"},
    "numpy numbers": {"x": np.float32(0.1), "y": np.float64(0.1), "z": np.int64(3), "t": np.True_},
    "containers": {"a": [(), [], {}, (1, (2, [3]))], 3: {"x": (np.ones(2), np.zeros(1))}, -1: 4},
    "one array": np.arange(3.0),
    "paths that meet": {"a": {"b": np.ones(1)}, "a.b": np.zeros(2), 0: np.ones(3), "0": np.ones(4), "[0]": np.ones(5)},
    "names": {
        name: np.ones(i) for i, name in enumerate(["/etc/x", "..", "../x", "a\\b", "", "C:x", "a" * 70_000, "__metadata__", "\0"])
    },
    "brackets": {"[1]": np.ones(1), "a/b": np.ones(2), "[3]": np.ones(3), "__metadata__": np.ones(4)},
    "generator": [getattr(np.random, name)(3).state for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")],
}


@FORMATS
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_back(tmp_path, suffix, name):
    save(tmp_path / f"a{suffix}", {name: ARRAYS[name]})
    found = load(tmp_path / f"a{suffix}")
    assert same(found, {name: ARRAYS[name]})
    assert suffix != ".npz" or found[name].dtype == ARRAYS[name].dtype
    assert found[name].flags.writeable and found[name].flags.owndata or not found[name].size or found[name].base.flags.owndata


@FORMATS
@pytest.mark.parametrize("name", STATES)
def test_states_come_back(tmp_path, suffix, name):
    save(str(tmp_path / f"a{suffix}"), STATES[name])
    assert same(load(str(tmp_path / f"a{suffix}")), STATES[name])


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([np.ones(2), np.float32(1.5), np.array(3)]),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(max_size=3) | st.integers(), inner),
    max_leaves=8,
)


@given(state=TREES)
@settings(deadline=None)
def test_every_state_comes_back(state):
    arrays, text = flatten(state, npz.fits)
    npz.write(file := io.BytesIO(), arrays, text)
    found, text = npz.read(file)
    assert same(unflatten(found, text), state)


@FORMATS
def test_a_generator_goes_on_where_it_was(tmp_path, suffix):
    rng = np.random.default_rng(5)
    rng.normal(size=7)
    save(tmp_path / f"a{suffix}", {"rng": rng.bit_generator.state})
    expected = rng.normal(size=7)
    other = np.random.default_rng()
    other.bit_generator.state = load(tmp_path / f"a{suffix}")["rng"]
    np.testing.assert_array_equal(other.normal(size=7), expected)


@FORMATS
def test_weights_keep_their_names_and_order(tmp_path, suffix):
    weights = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).state_dict()
    save(tmp_path / f"a{suffix}", weights)
    assert same(load(tmp_path / f"a{suffix}"), weights)
    if suffix == ".npz":
        with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
            assert set(archive.files) == {*weights, "structure.json"}
            assert same(archive["2.weight"], weights["2.weight"])


def test_archives_of_numpy_are_read(tmp_path):
    arrays = {"w": RNG.normal(size=(2, 3)), "0.bias": np.zeros(2, np.float32), "f": np.asfortranarray(RNG.normal(size=(2, 3)))}
    np.savez(tmp_path / "a.npz", **arrays)
    assert same(load(tmp_path / "a.npz"), arrays)


def test_the_same_state_gives_the_same_bytes(tmp_path):
    for name in "ab":
        save(tmp_path / f"{name}.npz", {"w": np.ones(3), "n": 1})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_weights_go_to_pytorch_and_back(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    st_torch = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    ours = nn.Sequential(nn.Linear(2, 3, dtype=np.float32), nn.Tanh(), nn.Linear(3, 1, dtype=np.float32))
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    save(tmp_path / "a.safetensors", ours.state_dict())
    theirs.load_state_dict(st_torch.load_file(tmp_path / "a.safetensors"))
    x = RNG.normal(size=(5, 2)).astype(np.float32)
    np.testing.assert_allclose(theirs(torch.tensor(x)).detach().numpy(), ours(x).data, rtol=1e-5, atol=1e-6)
    theirs[0].weight.data *= 2
    st_torch.save_file(theirs.state_dict(), tmp_path / "b.safetensors")
    ours.load_state_dict(load(tmp_path / "b.safetensors"))
    np.testing.assert_array_equal(ours[0].weight.data, theirs[0].weight.detach().numpy())


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_a_name_may_be_any_text(tmp_path, suffix):
    if suffix == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    names = ["ä/ß 漢", "", "..", "../../etc/x", "a\0b", "\ud800", "x" * 300, "structure.json", "__metadata__", "[0]"]
    save(tmp_path / f"a{suffix}", {name: np.array([float(i)]) for i, name in enumerate(names)})
    assert {name: array.item() for name, array in load(tmp_path / f"a{suffix}").items()} == {n: i for i, n in enumerate(names)}


def test_numbers_that_numpy_does_not_have_are_named(tmp_path):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    header = json.dumps({"w": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    with pytest.raises(StorageError, match=r"a.safetensors: 'w' has dtype BF16, which NumPy does not have.*t\.float\(\)"):
        load(tmp_path / "a.safetensors")


@pytest.mark.parametrize("use", [lambda path: save(path, {}), load], ids=["save", "load"])
def test_a_missing_package_is_named(tmp_path, monkeypatch, use):
    (tmp_path / "a.safetensors").write_bytes(b"old")
    for name in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-lite\[safetensors\]'; or write .npz"):
        use(tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == b"old"


# -- what cannot be saved ---------------------------------------------------------------------------------------------


def cycle():
    state = {}
    state["self"] = [state]
    return state


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ({"a": {"w": nn.Parameter([1.0])}}, TypeError, r"state at a.w is a Parameter. Write p.data, or model.state_dict\(\)"),
        ({"m": nn.Linear(1, 1)}, TypeError, r"state at m is a Linear. Write its state, model.state_dict\(\)"),
        ({"rng": [RNG]}, TypeError, "state at rng.0 is a Generator. Write rng.bit_generator.state"),
        (print, TypeError, "the state is a builtin"),
        ({"o": np.array([None])}, TypeError, "state at o is an array of object"),
        ({"o": np.array(["a"])}, TypeError, "state at o is an array of <U1"),
        ({"c": np.array([1j], np.clongdouble)}, TypeError, "; what can be saved are bool, integers and floats of up to 64 bits"),
        ({"r": np.zeros(2, "i4,f4")}, TypeError, "state at r is an array of"),
        ({"l": np.zeros(1, "V16")}, TypeError, "state at l is an array of"),
        ({"m": np.ma.array([1.0])}, TypeError, "state at m is a MaskedArray"),
        ({"c": b"1j"}, TypeError, "state at c is a bytes"),
        ({"s": {1}}, TypeError, "state at s is a set"),
        ({"a": {(1, 2): 3}}, TypeError, r"state at a has the key \(1, 2\); keys must be str or int"),
        ({True: 1}, TypeError, "the state has the key True"),
        (cycle(), ValueError, "contains itself"),
    ],
)
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_what_is_no_data_is_refused_by_its_path(tmp_path, suffix, state, error, message):
    (tmp_path / f"a{suffix}").write_bytes(b"old")
    with pytest.raises(error, match=message):
        save(tmp_path / f"a{suffix}", state)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(f"a{suffix}", b"old")]


def test_complex_numbers_come_back_from_archives(tmp_path):
    arrays = {dtype: np.array([[1 + 2j, -0.0], [np.nan * 1j, np.inf]], dtype) for dtype in ("F", "D", ">c8")}
    state = arrays | {
        "view": arrays["D"].T[::-1],
        "scalar": np.complex64(1j),
        "plain": complex(-0.0, float("inf")),
        "small": 1e-300j,
    }
    save(state, tmp_path / "a.npz")
    assert same(load(tmp_path / "a.npz"), state)
    assert np.array_equal(np.load(tmp_path / "a.npz")["D"], arrays["D"], equal_nan=True)
    with pytest.raises(TypeError, match="'D' is complex, and .safetensors has real numbers alone. Write .npz"):
        save(state | {"F": 1}, tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda path: save(path, path), "save: a PosixPath and a PosixPath were given"),
        (lambda path: save(str(path), str(path)), "save: a str and a str were given"),
        (lambda path: save(nn.Linear(1, 1), path), r"the state is a Linear. Write its state, model.state_dict\(\)"),
        (
            lambda path: save(path, nn.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)),
            r"is a SGD. Write .*optimizer.state_dict\(\)",
        ),
        (
            lambda path: load({"w": np.ones(1)}),
            r"load: a dict was given, not a path. Write model.load_state_dict\(nn",
        ),
        (lambda path: load(nn.Linear(1, 1)), "load: a Linear was given, not a path"),
    ],
)
def test_what_is_no_state_or_no_path_is_refused_with_what_to_write(tmp_path, use, message):
    with pytest.raises(TypeError, match=message.replace("PosixPath", type(tmp_path).__name__)):
        use(tmp_path / "a.npz")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(np.dtype("longdouble").itemsize == 8, reason="long double is double here")
def test_numbers_that_differ_between_machines_are_refused(tmp_path):
    with pytest.raises(TypeError, match="floats of up to 64 bits"):
        save(tmp_path / "a.npz", np.longdouble(1))


@pytest.mark.parametrize("name", ["a", "a.npy", "a.pt", "a.pkl", "a.npz.gz", ".npz"])
def test_other_extensions_are_refused(tmp_path, name):
    for use in (lambda: save(tmp_path / name, {}), lambda: load(tmp_path / name)):
        with pytest.raises(StorageError, match=r"must end in .npz or .safetensors"):
            use()


@pytest.mark.parametrize("name", ["a.pt", "a.pth"])
def test_a_file_of_pytorch_says_how_to_bring_the_weights_over(tmp_path, name):
    with pytest.raises(StorageError, match="write there np.savez") as refused:
        load(tmp_path / name)
    written = str(refused.value).split("write there ")[1].split(", and load")[0]

    class Weight:  # a torch.Tensor's methods
        def cpu(self):
            return self

        def numpy(self):
            return np.arange(3.0)

    model = type("Model", (), {"state_dict": lambda self: {"0.weight": Weight()}})()
    eval(written.replace("weights.npz", str(tmp_path / "weights.npz")), {"np": np, "model": model})
    assert np.array_equal(load(tmp_path / "weights.npz")["0.weight"], np.arange(3.0))


# -- the previous file ------------------------------------------------------------------------------------------------


def failing(monkeypatch, where, name, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(where, name, fail)


STAGES = {
    "opening": (os, "urandom"),
    "permissions": (os, "chmod"),
    "an array": (np.lib.format, "write_array"),
    "the structure": (zipfile.ZipFile, "writestr"),
    "closing the archive": (zipfile.ZipFile, "close"),
    "flushing": (os, "fsync"),
    "renaming": (os, "replace"),
}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_previous_file_survives_a_failure(tmp_path, monkeypatch, stage, error):
    save(tmp_path / "a.npz", {"w": np.arange(3)})
    before = (tmp_path / "a.npz").read_bytes()
    with monkeypatch.context() as patch:
        failing(patch, *STAGES[stage], error)
        with pytest.raises(type(error)):
            save(tmp_path / "a.npz", {"w": np.arange(4)})
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.npz", before)]


def test_the_bytes_are_on_the_disk_before_they_get_the_name(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (calls.append(name), real(*args)))
    save(tmp_path / "a.npz", {})
    assert calls == ["fsync", "replace"] + ["fsync"] * (os.name == "posix")


needs_posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")


@needs_posix
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "a.npz").symlink_to("there/b.npz")
    for k in range(2):
        save(tmp_path / "a.npz", k)
        assert (tmp_path / "a.npz").is_symlink()
        assert load(tmp_path / "there" / "b.npz") == k


@needs_posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_permissions_stay(tmp_path, mode):
    save(tmp_path / "a.npz", 1)
    os.chmod(tmp_path / "a.npz", mode)
    save(tmp_path / "a.npz", 2)
    assert stat.S_IMODE((tmp_path / "a.npz").stat().st_mode) == mode


@needs_posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(tmp_path):
    save(tmp_path / "a.npz", 1)
    os.chown(tmp_path / "a.npz", 12345, 54321)
    os.chmod(tmp_path / "a.npz", 0o640)
    save(tmp_path / "a.npz", 2)
    found = (tmp_path / "a.npz").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 54321, 0o640)


@needs_posix
def test_a_new_file_has_the_usual_permissions(tmp_path):
    save(tmp_path / "a.npz", 1)
    (tmp_path / "usual").touch()
    assert (tmp_path / "a.npz").stat().st_mode == (tmp_path / "usual").stat().st_mode


@needs_posix
def test_a_protected_file_stays(tmp_path, monkeypatch):
    save(tmp_path / "a.npz", 1)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(PermissionError, match=r"write-protected.*a\.npz"):
        save(tmp_path / "a.npz", 2)
    assert load(tmp_path / "a.npz") == 1


@needs_posix
def test_what_is_no_file_is_neither_replaced_nor_read(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(OSError, match="no regular file"):
        save(tmp_path / "a.npz", 2)
    with pytest.raises(StorageError, match="no regular file"):
        load(tmp_path / "a.npz")
    assert stat.S_ISFIFO((tmp_path / "a.npz").stat().st_mode)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such folder.*missing'"):
        save(tmp_path / "missing" / "a.npz", {})
    with pytest.raises(FileNotFoundError, match=r"missing"):
        load(tmp_path / "missing" / "a.npz")


# -- files that are refused -------------------------------------------------------------------------------------------


def npy(array, **options):
    np.lib.format.write_array(file := io.BytesIO(), array, **options)
    return file.getvalue()


def header(text, data=b"", version=b"\x01\x00"):
    """An .npy whose header says anything."""
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + size + text.encode("latin1") + data


def archive(*members, **options):
    """A zip file of (name, content); names as they are, also twice."""
    with zipfile.ZipFile(file := io.BytesIO(), "w", **options) as made:
        for name, content in members:
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, made.compression
            made.filelist, before = [], made.filelist  # which hides a name that is there already
            made.NameToInfo.clear()
            made.writestr(info, content)
            made.filelist = before + made.filelist
    return file.getvalue()


def patched(data, find, offset, format, *values):
    """The archive with another number in the directory entry found by its signature."""
    at = data.rindex(find) + offset
    return data[:at] + struct.pack(format, *values) + data[at + struct.calcsize(format) :]


NO_ARRAY = "no array of plain numbers; only these are loaded, never pickles"
GOOD = npy(np.ones(3))
PLAIN = archive(("a.npy", GOOD))
DIRECTORY = b"PK\x01\x02"


def bomb(shape, descr="<f8", data=b""):
    return archive(("a.npy", header(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n", data)))


def structured(text):
    return archive(("a.npy", GOOD), ("structure.json", text))


HOSTILE = {
    "empty": (b"", "no archive, or truncated"),
    "pickle": (b"\x80\x04K\x01.", "no archive"),
    "npy": (GOOD, "no archive"),
    "text": (b"weights, please", "no archive"),
    "truncated": (PLAIN[:-30], "no archive, or truncated"),
    "object array": (archive(("a.npy", npy(np.array([print], object), allow_pickle=True))), NO_ARRAY),
    "strings": (archive(("a.npy", npy(np.array(["x"])))), NO_ARRAY),
    "records": (archive(("a.npy", npy(np.zeros(2, "i4,f4")))), NO_ARRAY),
    "pickle as member": (archive(("a.npy", b"\x80\x04K\x01.")), NO_ARRAY),
    "other member": (archive(("a.pkl", b"\x80\x04K\x01.")), "is no array"),
    "member without ending": (archive(("a", GOOD), ("a.npy", GOOD)), "'a' is no array."),
    "header of another length": (archive(("a.npy", GOOD[:8] + b"\x05\x00" + GOOD[10:])), NO_ARRAY),
    "path": (archive(("../x.npy", GOOD)), "'../x.npy' names a path"),
    "absolute path": (archive(("/x.npy", GOOD)), "names a path"),
    "windows path": (archive(("a\\x.npy", GOOD)), "names a path"),
    "drive": (archive(("C:x.npy", GOOD)), "names a path"),
    "folder": (archive(("a/", b"")), "names a path"),
    "two of a name": (archive(("a.npy", GOOD), ("a.npy", npy(np.zeros(3)))), "two members 'a.npy'"),
    "compressed": (archive(("a.npy", GOOD), compression=zipfile.ZIP_DEFLATED), "compressed; write np.savez"),
    "encrypted": (patched(PLAIN, DIRECTORY, 8, "<H", 1), "encrypted"),
    "larger than the file": (patched(PLAIN, DIRECTORY, 20, "<II", 2**31, 2**31), "larger than the file"),
    "with a gap": (patched(archive(("a.npy", GOOD), ("b.npy", GOOD)), DIRECTORY, 42, "<I", 200), "leaves a gap"),
    "with something before": (b"#!/bin/sh\n" + PLAIN, "leaves a gap"),
    "with less in its directory": (patched(PLAIN + b"", b"PK\x05\x06", 12, "<I", 0), "it "),
    "smaller than its content": (patched(PLAIN, DIRECTORY, 20, "<I", 5), "overlaps another"),
    "overlapping": (patched(archive(("a.npy", GOOD), ("b.npy", GOOD)), DIRECTORY, 42, "<I", 0), "overlaps another"),
    "altered": (PLAIN.replace(struct.pack("<d", 1.0), struct.pack("<d", 2.0)), "altered: Bad CRC"),
    "huge shape": (bomb((2**40, 2**20)), "but has 0 bytes"),
    "huge empty shape": (bomb((0, 2**63)), "says shape"),
    "negative shape": (bomb((-1, -1), data=bytes(8)), NO_ARRAY),
    "shape of many digits": (bomb("(" + "1" * 60_000 + "!)"), NO_ARRAY),
    "wrapping shape": (bomb((2**32, 2**32), data=bytes(8)), "but has 8 bytes"),
    "many axes": (bomb((1,) * 100, data=bytes(8)), "says shape"),
    "more bytes": (bomb((1,), data=bytes(9)), "but has 9 bytes"),
    "code": (archive(("a.npy", header("__import__('os').abort()"))), NO_ARRAY),
    "nested header": (archive(("a.npy", header("(" * 9000))), NO_ARRAY),
    "huge header": (archive(("a.npy", header(" " * 2**20, version=b"\x02\x00"))), NO_ARRAY),
    "version": (archive(("a.npy", b"\x93NUMPY\x09\x00" + GOOD[8:])), NO_ARRAY),
    "no object": (structured('{"dict": [["a", {"array": "a"}]'), "Expecting"),
    "nested": (structured("[" * 100_000), "nested too deeply"),
    "no text": (structured(b'"\xff"'), "utf-8"),
    "unmentioned": (structured("{}".replace("{}", '{"dict": []}')), "does not mention the array 'a'"),
    "twice": (structured('[{"array": "a"}, {"array": "a"}]'), "means nothing"),
    "not there": (structured('[{"array": "b"}]'), "means nothing"),
    "no complex number": (structured('[{"array": "a"}, {"complex": ["1", "1_0"]}]'), "means nothing"),
    "no number": (structured('{"scalar": "a"}'), "means nothing"),
    "unknown": (structured('{"pickle": "gAQ="}'), "means nothing"),
    "two at once": (structured('{"array": "a", "tuple": []}'), "means nothing"),
    "key of a kind": (structured('{"dict": [[[1], {"array": "a"}]]}'), "means nothing"),
    "key twice": (structured('{"dict": [["k", {"array": "a"}], ["k", 1]]}'), "means nothing"),
    "nan": (structured('[{"array": "a"}, NaN]'), "NaN, which is not JSON"),
    "long number": (structured("9" * 10_000), "limit"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_before_it_asks_for_memory(tmp_path, name):
    content, reason = HOSTILE[name]
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(StorageError) as error:
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 20 * len(content) + 1_000_000
    finally:
        tracemalloc.stop()
    assert str(error.value).startswith(f"load: {path}: it")
    assert reason in str(error.value)
    assert len(str(error.value)) < 600


def test_the_archives_made_here_are_good_before_they_are_spoilt(tmp_path):
    for content in (PLAIN, bomb((1,), data=bytes(8)), structured('{"dict": [["a", {"array": "a"}]]}')):
        (tmp_path / "a.npz").write_bytes(content)
        assert list(load(tmp_path / "a.npz")) == ["a"]


SAVED = {"w": np.arange(6.0).reshape(2, 3), "n": {"k": [1, (2.5, None)], "b": np.array(True)}}


def refused_or_equal(path, content):
    path.write_bytes(content)
    try:
        found = load(path)
    except StorageError:
        return
    assert same(found, SAVED)


def test_every_altered_byte_is_found_or_changes_nothing(tmp_path):
    save(path := tmp_path / "a.npz", SAVED)
    content = path.read_bytes()
    for i, byte in enumerate(content):
        for other in (byte ^ 1, byte ^ 0x80):
            refused_or_equal(path, content[:i] + bytes([other]) + content[i + 1 :])


@FORMATS
def test_every_truncation_is_found(tmp_path, suffix):
    save(path := tmp_path / f"a{suffix}", SAVED)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(StorageError):
            load(path)


def tensors(header, data=bytes(16)):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(shape=(2,), start=0, end=16, dtype="F64"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04K\x01.",
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 50) + b"{}",
        tensors(b"[" * 100_000),
        tensors({"a": tensor(), "b": tensor((1,), 8, 16)}),
        tensors({"a": tensor((200,), 0, 1600)}),
        tensors({"a": tensor((2**40, 2**40))}),
        tensors({"a": tensor((1,), 0, 8)}),
        tensors({"a": tensor(dtype="Q9")}),
        tensors({"a": tensor((16,), dtype="F8_E4M3")}),
        tensors({"a": tensor(), "__metadata__": {"structure": '{"pickle": "a"}'}}),
        tensors({"a": tensor(), "__metadata__": {"structure": "[]"}}),
        tensors({"a": tensor(), "__metadata__": {"structure": 3}}),
    ],
)
def test_a_hostile_file_of_tensors_is_refused(tmp_path, content):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(StorageError, match=r"load: .*a\.safetensors: "):
        load(tmp_path / "a.safetensors")


def test_nothing_is_left_in_the_folder(tmp_path):
    save(tmp_path / "a.npz", SAVED)
    assert [path.name for path in Path(tmp_path).iterdir()] == ["a.npz"]
