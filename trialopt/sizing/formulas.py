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
    "casagrande": Formula(
        "n0 = n / 4 (1 + sqrt(1 + 2 (1 + r) / (r n (p1 - p0))))^2, n the pooled size",
        "Casagrande, Pike and Smith, Biometrics 34 (1978) 483-486; unequal sides: Fleiss, Tytun and Ury, Biometrics 36 "
        "(1980) 343-346",
    ),
    "fisher": Formula(
        "fewest patients after which the power, summed over all outcomes, stays at what was asked for",
        "Fisher's exact test, one-sided: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, "
        "3rd ed. 2003, chapter 3",
    ),
    "boschloo": Formula(
        "fewest patients after which the power, summed over all outcomes, stays at what was asked for",
        "Boschloo, Statistica Neerlandica 24 (1970) 1-9",
    ),
    "farrington_manning": Formula(
        "n0 = (z_alpha sqrt(V0) + z_beta sqrt(V1))^2 / (p1 - p0 + margin)^2, V0 at the likeliest rates with p1 = p0 - "
        "margin",
        "Farrington and Manning, Statistics in Medicine 9 (1990) 1447-1454",
    ),
    "schoenfeld_margin": Formula(
        f"d = (1 + r)^2 / r {_Z}^2 / (log margin - log HR)^2, N = d (1 + r) / (P0 + r P1)",
        "Schoenfeld, Biometrics 39 (1983) 499-503; Chow, Shao and Wang, Sample Size Calculations in Clinical Research, "
        "2nd ed. 2008, section 7.3",
    ),
    "delayed_log_rank": Formula(
        "mean of the log-rank statistic by integration over the piecewise hazard ratio",
        "Schoenfeld, Biometrika 68 (1981) 316-319; Lakatos, Biometrics 44 (1988) 229-241; average hazard ratio: "
        "Kalbfleisch and Prentice, Biometrika 68 (1981) 105-112",
    ),
    "simon": Formula(
        "stop after n1 patients with at most r1 responders; reject p0 for more than r among n",
        "Simon, Controlled Clinical Trials 10 (1989) 1-10",
    ),
    "one_stage": Formula(
        "reject p0 for more than r responders among n, exactly", "A'Hern, Statistics in Medicine 20 (2001) 859-866"
    ),
    "at_look": Formula(
        "chance that a later analysis crosses its bound, given z now; predictive: its mean over what is known of the "
        "effect",
        "Lan, Simon and Halperin, Sequential Analysis 1 (1982) 207-219; Spiegelhalter, Freedman and Blackburn, "
        "Controlled Clinical Trials 7 (1986) 8-17",
    ),
    "nested": Formula(
        "c with P(Z_overall > z or Z_subgroup > c) = alpha, corr = sqrt(share)",
        "Spiessens and Debois, Contemporary Clinical Trials 31 (2010) 647-656",
    ),
    "p_values": Formula(
        "adjusted p-values: at most alpha where the procedure rejects",
        "Holm 1979, Hochberg 1988, Hommel 1988, Dunnett and Tamhane 1991 (step down, for a shared control)",
    ),
    "sidak": Formula(
        "each arm at 1 - (1 - alpha)^(1/K)",
        "Sidak, Journal of the American Statistical Association 62 (1967) 626-633",
    ),
    "mams": Formula(
        "two stages, K arms, one control: bounds with P(any arm rejected) = alpha, the best effective arm wins",
        "Magirr, Jaki and Whitehead, Biometrika 99 (2012) 494-501",
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
