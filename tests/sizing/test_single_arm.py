"""Exact single-arm designs: Simon 1989, tables 1 and 2 (differences of 0.20), and A'Hern's single stage.

Simon prints expected patients to one decimal and the chance of stopping to two; the digits here are those of R package
clinfun 1.1.5, ``ph2simon(p0, p1, alpha, beta, nmax = 200)`` and ``ph2single(p0, p1, alpha, beta, nsoln = 1)``.
"""

import pytest
from scipy.stats import binom

from trialopt.sizing import SizingError, one_stage, simon_two_stage

# p0 p1 alpha beta; optimal r1/n1 r/n, expected, stop; minimax the same; one stage n r
PUBLISHED = """
0.05 0.25 0.1 0.1; 0/9 2/24 14.55 0.6302; 0/13 2/20 16.41 0.5133; 20 2
0.05 0.25 0.05 0.2; 0/9 2/17 11.96 0.6302; 0/12 2/16 13.84 0.5404; 16 2
0.05 0.25 0.05 0.1; 0/9 3/30 16.76 0.6302; 0/15 3/25 20.37 0.4633; 25 3
0.1 0.3 0.1 0.1; 1/12 5/35 19.84 0.6590; 1/16 4/25 20.37 0.5147; 25 4
0.1 0.3 0.05 0.2; 1/10 5/29 15.01 0.7361; 1/15 5/25 19.51 0.5490; 25 5
0.1 0.3 0.05 0.1; 2/18 6/35 22.53 0.7338; 2/22 6/33 26.18 0.6200; 33 6
0.2 0.4 0.1 0.1; 3/17 10/37 26.02 0.5489; 3/19 10/36 28.26 0.4551; 36 10
0.2 0.4 0.05 0.2; 3/13 12/43 20.58 0.7473; 4/18 10/33 22.25 0.7164; 35 11
0.2 0.4 0.05 0.1; 4/19 15/54 30.43 0.6733; 5/24 13/45 31.23 0.6559; 47 14
0.3 0.5 0.1 0.1; 7/22 17/46 29.89 0.6713; 7/28 15/39 34.99 0.3648; 39 15
0.3 0.5 0.05 0.2; 5/15 18/46 23.63 0.7216; 6/19 16/39 25.69 0.6655; 39 16
0.3 0.5 0.05 0.1; 8/24 24/63 34.72 0.7250; 7/24 21/53 36.62 0.5647; 53 21
0.4 0.6 0.1 0.1; 7/18 22/46 30.22 0.5634; 11/28 20/41 33.84 0.5510; 41 20
0.4 0.6 0.05 0.2; 7/16 23/46 24.52 0.7161; 17/34 20/39 34.44 0.9128; 42 22
0.4 0.6 0.05 0.1; 11/25 32/66 35.98 0.7323; 12/29 27/54 38.06 0.6374; 56 28
0.5 0.7 0.1 0.1; 11/21 26/45 28.96 0.6682; 11/23 23/39 31.00 0.5000; 39 23
0.5 0.7 0.05 0.2; 8/15 26/43 23.50 0.6964; 12/23 23/37 27.74 0.6612; 37 23
0.5 0.7 0.05 0.1; 13/24 36/61 34.01 0.7294; 14/27 32/53 36.11 0.6494; 53 32
0.6 0.8 0.1 0.1; 6/11 26/38 25.38 0.4672; 18/27 24/35 28.47 0.8161; 36 25
0.6 0.8 0.05 0.2; 7/11 30/43 20.48 0.7037; 8/13 25/35 20.77 0.6470; 36 26
0.6 0.8 0.05 0.1; 12/19 37/53 29.47 0.6919; 15/26 32/45 35.90 0.4787; 45 32
0.7 0.9 0.1 0.1; 6/9 22/28 17.79 0.5372; 11/16 20/25 20.05 0.5501; 25 20
0.7 0.9 0.05 0.2; 4/6 22/27 14.82 0.5798; 19/23 21/26 23.16 0.9462; 28 23
0.7 0.9 0.05 0.1; 11/15 29/36 21.23 0.7031; 13/18 26/32 22.66 0.6673; 37 30
"""


@pytest.mark.parametrize("row", PUBLISHED.strip().splitlines())
def test_published(row):
    head, optimal, minimax, single = (part.split() for part in row.split(";"))
    p0, p1, alpha, beta = map(float, head)
    for kind, want in (("optimal", optimal), ("minimax", minimax)):
        got = simon_two_stage(p0, p1, alpha, 1 - beta, kind)
        printed = [f"{got.r1}/{got.n1}", f"{got.r}/{got.n}", f"{got.expected:.2f}", f"{got.stop:.4f}"]
        assert printed == want
        assert got.alpha <= alpha
        assert got.power >= 1 - beta
    got = one_stage(p0, p1, alpha, 1 - beta)
    assert [str(got.n), str(got.r)] == single


def test_error_and_power_by_adding_up_every_path():
    got = simon_two_stage(0.2, 0.4)
    for rate, claimed in ((0.2, got.alpha), (0.4, got.power)):
        total = sum(
            binom.pmf(x, got.n1, rate) * binom.sf(got.r - x, got.n - got.n1, rate)
            for x in range(got.r1 + 1, got.n1 + 1)
        )
        assert claimed == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("call", [one_stage, simon_two_stage])
def test_refused(call):
    with pytest.raises(SizingError, match="above p0"):
        call(0.3, 0.3)
    with pytest.raises(SizingError, match="more than 400"):
        call(0.3, 0.31)
