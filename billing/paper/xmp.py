"""XMP, what a PDF says of itself in XML: who wrote it, when, that it is PDF/A-3b, which e-invoice it has."""

import re
from datetime import datetime
from xml.sax.saxutils import escape

from msgspec import Struct

from billing.paper.glyphs import MISSING

FACTUR_X = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
INVOICE_NAME = "factur-x.xml"
INVOICE_FACTS = {
    "DocumentType": ("INVOICE", "The type of the hybrid document in capital letters"),
    "DocumentFileName": (INVOICE_NAME, "The name of the embedded XML document"),
    "Version": ("1.0", "The version of the standard that the embedded XML document follows"),
    "ConformanceLevel": ("EN 16931", "The conformance level of the embedded XML document"),
}
"""What Factur-X wants said of the XML inside, and what each word means. A credit note is an INVOICE too."""

PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <pdfaid:part>3</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
   <xmp:CreatorTool>{creator}</xmp:CreatorTool>
   <xmp:CreateDate>{at}</xmp:CreateDate>
   <xmp:ModifyDate>{at}</xmp:ModifyDate>
   <pdf:Producer>{producer}</pdf:Producer>
  </rdf:Description>{invoice}
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""

INVOICE = """
  <rdf:Description rdf:about="" xmlns:fx="{namespace}">{values}
  </rdf:Description>
  <rdf:Description rdf:about=""
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
   <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>fx</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq>{properties}
    </rdf:Seq></pdfaSchema:property>
   </rdf:li></rdf:Bag></pdfaExtension:schemas>
  </rdf:Description>"""

VALUE = """
   <fx:{name}>{value}</fx:{name}>"""

PROPERTY = """
     <rdf:li rdf:parseType="Resource">
      <pdfaProperty:name>{name}</pdfaProperty:name>
      <pdfaProperty:valueType>Text</pdfaProperty:valueType>
      <pdfaProperty:category>external</pdfaProperty:category>
      <pdfaProperty:description>{meaning}</pdfaProperty:description>
     </rdf:li>"""

UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffc\U00010000-\U0010ffff]")
"""What XML cannot say: control characters, halves of a surrogate pair; and U+FFFD, which stands for such."""


class Facts(Struct, frozen=True):
    """What a file says of itself: each a line of text, `at` in UTC."""

    title: str
    author: str
    subject: str
    creator: str
    producer: str
    at: datetime


def packet(facts: Facts, *, has_invoice: bool) -> bytes:
    """Return the XMP of a PDF/A-3b file; of a Factur-X if an invoice is inside."""
    texts = {
        name: escape(getattr(facts, name)) for name in ("title", "author", "subject", "creator", "producer")
    }
    at = f"{facts.at:%Y-%m-%dT%H:%M:%S}+00:00"
    return PACKET.format(**texts, at=at, invoice=_invoice() if has_invoice else "").encode()


def line(text: str) -> str:
    """Return a text as one line that XMP can say; what it cannot becomes a white square."""
    return " ".join(UNSPEAKABLE.sub(MISSING, text).split())


def _invoice() -> str:
    facts = INVOICE_FACTS.items()
    return INVOICE.format(
        namespace=FACTUR_X,
        values="".join(VALUE.format(name=name, value=value) for name, (value, _) in facts),
        properties="".join(PROPERTY.format(name=name, meaning=meaning) for name, (_, meaning) in facts),
    )
