"""The e-invoice profiles: which specification a document follows, in which syntax, under whose rules."""

from typing import Literal, get_args

from msgspec import Struct

Syntax = Literal["ubl", "cii"]
SYNTAXES: tuple[Syntax, ...] = get_args(Syntax)
Cius = Literal["peppol", "xrechnung"]

BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
XRECHNUNG_3 = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"


class Profile(Struct, frozen=True):
    """One way an e-invoice may be written.

    `specification` is BT-24, `process` BT-23 (the core asks for none), `cius` whose rules come on top of
    EN 16931's. A hybrid profile's XML is inside the PDF. A profile without a syntax writes no e-invoice.
    """

    name: str
    title: str
    syntax: Syntax | None
    specification: str = ""
    process: str = ""
    cius: Cius | None = None
    is_hybrid: bool = False


PEPPOL = "peppol-bis-3"
XRECHNUNG = "xrechnung-3"
XRECHNUNG_CII = "xrechnung-3-cii"
EN16931 = "en16931"
FACTUR_X = "factur-x"
NONE = "none"

PROFILES: dict[str, Profile] = {
    each.name: each
    for each in (
        Profile(
            PEPPOL,
            "Peppol BIS Billing 3.0",
            "ubl",
            "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
            BILLING,
            "peppol",
        ),
        Profile(XRECHNUNG, "XRechnung 3.0 (UBL)", "ubl", XRECHNUNG_3, BILLING, "xrechnung"),
        Profile(XRECHNUNG_CII, "XRechnung 3.0 (CII)", "cii", XRECHNUNG_3, BILLING, "xrechnung"),
        Profile(EN16931, "EN 16931 (UBL)", "ubl", "urn:cen.eu:en16931:2017"),
        Profile(
            FACTUR_X,
            "Factur-X / ZUGFeRD EN 16931 (PDF with CII)",
            "cii",
            "urn:cen.eu:en16931:2017",
            is_hybrid=True,
        ),
        Profile(NONE, "No e-invoice, paper only", None),
    )
}
"""By name, in the order they are offered."""

COUNTERPARTS: dict[tuple[str, Syntax], str] = {
    (XRECHNUNG, "cii"): XRECHNUNG_CII,
    (XRECHNUNG_CII, "ubl"): XRECHNUNG,
    (EN16931, "cii"): FACTUR_X,
    (FACTUR_X, "ubl"): EN16931,
}
"""The profile that says the same in the other syntax."""
