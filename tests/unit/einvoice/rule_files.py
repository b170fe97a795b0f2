"""Rule files of our own making, in the forms that official ones have."""

import hashlib

SCHEMATRON = """
<schema xmlns="http://purl.oclc.org/dsdl/schematron" xmlns:u="utils" schemaVersion="iso" queryBinding="xslt2">
  <title>Rules of {nobody}</title>
  <ns uri="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" prefix="cbc"/>
  <ns uri="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" prefix="cac"/>
  <ns uri="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2" prefix="cn"/>
  <ns uri="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" prefix="ubl"/>
  <ns uri="http://www.w3.org/2001/XMLSchema" prefix="xs"/>
  <ns uri="utils" prefix="u"/>
  <let name="country" value="
    if (/*/cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID = 'VAT'])
    then upper-case(substring(/*/cac:AccountingSupplierParty//cac:PartyTaxScheme[1]/cbc:CompanyID, 1, 2))
    else 'XX'"/>
  <function xmlns="http://www.w3.org/1999/XSL/Transform" name="u:adds-up" as="xs:boolean">
    <param name="number" as="xs:string"/>
    <choose>
      <when test="not(matches($number, '^\\d{10}$'))"><sequence select="false()"/></when>
      <otherwise>
        <variable name="rest" select="97 - u:rest(xs:integer(substring($number, 1, 8)))"/>
        <value-of select="$rest = xs:integer(substring($number, 9, 2))"/>
      </otherwise>
    </choose>
  </function>
  <function xmlns="http://www.w3.org/1999/XSL/Transform" name="u:rest" as="xs:integer">
    <param name="of" as="xs:integer"/>
    <sequence select="if ($of &lt; 9700) then $of mod 97 else u:rest($of - 97 * ($of idiv 970))"/>
  </function>
  <pattern id="parties">
    <rule context="cbc:EndpointID[@schemeID = '0208'] | cbc:CompanyID[@schemeID = '0208']">
      <assert id="OWN-R001" flag="fatal" test="u:adds-up(normalize-space())">Wrong check digits.</assert>
    </rule>
    <rule context="/">
      <assert id="OWN-R000" flag="fatal" test="ubl:Invoice or cn:CreditNote">Neither of the two.</assert>
    </rule>
  </pattern>
  <pattern>
    <let name="lines" value="count(cn:CreditNote/cac:CreditNoteLine)"/>
    <rule context="cn:CreditNote">
      <report id="OWN-R004" flag="information" test="true()"
        >A note of <value-of select="$lines"/> lines, from <value-of select="$country"/> {sic}.</report>
    </rule>
    <rule context="cac:InvoiceLine[*/@unitCode = 'HUR'] | cac:CreditNoteLine[*/@unitCode = 'HUR']">
      <let name="price" value="cac:Price/cbc:PriceAmount"/>
      <assert id="OWN-R002" flag="fatal" test="xs:decimal($price) &gt;= 1"
        >[OWN-R002]-Hours cost at least 1, not <value-of select="$price"/>.</assert>
    </rule>
    <rule context="cac:InvoiceLine | cac:CreditNoteLine">
      <assert id="OWN-R003" test="string-length(cac:Item/cbc:Name) &gt; 1">Too short.</assert>
    </rule>
  </pattern>
  <pattern>
    <rule context="cac:InvoiceLine/cac:Item">
      <assert id="OWN-R005" flag="warning" test="not(cbc:Name = 'x')">Called x.</assert>
    </rule>
  </pattern>
</schema>
"""
"""Peppol publishes its rules in this form."""


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(content).hexdigest()


ADDRESSES = """
  <pattern>
    <rule context="cac:AccountingCustomerParty">
      <assert id="PEPPOL-EN16931-R010" test="cac:Party/cbc:EndpointID">Missing.</assert>
    </rule>
    <rule context="cac:AccountingSupplierParty">
      <assert id="PEPPOL-EN16931-R020" test="cac:Party/cbc:EndpointID">Missing.</assert>
    </rule>
  </pattern>"""
SUMS = """
  <pattern><rule context="cac:LegalMonetaryTotal">
    <let name="lines" value="sum(//cac:InvoiceLine/cbc:LineExtensionAmount)"/>
    <assert id="BR-CO-10" test="$lines = cbc:LineExtensionAmount">Wrong.</assert>
    <let name="total" value="cbc:TaxExclusiveAmount + //cac:TaxTotal/cbc:TaxAmount"/>
    <assert id="BR-CO-15" test="$total = cbc:TaxInclusiveAmount">Wrong.</assert>
  </rule></pattern>"""
"""What rules of Peppol and of the norm must have, to be taken for such."""


def rules(
    test: str = "true()",
    *,
    rule: str = "PEPPOL-EN16931-R004",
    version: str = "3.0.99",
    besides: str = ADDRESSES,
) -> bytes:
    """Return a Schematron file with a rule that is asked of the root of a document, and others besides."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- Last update: 2026 November release {version}. -->
<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
  <ns uri="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" prefix="cbc"/>
  <ns uri="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" prefix="cac"/>
  <ns uri="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" prefix="ubl"/>
  <pattern><rule context="/ubl:Invoice">
    <assert id="{rule}" flag="fatal" test="{test}">Our own sentence.</assert>
  </rule></pattern>{besides}
</schema>""".encode()


def sheet(template: str, *, rule: str = "PEPPOL-EN16931-R004", around: str = "") -> bytes:
    """Return an XSLT stylesheet that answers `template` for every document, and is marked with the rule."""
    return f"""<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:svrl="http://purl.oclc.org/dsdl/svrl">{around}
  <xsl:template match="/">
    <svrl:schematron-output title="{rule}">{template}</svrl:schematron-output>
  </xsl:template>
</xsl:stylesheet>""".encode()
