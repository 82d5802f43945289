"""The film of a training in a real browser, where one is installed."""

import json

import numpy as np
import pytest

import nn
from tests.seeing.browsing import seen_at, slide, without_a_name

pytestmark = pytest.mark.filterwarnings("ignore")  # selenium's own
X = np.linspace(-2, 2, 15)[:, None]
Y = np.sin(X)


@pytest.fixture(scope="module")
def trained():
    model = nn.Sequential(nn.Linear(1, 4, rng=0), nn.Tanh(), nn.Linear(4, 1, rng=0))
    optimizer = nn.optim.Adam(model.parameters(), lr=0.05)
    return model, nn.fit(model, X, Y, optimizer=optimizer, epochs=60, keep_weights=20)


@pytest.fixture
def page(browser, trained, tmp_path):
    model, history = trained
    nn.film(model, X, Y, history, tmp_path / "fit.html")
    browser.get((tmp_path / "fit.html").as_uri())
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []


def key(page, name):
    page.execute_script(f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: {json.dumps(name)}, bubbles: true}}))")


def heights(page):
    """The heights of the drawn curve, in pixels from the top."""
    way = page.find_element("css selector", "#picture .curve").get_attribute("d")
    return np.array([float(point.split()[1]) for point in way[1:].split("L")])


def test_the_curve_is_what_the_model_said_after_each_epoch(page, trained):
    model, history = trained
    epochs = sorted(history.weights)
    over = np.linspace(-2, 2, len(heights(page)))[:, None]
    for step, epoch in enumerate(epochs):
        said = nn.functional_call(model, history.weights[epoch], over)[:, 0]
        assert page.find_element("id", "epoch").text == str(epoch)
        assert page.find_element("id", "status").text.startswith(
            f"Frame {step + 1} of {len(epochs)}. After {epoch} epochs: loss "
        )
        slope, offset = np.polyfit(said, heights(page), 1)
        assert slope < 0  # pixels run down
        assert np.allclose(slope * said + offset, heights(page), atol=0.1)
        key(page, "ArrowRight")
    assert float(page.find_element("id", "loss").text) == pytest.approx(history.loss[-1], rel=1e-3)
    assert not page.find_element("id", "next").is_enabled()
    key(page, "Home")
    assert page.find_element("id", "epoch").text == "0"
    assert float(page.find_element("id", "loss").text) == pytest.approx(history.loss[0], rel=1e-3)


def test_buttons_the_slider_and_playing_go_on(page):
    page.find_element("id", "next").click()
    assert page.find_element("id", "status").text.startswith("Frame 2 ")
    slide(page, 5)
    assert page.find_element("id", "status").text.startswith("Frame 6 ")
    assert page.find_element("id", "slider").get_attribute("aria-valuetext").startswith("After ")
    page.find_element("id", "play").click()
    assert page.find_element("id", "play").get_attribute("aria-pressed") == "true"
    page.execute_async_script(
        "const done = arguments[0]; const wait = setInterval(() => {"
        "if (document.getElementById('last').disabled) { clearInterval(wait); done(); } }, 20)"
    )
    assert page.find_element("id", "play").get_attribute("aria-pressed") == "false"
    assert without_a_name(page, "button, input, svg, section") == 0


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_at_both_widths_light_and_dark(page, width, scheme):
    seen_at(page, width, scheme)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    hangs_out = "return [...document.querySelectorAll('section, div')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert page.execute_script(hangs_out) == 0
    curve, paper = page.execute_script(
        "return [getComputedStyle(document.querySelector('.curve')).color, getComputedStyle(document.body).backgroundColor]"
        ".map((c) => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3)"
    )
    assert (curve < paper) == (scheme == "light")
    assert abs(curve - paper) > 150
    smallest = page.execute_script(
        "return Math.min(...[...document.querySelectorAll('.network text')].map((t) => t.getBoundingClientRect().height))"
    )
    assert smallest > 9
