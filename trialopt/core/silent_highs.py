"""HiGHS without a word: the one place that makes a solver object."""

from __future__ import annotations

import highspy


class SilentHighs(highspy.Highs):  # type: ignore[misc]
    """A `highspy.Highs` that writes nothing, not even the banner of the first one of a process."""

    def enableCallbacks(self) -> None:
        """Silence the solver before it says anything."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


DUAL_FIXING_PROBING = 1 << 20
"""The rule of presolve, as a bit of HiGHS' option `presolve_rule_off`."""


def without_faulty_rules(highs: highspy.Highs) -> None:
    """Switch off the rule of presolve that makes HiGHS call designs optimal that are not.

    From 1.16.0 on dual-fixing probing cuts off the optimum of small models with binary and continuous variables (found
    by `tests/uncertainty/test_against_brute_force.py`, seeds 52 and 129; up to 1.15.1 there is no such rule).
    """
    if (highspy.HIGHS_VERSION_MAJOR, highspy.HIGHS_VERSION_MINOR) >= (1, 16):
        _, chosen = highs.getOptionValue("presolve_rule_off")
        highs.setOptionValue("presolve_rule_off", int(chosen) | DUAL_FIXING_PROBING)
