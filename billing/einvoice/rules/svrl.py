"""What a sheet of rules answers (SVRL), as findings."""

from collections.abc import Iterator

from lxml import etree

from billing.einvoice.findings import Finding
from billing.einvoice.rules import places
from billing.einvoice.rules.plain_words import in_plain_words

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
MILD = {"warning", "information"}
"""What a rule may be flagged with and still let the document pass; one without a flag does not."""

UNNAMED = "unnamed"
"""The id of a finding whose rule has none."""


def findings(svrl: str, root: etree._Element) -> Iterator[Finding]:
    """Yield what the rules found in a document.

    :raises ValueError: no rule was asked, so nothing is known of the document.
    :raises lxml.etree.XMLSyntaxError: there is no answer.
    """
    outcome = etree.fromstring(svrl.encode())
    if outcome.find(f"{SVRL}fired-rule") is None:
        raise ValueError("No rule was asked")
    for found in outcome.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        rule = found.get("id") or UNNAMED
        place = places.find(found.get("location", ""), root)
        yield Finding(
            id=rule,
            flag="warning" if found.get("flag") in MILD else "fatal",
            message=in_plain_words(rule, _sentence(found)),
            location=place.words,
            field=place.field,
        )


def _sentence(found: etree._Element) -> str:
    said = found.find(f"{SVRL}text")
    return "" if said is None else " ".join("".join(map(str, said.itertext())).split())
