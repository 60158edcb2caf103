"""HiGHS without a word: the one place that makes a solver object."""

from __future__ import annotations

import highspy


class SilentHighs(highspy.Highs):  # type: ignore[misc]
    """A `highspy.Highs` that writes nothing, not even the banner of the first one of a process."""

    def enableCallbacks(self) -> None:
        """Silence the solver before it says anything."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()
