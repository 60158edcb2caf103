"""How far a recommendation depends on inputs that are known to a few points only.

The best designs are valued again under many possible truths: draws of every agent's response and event rates.
"""
