from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tui_chat.core.errors import ConfigError
from tui_chat.structured.schemas.find_schema import Schema, SchemaFolder, find_schema
from tui_chat.structured.schemas.shorthand import expand

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


def test_a_saved_schema_is_found_by_its_name(tmp_path: Path, folder: SchemaFolder) -> None:
    file = folder.keep(Schema("x", PERSON, "pasted"), "my person")
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.names() == ["my person"]
    schema = find_schema("my person", folder, tmp_path)
    assert schema.schema == PERSON
    # The endpoint's rules for names are applied when the request is sent.
    assert schema.response_format.name == "my person"


@pytest.mark.parametrize("name", ["", "../x", ".x", "a/b", "a."])
def test_an_invalid_name_is_rejected(name: str, folder: SchemaFolder) -> None:
    with pytest.raises(ConfigError, match="not a valid schema name"):
        folder.keep(Schema("x", PERSON, "pasted"), name)


def test_the_shorthand(tmp_path: Path, folder: SchemaFolder) -> None:
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


def test_the_shorthand_with_every_feature() -> None:
    made = expand("mood good|bad: how it sounds, n? list[int]\nwhen date, 名字, ok bool")
    assert made["properties"] == {
        "mood": {"type": "string", "enum": ["good", "bad"], "description": "how it sounds"},
        "n": {"type": "array", "items": {"type": "integer"}},
        "when": {"type": "string", "format": "date"},
        "名字": {"type": "string"},
        "ok": {"type": "boolean"},
    }
    assert made["required"] == ["mood", "when", "名字", "ok"]


def test_the_shorthand_in_fullwidth_punctuation() -> None:
    made = expand("省，市、年龄 int：周岁，备注？")
    assert list(made["properties"]) == ["省", "市", "年龄", "备注"]
    assert made["properties"]["年龄"] == {"type": "integer", "description": "周岁"}
    assert made["required"] == ["省", "市", "年龄"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("name, age itn", "“itn”.*one of str"),
        ("name, name", "has the field “name” twice"),
        (",", "has no field"),
        ("zebra.json", r"zebra.json cannot be read: No such file.*Check the path"),
        ("perso.json", "perso.json cannot be read: .*Did you mean “person.json”"),
        ("things", "things is a folder"),
        ("things.json", "things.json is a folder"),
        ("pipe.json", "pipe.json is not a regular file"),
        ("https://example.com/a.json", "not fetched.*Save the schema in a file"),
        ("https://example.com/a", "not fetched.*Save the schema in a file"),
        ("empty.json", "empty.json is empty"),
        ("utf16.json", "not UTF-8 \\(byte 1\\).*Save it as UTF-8"),
        ('{"name": "Ada", "age": 36}', "not a valid JSON Schema. It has no keyword"),
        (
            '{"type": "object", "properties": {"a": {"type": "strin"}}}',
            "At properties.a.type: “strin” is not a type. Did you mean “string”",
        ),
        ('{"type": "xyz"}', "“xyz” is not a type. Types are: .*object"),
        ('{"type": ["string", 5]}', r"At type: 5 is not a type"),
        ("persno", "Did you mean “person”"),
        ("zebra", "Saved schemas: person"),
        ("no_such_module:Class", "no_such_module"),
        ("json:loads", "not a class"),
        ('{"type": "object",}', "pasted schema is not JSON, line 1, column 18: there is a comma"),
        (
            '{"type": "objekt"}',
            "not a valid JSON Schema. At type: “objekt” is not a type.*“object”",
        ),
        ("[]", "is not an object"),
        ('{"type": "object", "type": "array"}', "key “type” twice"),
        (f'{{"type": "object", "minimum": {"9" * 5000}}}', "a number that is too large"),
        ('{"type": "object", "maximum": 1e999}', "a number that is too large"),
        ('{"$ref": "#/$defs/x"}', r"\$ref refers to “#/\$defs/x”"),
        ('{"$ref": "http://127.0.0.1:9/x.json"}', "which the schema lacks"),
        ('{"$schema": "https://example.com/x"}', "Unknown dialect"),
        ('{"$schema": 5}', "Unknown dialect “5”"),
    ],
)
def test_errors_are_reported(given: str, words: str, tmp_path: Path, folder: SchemaFolder) -> None:
    folder.keep(Schema("x", PERSON, "pasted"), "person")
    (tmp_path / "person.json").write_text(json.dumps(PERSON), encoding="utf-8")
    (tmp_path / "empty.json").write_text(" \n\n")
    (tmp_path / "utf16.json").write_bytes(b"\xff\xfe{")
    (tmp_path / "things").mkdir()
    (tmp_path / "things.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(ConfigError, match=words):
        find_schema(given, folder, tmp_path)


def test_a_bad_file_names_file_line_and_reason(tmp_path: Path, folder: SchemaFolder) -> None:
    (tmp_path / "bad.json").write_text('{\n  "type" "object"\n}', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        find_schema("bad.json", folder, tmp_path)
    assert f"{tmp_path / 'bad.json'} is not JSON, line 2, column 10" in caught.value.message
    assert "colon" in caught.value.message


def test_a_file_that_is_not_utf_8(tmp_path: Path, folder: SchemaFolder) -> None:
    (tmp_path / "bad.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(ConfigError, match="not UTF-8 \\(byte 8\\)"):
        find_schema("bad.json", folder, tmp_path)


def test_a_saved_schema_wins_over_a_file_of_the_same_name(
    tmp_path: Path, folder: SchemaFolder
) -> None:
    folder.keep(Schema("x", PERSON, "pasted"), "person")
    (tmp_path / "person").write_text('{"type": "array"}')
    assert find_schema("person", folder, tmp_path).schema == PERSON
    assert find_schema("./person", folder, tmp_path).schema == {"type": "array"}


def test_a_name_is_saved_without_its_suffix(folder: SchemaFolder) -> None:
    folder.keep(Schema("x", PERSON, "pasted"), "person.json")
    assert folder.names() == ["person"]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"name": "person", "strict": True, "schema": PERSON},
        {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON}},
        {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "person",
                                                                    "schema": PERSON}}},
    ],
)  # fmt: skip
def test_a_request_format_is_unwrapped(
    wrapped: dict[str, Any], tmp_path: Path, folder: SchemaFolder
) -> None:
    schema = find_schema(json.dumps(wrapped), folder, tmp_path)
    assert (schema.name, schema.schema) == ("person", PERSON)


def test_a_pasted_schema_may_be_fenced(tmp_path: Path, folder: SchemaFolder) -> None:
    given = f"```json\n{json.dumps(PERSON, indent=2)}\n```\n"
    assert find_schema(given, folder, tmp_path).schema == PERSON


def test_process_substitution_is_read(tmp_path: Path, folder: SchemaFolder) -> None:
    reading, writing = os.pipe()
    os.write(writing, json.dumps(PERSON).encode())
    os.close(writing)
    try:
        assert find_schema(f"/dev/fd/{reading}", folder, tmp_path).schema == PERSON
    finally:
        os.close(reading)


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
def test_strict_is_set_only_for_the_strict_subset(change: dict[str, Any]) -> None:
    assert Schema("x", PERSON, "").response_format.is_strict
    assert not Schema("x", {**PERSON, **change}, "").response_format.is_strict
