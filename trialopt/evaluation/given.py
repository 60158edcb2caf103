"""What one arm gives, as the rules on regimens ask of it: agents, classes and levels by epoch."""

from __future__ import annotations

from dataclasses import dataclass

from trialopt.core.design import Arm
from trialopt.core.instance import Instance
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import Violation


@dataclass(frozen=True)
class Given:
    """What one arm gives in each epoch, and the class of each agent.

    An item is an agent, a class or `agent@level`; it is met by agents, whatever else they are given at.
    """

    instance: Instance
    arm: Arm
    epochs: tuple[tuple[int, str, tuple[str, ...]], ...]
    """`(index, id, agents)` of each epoch, the agents distinct."""
    doses: tuple[frozenset[str], ...]
    """`agent@level` of all that is given, by epoch."""
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
            tuple(
                frozenset(f"{instance.agents[instance.option_agent[o]]}@{instance.option_level[o]}" for o in options)
                for options in resolved.sequence
            ),
            {instance.agents[d]: instance.classes[instance.agent_class[d]] for epoch in indices for d in epoch},
        )

    def matches(self, s: int, agent: str, item: str) -> bool:
        """Whether an agent given in an epoch meets an item there."""
        if "@" in item:
            return item in self.doses[s] and item.partition("@")[0] == agent
        return agent == item or self.class_of[agent] == item

    def matching(self, s: int, item: str) -> list[str]:
        """Agents of an epoch that meet an item."""
        return [agent for agent in self.epochs[s][2] if self.matches(s, agent, item)]

    def pairs(self, s: int, first: str, second: str) -> list[tuple[str, str]]:
        """Pairs of distinct agents, one matching each item; two agents are one pair, in either order."""
        found: dict[frozenset[str], tuple[str, str]] = {}
        seconds = self.matching(s, second)
        for a in self.matching(s, first) if seconds else ():
            for b in seconds:
                if a != b:
                    found.setdefault(frozenset((a, b)), (a, b))
        return list(found.values())

    @staticmethod
    def named(agent: str, item: str) -> str:
        """An agent as a sentence about an item speaks of it: with its level where the item names one."""
        return item if "@" in item else agent

    def violation(self, rule: str, sentence: str, epoch: str | None = None, subgroup: str | None = None) -> Violation:
        """A broken rule of this arm; the sentence starts with the arm's name."""
        return Violation(rule, f"{self.arm.name} {sentence}", self.arm.name, subgroup, epoch)
