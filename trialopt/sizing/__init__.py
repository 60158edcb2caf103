"""Patients, events, power and detectable effect of a trial arm; stand-alone, NumPy and SciPy only.

The public names stand in `__init__.pyi`, and are loaded when first used: importing the package costs nothing.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
