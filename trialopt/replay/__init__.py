"""An independent virtual trial: patients who know nothing of the formulas by which designs are valued.

A patient is a set of clones that grow and are killed; M-protein follows them, and response and progression are read
off it as in a trial; severe events come at times, lower doses and stop agents. Every formula is another than the
model's, and nothing here imports the rooms that choose, judge or size designs. From the instance come its tables
(prevalence, retained activity, sensitivity, doses, rates of events), from `data` everything else, each number with
its source.
"""

from __future__ import annotations
