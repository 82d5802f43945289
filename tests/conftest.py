"""Settings of all tests: how many examples hypothesis draws, and what the garbage collector need not look through."""

import gc
import os

from hypothesis import HealthCheck, settings

CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("quick", max_examples=3, **CALM)  # the default
settings.register_profile("thorough", max_examples=400, **CALM)  # HYPOTHESIS_PROFILE=thorough
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_finish():
    """Twenty thousand tests live to the end: the collector need not look through them each time."""
    gc.freeze()
