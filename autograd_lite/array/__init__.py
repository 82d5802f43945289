"""Array: all else that an ndarray can do, so that a Tensor stands in for one. Nothing here is needed to understand the core."""

__all__ = ["comparisons", "conversions", "copies", "dispatch", "habits", "indexing", "methods", "writing"]
