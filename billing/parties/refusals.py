"""What a party cannot be, by name."""

from billing.errors import BillingError, Invalid


class PartyIncomplete(Invalid):
    code = "party_incomplete"
    title = "A customer or seller has a name and a country"


class CountryUnknown(Invalid):
    code = "country_unknown"
    title = "There is no such country"


class CurrencyUnknown(Invalid):
    code = "currency_unknown"
    title = "There is no such currency"


class LanguageUnknown(Invalid):
    code = "language_unknown"
    title = "Documents do not exist in this language"


class ProfileUnknown(Invalid):
    code = "einvoice_profile_unknown"
    title = "There is no such e-invoice profile"


class SchemeUnknown(Invalid):
    code = "scheme_unknown"
    title = "The official lists have no such scheme"


class IdentifierNotValid(Invalid):
    code = "identifier_not_valid"
    title = "This is not a number of its scheme"


class VatNumberNotValid(Invalid):
    code = "vat_number_not_valid"
    title = "A VAT number starts with the code of its country"


class BankAccountNotValid(Invalid):
    code = "bank_account_not_valid"
    title = "This is not a bank account"


class TextNotPossible(Invalid):
    code = "text_not_possible"
    title = "A text cannot be printed, or not be written into an e-invoice"


class VatNumberInUse(BillingError):
    code = "vat_number_in_use"
    title = "Another billing entity has this VAT number"


class ExternalReferenceInUse(BillingError):
    code = "external_reference_in_use"
    title = "Another customer has this external reference"
