"""A script that computes a design's sizes again, in base R and rpact: `sizes.R`.

It stops where events, patients or a boundary of an arm differ from the record.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from trialopt.evaluation.calendar import Calendar
from trialopt.record.solution import DesignNumbers, SolvedArm

_TYPES = {"obrien_fleming": "OF", "pocock": "P", "hsd": "HSD", "power": "KD"}
"""Spending function -> how rpact ends the name of its type."""

_GS = {"obrien_fleming": "sfLDOF", "pocock": "sfLDPocock", "hsd": "sfHSD", "power": "sfPower"}
"""Spending function -> that of gsDesign."""

_R_FUNCTIONS = """\
up <- function(n) ceiling(n - 1e-9)
same <- function(what, got, want, tolerance) {
  if (length(got) != length(want) || any(abs(got - want) > tolerance * pmax(1, abs(want))))
    stop(sprintf("%s: computed %s, recorded %s", what, paste(got, collapse = " "), paste(want, collapse = " ")))
  cat(sprintf("%s: %s\\n", what, paste(signif(got, 6), collapse = " ")))
}
# Response: n0 = (z_alpha sqrt(V0) + z_beta sqrt(V1))^2 / D^2, averaged over strata by f.
response_patients <- function(f, p0, p1, alpha, power, r, pooled, inflation, not_evaluable) {
  v1 <- sum(f * (p0 * (1 - p0) + p1 * (1 - p1) / r))
  p <- (p0 + r * p1) / (1 + r)
  v0 <- if (pooled) sum(f * (1 + 1 / r) * p * (1 - p)) else v1
  n0 <- (qnorm(1 - alpha) * sqrt(v0) + qnorm(power) * sqrt(v1))^2 / sum(f * (p1 - p0))^2
  n0 <- inflation * n0 / (1 - not_evaluable)
  c(up(r * n0), up(n0))
}
# Chance of an event seen: entry over A months, then F months; Lachin and Foulkes 1986.
seen <- function(h, A, F, dropout, inflows = NULL) {
  k <- h + dropout
  if (!is.null(inflows)) {
    last <- sapply(inflows, month_of, tau = A)
    end <- max(last) + F
    return(h / k * (1 - mapply(waiting, inflows, k, last, end) / A))
  }
  h / k * (1 - (exp(-k * F) - exp(-k * (A + F))) / (k * A))
}
# Accrual that changes with time: pieces of a stratum's rate, as shares of the full one; A: months at the full rate.
inflow <- function(from, factor, ramp) {
  opens <- from[factor > 0][1]
  start <- sort(unique(c(from, opens + ramp)))
  f <- factor[findInterval(start, from)]
  rising <- start >= opens & start < opens + ramp
  slope <- ifelse(rising, f / max(ramp, 1e-300), 0)
  level <- ifelse(rising, f * (start - opens) / max(ramp, 1e-300), f)
  within <- diff(start)
  n <- length(start)
  before <- cumsum(c(0, level[-n] * within + slope[-n] * within^2 / 2))
  data.frame(start, level, slope, before)
}
month_of <- function(p, tau) {
  j <- max(which(p$before < tau))
  rest <- tau - p$before[j]
  p$start[j] + 2 * rest / (p$level[j] + sqrt(p$level[j]^2 + 2 * p$slope[j] * rest))
}
waiting <- function(p, k, until, end) {
  b <- pmin(c(p$start[-1], Inf), until)
  used <- b > p$start
  a <- p$start[used]; b <- b[used]; u <- p$level[used]; v <- p$slope[used]
  sum(((u + v * (b - a)) * exp(-k * (end - b)) - u * exp(-k * (end - a))) / k -
    v * (exp(-k * (end - b)) - exp(-k * (end - a))) / k^2)
}
needed_events <- function(hr, alpha, power, r, method, inflation) {
  z <- (qnorm(1 - alpha) + qnorm(power))^2
  inflation * z * if (method == "freedman") (1 + r * hr)^2 / (r * (1 - hr)^2) else (1 + r)^2 / r / log(hr)^2
}
pfs_patients <- function(f, median, hr, alpha, power, r, method, inflation, rate, F, dropout, inflows = NULL) {
  h0 <- log(2) / median
  za <- qnorm(1 - alpha); zb <- qnorm(power)
  w <- function(a, b) 1 / sum(f / ((1 + r) / a + (1 + r) / (r * b)))
  short <- function(n) {
    A <- n / rate
    p0 <- seen(h0, A, F, dropout, inflows); p1 <- seen(hr * h0, A, F, dropout, inflows)
    if (method %in% c("schoenfeld", "freedman"))
      return(n * sum(f * (r * p1 + p0)) / (1 + r) - needed_events(hr, alpha, power, r, method, inflation))
    pm <- seen((1 + r * hr) / (1 + r) * h0, A, F, dropout, inflows)
    w1 <- w(p0, p1)
    w0 <- if (method == "rubinstein") w1 else w(pm, pm)
    n - inflation * (za * sqrt(w0) + zb * sqrt(w1))^2 / log(hr)^2
  }
  high <- 16
  while (short(high) < 0) high <- 2 * high
  low <- 1e-6 # so few that what rounding leaves of the chance of an event can be below 0
  while (is.nan(suppressWarnings(short(low)))) low <- 2 * low
  n <- uniroot(short, c(low, high), tol = 1e-10)$root
  c(up(n * r / (1 + r)), up(n / (1 + r)))
}
have_rpact <- requireNamespace("rpact", quietly = TRUE)
if (!have_rpact) cat("rpact is not installed: boundaries are not computed again\\n")
"""


def r_files(solution: DesignNumbers) -> dict[str, bytes]:
    """One R script."""
    return {"sizes.R": ("\n".join(_r(solution)) + "\n").encode()}


def against_control(arm: SolvedArm) -> tuple[int, int]:
    """Patients of an arm and of its control that their comparison asks for; one with a component may ask for more."""
    assert arm.size is not None
    n1, n0 = arm.sizing.get("contribution", {}).get(
        "against_control", (arm.size.own_patients, arm.size.control_patients)
    )
    return n1, n0


def comparison(name: str, part: Mapping[str, Any]) -> str:
    """Name a comparison of an arm with one of its component arms."""
    return f"{name} against {part['arm'] or 'its control, for ' + part['without']}"


def plain(text: str) -> str:
    """Text for a comment: one line of ASCII, without the signs that end a comment."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text).replace("*/", "* /")


def _r(solution: DesignNumbers) -> Iterator[str]:
    q = solution.question
    yield f"# Sizes of {plain(q.name)}, computed again; stops where one differs from the record."
    yield f"# Digest of the instance: {q.sha256}"
    yield f"\n{_R_FUNCTIONS}"
    told = [arm for arm in solution.arms if arm.size is not None and arm.sizing]
    for arm in told:
        yield from _r_arm(arm, arm.sizing)
    yield f'cat("{len(told)} arms agree with the record\\n")' if told else 'cat("the record has no sizes\\n")'


def _vector(numbers: list[Any]) -> str:
    return f"c({', '.join(repr(float(n)) for n in numbers)})"


def _inflows(basis: Mapping[str, Any]) -> str:
    """How the strata's patients come in, as an argument; nothing where evenly."""
    made = []
    for row in basis.get("accrual", ()):
        steps = (_vector([step[key] for step in row["steps"]]) for key in ("from_month", "factor"))
        made.append(f"inflow({', '.join(steps)}, {row['ramp_up_months']!r})")
    return f", list({', '.join(made)})" if made else ""


def _r_arm(arm: SolvedArm, basis: Mapping[str, Any]) -> Iterator[str]:
    size, name = arm.size, arm.name
    assert size is not None
    f, r = _vector([s["f"] for s in basis["strata"]]), repr(basis["allocation_ratio"])
    common = f"{basis['alpha']!r}, {basis['power']!r}, {r}"
    n1, n0 = against_control(arm)
    yield f"\n# {plain(name)}"
    if basis["endpoint"] == "pfs":
        method, inflation = basis["method"], basis["inflation"]
        medians = _vector([s["median_months"] for s in basis["strata"]])
        if method in ("schoenfeld", "freedman"):
            yield (
                f'same("{name} events", needed_events({basis["sized_for"]!r}, {common}, "{method}", {inflation!r}), '
                f"{size.events!r}, 1e-8)"
            )
        yield (
            f'same("{name} patients", pfs_patients({f}, {medians}, {basis["sized_for"]!r}, {common}, "{method}", '
            f"{inflation!r}, {basis['accrual_per_month']!r}, {basis['follow_up_months']!r}, "
            f"{basis['dropout_per_month']!r}{_inflows(basis)}), c({n1}, {n0}), 0)"
        )
    elif basis["method"] in ("unpooled", "pooled"):
        p0, p1 = (_vector([s[side] for s in basis["strata"]]) for side in ("p0", "p1"))
        pooled = "TRUE" if basis["method"] == "pooled" else "FALSE"
        yield (
            f'same("{name} patients", response_patients({f}, {p0}, {p1}, {common}, {pooled}, {basis["inflation"]!r}, '
            f"{basis['not_evaluable']!r}), c({n1}, {n0}), 0)"
        )
    else:
        yield f"# sized by {plain(basis['method'])}: not computed here"
    if basis["interim"] is not None and arm.calendar is not None:
        yield from _r_bounds(name, basis, arm.calendar)
    yield from _r_components(name, basis)


def _r_components(name: str, basis: Mapping[str, Any]) -> Iterator[str]:
    """The comparisons with component arms, in their place of the control."""
    asked = basis.get("contribution", {})
    for part in asked.get("components", ()):
        what = comparison(name, part)
        common = f"{part['alpha']!r}, {asked['power']!r}, {part['allocation_ratio']!r}"
        f, strata = [s["f"] for s in part["strata"]], part["strata"]
        if basis["endpoint"] == "pfs":
            medians = _vector([math.log(2) / s["hazard"] for s in strata])
            made = (
                f'pfs_patients({_vector(f)}, {medians}, {part["sized_for"]!r}, {common}, "{basis["method"]}", '
                f"{part['inflation']!r}, {basis['accrual_per_month']!r}, {basis['follow_up_months']!r}, "
                f"{basis['dropout_per_month']!r}{_inflows(basis)})"
            )
        elif basis["method"] in ("unpooled", "pooled"):
            p0, p1 = ([s[side] for s in strata] for side in ("p0", "p1"))
            if basis["analysis"] != "stratified":
                p0, p1 = ([sum(w * p for w, p in zip(f, side, strict=True))] for side in (p0, p1))
                f = [1.0]
            pooled = "TRUE" if part["null_variance"] == "pooled" else "FALSE"
            made = (
                f"response_patients({_vector(f)}, {_vector(p0)}, {_vector(p1)}, {common}, {pooled}, "
                f"{part['inflation']!r}, {basis['not_evaluable']!r})"
            )
        else:
            yield f"# {plain(what)}: not computed here"
            continue
        yield f'same("{plain(what)}", {made}[1], {part["needed"]}, 0)'


def _family(spending: str) -> tuple[str, str]:
    family, _, parameter = spending.partition(":")
    return family, parameter


def _r_bounds(name: str, basis: Mapping[str, Any], calendar: Calendar) -> Iterator[str]:
    look, timing = basis["interim"], _vector(basis["interim"]["timing"])
    family, parameter = _family(look["spending"])
    asked = [
        f"sided = 1, alpha = {basis['alpha']!r}, beta = {1 - basis['power']!r}, informationRates = {timing}",
        f'typeOfDesign = "as{_TYPES[family]}"',
    ]
    asked += [f"gammaA = {parameter}"] if parameter else []
    ruled = look["futility"] != "none"
    if ruled:
        beta, number = _family(look["futility_spending"])
        asked.append(f'typeBetaSpending = "bs{_TYPES[beta]}"')
        asked += [f"gammaB = {number}"] if number else []
        asked.append(f"bindingFutility = {'TRUE' if look['futility'] == 'binding' else 'FALSE'}")
    reachable = [k for k, a in enumerate(calendar.analyses) if abs(a.z) < 8]
    places = f"c({', '.join(str(k + 1) for k in reachable)})"
    yield "if (have_rpact) {"
    yield f"  d <- rpact::getDesignGroupSequential({', '.join(asked)})"
    bounds = _vector([calendar.analyses[k].z for k in reachable])
    yield f'  same("{name} efficacy bounds", d$criticalValues[{places}], {bounds}, 1e-5)'
    spent = _vector([a.alpha_spent for a in calendar.analyses])
    yield f'  same("{name} alpha spent", d$alphaSpent, {spent}, 1e-6)'
    if ruled:
        low = [k for k, a in enumerate(calendar.analyses[:-1]) if a.futility_z is not None and abs(a.futility_z) < 6]
        kept = f"c({', '.join(str(k + 1) for k in low)})"
        futility = _vector([calendar.analyses[k].futility_z for k in low])
        if low:
            yield f'  same("{name} futility bounds", d$futilityBounds[{kept}], {futility}, 1e-5)'
    yield "  characteristics <- rpact::getDesignCharacteristics(d)"
    yield f'  same("{name} inflation", characteristics$inflationFactor, {basis["inflation"]!r}, 1e-5)'
    yield "}"
    lower = f", sfl = {_GS[_family(look['futility_spending'])[0]]}" if ruled else ""
    kind = {"none": 1, "nonbinding": 4, "binding": 3}[look["futility"]]
    yield (
        f"# gsDesign: gsDesign(k = {len(look['timing'])}, test.type = {kind}, alpha = {basis['alpha']!r}, "
        f"beta = {1 - basis['power']!r}, timing = {timing}, sfu = {_GS[family]}"
        f"{f', sfupar = {parameter}' if parameter else ''}{lower})"
    )
