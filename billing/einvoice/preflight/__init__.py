"""Our own checks of a document, in a clerk's words, each with the field to mend.

They come before the official rules: quicker, kinder, and about things the rules leave open. Where a check
says the same as an official rule it has that rule's id; ids that start with `BD-` are ours alone. Pure
functions.
"""

from collections.abc import Callable, Iterator

from billing.documents.snapshot import Document
from billing.einvoice.findings import Finding
from billing.einvoice.preflight.core import core
from billing.einvoice.preflight.essentials import essentials, is_writable
from billing.einvoice.preflight.in_cii import lost_in_cii
from billing.einvoice.preflight.peppol import peppol, peppol_gaps
from billing.einvoice.preflight.sums import sums
from billing.einvoice.preflight.xrechnung import xrechnung
from billing.einvoice.profiles import FACTUR_X, PEPPOL, PROFILES, XRECHNUNG, XRECHNUNG_CII

__all__ = ["check", "essentials", "gaps", "is_writable", "peppol_gaps", "sums"]

PARTICULAR: dict[str, Callable[[Document], tuple[Finding, ...]]] = {
    PEPPOL: peppol,
    XRECHNUNG: xrechnung,
    XRECHNUNG_CII: lambda document: (*lost_in_cii(document), *xrechnung(document)),
    FACTUR_X: lost_in_cii,
}
"""What a profile asks beyond EN 16931, by its name."""


def check(document: Document) -> tuple[Finding, ...]:
    """Return what is wrong with a document, and what looks wrong, in its own profile."""
    found = essentials(document)
    profile = PROFILES.get(document.profile)
    if profile is None:
        return (*_unknown_profile(document), *found)
    if profile.syntax is None:
        return found
    more = PARTICULAR[document.profile](document) if document.profile in PARTICULAR else ()
    return _told_once((*found, *core(document)), more)


def gaps(document: Document, profile: str) -> tuple[Finding, ...]:
    """Return what keeps a document from a profile, beyond what every e-invoice needs; all of it is fatal."""
    if profile not in PARTICULAR:
        return ()
    return tuple(finding for finding in PARTICULAR[profile](document) if finding.flag == "fatal")


def _told_once(general: tuple[Finding, ...], particular: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return both, but of one field the general finding if it is fatal, else the particular one."""
    mended = {each.field for each in general if each.flag == "fatal" and each.field}
    more = tuple(each for each in particular if each.field not in mended)
    known = {each.field for each in more if each.field}
    return (*(each for each in general if each.flag == "fatal" or each.field not in known), *more)


def _unknown_profile(document: Document) -> Iterator[Finding]:
    message = f"{document.profile} is not an e-invoice profile; it is one of {', '.join(PROFILES)}"
    yield Finding("BD-PROFILE", "fatal", message, field="profile")
