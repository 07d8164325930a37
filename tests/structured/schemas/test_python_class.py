from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.core.errors import ConfigError
from tui_chat.structured.schemas.find_schema import SchemaFolder, find_schema

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
import dataclasses
from pydantic import BaseModel
print('noise')
class Address(BaseModel):
    city: str
    zip: int
    class Place(BaseModel):
        lat: float
@dataclasses.dataclass
class Point:
    x: int
class Plain:
    pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> SchemaFolder:
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    (tmp_path / "gone.py").write_text("import os\nos._exit(0)\n", encoding="utf-8")
    (tmp_path / "wrong.py").write_text("def (\n", encoding="utf-8")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "inner.py").write_text(MODELS, encoding="utf-8")
    return SchemaFolder(tmp_path / "config" / "config.toml")


@pytest.mark.parametrize(
    ("given", "name", "fields"),
    [
        ("models:Address", "Address", ["city", "zip"]),
        ("models:Address.Place", "Place", ["lat"]),
        ("models.py:Point", "Point", ["x"]),
        ("package.inner:Point", "Point", ["x"]),
        ("package/inner.py:Point", "Point", ["x"]),
    ],
)
def test_a_class(given: str, name: str, fields: list[str], tmp_path: Path,
                 folder: SchemaFolder) -> None:  # fmt: skip
    schema = find_schema(given, folder, tmp_path)
    assert schema.name == name
    assert list(schema.schema["properties"]) == fields
    assert not schema.response_format.is_strict


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("model:Address", "No module named 'model'.*Did you mean “models:Address”"),
        ("no_such_module:Class", "No module named 'no_such_module'.*searched in "),
        ("models:Adress", r"no attribute 'Adress'"),
        ("models:Plain", "Plain.*Name a Pydantic model"),
        ("models:dataclasses", "dataclasses is not a class"),
        ("gone:X", "gone:X has no schema: the import ended the process"),
        ("wrong:X", r"SyntaxError: .*wrong.py, line 1"),
    ],
)
def test_class_errors_are_reported(
    given: str, words: str, tmp_path: Path, folder: SchemaFolder
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        find_schema(given, folder, tmp_path)
    assert "errors.pydantic.dev" not in caught.value.message
    assert "?." not in caught.value.message


def test_a_field_with_a_type_is_not_a_class(tmp_path: Path, folder: SchemaFolder) -> None:
    schema = find_schema("age:int", folder, tmp_path)
    assert schema.schema["properties"] == {"age": {"type": "integer"}}
