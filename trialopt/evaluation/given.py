"""What an arm gives, as the rules on regimens see it: agents by epoch, matched by id or class."""

from __future__ import annotations

from dataclasses import dataclass

from trialopt.design import Arm
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import Violation
from trialopt.instance import Instance


@dataclass(frozen=True)
class Given:
    """The distinct agents of each epoch of one arm, and the class of each."""

    instance: Instance
    arm: Arm
    epochs: tuple[tuple[int, str, tuple[str, ...]], ...]
    """`(index, id, agents)` of each epoch."""
    class_of: dict[str, str]
    """Class of each agent given."""

    @classmethod
    def of(cls, instance: Instance, resolved: ResolvedArm) -> Given:
        """The agents of an arm, in the order in which it lists them."""
        indices = [[int(instance.option_agent[o]) for o in options] for options in resolved.sequence]
        names = (tuple(dict.fromkeys(instance.agents[d] for d in epoch)) for epoch in indices)
        return cls(
            instance,
            resolved.arm,
            tuple(zip(range(len(indices)), instance.epochs, names, strict=True)),
            {instance.agents[d]: instance.classes[instance.agent_class[d]] for epoch in indices for d in epoch},
        )

    def matches(self, agent: str, item: str) -> bool:
        """Whether an agent is, or is of the class, `item`."""
        return agent == item or self.class_of[agent] == item

    def matching(self, agents: tuple[str, ...], item: str) -> list[str]:
        """Those of `agents` that match `item`."""
        return [agent for agent in agents if agent == item or self.class_of[agent] == item]

    def pairs(self, agents: tuple[str, ...], first: str, second: str) -> list[tuple[str, str]]:
        """Pairs of distinct agents, one matching each item; two agents are one pair, in either order."""
        found: dict[frozenset[str], tuple[str, str]] = {}
        seconds = self.matching(agents, second)
        for a in self.matching(agents, first) if seconds else ():
            for b in seconds:
                if a != b:
                    found.setdefault(frozenset((a, b)), (a, b))
        return list(found.values())

    def violation(self, rule: str, sentence: str, epoch: str | None = None, subgroup: str | None = None) -> Violation:
        """A broken rule of this arm; the sentence starts with the arm's name."""
        return Violation(rule, f"{self.arm.name} {sentence}", self.arm.name, subgroup, epoch)
