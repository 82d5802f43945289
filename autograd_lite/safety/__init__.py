"""Safety: no number is wrong in silence, and no gradient is lost in silence. The core leans on it; a first reader may skip it."""

__all__ = ["callers", "declarations", "layouts", "masks", "modes", "operands", "running", "stale", "views"]
