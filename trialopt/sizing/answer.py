"""What `trialopt size` answers, with the formulas it used.

`answer` is what `trialopt size` prints; the keys are documented in docs/sizing.md and do not change meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trialopt.sizing import answer_response, answer_survival
from trialopt.sizing.families import Family
from trialopt.sizing.interim import Interim
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, unknown_of

# -- The formula and the source printed beside every number, by method. -------------------------------------------


@dataclass(frozen=True)
class Formula:
    """What stands beside a number: its formula in plain text and where it comes from."""

    text: str
    source: str


_Z = "(z_alpha + z_beta)"
_ALT = "p0 q0 + p1 q1 / r"

FORMULAS: dict[str, Formula] = {
    "unpooled": Formula(
        f"n0 = {_Z}^2 ({_ALT}) / (p1 - p0)^2, n1 = r n0",
        "normal approximation, unpooled variance: Chow, Shao and Wang, Sample Size Calculations in Clinical "
        "Research, 2nd ed. 2008, section 4.2.1",
    ),
    "pooled": Formula(
        f"n0 = (z_alpha sqrt((1 + 1/r) p q) + z_beta sqrt({_ALT}))^2 / (p1 - p0)^2, p = (p0 + r p1) / (1 + r)",
        "normal approximation, pooled variance under the null: Fleiss, Levin and Paik, Statistical Methods for "
        "Rates and Proportions, 3rd ed. 2003, chapter 4",
    ),
    "schoenfeld": Formula(
        f"d = (1 + r)^2 / r {_Z}^2 / (log HR)^2, N = d (1 + r) / (P0 + r P1)",
        "Schoenfeld, Biometrics 39 (1983) 499-503; chance of an event: Lachin and Foulkes, Biometrics 42 (1986) "
        "507-519",
    ),
    "freedman": Formula(
        f"d = {_Z}^2 (1 + r HR)^2 / (r (1 - HR)^2), N = d (1 + r) / (P0 + r P1)",
        "Freedman, Statistics in Medicine 1 (1982) 121-129; chance of an event: Lachin and Foulkes, Biometrics 42 "
        "(1986) 507-519",
    ),
    "lachin_foulkes": Formula(
        "N = (z_alpha sqrt((1 + r)^2 / (r Pm)) + z_beta sqrt((1 + r) (1/P0 + 1/(r P1))))^2 / (log HR)^2",
        "Lachin and Foulkes, Biometrics 42 (1986) 507-519",
    ),
    "rubinstein": Formula(
        f"N = {_Z}^2 (1 + r) (1/P0 + 1/(r P1)) / (log HR)^2",
        "direct variance of the log hazard ratio: Rubinstein, Gail and Santner, Journal of Chronic Diseases 34 "
        "(1981) 469-479",
    ),
    "none": Formula("each arm at alpha", "no adjustment over arms"),
    "bonferroni": Formula("each arm at alpha / K", "Bonferroni"),
    "holm": Formula(
        "smallest p-value at alpha / K, next at alpha / (K - 1), ..",
        "Holm, Scandinavian Journal of Statistics 6 (1979) 65-70",
    ),
    "dunnett": Formula(
        "c with P(Z_1 <= c, .., Z_K <= c) = 1 - alpha, corr = r / (1 + r)",
        "Dunnett, Journal of the American Statistical Association 50 (1955) 1096-1121, infinite degrees of freedom",
    ),
    "obrien_fleming": Formula(
        "alpha(t) = 2 (1 - Phi(z_{alpha/2} / sqrt(t)))",
        "Lan and DeMets, Biometrika 70 (1983) 659-663, O'Brien-Fleming type",
    ),
    "pocock": Formula(
        "alpha(t) = alpha ln(1 + (e - 1) t)", "Lan and DeMets, Biometrika 70 (1983) 659-663, Pocock type"
    ),
}


# -- The answer to a sizing question, as one flat record of numbers with the method's name beside them. -----------


def answer(request: SizeRequest) -> dict[str, Any]:
    """Solve `request` for what it leaves out.

    Returns
    -------
    dict
        Plain floats, strings, lists and dicts, ready for JSON; keys in docs/sizing.md.

    Raises
    ------
    SizingError
        Options that contradict each other, leave too much or nothing open, or lie outside their range.
    """
    unknown = unknown_of(request)
    family = Family(
        request.arms,
        request.multiplicity if request.arms > 1 else "none",
        request.power_kind,
        request.one_sided_alpha,
        request.shared_control,
    )
    interim = Interim(request.looks, request.spending, request.futility, request.timing)
    part = answer_response if request.endpoint == "response" else answer_survival
    return {**_head(request, unknown, family), **part.solve(request, unknown, family, interim)}


def _head(q: SizeRequest, unknown: str, family: Family) -> dict[str, Any]:
    formula = FORMULAS[q.chosen_method]
    head: dict[str, Any] = {
        "endpoint": q.endpoint,
        "solved_for": unknown,
        "method": q.chosen_method,
        "formula": formula.text,
        "source": formula.source,
        "alpha": q.one_sided_alpha,
        "sides": q.sides,
        "power_target": None if unknown in ("power", "power_of_events") else q.power or DEFAULT_POWER,
        "power_kind": q.power_kind,
        "arms": q.arms,
        "shared_control": q.shared_control if q.arms > 1 else None,
        "multiplicity": family.multiplicity,
        "multiplicity_formula": FORMULAS[family.multiplicity].text,
        "multiplicity_source": FORMULAS[family.multiplicity].source,
        "looks": q.looks,
    }
    if q.looks:
        head["spending"] = q.spending
        head["spending_formula"] = FORMULAS[q.spending].text
        head["spending_source"] = FORMULAS[q.spending].source
        head["futility"] = q.futility
    return head
