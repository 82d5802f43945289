"""Layers: the modules that a network is built of, each with its function.

The order in which to read: `containers.py`, `linear.py`, `bags.py`, `activations.py`, `dropout.py`, `normalization.py`,
`distances.py`, `padding.py`, `convolution.py`, `folding.py`, `pooling.py`, `resampling.py`, `sampling.py`, `recurrences.py`,
`recurrent.py`, `attention.py`.
"""
