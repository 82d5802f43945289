"""The same computation here and in PyTorch: values, gradients, names, and what is drawn at the start."""

import numpy as np
import pytest

import autograd_lite as ag


def wave(*shape, start=0.0):
    """Numbers between -1 and 1, no two the same, on every machine."""
    return np.cos(start + 1.7 * np.arange(np.prod(shape, dtype=int))).reshape(shape)


def parts(values):
    """The arrays of a result, which may be nested tuples."""
    if isinstance(values, (tuple, list)):
        return [part for value in values for part in parts(value)]
    return [] if values is None else [values]


def weighted(values):
    """One number in which every element of the results has a part of its own."""
    return sum(np.sum(value * wave(*value.shape, start=1.0)) for value in parts(values))


def filled(module):
    """The module with known numbers as its parameters."""
    for i, (name, values) in enumerate(module.state_dict().items()):
        module.load_state_dict({name: wave(*values.shape, start=i) / 2}, strict=False)
    return module


def signature(f, *arrays, parameters=()):
    """The weighted results of `f`, then the weighted gradient by each array and parameter: what references were recorded of."""
    tensors = [*(ag.tensor(array, requires_grad=True) for array in arrays), *parameters]
    number = weighted(f(*tensors[: len(arrays)]))
    number.backward()
    return [number.item(), *(float(weighted(t.grad)) for t in tensors if t.grad is not None)]


def pytorch():
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    torch.set_num_threads(1)  # its threads wait for each other where processors are shared: 5 ms for 5 us of work
    torch.manual_seed(0)
    return torch


def there(array):
    """An array as PyTorch's tensor: floating-point numbers require grad."""
    array = np.asarray(array)
    return pytorch().tensor(array, requires_grad=array.dtype.kind == "f")


def assert_close(ours, theirs, tol=1e-11):
    theirs = theirs.detach().numpy()
    ours = getattr(ours, "data", ours) if not isinstance(ours, np.ndarray) else ours
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tol, atol=tol)


def assert_same(ours, theirs, *arrays, parameters=((), ())):
    """Both functions give the same results and the same gradients by each array and parameter."""
    mine = [ag.tensor(array, requires_grad=True) for array in arrays]
    yours = [there(array) for array in arrays]
    found, expected = parts(ours(*mine)), parts(theirs(*yours))
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert_close(a, b)
    weighted(found).backward()
    sum((value * pytorch().tensor(wave(*value.shape, start=1.0))).sum() for value in expected).backward()
    for a, b in zip([*mine, *parameters[0]], [*yours, *parameters[1]], strict=True):
        assert (a.grad is None) == (b.grad is None)
        if a.grad is not None:
            assert_close(a.grad, b.grad)


def assert_same_module(ours, theirs, *arrays, call=lambda module, *inputs: module(*inputs)):
    """Both modules have the same names and shapes and, with the same parameters, the same results and gradients."""
    state = {name: tuple(values.shape) for name, values in theirs.state_dict().items()}
    assert {name: values.shape for name, values in ours.state_dict().items()} == state
    assert list(ours.state_dict()) == list(state)
    theirs = theirs.double()
    theirs.load_state_dict({name: pytorch().tensor(values) for name, values in filled(ours).state_dict().items()})
    both = list(ours.parameters()), list(theirs.parameters())
    assert_same(lambda *x: call(ours, *x), lambda *x: call(theirs, *x), *arrays, parameters=both)


def assert_same_start(ours, theirs):
    """Each parameter begins with the mean, the spread and the range of PyTorch's."""
    state = theirs.state_dict()
    for name, values in ours.state_dict().items():
        expected = state[name].numpy()
        assert values.shape == expected.shape
        assert abs(np.mean(values) - np.mean(expected)) <= 6 * np.std(expected) / np.sqrt(expected.size), name
        assert np.std(values) == pytest.approx(np.std(expected), rel=6 / np.sqrt(expected.size)), name
        assert np.abs(values).max() == pytest.approx(np.abs(expected).max(), rel=0.1 + 6 / expected.size), name


def refuses(error, call, message):
    """The call raises that error, whose text contains the message."""
    with pytest.raises(error) as found:
        call()
    assert message in str(found.value)
