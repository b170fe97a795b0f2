"""Party identifiers whose scheme says how they look: shape and check digits.

Source: Peppol BIS Billing 3.0.21, rules PEPPOL-COMMON-R040 to R053; the sums are python-stdnum's.
"""

import re
from collections.abc import Callable

from stdnum import ean
from stdnum.au import abn
from stdnum.be import vat as belgian
from stdnum.no import orgnr as norwegian
from stdnum.se import orgnr as swedish

Test = Callable[[str], bool]


def looks_right(identifier: str, scheme: str) -> bool:
    """Tell whether an identifier has the shape and check digits of its scheme; True if we know no such."""
    return scheme not in SCHEMES or SCHEMES[scheme][2](identifier.strip())


def rule_of(scheme: str) -> str:
    """Return the Peppol rule on a scheme that we know."""
    return f"PEPPOL-COMMON-{SCHEMES[scheme][0]}"


def shape_of(scheme: str) -> str:
    """Return in words what an identifier of the scheme looks like."""
    return SCHEMES[scheme][1]


def _matching(pattern: str, test: Test | None = None) -> Test:
    return lambda text: bool(re.fullmatch(pattern, text, re.ASCII)) and (test is None or test(text))


def _is_gln(digits: str) -> bool:
    return ean.calc_check_digit(digits[:-1]) == digits[-1]


SCHEMES: dict[str, tuple[str, str, Test]] = {
    "0007": (
        "R049",
        "a Swedish organisation number: 10 digits with a check digit",
        _matching(r"\d{10}", swedish.is_valid),
    ),
    "0088": ("R040", "a GLN: 13 digits with a check digit", _matching(r"\d{13}", _is_gln)),
    "0096": ("R052", "a Danish P number: 10 digits", _matching(r"\d{10}")),
    "0151": (
        "R050",
        "an Australian business number: 11 digits with check digits",
        _matching(r"\d{11}", abn.is_valid),
    ),
    "0184": ("R042", "a Danish CVR number: 8 digits, with or without DK", _matching(r"(DK)?\d{8}")),
    "0192": (
        "R041",
        "a Norwegian organisation number: 9 digits with a check digit",
        _matching(r"\d{9}", norwegian.is_valid),
    ),
    "0198": ("R053", "a Danish SE number: DK and 8 digits", _matching(r"DK\d{8}")),
    "0208": (
        "R043",
        "a Belgian enterprise number: 10 digits with check digits",
        _matching(r"\d{10}", belgian.is_valid),
    ),
}
