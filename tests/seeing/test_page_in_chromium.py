"""The page in a real browser: where Debian's `chromium` and `chromium-driver` and the package selenium are installed."""

import json

import numpy as np
import pytest

import autograd_lite as ag
from tests.seeing.browsing import seen_at, slide, without_a_name

pytestmark = pytest.mark.filterwarnings("ignore")  # selenium's own
W, X = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([1.0, 2.0])
LONG = 120


@pytest.fixture(scope="module")
def gradients():
    w, x = ag.tensor(W, requires_grad=True), ag.tensor(X, requires_grad=True)
    loss(w, x)[-1].backward()
    return {"w": w.grad, "x": x.grad}


def loss(w, x):
    """x is used twice, and there is an addition, whose value no rule keeps."""
    u = w @ x + 1.0
    return u, (np.tanh(u) * x).sum()


@pytest.fixture
def page(browser, tmp_path):
    w, x = ag.tensor(W, requires_grad=True), ag.tensor(X, requires_grad=True)
    with ag.watch():
        u, result = loss(w, x)
    ag.show(result, tmp_path / "graph.html", names={"w": w, "x": x, "u": u, "loss": result})
    browser.get((tmp_path / "graph.html").as_uri())
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []


def key(page, name):
    page.execute_script(f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: {json.dumps(name)}, bubbles: true}}))")


def status(page):
    return page.find_element("id", "status").text


def step_count(page):
    return int(page.find_element("id", "slider").get_attribute("max"))


def open_value(page, name):
    """The numbers of the panel of a value: (its value, its gradient)."""
    page.execute_script(
        "const found = [...document.querySelectorAll('#picture .node:not(.again)')].find((g) => g.querySelector('.title')"
        ".textContent.split(' → ').at(-1) === arguments[0]);"
        "if (!found.classList.contains('chosen')) found.dispatchEvent(new MouseEvent('click', {bubbles: true}));",
        name,
    )
    read = (
        "const rows = [...document.querySelectorAll('#chosen dl:first-of-type dt')];"
        "const row = rows.find((dt) => dt.textContent === arguments[0]);"
        "return [...row.nextElementSibling.querySelectorAll('[data-number]')].map((cell) => Number(cell.dataset.number));"
    )
    return page.execute_script(read, "value"), page.execute_script(read, "gradient")


def test_the_numbers_on_the_page_are_the_values_and_the_gradients(page, gradients):
    key(page, "End")
    for name, value in {"w": W, "x": X}.items():
        assert open_value(page, name) == (value.ravel().tolist(), gradients[name].ravel().tolist())


def test_values_arrive_first_and_then_gradients(page):
    count = step_count(page)
    for step in range(count + 1):
        assert status(page).startswith(f"Step {step} of {count}, ")
        waiting = len(page.find_elements("css selector", "#picture .node.waiting"))
        reached = len(page.find_elements("css selector", "#picture .node.reached"))
        assert waiting == max(0, count // 2 - step)
        assert bool(reached) == (step > count // 2)
        key(page, "ArrowRight")
    for step in range(count - 1, -1, -1):
        key(page, "ArrowLeft")
        assert status(page).startswith(f"Step {step} of {count}, ")
    assert not page.find_elements("css selector", "#picture .node.reached")


def test_buttons_and_the_slider_step_too(page):
    count = step_count(page)
    page.find_element("id", "next").click()
    assert status(page).startswith("Step 1 ")
    page.find_element("id", "last").click()
    assert status(page).startswith(f"Step {count} ")
    assert not page.find_element("id", "next").is_enabled()
    page.find_element("id", "back").click()
    assert status(page).startswith(f"Step {count - 1} ")
    page.find_element("id", "first").click()
    assert status(page).startswith("Step 0 ")
    slide(page, 3)
    assert status(page).startswith("Step 3 ")


def test_a_step_back_shows_the_source_line_of_its_rule(page):
    key(page, "End")
    rules = []
    for _ in range(step_count(page) // 2):
        rules.append(page.find_element("css selector", "#step").text)
        key(page, "ArrowLeft")
    assert any("np.tanh: (tanh_x,), # g / cosh(x)**2" in text for text in rules)
    assert any("for b: g * a" in text for text in rules)
    assert any("sum of 2" in text for text in rules)


def test_keys_alone_reach_a_value(page):
    page.execute_script("document.querySelector('#picture .node').focus()")
    page.switch_to.active_element.send_keys("\n")
    assert page.find_element("css selector", "#chosen h2").text.startswith("Value: ")
    assert without_a_name(page, "button, input, .node[tabindex], section") == 0


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_at_both_widths_light_and_dark(page, width, scheme):
    seen_at(page, width, scheme)
    key(page, "End")
    assert page.execute_script("return document.documentElement.scrollWidth") <= width  # nothing hangs out
    colours = page.execute_script(
        "const text = getComputedStyle(document.body).color, paper = getComputedStyle(document.body).backgroundColor;"
        "return [text, paper].map((c) => c.match(/\\d+/g).slice(0, 3).map(Number))"
    )
    text, paper = (sum(c) / 3 for c in colours)
    assert (text < paper) == (scheme == "light")
    assert abs(text - paper) > 150
    too_wide = (
        "return [...document.querySelectorAll('#picture .node')].filter((g) => [...g.querySelectorAll('text')].some((t) =>"
        " t.getBBox().width > g.querySelector('.box').getBBox().width)).map((g) => g.textContent)"
    )
    for _ in range(step_count(page)):
        assert page.execute_script(too_wide) == []
        key(page, "ArrowLeft")


def test_a_long_graph_steps_to_its_end(browser, tmp_path):
    w = ag.tensor(0.9, requires_grad=True)
    y = ag.tensor(1.0, requires_grad=True)
    for _ in range(LONG):
        y = np.tanh(y * w)
    ag.show(y, tmp_path / "long.html", names={"w": w})
    y.backward()
    browser.get((tmp_path / "long.html").as_uri())
    assert step_count(browser) == 4 * LONG
    drawn = "return [...document.querySelectorAll('.stretch')].map((g) => g.childElementCount > 0)"
    at_first = browser.execute_script(drawn)
    assert at_first.count(False) > 3
    key(browser, "End")
    assert status(browser).startswith(f"Step {4 * LONG} ")
    for _ in range(2 * LONG):
        key(browser, "ArrowLeft")
    assert all(browser.execute_script(drawn))
    key(browser, "End")
    assert open_value(browser, "w")[1] == [float(w.grad)]
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
