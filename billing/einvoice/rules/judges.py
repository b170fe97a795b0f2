"""Who judges a document: for each layer above the schema, the official rules or what stands in for them."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from lxml import etree
from msgspec import Struct

from billing.einvoice.findings import Finding, Layer
from billing.einvoice.profiles import Cius, Profile, Syntax
from billing.einvoice.rules import engine, factur_x, files, installed, mock_einvoice, svrl
from billing.einvoice.rules.sheets import Sheet


class Written(NamedTuple):
    """A document that has passed its schema: parsed, and as text without declaration."""

    root: etree._Element
    text: str


class Judge(Protocol):
    """A layer's rules. Any exception of `findings` means that the document was not judged by them."""

    @property
    def layer(self) -> Layer: ...

    def warm_up(self) -> None: ...

    def findings(self, document: Written, twin: Callable[[], Written] | None) -> tuple[Finding, ...]: ...


class Official(Struct, frozen=True):
    """A file of official rules, run by Saxon."""

    name: str
    sheet: Sheet

    @property
    def layer(self) -> Layer:
        return Layer(self.name, "saxon", self.sheet.ruleset, self.sheet.version, self.sheet.sha256)

    def warm_up(self) -> None:
        engine.warm_up(self.sheet)

    def findings(self, document: Written, twin: Callable[[], Written] | None) -> tuple[Finding, ...]:
        return tuple(svrl.findings(engine.run(self.sheet, document.text), document.root))


class FacturX(Official, frozen=True):
    """Factur-X's rules, for the norm's in CII."""

    is_factur_x: bool

    def findings(self, document: Written, twin: Callable[[], Written] | None) -> tuple[Finding, ...]:
        found = Official.findings(self, document, twin)
        return tuple(factur_x.applicable(found, document.root, is_factur_x=self.is_factur_x))


class InPython(Struct, frozen=True):
    """A CIUS' rules by mock-einvoice, which reads UBL; a document in CII is judged by its twin."""

    cius: Cius
    syntax: Syntax

    @property
    def layer(self) -> Layer:
        return mock_einvoice.layer(self.cius)

    def warm_up(self) -> None:
        mock_einvoice.layer(self.cius)

    def findings(self, document: Written, twin: Callable[[], Written] | None) -> tuple[Finding, ...]:
        if self.syntax == "ubl":
            judged = document
        elif twin is not None:
            judged = twin()
        else:
            raise ValueError(
                f"{self.cius} rules for CII are not installed, and there is no UBL twin to judge"
            )
        return mock_einvoice.findings(self.cius, judged.text, judged.root)


def judges(syntax: Syntax, profile: Profile | None) -> tuple[Judge, ...]:
    """Return who judges a document of a profile, layer by layer; None asks for the norm alone.

    :raises EngineUnavailable: the list of installed rules is damaged.
    """
    found: list[Judge] = [_norm(syntax, profile)]
    if profile is not None and profile.cius is not None:
        sheet = installed.sheet(installed.kind_of(profile.cius, syntax))
        found.append(Official(profile.cius, sheet) if sheet else InPython(profile.cius, syntax))
    return tuple(found)


def _norm(syntax: Syntax, profile: Profile | None) -> Judge:
    sheet = installed.sheet(installed.kind_of("en16931", syntax))
    if sheet is not None:
        return Official("en16931", sheet)
    if syntax == "cii":
        is_factur_x = profile is not None and profile.is_hybrid
        return FacturX("en16931", files.en16931(syntax), is_factur_x)
    return Official("en16931", files.en16931(syntax))
