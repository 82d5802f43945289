"""The tests: folders as in the packages, and `table`, which has a row for each rule."""
