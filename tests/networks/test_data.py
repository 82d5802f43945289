"""nn.data: batches, splits, standardised columns, windows of series, periodic features."""

import datetime
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from nn import data
from nn.data import DAY, YEAR, DataLoader, Dataset, Standardizer, TensorDataset, batches, periodic, split, split_by_time, windows

ROWS = np.arange(20).reshape(10, 2)
HOURS = np.arange("2013-01-01T00", "2013-01-03T00", dtype="datetime64[h]")

# -- batches ----------------------------------------------------------------------------------------------------------


@given(n=st.integers(0, 20), size=st.none() | st.integers(1, 25), shuffle=st.booleans(), drop=st.booleans())
def test_every_row_comes_once_with_its_companions(n, size, shuffle, drop):
    x, y = np.arange(n), 10 * np.arange(n)
    got = list(batches(x, y, batch_size=size, shuffle=shuffle, drop_last=drop, rng=0))
    assert all(np.array_equal(10 * some, other) for some, other in got)
    seen = np.concatenate([some for some, _ in got]) if got else np.arange(0)
    if drop and size:
        assert {len(some) for some, _ in got} <= {size}
        assert len(got) == n // size
    else:
        assert sorted(seen) == list(range(n))
        assert size is None or all(len(some) == size for some, _ in got[:-1])
    if not shuffle or size is None:
        assert list(seen) == sorted(seen)


def test_the_same_seed_gives_the_same_order_and_a_generator_goes_on():
    orders = [[batch.tolist() for (batch,) in batches(ROWS, batch_size=3, rng=rng)] for rng in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    rng = np.random.default_rng(1)
    first, second = ([batch.tolist() for (batch,) in batches(ROWS, batch_size=3, rng=rng)] for _ in range(2))
    assert first == orders[0] != second
    nn.manual_seed(1)
    assert [batch.tolist() for (batch,) in batches(ROWS, batch_size=3)] == orders[0]


# -- splits -----------------------------------------------------------------------------------------------------------


@given(n=st.integers(20, 200), shuffle=st.booleans(), seed=st.integers(0, 9))
def test_the_parts_of_a_split_are_disjoint_ascending_and_of_the_right_size(n, shuffle, seed):
    parts = split(n, (0.6, 0.2, 0.2), shuffle=shuffle, rng=seed)
    together = np.concatenate(parts)
    assert sorted(together) == list(range(n))
    assert all((np.diff(part) > 0).all() for part in parts)
    assert all(abs(len(part) - share * n) <= 1 for part, share in zip(parts, (0.6, 0.2, 0.2), strict=True))
    assert (together.tolist() == list(range(n))) == (not shuffle)


def test_a_split_may_leave_rows_out_and_takes_an_array_for_its_length():
    assert [part.tolist() for part in split(ROWS, (0.5, 0.2), shuffle=False)] == [[0, 1, 2, 3, 4], [5, 6]]


@given(st.lists(st.integers(0, 3), min_size=40, max_size=120), st.integers(0, 5))
def test_a_stratified_split_has_the_same_share_of_each_class(classes, seed):
    classes = np.array(classes)
    train, test = split(len(classes), (0.75, 0.25), stratify=classes, rng=seed)
    assert sorted([*train, *test]) == list(range(len(classes)))
    for one in np.unique(classes):
        assert abs((classes[test] == one).sum() - 0.25 * (classes == one).sum()) <= 0.5


DAYS = np.arange("2013-01-01", "2013-12-31", dtype="datetime64[D]")


def test_times_are_split_at_their_boundaries():
    rng = np.random.default_rng(0)
    times = rng.permutation(DAYS)
    before, between, after = split_by_time(times, "2013-04-01", np.datetime64("2013-10-01T00:00"))
    assert times[before].max() == np.datetime64("2013-03-31")
    assert sorted(times[between])[0] == np.datetime64("2013-04-01")
    assert times[between].max() == np.datetime64("2013-09-30")
    assert len(before) + len(between) + len(after) == len(times)


def test_a_gap_keeps_targets_out_of_the_next_part():
    before, after = split_by_time(DAYS, "2013-04-01", gap=np.timedelta64(10, "D"))
    assert DAYS[before].max() == np.datetime64("2013-03-21")
    assert DAYS[after].min() == np.datetime64("2013-04-01")
    numbers = [part.tolist() for part in split_by_time([0.0, 1.0, 2.0, 3.0, 4.0], 1.5, 3.5, gap=1.0)]
    assert numbers == [[0], [2], [4]]


# -- Standardizer -----------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(50,), (50, 1), (50, 3), (20, 4, 2)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("center", "spread"), [(0, 1), (100, 3), (-1, 0.01)])
def test_columns_get_mean_0_and_deviation_1_and_come_back(shape, dtype, center, spread):
    x = RNG.normal(center, spread, shape).astype(dtype)
    standardizer = Standardizer()
    z = standardizer.fit_transform(x)
    assert z.dtype == dtype
    eps = float(np.finfo(dtype).eps) * (1 + abs(center) / spread)
    np.testing.assert_allclose(z.astype(float).mean(axis=0), 0, atol=4 * eps)
    np.testing.assert_allclose(z.astype(float).std(axis=0), 1, atol=4 * eps)
    np.testing.assert_allclose(standardizer.inverse_transform(z), x, rtol=4 * eps, atol=4 * eps * spread)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e300, 5e-324, 7])
@pytest.mark.parametrize("n", [1, 3, 1000])
def test_a_constant_column_becomes_0_and_comes_back(value, n):
    x = np.full((n, 1), value)
    standardizer = Standardizer().fit(x)
    assert not standardizer.transform(x).any()
    np.testing.assert_array_equal(standardizer.inverse_transform(np.zeros((n, 1))), x)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_numbers_of_any_size_are_standardised(size):
    np.testing.assert_allclose(Standardizer().fit_transform([size, 3 * size]), [-1, 1], rtol=1e-15)


def test_half_precision_does_not_overflow():
    standardizer = Standardizer().fit(np.array([-60_000, 60_000], np.float16))
    assert (standardizer.mean, standardizer.scale) == (0, np.float16(60_000))


def test_integers_become_floats():
    np.testing.assert_array_equal(Standardizer().fit_transform([[1], [3]]), [[-1.0], [1.0]])


def test_tensors_are_transformed_and_record():
    standardizer = Standardizer().fit([[1.0], [3.0], [5.0]])
    x = ag.tensor([[2.0]], requires_grad=True)
    standardizer.transform(x).sum().backward()
    np.testing.assert_allclose(x.grad, 1 / standardizer.scale[None])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_a_tiny_span_is_a_span(dtype, steps):
    x = np.array([[0], [steps]], dtype) * np.finfo(dtype).smallest_subnormal
    standardizer = Standardizer()
    z = standardizer.fit_transform(x)
    assert z[0] < z[1]
    assert (np.abs(z) <= 1).all()
    assert np.array_equal(standardizer.inverse_transform(z), x)


def test_a_standardizer_has_a_state(tmp_path):
    first, second = Standardizer().fit([[1.0, 5.0], [3.0, 5.0]]), Standardizer()
    nn.storage.save(tmp_path / "a.npz", first.state_dict())
    second.load_state_dict(nn.storage.load(tmp_path / "a.npz"))
    x = RNG.normal(size=(4, 2))
    np.testing.assert_array_equal(first.transform(x), second.transform(x))


# -- windows ----------------------------------------------------------------------------------------------------------


@given(n=st.integers(2, 30), inputs=st.integers(1, 5), horizon=st.integers(1, 4), stride=st.integers(1, 4), columns=st.booleans())
def test_windows_are_slices_of_the_series(n, inputs, horizon, stride, columns):
    series = np.arange(2 * n).reshape(n, 2) if columns else np.arange(n)
    starts = range(0, n - inputs - horizon + 1, stride)
    if not starts:
        with pytest.raises(ValueError, match="no window"):
            windows(series, inputs, horizon, stride=stride)
        return
    x, y, last = windows(series, inputs, horizon, stride=stride)
    assert len(x) == len(y) == len(last) == len(starts)
    for k, start in enumerate(starts):
        np.testing.assert_array_equal(x[k], series[start : start + inputs])
        np.testing.assert_array_equal(y[k], series[start + inputs : start + inputs + horizon])
        assert last[k] == start + inputs - 1


@given(
    st.sets(st.integers(0, 40), min_size=8), st.integers(1, 4), st.integers(1, 3), st.sampled_from(["datetime", "int", "float"])
)
def test_no_window_spans_a_gap_and_none_is_lost(hours, inputs, horizon, kind):
    hours = np.array(sorted(hours))
    step = 0.1 if kind == "float" else 1
    times = np.datetime64("2013-01-01T00") + hours if kind == "datetime" else hours * step
    length = inputs + horizon
    expected = [k + inputs - 1 for k in range(len(hours) - length + 1) if hours[k + length - 1] - hours[k] == length - 1]
    try:
        found = windows(hours, inputs, horizon, times=times, step=np.timedelta64(1, "h") if kind == "datetime" else step)
    except ValueError:
        assert not expected
    else:
        assert found.last.tolist() == expected
        assert (np.diff(np.concatenate([found.inputs, found.targets], axis=1), axis=1) == 1).all()


def test_the_shortest_step_is_the_one_without_a_gap():
    times = np.array(["2013-01-01T00", "2013-01-01T01", "2013-01-01T02", "2013-01-01T05", "2013-01-01T06"], "datetime64[m]")
    assert windows(np.arange(5), 1, 1, times=times).last.tolist() == [0, 1, 3]


def test_targets_may_be_another_series():
    x, y, _ = windows(ROWS, 2, 1, targets=ROWS[:, 0] * 100)
    assert x.shape == (8, 2, 2)
    assert y.tolist() == [[100 * value] for value in ROWS[2:, 0]]


def test_windows_are_copies():
    series = np.arange(5.0)
    x, y, _ = windows(series, 2)
    x[...] = y[...] = -1
    assert series.tolist() == [0, 1, 2, 3, 4]


# -- periodic features ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["h", "m", "s", "ns"])
def test_midnight_is_where_it_was_a_day_before(unit):
    features = periodic(HOURS.astype(f"datetime64[{unit}]"), DAY, harmonics=2)
    hours = np.arange(48)[:, None]
    angle = 2 * np.pi * hours / 24
    expected = np.hstack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)])
    np.testing.assert_allclose(features, expected, atol=1e-14)
    np.testing.assert_array_equal(features[:24], features[24:])
    np.testing.assert_array_equal(features, periodic(HOURS, datetime.timedelta(days=1), harmonics=2))


def test_a_year_is_a_turn_and_new_year_is_near_its_beginning():
    for year in (1950, 1999, 2000, 2013, 2024):
        new_year, summer = periodic(np.array([f"{year}-01-01", f"{year}-07-02"], "datetime64[D]"), YEAR)
        np.testing.assert_allclose(new_year, [0, 1], atol=0.03)
        np.testing.assert_allclose(summer, [0, -1], atol=0.03)


def test_numbers_have_a_period_too():
    np.testing.assert_allclose(periodic([0.0, 1.5, -1.5, 6.0], 6), [[0, 1], [1, 0], [-1, 0], [0, 1]], atol=1e-15)


# -- what is refused --------------------------------------------------------------------------------------------------

NAT = np.array(["2013-01-01", "NaT"], "datetime64[D]")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batches(), r"batches: the shapes are \[\]; all need one row"),
        (lambda: batches(ROWS, ROWS[1:]), r"batches: the shapes are \[\(10, 2\), \(9, 2\)\]; all need one row for each sample"),
        (lambda: batches(3.0), r"batches: the shapes are \[\(\)\]"),
        (lambda: batches(ROWS, batch_size=0), "batches: batch_size=0 must be a whole number of at least 1"),
        (lambda: split(10, (0.9, 0.2)), r"split: fractions=\(0.9, 0.2\) must be numbers above 0 that add up to 1 at most"),
        (lambda: split(10, (0.5, -0.1)), "must be numbers above 0"),
        (lambda: split(10, (0.5, float("nan"))), "must be numbers above 0"),
        (lambda: split(10, ()), "must be numbers above 0"),
        (lambda: split(3, (0.8, 0.1, 0.1)), r"of 3 rows the fractions \(0.8, 0.1, 0.1\) are \[2, 1, 0\]: one is empty"),
        (
            lambda: split(10, stratify=np.zeros(9)),
            r"stratify needs shuffle=True and one class for each of the 10 rows, not \(9,\)",
        ),
        (lambda: split(10, shuffle=False, stratify=np.zeros(10)), "stratify needs shuffle=True"),
        (lambda: split_by_time(DAYS), r"boundaries=\(\) must be one or more times that ascend"),
        (lambda: split_by_time(DAYS, "2013-05-01", "2013-04-01"), "must be one or more times that ascend"),
        (
            lambda: split_by_time(DAYS, "2015-05-01"),
            r"the parts have \[364, 0\] rows; the times are from 2013-01-01 to 2013-12-30",
        ),
        (lambda: split_by_time(NAT, "2013-05-01"), "split_by_time: times has NaT in row 1"),
        (
            lambda: split_by_time(["2013-01-01"], "2013-05-01"),
            r"times are <U10; write np.array\(times, dtype='datetime64\[s\]'\)",
        ),
        (lambda: Standardizer().fit(np.zeros((0, 2))), r"x has shape \(0, 2\); there must be at least one row"),
        (lambda: Standardizer().fit(3.0), r"x has shape \(\)"),
        (lambda: Standardizer().fit([[1.0], [np.nan]]), r"x has nan at \[1, 0\]. Leave such rows out, or fill them in"),
        (lambda: Standardizer().fit([[1.0], [-np.inf]]), r"x has -inf at \[1, 0\]"),
        (lambda: Standardizer().fit([-1.5e308, 1.5e308]), "too large for float64"),
        (lambda: Standardizer().transform(ROWS), r"it has seen no data yet. Write Standardizer\(\).fit\(x_train\)"),
        (lambda: Standardizer().state_dict(), "it has seen no data yet"),
        (lambda: Standardizer().fit(ROWS).transform(ROWS[:, :1]), r"x has rows of shape \(1,\), but it was fitted to \(2,\)"),
        (lambda: Standardizer().load_state_dict({"mean": 1}), r"must have 'mean' and 'scale', not \['mean'\]"),
        (lambda: windows(ROWS, 0), "windows: inputs=0 must be a whole number of at least 1"),
        (lambda: windows(ROWS, 2, 1.5), "horizon=1.5 must be"),
        (lambda: windows(ROWS, 9, 2), r"no window of 9 \+ 2 rows without a gap in the 10 rows"),
        (lambda: windows([1.0, np.nan, 2.0], 1), "series has nan in 1 places. Leave such rows out, and give times"),
        (lambda: windows(ROWS, 2, targets=np.full(10, np.nan)), "targets has nan in 10 places"),
        (lambda: windows(ROWS, 2, targets=ROWS[1:]), "the shapes are"),
        (lambda: windows(ROWS, 2, times=np.zeros(10)), "the times must ascend. Sort the rows by time"),
        (lambda: windows(ROWS[:2], 1, times=NAT), "windows: times has NaT in row 1"),
        (lambda: windows(ROWS, 2, times=np.arange(9)), r"times has shape \(9,\), but series has 10 rows"),
        (lambda: periodic(NAT, DAY), "periodic: times has NaT in row 1"),
        (lambda: periodic([0.0], 0), "period=0 must be positive"),
        (lambda: periodic([0.0], float("nan")), "period=nan must be positive"),
        (lambda: periodic(HOURS, 24), "period=24 must be positive, and for datetimes a timedelta such as nn.data.DAY"),
        (lambda: periodic([0.0], DAY), r"times are numbers \(float64\), but period is"),
        (lambda: periodic([0.0], 1, harmonics=0), "harmonics=0 must be"),
        (lambda: periodic([0.0], np.inf), "period=inf must be positive"),
        (lambda: periodic([0.0], "day"), "period='day' must be positive"),
        (lambda: periodic([0.0, 1.0], [1.0, 2.0]), "must be positive"),
        (lambda: batches(ROWS, np.ma.masked_array(np.arange(10), np.arange(10) > 3)), "there is a masked array"),
        (lambda: split(-5), "split: n=-5 must be a whole number of at least 1"),
        (lambda: split(2.5), "split: n=2.5 must be"),
        (lambda: split(10, 0.7), "fractions=0.7 must be numbers above 0"),
        (lambda: split(10, ("a",)), "must be numbers above 0"),
        (lambda: split(10, stratify=[0.0, np.nan] * 5), "stratify has nan, which is no class"),  # would be in no part
        (lambda: split_by_time(DAYS, "yesterday"), "cannot be compared with times of datetime64"),
        (lambda: split_by_time(np.arange(5), "2"), "cannot be compared with times of int64"),
        (lambda: split_by_time(DAYS, "NaT"), "must be one or more times that ascend"),
        (lambda: split_by_time(DAYS, "2013-05-01", gap=np.timedelta64(-1, "D")), "gap=.* must be positive"),
        (lambda: split_by_time(np.arange(5), 3, gap=-1), "gap=-1 must be positive"),
        (lambda: split_by_time(DAYS.reshape(2, -1), "2013-05-01"), "split_by_time: times has shape"),
        (lambda: split_by_time(DAYS[:0], "2013-05-01"), r"times has shape \(0,\)"),
        (lambda: Standardizer().fit([[1j]]), "x is a list of complex128; it must be an array of real numbers"),
        (lambda: Standardizer().fit([["1"]]), "x is a list of <U1"),
        (lambda: Standardizer().fit(DAYS), "x is a ndarray of datetime64"),
        (lambda: Standardizer().fit(np.ma.masked_array([1.0, 99.0], [False, True])), "x is a masked array"),
        (lambda: Standardizer().fit([[1.0], [1.0, 2.0]]), "x has rows of different lengths"),
        (lambda: Standardizer().load_state_dict(None), "must have 'mean' and 'scale', not NoneType"),
        (lambda: Standardizer().load_state_dict({"mean": [0.0], "scale": [0.0]}), "must be finite, scale above 0"),
        (lambda: Standardizer().load_state_dict({"mean": [0.0], "scale": [1.0, 2.0]}), r"\(1,\) and scale of \(2,\)"),
        (lambda: windows([1.0, 2.0, 3.0], 1, step=1), "step=1, but there are no times"),
        (lambda: windows([1.0, 2.0, 3.0], 1, times=[0, 1, 2], step="a"), "windows: step='a' must be positive"),
        (lambda: windows(np.array([1, None, 2], object), 1), "series is a ndarray of object"),
        (lambda: windows(NAT, 1), "series is a ndarray of datetime64"),
        (lambda: windows([1.0, 2.0, 3.0], 1, times=np.array([5, 4, 3], np.uint8)), "the times must ascend"),  # 4 - 5 is 255
    ],
)
def test_what_makes_no_sense_is_refused_at_once(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


@pytest.mark.parametrize("gap", [0, np.timedelta64(0, "h"), datetime.timedelta()])
def test_a_gap_of_0_is_none(gap):
    assert [len(part) for part in split_by_time(DAYS, "2013-05-01", gap=gap)] == [120, 244]


def test_a_length_of_time_may_be_pythons_own():
    day = datetime.timedelta(days=1)
    for part, expected in zip(split_by_time(DAYS, "2013-05-01", gap=day), split_by_time(DAYS, "2013-05-01", gap=DAY)):
        np.testing.assert_array_equal(part, expected)
    np.testing.assert_array_equal(windows(np.arange(len(DAYS)), 2, times=DAYS, step=day).last[:2], [1, 2])


def test_public_names_are_there():
    assert all(hasattr(data, name) for name in data.__all__)


# -- PyTorch's names -----------------------------------------------------------------------------------------------


class Sample(NamedTuple):
    x: object
    y: object


class Squares(Dataset):
    """Samples that are computed."""

    def __len__(self):
        return 7

    def __getitem__(self, index):
        if not 0 <= index < 7:
            raise IndexError(index)
        return {"x": np.full(2, index), "y": (index, index**2)}


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [1, 3, 7, 10])
@pytest.mark.parametrize("drop_last", [False, True])
def test_a_loader_gives_each_sample_once_in_each_loop(shuffle, batch_size, drop_last):
    x = np.arange(7.0)
    loader = DataLoader(TensorDataset(x, ag.tensor(10 * x)), batch_size, shuffle, drop_last=drop_last, rng=0)
    for _ in range(2):
        found = list(loader)
        assert len(found) == len(loader) == (7 // batch_size if drop_last else -(-7 // batch_size))
        for a, b in found:
            assert np.array_equal(10 * a, b)
            assert len(a) == batch_size or not drop_last
        seen = np.concatenate([a for a, _ in found]) if found else x[:0]
        assert len(np.unique(seen)) == len(seen) == (len(loader) * batch_size if drop_last else 7)
        assert shuffle or np.array_equal(seen, x[: len(seen)])


def test_orders_differ_from_loop_to_loop_and_come_again_with_the_seed():
    orders = []
    for _ in range(2):
        loader = DataLoader(TensorDataset(np.arange(20)), 20, shuffle=True, rng=3)
        orders.append([x.tolist() for _ in range(2) for (x,) in loader])
    assert orders[0] == orders[1]
    assert orders[0][0] != orders[0][1]


def test_a_loader_takes_pytorchs_options():
    workers = {"num_workers": 2, "timeout": 1, "worker_init_fn": print, "prefetch_factor": 2, "persistent_workers": True}
    orders = [
        [x.tolist() for x in DataLoader(np.arange(9), 4, True, **option, **workers)]
        for option in ({"generator": np.random.default_rng(3)}, {"rng": 3})
    ]
    assert orders[0] == orders[1]
    for option in ("sampler", "batch_sampler"):
        with pytest.raises(TypeError, match=f"DataLoader: {option}= is not offered: write 'for x, y in nn.data.batches"):
            DataLoader(np.arange(9), **{option: [0, 1]})
    with pytest.raises(TypeError, match="two names of one option"):
        DataLoader(np.arange(9), generator=1, rng=1)


def test_samples_of_any_kind_are_stacked_part_by_part_or_as_a_function_says():
    *_, last = DataLoader(Squares(), 4)
    assert last["x"].tolist() == [[4, 4], [5, 5], [6, 6]]
    assert [part.tolist() for part in last["y"]] == [[4, 5, 6], [16, 25, 36]]
    assert next(iter(DataLoader([(1.0, 2), (3.0, 4)], 2, collate_fn=len))) == 2
    (x,) = next(iter(DataLoader(TensorDataset(np.eye(3)), 2, num_workers=2, pin_memory=True)))
    assert np.array_equal(x, np.eye(3)[:2])


def test_a_batch_of_namedtuples_is_one():
    batch = next(iter(DataLoader([Sample(np.ones(2), Sample(k, {"z": k})) for k in range(3)], 3)))
    assert type(batch) is type(batch.y) is Sample
    assert batch.x.shape == (3, 2)
    assert batch.y.x.tolist() == batch.y.y["z"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: next(iter(DataLoader([(1, np.ones(2)), (2, np.ones(3))], 2))),
            ValueError,
            r"DataLoader: the samples of a batch have the shapes \[\(2,\), \(3,\)\]. They must be alike: pad them",
        ),
        (
            lambda: next(iter(DataLoader([(1, 2), (3,)], 2))),
            ValueError,
            r"DataLoader: the samples of a batch have \[2, 1\] parts",
        ),
        (lambda: DataLoader(iter([1])), TypeError, "has no length and no samples"),
        (lambda: DataLoader([1], 0), ValueError, "batch_size=0"),
        (lambda: TensorDataset([1, 2], [1]), ValueError, "all need one row for each sample"),
        (lambda: TensorDataset(ag.tensor([1.0, 2.0], requires_grad=True)), TypeError, "would lose the gradient"),
        (lambda: next(iter(DataLoader([ag.tensor(1.0, requires_grad=True)]))), TypeError, "would lose the gradient"),
        (lambda: TensorDataset(), ValueError, "TensorDataset"),
        (lambda: len(Dataset()), TypeError, "write 'def __len__"),
        (lambda: Dataset()[0], TypeError, "write 'def __getitem__"),
    ],
)
def test_what_is_no_data_set_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
