"""What a corrector may write, and in which words it is refused."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from billing.platforms.models import BillingEntity, Customer, Platform
from tests import factories

from .pages import correct, corrections, errors_of, page_of, said

DEEP = "[" * 10_000


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"country": "UK"}, "country", "UK is not a country code of ISO 3166 (Greece is GR"),
        ({"country": "UK"}, "country", "Did you mean GB (United Kingdom)?"),
        ({"country": "Germeny"}, "country", "Did you mean DE (Germany)?"),
        ({"country": "9" * 400}, "country", "at most 100 characters"),
        ({"accounting_currency": "EUROS"}, "accounting_currency", "EUROS is not a currency"),
        ({"accounting_currency": "XYZ"}, "accounting_currency", "XYZ is not a currency"),
        ({"endpoint_scheme": "9999"}, "endpoint_scheme", "9999 is not a scheme of electronic addresses"),
        ({"legal_id_scheme": "9999"}, "legal_id_scheme", "9999 is not a scheme of identifiers"),
        ({"endpoint_scheme": "0088", "endpoint_id": "123"}, "endpoint_id", "123 is not a GLN"),
        ({"endpoint_scheme": ""}, "endpoint_scheme", "An electronic address needs its scheme"),
        ({"legal_id": ""}, "legal_id", "There is a scheme, but no number."),
        ({"vat_number": "123456782B90"}, "vat_number", "must start with the code of its country"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "There is no time zone 'Mars/Olympus'"),
        ({"language": "tlh"}, "language", "Select a valid choice"),
        ({"einvoice_profile": "facturae"}, "einvoice_profile", "Select a valid choice"),
        ({"bank_account": "NL91ABNA0417164301"}, "bank_account", "is not an IBAN"),
        ({"bic": "ABN"}, "bic", "ABN is not a BIC"),
        ({"name": "Ac\x0bme"}, "name", "cannot be written into an e-invoice"),
        ({"ids": "[{]"}, "ids", "Enter a valid JSON."),
        ({"ids": '{"id": "1"}'}, "ids", "Expected `array`"),
        ({"ids": '[{"scheme": "0088"}]'}, "ids", "missing required field `id`"),
        ({"ids": '[{"id": "1", "shceme": "0088"}]'}, "ids", "There is no “shceme” in it, only id, scheme."),
        ({"ids": '[{"id": "1", "scheme": "9999"}]'}, "ids", "9999 is not a scheme of identifiers"),
        ({"ids": '[{"id": "a\\u000bb"}]'}, "ids", "cannot be written into an e-invoice"),
        ({"payee": '{"name": "F", "id": {"id": "1", "scheme": "9999"}}'}, "payee", "9999 is not a scheme"),
        (
            {"tax_representative": '{"name": "F", "address": {"country": "UK"}}'},
            "tax_representative",
            "UK is not a country code",
        ),
        ({"ids": DEEP}, "ids", "It is not JSON that can be kept."),
        ({"ids": "NaN"}, "ids", "It is not JSON that can be kept."),
        ({"payee": '{"name": 7}'}, "payee", "Expected `str`, got `int`"),
        ({"payee": '{"name": "a\\u0000"}'}, "payee", "NUL"),
        ({"tax_representative": '{"name": "F", "address": {"town": "X"}}'}, "tax_representative", "“town”"),
    ],
)
def test_a_wrong_value_is_refused_in_words(
    root: Client, platform: Platform, changes: dict[str, Any], field: str, words: str
) -> None:
    entity = factories.an_entity(platform)

    answer = correct(root, entity, **changes)

    assert answer.status_code == 200
    errors = errors_of(answer)
    assert list(errors) == [field]
    assert words in " ".join(errors[field])
    assert corrections() == []


def test_values_are_stored_as_the_semantic_model_reads_them(root: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform)

    correct(
        root,
        entity,
        ids='[{"id": "4012345000009", "scheme": "0088"}]',
        payee='{"name": "Factor Bank", "id": {"id": "4012345000009", "scheme": "0088"}}',
        tax_representative='{"name": "Fiscaal", "vat_number": "NL1", "address": {"country": "NL"}}',
    )

    stored = BillingEntity.objects.get()
    assert stored.ids == [{"id": "4012345000009", "scheme": "0088"}]
    assert stored.payee == {"name": "Factor Bank", "id": {"id": "4012345000009", "scheme": "0088"}}
    assert stored.tax_representative == {
        "name": "Fiscaal",
        "vat_number": "NL1",
        "address": {"country": "NL"},
    }


def test_a_vat_number_with_a_wrong_digit_is_stored_with_a_warning(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(platform)

    answer = correct(root, customer, vat_number="BE0123456748")

    assert Customer.objects.get().vat_number == "BE0123456748"
    assert "BE0123456748 does not look like a VAT number of BE: a digit is wrong or missing." in said(answer)


def test_what_stood_there_before_the_list_is_not_judged_again(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(
        platform, country="UK", language="tlh", endpoint_scheme="9999", vat_number="123"
    )

    correct(root, customer, city="Liège")

    assert Customer.objects.get().city == "Liège"
    assert corrections()[0].data["after"] == {"city": "Liège"}


def picture(kind: str, size: tuple[int, int] = (40, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "navy").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_logo_is_stored_and_shown(root: Client, platform: Platform, kind: str, content_type: str) -> None:
    entity = factories.an_entity(platform)
    content = picture(kind)

    correct(root, entity, new_logo=SimpleUploadedFile("../../brand.png", content))

    stored = BillingEntity.objects.get()
    assert stored.logo.startswith(f"{platform.pk}/{entity.pk}/")
    assert corrections()[0].data["after"] == {"logo": stored.logo}
    assert (
        f'src="/admin/platforms/billingentity/{entity.pk}/logo/"'
        in root.get(page_of(entity)).content.decode()
    )
    shown = root.get(f"/admin/platforms/billingentity/{entity.pk}/logo/")
    assert (shown.content, shown["Content-Type"]) == (content, content_type)


def test_a_logo_can_be_removed(root: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform, logo="some/key/logo.png")

    correct(root, entity, remove_logo="on")

    assert BillingEntity.objects.get().logo == ""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "An SVG can run code"),
        ("logo.png", b"<?xml version='1.0'?><SVG/>", "An SVG can run code"),
        ("logo.gif", b"GIF89a", "It is not a whole PNG or JPEG image."),
        ("logo.png", picture("PNG")[:60], "It is not a whole PNG or JPEG image."),
        ("logo.png", b"\x89PNG" + b"x" * 1_000_000, "1000000 is the most"),
        ("logo.png", b"", "The file is empty."),
    ],
)
def test_what_is_no_logo_is_refused(
    root: Client, platform: Platform, name: str, content: bytes, words: str
) -> None:
    entity = factories.an_entity(platform)

    answer = correct(root, entity, new_logo=SimpleUploadedFile(name, content))

    assert words in " ".join(errors_of(answer)["new_logo"])
    assert BillingEntity.objects.get().logo == ""


def test_every_wrong_field_is_named_at_once(root: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform)

    answer = correct(
        root, entity, endpoint_scheme="9999", legal_id="", country="UK", ids="[", vat_number="1", reason=""
    )

    assert set(errors_of(answer)) == {
        "endpoint_scheme",
        "legal_id",
        "country",
        "ids",
        "vat_number",
        "reason",
    }


@pytest.mark.parametrize("typed", ["de", "Germany", " DE "])
def test_a_code_may_be_typed_in_small_letters_or_as_its_name(
    root: Client, platform: Platform, typed: str
) -> None:
    entity = factories.an_entity(platform)

    correct(root, entity, country=typed)

    assert BillingEntity.objects.get(pk=entity.pk).country == "DE"


def test_a_code_is_shown_with_its_name_and_suggestions(root: Client, platform: Platform) -> None:
    page = root.get(page_of(factories.an_entity(platform))).content.decode()

    assert '<small class="code-name" id="id_country_name">Netherlands</small>' in page
    assert '<option value="XI">United Kingdom (Northern Ireland)</option>' in page


def test_a_delivery_address_is_written_in_fields(root: Client, platform: Platform) -> None:
    customer = factories.a_customer(
        platform, delivery_address={"line1": "Kade 9", "city": "Gent", "country": "BE"}
    )

    answer = correct(root, customer, delivery_city="Lyon", delivery_country="France", delivery_line1="")
    assert Customer.objects.get(pk=customer.pk).delivery_address == {"city": "Lyon", "country": "FR"}
    assert "was changed" in " ".join(said(answer))

    assert "delivery_country" in errors_of(correct(root, customer, delivery_country=""))
    assert "delivery_country" in errors_of(correct(root, customer, delivery_country="QQ"))
    correct(root, customer, delivery_city="", delivery_country="")
    assert Customer.objects.get(pk=customer.pk).delivery_address == {}
