"""Pictures of the answers: the day with the curve of the network and its band, and the network itself."""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from day_certainty import SPREAD_90, Certainty
from weather_file import Day, UserError, clock

import nn


def draw(path: Path, options: argparse.Namespace, day: Day, fit: Certainty, spline: Callable, tomorrow: float | None) -> None:
    """The day's data, the fit with its band and the answers as a picture."""
    from matplotlib.figure import Figure  # looked for before the training, see day_options.run

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    first, last, at = min(day.hours[0], 0.0), day.hours[-1], options.at
    fine = np.linspace(first, max(last, at, 23.0), 481)
    curve, within = fit(fine), SPREAD_90 * fit.deviation(fine)
    axes.axvspan(last, 37, color="0.95", zorder=0)
    axes.fill_between(fine, curve - within, curve + within, color="tab:blue", alpha=0.2, linewidth=0, label="90 % band")
    axes.plot(fine, spline(fine), color="0.6", linewidth=4, alpha=0.5, label="natural cubic spline")
    axes.plot(fine, curve, color="tab:blue", label=f"network 1-{options.neurons}-1, {fit.rms:.3f} C off")
    axes.plot(day.hours, day.celsius, "o", color="black", markersize=4, label=f"temperatures measured, {options.day}")
    axes.plot(at, fit(at)[0], "D", color="tab:red", label=f"{clock(at)}: {fit(at)[0]:.2f} C")
    axes.plot(36, fit(12.0)[0], "D", color="tab:orange", label=f"noon tomorrow, as today: {fit(12.0)[0]:.2f} C")
    if tomorrow is not None:
        axes.plot(36, tomorrow, "o", color="black", markerfacecolor="white", label=f"noon tomorrow in the file: {tomorrow:.2f} C")
    axes.set_xticks([*range(0, 24, 3), 36], [*(f"{h}:00" for h in range(0, 24, 3)), "noon\ntomorrow"])
    axes.set_xlabel("local time")
    axes.set_ylabel("temperature in degrees Celsius")
    axes.set_title(f"{options.csv.name}: one day and a network with {options.neurons} neurons")
    axes.legend(loc="best", fontsize=8)
    try:
        figure.savefig(path, dpi=130)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot write the plot: {error}.") from None


def draw_network(path: Path, hours: np.ndarray, celsius: np.ndarray, fit: Certainty) -> None:
    """The trained network, and how the curves of its neurons add up to the day."""
    try:
        nn.diagram(fit.in_units(), hours.reshape(-1, 1), celsius, path, inputs=["hour"], outputs=["C"])
    except (OSError, ValueError, ImportError) as error:
        raise UserError(f"{path}: cannot write the diagram: {error}") from None


def draw_wanted(options: argparse.Namespace, day: Day, fit: Certainty, spline: Callable, tomorrow: float | None) -> None:
    """The pictures that were asked for."""
    if options.plot:
        draw(options.plot, options, day, fit, spline, tomorrow)
        print(f"\nPlot: {options.plot}")
    if options.diagram:
        draw_network(options.diagram, np.array(day.hours), np.array(day.celsius), fit)
        print(f"\nDiagram: {options.diagram}")
