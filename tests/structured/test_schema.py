from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tui_chat.core.errors import ConfigError
from tui_chat.structured.schema import Schema, SchemaFolder, find_schema
from tui_chat.structured.short_form import expand

if TYPE_CHECKING:
    from pathlib import Path

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.fixture
def folder(tmp_path: Path) -> SchemaFolder:
    return SchemaFolder(tmp_path / "config" / "config.toml")


def test_a_file(tmp_path: Path, folder: SchemaFolder) -> None:
    (tmp_path / "person.json").write_text(json.dumps(PERSON), encoding="utf-8")
    schema = find_schema("person.json", folder, tmp_path)
    assert (schema.name, schema.schema) == ("person", PERSON)
    assert schema.response_format.name == "person"
    assert schema.response_format.is_strict


def test_a_kept_schema_is_found_by_its_name(tmp_path: Path, folder: SchemaFolder) -> None:
    file = folder.keep(Schema("x", PERSON, "pasted"), "my person")
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.names() == ["my person"]
    schema = find_schema("my person", folder, tmp_path)
    assert schema.schema == PERSON
    assert schema.response_format.name == "my_person"


@pytest.mark.parametrize("name", ["", "../x", ".x", "a/b", "a."])
def test_a_name_that_is_none(name: str, folder: SchemaFolder) -> None:
    with pytest.raises(ConfigError, match="cannot be the name"):
        folder.keep(Schema("x", PERSON, "pasted"), name)


def test_the_short_form(tmp_path: Path, folder: SchemaFolder) -> None:
    schema = find_schema("name, age int, tags list", folder, tmp_path)
    assert schema.schema == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["name", "age", "tags"],
        "additionalProperties": False,
    }
    assert schema.response_format.is_strict


def test_the_short_form_with_all_it_can() -> None:
    made = expand("mood good|bad: how it sounds, n? list[int]\nwhen date, 名字, ok bool")
    assert made["properties"] == {
        "mood": {"type": "string", "enum": ["good", "bad"], "description": "how it sounds"},
        "n": {"type": "array", "items": {"type": "integer"}},
        "when": {"type": "string", "format": "date"},
        "名字": {"type": "string"},
        "ok": {"type": "boolean"},
    }
    assert made["required"] == ["mood", "when", "名字", "ok"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("name, age itn", "“itn”.*one of str"),
        ("name, name", "there already"),
        (",", "names no field"),
        ("missing.json", "missing.json cannot be read: No such file"),
        ("persno", "Did you mean “person”"),
        ("zebra", "There are: person"),
        ("no_such_module:Class", "no_such_module"),
        ("json:loads", "not a class"),
        ('{"type": "object",}', "pasted schema is not JSON, line 1, column 19: .*key"),
        ('{"type": "objekt"}', "not a JSON Schema: at type: .*objekt"),
        ("[]", "is not an object"),
        ('{"type": "object", "type": "array"}', "key “type” twice"),
        ('{"$ref": "#/$defs/x"}', r"\$ref points to “#/\$defs/x”"),
        ('{"$ref": "http://127.0.0.1:9/x.json"}', "which is not in it"),
        ('{"$schema": "https://example.com/x"}', "no dialect"),
    ],
)
def test_what_is_wrong_is_told(
    given: str, words: str, tmp_path: Path, folder: SchemaFolder
) -> None:
    folder.keep(Schema("x", PERSON, "pasted"), "person")
    with pytest.raises(ConfigError, match=words):
        find_schema(given, folder, tmp_path)


def test_a_bad_file_names_file_line_and_reason(tmp_path: Path, folder: SchemaFolder) -> None:
    (tmp_path / "bad.json").write_text('{\n  "type" "object"\n}', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        find_schema("bad.json", folder, tmp_path)
    assert f"{tmp_path / 'bad.json'} is not JSON, line 2, column 10" in caught.value.words
    assert "colon" in caught.value.words


def test_a_file_that_is_not_utf_8(tmp_path: Path, folder: SchemaFolder) -> None:
    (tmp_path / "bad.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(ConfigError, match="not UTF-8, at byte 8"):
        find_schema("bad.json", folder, tmp_path)


def test_a_pydantic_model(tmp_path: Path, folder: SchemaFolder) -> None:
    (tmp_path / "models.py").write_text(
        "from pydantic import BaseModel\nprint('noise')\n"
        "class Address(BaseModel):\n    city: str\n    zip: int\n",
        encoding="utf-8",
    )
    schema = find_schema("models:Address", folder, tmp_path)
    assert schema.name == "Address"
    assert list(schema.schema["properties"]) == ["city", "zip"]
    assert not schema.response_format.is_strict


@pytest.mark.parametrize(
    "change",
    [
        {"additionalProperties": True},
        {"required": []},
        {"properties": {"name": {"type": "string", "default": "x"}}},
        {"properties": {"name": {"type": "array"}}},
        {"allOf": []},
        {"type": "array"},
    ],
)
def test_strict_only_where_the_schema_allows_it(change: dict[str, Any]) -> None:
    assert Schema("x", PERSON, "").response_format.is_strict
    assert not Schema("x", {**PERSON, **change}, "").response_format.is_strict
