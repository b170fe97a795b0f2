"""ISO Schematron as XSLT 2.0, for rules that are published as `.sch` only.

A pattern becomes a mode, a rule a template of it; the first rule of a pattern that matches a node wins, so
each has a lower priority than the one before. What is asked comes out as SVRL. Phases are not looked at: all
patterns are active. Parts in other files and abstract patterns are refused by name.
"""

from collections.abc import Iterator

from lxml import etree

from billing.einvoice.rules.sheets import RuleFileRefused
from billing.einvoice.untrusted import parse

SCH = "{http://purl.oclc.org/dsdl/schematron}"
XSL_NAMESPACE = "http://www.w3.org/1999/XSL/Transform"
SVRL_NAMESPACE = "http://purl.oclc.org/dsdl/svrl"
XS_NAMESPACE = "http://www.w3.org/2001/XMLSchema"
XSL = f"{{{XSL_NAMESPACE}}}"

BINDINGS = {"xslt2", "xslt3"}
TOLD_NOTHING = {f"{SCH}{name}" for name in ("title", "ns", "p", "phase", "diagnostics", "properties")}
"""What stands in a schema and asks nothing."""

NODES = "@*|node()"
LAST_PRIORITY = 1_000_000


def xsl(name: str, /, *children: etree._Element, **attributes: str) -> etree._Element:
    """Return an instruction of XSLT."""
    return _element(f"{XSL}{name}", children, attributes)


def svrl(name: str, /, *children: etree._Element, **attributes: str) -> etree._Element:
    """Return an element of the answer. XSLT must not evaluate its attributes."""
    plain = {key: value.replace("{", "{{").replace("}", "}}") for key, value in attributes.items()}
    return _element(f"{{{SVRL_NAMESPACE}}}{name}", children, plain)


def _element(tag: str, children: tuple[etree._Element, ...], attributes: dict[str, str]) -> etree._Element:
    made = etree.Element(tag, attributes)
    made.extend(children)
    return made


def to_xslt(content: bytes) -> str:
    """Return the rules of a Schematron file as a stylesheet that answers SVRL.

    :raises BillingError: it cannot be parsed, or has something that is not understood here.
    """
    schema = parse(content)
    binding = schema.get("queryBinding", "xslt")
    if binding not in BINDINGS:
        raise RuleFileRefused(f"The rules are written for the query language {binding}; only xslt2 is run.")
    patterns = schema.findall(f"{SCH}pattern")
    sheet = etree.Element(f"{XSL}stylesheet", version="2.0", nsmap=_prefixes(schema))
    sheet.append(xsl("output", method="xml"))
    sheet.append(_entry(schema, patterns))
    for part in schema:
        sheet.extend(_global(part))
    for number, pattern in enumerate(patterns):
        sheet.extend(_templates(pattern, _mode(number)))
    return etree.tostring(sheet, encoding="unicode")


def _prefixes(schema: etree._Element) -> dict[str, str]:
    """Return the prefixes that the rules use, and ours."""
    theirs = {each.get("prefix"): each.get("uri", "") for each in schema.findall(f"{SCH}ns")}
    ours = {"xsl": XSL_NAMESPACE, "svrl": SVRL_NAMESPACE}
    known = {"xs": XS_NAMESPACE} | schema.nsmap | theirs | ours
    return {prefix: uri for prefix, uri in known.items() if prefix}


def _entry(schema: etree._Element, patterns: list[etree._Element]) -> etree._Element:
    """Return the template that asks all patterns, one after the other."""
    output = svrl("schematron-output", title=schema.findtext(f"{SCH}title") or "")
    for number in range(len(patterns)):
        output.append(svrl("active-pattern", id=_mode(number)))
        output.append(xsl("apply-templates", select="/", mode=_mode(number)))
    return xsl("template", output, match="/")


def _mode(number: int) -> str:
    return f"pattern-{number}"


def _global(part: etree._Element) -> Iterator[etree._Element]:
    """Yield what a part of the schema other than a pattern is in the stylesheet."""
    if part.tag == f"{SCH}let":
        yield _variable(part)
    elif part.tag in (f"{XSL}function", f"{XSL}key"):
        yield _copy(part)
    elif part.tag not in TOLD_NOTHING and part.tag != f"{SCH}pattern":
        raise _not_understood(part)


def _templates(pattern: etree._Element, mode: str) -> Iterator[etree._Element]:
    if pattern.get("abstract") == "true" or pattern.get("is-a"):
        raise RuleFileRefused(
            "Abstract patterns are not understood; install the compiled rules (.xslt) instead."
        )
    for position, part in enumerate(pattern):
        if part.tag == f"{SCH}let":
            yield _variable(part)
        elif part.tag == f"{SCH}rule":
            yield _rule(part, mode, LAST_PRIORITY - position)
        elif part.tag not in TOLD_NOTHING:
            raise _not_understood(part)
    deeper = xsl("apply-templates", select=NODES, mode=mode)
    yield xsl("template", deeper, match=f"/|{NODES}", mode=mode, priority="-9")


def _rule(rule: etree._Element, mode: str, priority: int) -> etree._Element:
    context = rule.get("context")
    if context is None or rule.get("abstract") == "true":
        raise RuleFileRefused(
            "Abstract rules are not understood; install the compiled rules (.xslt) instead."
        )
    asked = svrl("fired-rule", context=context)
    template = xsl("template", asked, match=context, mode=mode, priority=str(priority))
    for part in rule:
        if part.tag == f"{SCH}let":
            template.append(_variable(part))
        elif part.tag in (f"{SCH}assert", f"{SCH}report"):
            template.append(_question(part))
        elif part.tag not in TOLD_NOTHING:
            raise _not_understood(part)
    template.append(xsl("apply-templates", select=NODES, mode=mode))
    return template


def _question(part: etree._Element) -> etree._Element:
    """Return an assertion, which is told when it fails, or a report, which is told when it holds."""
    test = part.get("test", "")
    is_report = part.tag == f"{SCH}report"
    told = svrl(
        "successful-report" if is_report else "failed-assert",
        xsl("attribute", xsl("value-of", select="path()"), name="location"),
        _text(part),
        **{name: part.get(name, "") for name in ("id", "flag", "role") if part.get(name)},
    )
    return xsl("if", told, test=test if is_report else f"not({test})")


def _text(part: etree._Element) -> etree._Element:
    """Return the sentence of an assertion; what it quotes of the document is evaluated."""
    said = svrl("text", _said(part.text))
    for inner in part:
        if inner.tag == f"{SCH}value-of":
            said.append(xsl("value-of", select=inner.get("select", "")))
        elif inner.tag == f"{SCH}name":
            said.append(xsl("value-of", select=f"name({inner.get('path', '')})"))
        else:
            said.append(_said("".join(map(str, inner.itertext()))))
        said.append(_said(inner.tail))
    return said


def _said(words: str | None) -> etree._Element:
    text = xsl("text")
    text.text = words
    return text


def _variable(let: etree._Element) -> etree._Element:
    variable = xsl("variable", name=let.get("name", ""))
    value = let.get("value")
    if value is not None:
        variable.set("select", value)
    else:
        variable.text = let.text
        variable.extend(_copy(inner) for inner in let)
    return variable


def _copy(part: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(part, with_tail=False))


def _not_understood(part: etree._Element) -> RuleFileRefused:
    name = etree.QName(part).localname
    return RuleFileRefused(
        f"The Schematron element {name} (line {part.sourceline}) is not understood; "
        "install the compiled rules (.xslt) instead."
    )
