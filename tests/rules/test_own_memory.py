"""Gradients own their memory: none shows that of an argument, of a result, or of another gradient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from tests.rules.checks import leaves
from tests.table import ROWS, parameter
from tests.table.row import calls


@pytest.mark.parametrize("create_graph", [False, True], ids=["", "create_graph"])
@pytest.mark.parametrize("row", [parameter(row, name=str(row)) for row in ROWS])
@given(data=st.data())
def test_a_gradient_shares_memory_with_nothing(row, create_graph, data):
    call, _ = data.draw(calls(row))
    tensors = [ag.tensor(x, requires_grad=True) for x in call.arrays]
    results = [y for y in leaves(call(*tensors)) if isinstance(y, ag.Tensor) and y.requires_grad]
    starts = [np.ones(y.shape, y.dtype) for y in results]
    for y, g in zip(results, starts, strict=True):
        y.backward(g, retain_graph=True, create_graph=create_graph)
    found = [t.grad.data if create_graph else t.grad for t in tensors if t.grad is not None]
    others = [*(t.data for t in tensors), *(y.data for y in results), *starts]
    for i, g in enumerate(found):
        assert g.flags.writeable
        assert not any(np.shares_memory(g, other) for other in (*others, *found[:i]) if g.size and other.size)
