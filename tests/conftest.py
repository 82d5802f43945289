"""The number of examples that hypothesis draws: few by default, many with HYPOTHESIS_PROFILE=thorough."""

import os

from hypothesis import HealthCheck, settings

CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("quick", max_examples=12, **CALM)
settings.register_profile("thorough", max_examples=400, **CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
