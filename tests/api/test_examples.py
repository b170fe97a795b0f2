"""The examples of the OpenAPI document are real calls; `make golden` writes them anew."""

import json
import os

import pytest
import time_machine
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from billing.api.openapi import EXAMPLES
from tests.factories import NOON, a_member, a_platform, an_api_key

from .examples import CHAPTERS, World
from .recording import METHODS, Story, steady, typical


@pytest.fixture(scope="module")
def document() -> dict:
    document = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(document, default=str))


@pytest.mark.django_db
def test_golden_examples_are_what_the_api_answers(settings, listener, document):
    settings.API_REQUESTS_PER_MINUTE = 0
    with time_machine.travel(NOON, tick=False) as clock:
        platform = a_platform("Acme Group")
        a_member(platform, username="clara.clerk")
        story = Story(document, secret=an_api_key(platform, name="Back office"), clock=clock)
        world = World(story, listener.url)
        for chapter in CHAPTERS:
            chapter(world)
    recorded = steady(story.calls | {"": typical(story.calls)})

    if os.environ.get("GOLDEN") == "write":
        EXAMPLES.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")

    assert recorded == json.loads(EXAMPLES.read_text())


def test_every_example_is_of_the_shape_that_the_document_promises(document):
    wrong = []
    for name, kind, content in contents(document):
        for media_type, media in content.items():
            if "json" not in media_type:
                continue
            schema = media["schema"] | {"components": document["components"]}
            for error in Draft202012Validator(schema).iter_errors(media["example"]):
                wrong.append(f"{name} {kind}: {error.json_path}: {error.message[:200]}")

    assert wrong == []


def contents(document):
    """Yield `(operation, "request" or status, content)` for whatever is sent and answered."""
    for item in document["paths"].values():
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            if "requestBody" in operation:
                yield operation["operationId"], "request", operation["requestBody"]["content"]
            for status, response in operation["responses"].items():
                yield operation["operationId"], status, response.get("content", {})
