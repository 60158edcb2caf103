"""Trials played before they are run: patients drawn one by one, looks, tests, and what happens how often.

`trial` is what is played, `scenario` what may go otherwise than planned, `play` plays it, `simulation` has what was
found. Its tests are its own: nothing here shares code with what sizes arms.
"""

from trialopt.simulate.door import simulate
from trialopt.simulate.scenario import Scenario
from trialopt.simulate.simulation import Simulation
from trialopt.simulate.trial import Comparison, Family, Group, Trial, Truth

__all__ = ["Comparison", "Family", "Group", "Scenario", "Simulation", "Trial", "Truth", "simulate"]
