"""A film of a training: weights are kept within bounds, and each frame is what the model said then."""

import json
import re

import numpy as np
import pytest

import nn

X = np.linspace(-1, 1, 8)[:, None]


def model_of(inputs=1, outputs=1, *last):
    return nn.Sequential(nn.Linear(inputs, 3, rng=0), nn.Tanh(), nn.Linear(3, outputs, rng=1), *last)


def data_of(film):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', film.html, re.DOTALL)[1])


@pytest.mark.parametrize("keep", [2, 3, 5, 16, 1000])
@pytest.mark.parametrize("epochs", [0, 1, 2, 15, 16, 17, 100])
def test_weights_are_kept_evenly_within_bounds(keep, epochs):
    history = nn.fit(model_of(), X, X**2, epochs=epochs, keep_weights=keep, progress=False)
    kept = sorted(history.weights)
    assert kept[0] == 0
    assert kept[-1] == epochs
    assert len(kept) <= keep
    assert len(kept) >= min(epochs + 1, keep // 2)
    assert len(set(np.diff(kept)[:-1])) <= 1


def test_kept_weights_are_those_after_each_epoch_and_change_nothing():
    seen, model, other = [], model_of(), model_of()
    history = nn.fit(model, X, X**2, epochs=6, keep_weights=100, callbacks=[lambda run: seen.append(run.weights()) and None])
    for epoch, weights in enumerate(seen, 1):
        assert all(np.array_equal(history.weights[epoch][name], w) for name, w in weights.items())
    plain = nn.fit(other, X, X**2, epochs=6)
    assert not plain.weights
    assert plain.loss == history.loss
    assert all(np.array_equal(a.data, b.data) for a, b in zip(model.parameters(), other.parameters(), strict=True))


def test_a_checkpoint_is_without_them_and_histories_are_compared_without_them(tmp_path):
    history = nn.fit(model_of(), X, X**2, epochs=4, keep_weights=3, checkpoint=tmp_path / "run.npz")
    assert "weights" not in nn.load(tmp_path / "run.npz")["history"]
    again = nn.fit(model_of(), X, X**2, epochs=4)
    again.seconds = history.seconds
    assert history == again


@pytest.mark.parametrize("keep", [1, 0, True, 2.5])
def test_other_numbers_are_refused(keep):
    with pytest.raises(ValueError, match=r"keep_weights=.* must be a whole number of at least 2"):
        nn.fit(model_of(), X, X**2, epochs=1, keep_weights=keep)


def test_with_several_inputs_each_prediction_comes_to_its_target():
    x = np.random.default_rng(0).normal(size=(30, 2))
    y = x[:, :1] * x[:, 1:]
    model = model_of(2)
    history = nn.fit(model, x, y, optimizer=nn.optim.Adam(model.parameters(), lr=0.05), epochs=200, keep_weights=9)
    film = nn.film(model, x, y, history)
    frames = data_of(film)["frames"]
    assert len(frames) == len(film.epochs) == len(history.weights)
    dots = [np.array(re.findall(r"M(\S+) (\S+?)a", frame[0]), float) for frame in frames]
    assert all(len(d) == 30 for d in dots)
    said = nn.functional_call(model, history.weights[film.epochs[-1]], x)[:, 0]
    assert np.corrcoef(dots[-1][:, 1], said)[0, 1] < -0.999
    errors = data_of(film)["error"]
    assert errors[-1] == pytest.approx(np.sqrt(np.mean((said - y[:, 0]) ** 2)))
    assert errors[-1] < errors[0]


def test_several_outputs_are_several_curves_and_the_model_is_left_as_it_is():
    model = model_of(1, 2, nn.Dropout())
    y = np.column_stack([X, -X])
    history = nn.fit(model, X, y, epochs=5, keep_weights=9, rng=0)
    before = model.state_dict()
    film = nn.film(model, X, y, history)
    assert all(len(frame) == 2 for frame in data_of(film)["frames"])
    assert film.html.count('class="ink curve"') == film.html.count('class="plus curve"') == 1
    assert model.training
    assert all(np.array_equal(before[name], w) for name, w in model.state_dict().items())


def test_a_target_may_lack_the_last_axis_and_losses_may_be_negative():
    model = model_of()
    history = nn.fit(model, X, X**2, epochs=5, keep_weights=9, loss=lambda p, t: nn.functional.mse_loss(p, t) - 1)
    assert data_of(nn.film(model, X, X[:, 0] ** 2, history))["loss"][-1] < 0


def test_it_is_one_page_which_loads_nothing(tmp_path):
    model = model_of()
    history = nn.fit(model, X, X**2, epochs=40, keep_weights=30)
    film = nn.film(model, X, X**2, history, tmp_path / "fit.html")
    assert (tmp_path / "fit.html").read_text(encoding="utf-8") == film.html
    assert not re.search(r"(src|href)=\"(?!data:)", film.html)
    assert len(film.html) < 150_000
    with pytest.raises(ValueError, match=r"'fit\.gif' does not end in \.html"):
        film.save("fit.gif")


def test_what_cannot_be_drawn_is_refused_in_words():
    model = model_of(1, 3)
    history = nn.fit(model, X, np.arange(8) % 3, loss=nn.CrossEntropyLoss(), epochs=2, keep_weights=9)
    with pytest.raises(ValueError, match=r"y has shape \(8,\) and the predictions \(8, 3\).*np\.eye\(classes\)"):
        nn.film(model, X, np.arange(8) % 3, history)
    with pytest.raises(ValueError, match=r"no weights\. Write nn\.fit\(\.\.\., keep_weights=60\)"):
        nn.film(model, X, X, nn.History(loss=[1.0]))
