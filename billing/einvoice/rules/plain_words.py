"""The official rules people meet most, said so that a clerk knows what to do.

A rule that is not here speaks in its official words, without its number in front.
"""

import re

SENTENCES = {
    "BR-01": "The e-invoice specification is missing",
    "BR-02": "The document has no number",
    "BR-06": "The seller has no legal name",
    "BR-07": "The buyer has no legal name",
    "BR-08": "The seller has no address",
    "BR-09": "The seller's address has no country",
    "BR-10": "The buyer has no address",
    "BR-11": "The buyer's address has no country",
    "BR-16": "The document has no lines",
    "BR-25": "The line has no name of what was sold",
    "BR-27": "The price of a line must not be negative; make the quantity negative instead",
    "BR-29": "The period ends before it starts",
    "BR-30": "The line's period ends before it starts",
    "BR-33": "A document allowance needs a reason",
    "BR-38": "A document charge needs a reason",
    "BR-42": "A line allowance needs a reason",
    "BR-44": "A line charge needs a reason",
    "BR-49": "The means of payment has no code",
    "BR-50": "The bank account to pay to is missing",
    "BR-51": "A card number must show no more than its first six and last four digits",
    "BR-52": "An attachment has no reference",
    "BR-53": "The VAT total in the accounting currency is missing",
    "BR-55": "The reference to an invoice has no number",
    "BR-57": "The delivery address has no country",
    "BR-61": "A credit transfer needs the bank account to pay to",
    "BR-62": "The seller's electronic address has no scheme",
    "BR-63": "The buyer's electronic address has no scheme",
    "BR-CL-01": "The document type is not one that an e-invoice of this kind may have",
    "BR-CL-04": "The currency is not an ISO 4217 code",
    "BR-CL-14": "The country is not an ISO 3166 code",
    "BR-CL-16": "The means of payment is not a UNTDID 4461 code",
    "BR-CL-17": "The VAT category is not one of S, Z, E, AE, K, G, O, L, M, B",
    "BR-CL-18": "The VAT category is not one of S, Z, E, AE, K, G, O, L, M, B",
    "BR-CL-19": "The reason code of the allowance is not in UNTDID 5189",
    "BR-CL-20": "The reason code of the charge is not in UNTDID 7161",
    "BR-CL-22": "The code of the exemption reason is not a VATEX code",
    "BR-CL-23": "The unit is not a UNECE Recommendation 20 code (pieces are C62, hours HUR)",
    "BR-CL-24": "An attachment must be a PDF, PNG, JPEG, CSV, XLSX or ODS file",
    "BR-CL-25": "The scheme of the electronic address is not in the EAS list",
    "BR-CO-03": "Give either the VAT date or the code for it, not both",
    "BR-CO-04": "The line has no VAT category",
    "BR-CO-09": "The VAT number must start with the code of its country (EL for Greece)",
    "BR-CO-10": "The sum of the lines is not the total of the lines",
    "BR-CO-11": "The sum of the allowances is not the total of the allowances",
    "BR-CO-12": "The sum of the charges is not the total of the charges",
    "BR-CO-13": "The total without VAT is not lines less allowances plus charges",
    "BR-CO-14": "The VAT total is not the sum of the VAT groups",
    "BR-CO-15": "The total with VAT is not the total without VAT plus VAT",
    "BR-CO-16": "The amount to pay is not the total with VAT less what is paid plus rounding",
    "BR-CO-17": "The VAT of the group is not its base times its rate",
    "BR-CO-18": "The document has no VAT group",
    "BR-CO-26": "The seller needs an identifier, a registration number or a VAT number",
    "UBL-SR-16": "The buyer may have one identifier only",
    "UBL-SR-44": "All means of payment must have the same payment reference",
    "UBL-SR-47": "All means of payment must have the same code",
}

PREFIX = re.compile(r"^\[[A-Z0-9-]+\]\s*-?\s*")


def in_plain_words(rule: str, official: str) -> str:
    """Return what a rule says, in our words if we have some.

    >>> in_plain_words("BR-99", "[BR-99]-An Invoice shall be blue.")
    'An Invoice shall be blue.'
    """
    return SENTENCES.get(rule) or PREFIX.sub("", official)
