"""First names, letter by letter: a recurrent network beside tables of counts.

    python examples/09_names.py [--quick] [--plot names.png]

A model of names gives each next letter a probability, knowing the letters before it. It is judged by the bits that names
unknown to it cost: minus the sum of log2 of the probabilities of all their characters, over the number of characters, where
the end of a name counts as one. Names drawn from it are inventions.

The 5163 names are of the 1990 U.S. Census (public domain), each once; see data/SOURCES.md.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: threads would mostly wait for each other

import math
from collections import Counter, defaultdict
from pathlib import Path

import command_line
import numpy as np

import autograd_lite as ag
import nn

# %% The names: 80 % to learn from, 10 % to choose by, 10 % to judge by

NAMES = (Path(__file__).parent / "data" / "names.txt").read_text().split()
LEARNT, CHOSEN_BY, JUDGED_BY = ([NAMES[i] for i in rows] for rows in nn.data.split(len(NAMES), (0.8, 0.1, 0.1), rng=0))
CHARACTERS = ".abcdefghijklmnopqrstuvwxyz"  # by their numbers; the dot is read before a name, and written behind it
LENGTH = max(map(len, NAMES)) + 1


# %% Tables
class KneserNey:
    """Counts of each letter after the letters before it, smoothed by the counts after fewer of them.

    From each count `discount` is taken and given to the shorter context, where a follower counts as often as there were
    different letters before both (Kneser and Ney, 1995, interpolated as in Chen and Goodman, 1999).
    """

    def __init__(self, names, order):
        self.order = order
        texts = [f".{name}." for name in names]
        grams = Counter(text[i - n : i + 1] for text in texts for i in range(1, len(text)) for n in range(min(order, i + 1)))
        before = Counter(gram[1:] for gram in grams)
        self.followers = defaultdict(dict)
        for gram, count in grams.items():
            whole = len(gram) == order or gram[:-1].startswith(".")  # nothing can come before a beginning
            self.followers[gram[:-1]][gram[-1]] = count if whole else before[gram]
        self.discount = min(np.arange(0.1, 1, 0.1), key=lambda discount: self.bits(CHOSEN_BY, discount).sum())

    def probability(self, past, character, discount):
        p = 1 / 27
        for n in range(min(self.order, len(past) + 1)):
            if not (known := self.followers.get(past[len(past) - n :])):
                break  # nor is a longer context known
            p = (max(known.get(character, 0) - discount, 0) + discount * len(known) * p) / sum(known.values())
        return p

    def bits(self, names, discount=None):
        """The cost of each name, in bits."""
        discount = self.discount if discount is None else discount
        steps = [[(f".{name}."[:i], f".{name}."[i]) for i in range(1, len(name) + 2)] for name in names]
        return np.array([-sum(math.log2(self.probability(*step, discount)) for step in name) for name in steps])


# %% The network
def encoded(names):
    """The letters read, (n, 12), and the targets, (n, 12): the next letter, at last the end, then nothing (-100)."""
    read, target = np.zeros((len(names), LENGTH), int), np.full((len(names), LENGTH), -100)
    for i, name in enumerate(names):
        read[i, 1 : len(name) + 1] = [CHARACTERS.index(letter) for letter in name]
        target[i, : len(name) + 1] = [*read[i, 1 : len(name) + 1], 0]
    return read, target


class Speller(nn.Module):
    """From the letters so far (n, t) to the logits of the next character after each, (n, t, 27)."""

    def __init__(self, rng):
        self.embedding = nn.Embedding(27, 32, rng=rng, dtype=np.float32)
        self.gru = nn.GRU(32, 128, batch_first=True, rng=rng, dtype=np.float32)
        self.dropout = nn.Dropout(0.3, rng=rng)
        self.output = nn.Linear(128, 27, rng=rng, dtype=np.float32)

    def forward(self, read):
        states, _ = self.gru(self.embedding(read))
        return self.output(self.dropout(states))


def loss(logits, target, **options):
    """Nats a character; targets of -100 do not count."""
    return nn.functional.cross_entropy(logits.reshape(-1, 27), target.reshape(-1), **options)


def bits(model, names):
    """The cost of each name, in bits."""
    read, target = encoded(names)
    with ag.no_grad():
        return loss(model(read), target, reduction="none").data.reshape(target.shape).sum(axis=1) / math.log(2)


def trained(epochs):
    rng = np.random.default_rng(0)
    model = Speller(rng)
    optimizer = nn.optim.AdamW(model.parameters(), weight_decay=0.1)
    steps = epochs * -(-len(LEARNT) // 64)
    rate = nn.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.005, total_steps=steps)  # up, and down to almost nothing
    history = nn.fit(
        model, *encoded(LEARNT), loss=loss, optimizer=optimizer, epochs=epochs, batch_size=64, rng=rng,
        validation=encoded(CHOSEN_BY), scheduler=rate, schedule="batch", clip_grad_norm=1.0,
    )  # fmt: skip
    return model.eval(), history


def probabilities(model, read):
    """The probability of each character after each that was read: (n, t) gives (n, t, 27)."""
    with ag.no_grad():
        return nn.functional.softmax(model(read).data.astype(float), -1)


def invent(model, n, rng):
    """n names, letter by letter."""
    read = np.zeros((n, 1), int)
    for _ in range(LENGTH):
        below = probabilities(model, read)[:, -1].cumsum(axis=1)
        drawn = np.sum(rng.random((n, 1)) > below[:, :-1], axis=1, keepdims=True)
        read = np.concatenate([read, drawn], axis=1)
    return ["".join(CHARACTERS[k] for k in row[1:]).partition(".")[0] for row in read]


# %% The picture
def draw(file, model, costs, invented):
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 5.6), layout="constrained")
    bars, letters, text = figure.subplots(1, 3, width_ratios=(1.2, 1.15, 0.65))
    drawn = bars.barh(list(costs), list(costs.values()), color=["#9ecae1"] * (len(costs) - 1) + ["#fdae6b"], height=0.65)
    bars.bar_label(drawn, fmt="%.2f", padding=-32)
    bars.invert_yaxis()
    bars.spines[["top", "right"]].set_visible(False)
    bars.set(xlabel="bits a character, of names that were not learnt", title="What the next letter costs")
    name = "christian"  # one of JUDGED_BY
    p = probabilities(model, encoded([name])[0])[0].T[:, : len(name) + 1]
    letters.imshow(p, cmap="Blues", norm=PowerNorm(0.5, 0, 1), aspect="auto")  # so that small ones are seen too
    numbers = [CHARACTERS.index(character) for character in name + "."]
    letters.plot(numbers, "o", color="#d95f02", markersize=11, markeredgewidth=2, fillstyle="none")
    letters.set_xticks(range(len(name) + 1), ["", *name])
    letters.set_yticks(range(27), ["end", *CHARACTERS[1:]], fontsize=8)
    letters.set(xlabel="the letter before", title=f"What may come next in “{name}”, and did")
    text.set(title="Invented")
    text.axis("off")
    for i, name in enumerate(invented[:36]):
        text.text(0.02 + i // 18 * 0.52, 0.96 - i % 18 / 18, name.capitalize(), fontsize=12)
    figure.savefig(file, dpi=130)
    print(f"\n{file}: what the letters cost, one name letter by letter, and invented ones.")


# %% All of it
def main():
    options = command_line.quick_and_plot(__doc__, quick="two epochs instead of twenty", plot="names.png")
    print(f"{len(LEARNT)} names are learnt, {len(CHOSEN_BY)} choose smoothing and epoch, {len(JUDGED_BY)} judge\n")
    tables = {"nothing known": 0, "letters alone": 1, "bigrams": 2, "trigrams": 3, "5-grams": 5}
    bits_of = {name: KneserNey(LEARNT, order).bits(JUDGED_BY) for name, order in tables.items()}
    model, history = trained(2 if options.quick else 20)
    bits_of["GRU"] = bits(model, JUDGED_BY)
    lengths = np.array([len(name) + 1 for name in JUDGED_BY])
    costs = {name: each.sum() / lengths.sum() for name, each in bits_of.items()}
    print(f"{'':<15}{'bits a character':>16}{'the GRU less that':>24}")
    for name in tables:
        apart = costs["GRU"] - costs[name]
        error = np.linalg.norm(bits_of["GRU"] - bits_of[name] - apart * lengths) / lengths.sum()  # one standard error
        print(f"{name:<15}{costs[name]:>16.3f}{apart:>+16.3f} ± {error:.3f}")
    print(f"{'GRU':<15}{costs['GRU']:>16.3f}, after {history.seconds:.0f} seconds\n")
    print("± is one standard error, over the names that judge.")
    drawn = dict.fromkeys(invent(model, 1000, np.random.default_rng(1)))
    new = [name for name in drawn if name not in NAMES]
    print(f"Of {len(drawn)} different names drawn from it {len(new)} are not in the list: {', '.join(new[:12])}.")
    if options.plot:
        draw(options.plot, model, costs, new)


if __name__ == "__main__":
    main()
