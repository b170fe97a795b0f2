"""Reading XML so that nothing is dropped silently: a cursor that remembers what it was asked for."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml import etree

from billing.documents.snapshot import Identifier
from billing.einvoice.findings import Finding
from billing.einvoice.refusals import EInvoiceInvalid
from billing.einvoice.xml import NAMESPACES, qualified
from billing.money import LARGEST_AMOUNT

MOST_DIGITS = 28
"""Significant digits that decimal arithmetic keeps; a longer number is refused rather than cut."""

SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
PREFIXES = {namespace: f"{prefix}:" for prefix, namespace in NAMESPACES.items()}


class Reading:
    """One reading of one file: what was seen of it, and the values in it that we cannot take."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.seen: set[etree._Element] = {root}
        self.seen_attributes: set[tuple[etree._Element, str]] = set()
        self.problems: list[Finding] = []

    def problem(self, rule: str, message: str, element: etree._Element) -> None:
        """Note a value that we cannot take."""
        self.problems.append(Finding(rule, "fatal", message, f"XML line {element.sourceline}"))

    def ignored(self) -> tuple[str, ...]:
        """Return the paths of what was never asked for: topmost elements and attributes, with their lines.

        An element with nothing in it, at no depth, says nothing, and is not told.
        """
        return tuple(self._ignored())

    def _ignored(self) -> Iterator[str]:
        paths = Paths()
        for element in self.root.iter(etree.Element):
            parent = element.getparent()
            if element not in self.seen:
                if parent in self.seen and says_something(element):
                    yield f"{paths.of(element)} (line {element.sourceline})"
                continue
            for name in map(str, element.attrib):
                is_plumbing = name.startswith(SCHEMA_INSTANCE)
                if not is_plumbing and (element, name) not in self.seen_attributes:
                    yield f"{paths.of(element)}/@{name} (line {element.sourceline})"


class Node:
    """An element of the file. Asking for a child or an attribute marks it as seen."""

    def __init__(self, element: etree._Element, reading: Reading) -> None:
        self.element = element
        self.reading = reading

    @property
    def own_text(self) -> str:
        """The text of this element, without blanks around it."""
        return (self.element.text or "").strip()

    @property
    def own_number(self) -> Decimal | None:
        """The number that this element is, or None."""
        if not self.own_text:
            return None
        value = Decimal(self.own_text)
        if abs(value) > LARGEST_AMOUNT or len(value.as_tuple().digits) > MOST_DIGITS:
            self.reading.problem("BD-NUMBER", f"{self.own_text[:40]} is too large or too long", self.element)
            return Decimal(0)
        return value

    def one(self, path: str) -> "Node | None":
        """Return the first element at the path (`cac:Party/cbc:EndpointID`), or None."""
        element = self.element
        for step in path.split("/"):
            found = element.find(qualified(step))
            if found is None:
                return None
            self.reading.seen.add(found)
            element = found
        return Node(element, self.reading)

    def required(self, path: str) -> "Node":
        """Return the first element at the path, which the rules should have made sure of.

        :raises EInvoiceInvalid: there is none.
        """
        node = self.one(path)
        if node is None:
            place = f"XML line {self.element.sourceline}"
            message = f"{path} is missing in {name_of(self.element)}"
            raise EInvoiceInvalid.because([Finding("BD-MISSING", "fatal", message, place)])
        return node

    def all(self, name: str) -> list["Node"]:
        """Return all children of that name."""
        found = self.element.findall(qualified(name))
        self.reading.seen.update(found)
        return [Node(element, self.reading) for element in found]

    def peek(self, path: str) -> str:
        """Return the text at the path, marking nothing."""
        return (self.element.findtext("/".join(map(qualified, path.split("/")))) or "").strip()

    def candidates(self, name: str) -> list["Node"]:
        """Return all children of that name, marking nothing; `take` those you want."""
        return [Node(element, self.reading) for element in self.element.findall(qualified(name))]

    def take(self) -> "Node":
        """Mark this element as seen."""
        self.reading.seen.add(self.element)
        return self

    def text(self, path: str) -> str:
        """Return the text at the path, "" if there is none."""
        node = self.one(path)
        return node.own_text if node else ""

    def attribute(self, name: str) -> str:
        """Return an attribute of this element, "" if it has none."""
        self.reading.seen_attributes.add((self.element, name))
        return (self.element.get(name) or "").strip()

    def identifier(self, path: str) -> Identifier | None:
        """Return the identifier at the path with its scheme, or None."""
        node = self.one(path)
        if node is None or not node.own_text:
            return None
        return Identifier(node.own_text, node.attribute("schemeID"))

    def day(self, path: str) -> date | None:
        """Return the day at the path; a time zone behind it is dropped, for a day of an invoice has none."""
        node = self.one(path)
        if node is None or not node.own_text:
            return None
        try:
            return date.fromisoformat(node.own_text[:10])
        except ValueError:
            self.reading.problem("BD-DATE", f"{node.own_text} is not a day we can keep", node.element)
            return None

    def number(self, path: str) -> Decimal | None:
        """Return the number at the path, or None."""
        node = self.one(path)
        return node.own_number if node else None

    def amount(self, path: str, currency: str, *, must_name_it: bool = True) -> Decimal | None:
        """Return the amount at the path, which must be in the currency, or None.

        `must_name_it` is UBL's rule: in CII an amount that names no currency is in the document's.
        """
        node = self.one(path)
        if node is None:
            return None
        given = node.attribute("currencyID")
        if given != currency and (given or must_name_it):
            self.reading.problem(
                "BD-CURRENCY", f"An amount is in {given}, but the document is in {currency}", node.element
            )
        return self.number(path)


def says_something(element: etree._Element) -> bool:
    """Tell whether there is a text or an attribute anywhere in an element."""
    return any((each.text or "").strip() or each.attrib for each in element.iter(etree.Element))


class Paths:
    """Paths of elements from the root, `Invoice/cac:InvoiceLine[2]/cac:Item`; siblings are counted once."""

    def __init__(self) -> None:
        self._known: dict[etree._Element, str] = {}

    def of(self, element: etree._Element) -> str:
        """Return the path of an element."""
        if element not in self._known:
            parent = element.getparent()
            if parent is None:
                self._known[element] = name_of(element)
            else:
                self._add_children(parent)
        return self._known[element]

    def _add_children(self, parent: etree._Element) -> None:
        path, children = self.of(parent), list(parent.iterchildren(etree.Element))
        twins, met = Counter(child.tag for child in children), Counter[str]()
        for child in children:
            met[child.tag] += 1
            index = f"[{met[child.tag]}]" if twins[child.tag] > 1 else ""
            self._known[child] = f"{path}/{name_of(child)}{index}"


def name_of(element: etree._Element) -> str:
    """Return the name of an element with the prefix that people know it by."""
    name = etree.QName(element)
    return f"{PREFIXES.get(name.namespace or '', '')}{name.localname}"
