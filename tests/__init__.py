"""The tests: folders as in the packages, and `table`, which has a row for each rule. Most draw what they say something of."""

import os

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"  # looks longer
