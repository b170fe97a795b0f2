"""What rules must not reach for: anything but the document that they judge.

Official rules need nothing else, so a file that does is no such file, and is refused by name. That is a
courtesy to whoever installs it: the wall is Saxon's own, which opens nothing for installed rules
(`engine.NOTHING`), however its name is come by.
"""

import re
from collections.abc import Iterator

from lxml import etree

from billing.einvoice.rules.sheets import RuleFileRefused

XSLT = "http://www.w3.org/1999/XSL/Transform"
XPATH = "http://www.w3.org/2005/xpath-functions"
KNOWN = {
    XPATH,
    f"{XPATH}/map",
    f"{XPATH}/array",
    f"{XPATH}/math",
    "http://www.w3.org/2001/XMLSchema",
}
"""Where XPath's own functions are."""

FUNCTIONS = {
    *("doc", "doc-available", "document", "collection", "uri-collection", "json-doc"),
    *("unparsed-text", "unparsed-text-lines", "unparsed-text-available"),
    *("environment-variable", "available-environment-variables"),
    *("parse-xml", "parse-xml-fragment"),  # for what a DOCTYPE in them can name
    *("stream-available", "load-xquery-module", "transform", "function-lookup"),
}
INSTRUCTIONS = {
    *("import", "include", "import-schema", "use-package", "evaluate"),
    *("source-document", "result-document", "stream", "merge-source"),
}
EXTENDING = {"extension-element-prefixes", f"{{{XSLT}}}extension-element-prefixes"}

CALLED = re.compile(r"(?<![\w.$:-])(?:Q\{([^{}]*)\}|([\w.-]+):)?([A-Za-z_][\w.-]*)\s*(\(|#)(:?)")
"""A name that is called or referred to: its namespace or prefix, itself, and whether a comment may follow."""

INITIAL = "schxslt.validate.initial-document-uri"
"""A parameter in every sheet that SchXslt compiled, which reads what it names; it has no value here."""


def refuse_reaching(root: etree._Element) -> None:
    """Refuse a stylesheet that would read or write anything else, or call what is not XPath's or its own.

    :raises RuleFileRefused: it would; the sentence says by which function or instruction.
    """
    own = {_qualified(each) for each in root.iter(f"{{{XSLT}}}function")}
    may_be_text = any("expand-text" in str(name) for each in root.iter() for name in each.attrib)
    for element in root.iter(etree.Element):
        _refuse_instruction(element)
        for expression in _expressions(element, may_be_text):
            for call in CALLED.finditer(expression):
                _refuse_call(call, element, own)


def _refuse_instruction(element: etree._Element) -> None:
    name = etree.QName(element)
    if name.namespace == XSLT:
        if name.localname in INSTRUCTIONS:
            raise _refused(f"have xsl:{name.localname} (line {element.sourceline})")
        computed = next((str(key) for key in element.attrib if str(key).startswith("_")), None)
        if computed:
            raise _refused(f"compute what they do ({computed}, line {element.sourceline})")
        is_initial = element.get("name") == INITIAL
        if is_initial and (
            name.localname != "param" or element.get("select") or len(element) or element.text
        ):
            raise _refused(f"name a document to read ({INITIAL})")
    if EXTENDING & set(element.attrib):
        raise _refused(f"have instructions of their own (line {element.sourceline})")


def _expressions(element: etree._Element, may_be_text: bool) -> Iterator[str]:
    """Yield whatever may hold XPath: attributes, and texts where the sheet lets them."""
    for value in element.attrib.values():
        yield str(value).replace(f"document(${INITIAL})", "")
    if may_be_text:
        yield element.text or ""
        yield element.tail or ""


def _refuse_call(call: re.Match[str], element: etree._Element, own: set[str | None]) -> None:
    uri, prefix, name, _, comment = call.groups()
    namespace = uri if uri is not None else element.nsmap.get(prefix) if prefix else XPATH
    if namespace == XPATH and name in FUNCTIONS:
        raise _refused(f"call the function {name}")
    is_ours = namespace is None or namespace in KNOWN or f"{{{namespace}}}{name}" in own
    if not is_ours and not comment:
        raise RuleFileRefused(
            f"The rules call a function that is neither XPath's nor their own: {name} of {namespace}. "
            "Only rules that need none are installed."
        )


def _qualified(function: etree._Element) -> str | None:
    prefix, _, name = (function.get("name") or "").rpartition(":")
    return f"{{{function.nsmap.get(prefix or None)}}}{name}"


def _refused(what: str) -> RuleFileRefused:
    return RuleFileRefused(
        f"The rules {what}, which may reach for something else than the document that they judge. "
        "Only rules that need nothing else are installed."
    )
