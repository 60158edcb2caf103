"""Numbers of regimens and sequences in every one of many possible truths (model section 11); N truths.

Each truth is an instance of its own numbers. A regimen's own factor on its log-activity, one for each set of agents,
is drawn here again.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from trialopt.core.instance import Bools, Floats, Instance
from trialopt.core.truths import Truths
from trialopt.verify.facts import Facts, agents_of, coverage_along, events, facts_of, log_activity

LEAST_FACTOR = 0.2
"""A regimen's factor is never below this."""


def generator(seed: int, name: str) -> np.random.Generator:
    """The stream of a name: PCG64 keyed by the hash of seed and name."""
    return np.random.Generator(np.random.PCG64(int(sha256(f"{seed}:{name}".encode()).hexdigest(), 16)))


class Drawn:
    """The truths of one instance."""

    def __init__(self, instance: Instance, truths: Truths) -> None:
        self.instance = instance
        self.facts: tuple[Facts, ...] = tuple(facts_of(truths.written_in(instance, n)) for n in range(len(truths)))
        self.medians: Floats = truths.control_median
        """(N, G) months."""
        self.seed = truths.seed
        self._numbers, self._deviation = truths.numbers, truths.arm_deviation
        self._known: dict[str, Floats] = {}

    def __len__(self) -> int:
        return len(self.facts)

    def factors(self, given: Bools) -> Floats:
        """(n, N) factors on the log-activity of regimens (n, O)."""
        agents = agents_of(self.instance, given)
        names = ["+".join(sorted(np.array(self.instance.agents)[row].tolist())) for row in agents]
        return np.array([self._factor(name) for name in names]).reshape(len(given), len(self))

    def _factor(self, name: str) -> Floats:
        if name not in self._known:
            made = np.ones(len(self))
            if name and self._deviation > 0 and len(self):
                normal = generator(self.seed, name).standard_normal(int(self._numbers.max()) + 1)
                made = np.maximum(LEAST_FACTOR, 1 + self._deviation * normal[self._numbers])
            self._known[name] = made
        return self._known[name]

    def of_sequences(self, sequences: Bools) -> Floats:
        """(n, S, N) factors of the regimens of sequences (n, S, O)."""
        count, epochs, options = sequences.shape
        return self.factors(sequences.reshape(-1, options)).reshape(count, epochs, len(self))

    def activity(self, n: int, epoch: int, given: Bools, factors: Floats) -> Floats:
        """(m, J) Lambda of regimens (m, O) in truth n; `factors` (m, N) are theirs."""
        return np.asarray(factors[:, n, None] * log_activity(self.facts[n], epoch, given))

    def coverage(self, sequences: Bools) -> Floats:
        """(N, n, S, G) coverage along sequences (n, S, O)."""
        factors = self.of_sequences(sequences)
        return np.array([coverage_along(facts, sequences, factors[:, :, n])[0] for n, facts in enumerate(self.facts)])

    def worth(self, sequences: Bools) -> Floats:
        """(N, n, G) what sequences add to the objective in each truth and subgroup, its share included."""
        factors, found = self.of_sequences(sequences), []
        for n, facts in enumerate(self.facts):
            gain = coverage_along(facts, sequences, factors[:, :, n])[0]
            if facts.weight:
                caused = [events(facts, s, sequences[:, s]).sum(axis=2) for s in range(sequences.shape[1])]
                gain = gain - facts.weight * np.array(caused).transpose(1, 0, 2)
            found.append((gain * facts.counts).sum(axis=1) * facts.instance.share)
        return np.array(found)


def mean_of_worst(worth: Floats, tail: float) -> Floats:
    """(...) mean of the worst share of equally likely values (N, ...); one that the share cuts counts in part."""
    ordered = np.sort(worth, axis=0)
    room = tail * len(ordered)
    part = np.minimum(1.0, np.maximum(0.0, room - np.arange(len(ordered))))
    return np.asarray(np.tensordot(part, ordered, axes=1) / room)
