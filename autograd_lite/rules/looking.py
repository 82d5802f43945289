"""Functions that only look at values: they take Tensors and return what NumPy returns, with no derivative to lose."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import of_values
from .order_statistics import quantile_slopes

# fmt: off
LOOKING: frozenset[Any] = frozenset({
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    np.isfinite, np.isinf, np.isnan, np.isposinf, np.isneginf, np.isreal, np.iscomplex, np.signbit, np.spacing,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift,
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.common_type, np.min_scalar_type,
    np.iscomplexobj, np.isrealobj, np.may_share_memory, np.shares_memory,
    np.isclose, np.allclose, np.array_equal, np.array_equiv, np.all, np.any, np.count_nonzero, np.isin,
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.gcd, np.lcm, np.einsum_path, quantile_slopes,
    np.linalg.matrix_rank,
    np.argsort, np.argpartition, np.argwhere, np.nonzero, np.flatnonzero, np.searchsorted,
    np.digitize, np.histogram, np.histogram2d, np.histogramdd, np.histogram_bin_edges,
    np.array_repr, np.array_str, np.array2string,
    np.lexsort, np.ix_, np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, np.unravel_index,
    np.ravel_multi_index, of_values, getattr(np, "in1d", None),
}) - {None}
# fmt: on

__all__ = ["LOOKING"]
