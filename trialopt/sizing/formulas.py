"""The formulas of `trialopt size`, as plain text, with where they come from."""

from __future__ import annotations

from dataclasses import dataclass


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
    "hsd": Formula(
        "alpha(t) = alpha (1 - exp(-gamma t)) / (1 - exp(-gamma))",
        "Hwang, Shih and DeCani, Statistics in Medicine 9 (1990) 1439-1445",
    ),
    "power": Formula("alpha(t) = alpha t^rho", "Kim and DeMets, Biometrika 74 (1987) 149-154"),
    "pocock": Formula(
        "alpha(t) = alpha ln(1 + (e - 1) t)", "Lan and DeMets, Biometrika 70 (1983) 659-663, Pocock type"
    ),
}
