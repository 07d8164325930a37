"""Replies that are almost JSON, grouped like the test suites of json-repair and jsonrepair.

Each case expects a value; CUT expects the value that remains when the end is missing, NOT expects
no value, REFUSED a refusal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

CUT: Final = "cut off"
NOT: Final = "reported as not repairable"
REFUSED: Final = "refused"


@dataclass(frozen=True)
class Broken:
    """A broken reply and its expected evaluation."""

    kind: str
    raw: str
    value: Any = None
    """The expected value; numbers as strings of digits where Python would change them."""
    failure: str = ""
    """CUT, NOT or REFUSED; empty for cases that must be repaired."""
    finish_reason: str = "stop"


_FENCE = "```"
BROKEN: Final = (
    # Around the object.
    Broken("a fence", f'{_FENCE}json\n{{"a": 1}}\n{_FENCE}', {"a": 1}),
    Broken("a fence without a name", f'{_FENCE}\n{{"a": 1}}\n{_FENCE}', {"a": 1}),
    Broken("a fence of tildes", '~~~json\n{"a": 1}\n~~~', {"a": 1}),
    Broken("a fence in one line", f'{_FENCE}json {{"a": 1}} {_FENCE}', {"a": 1}),
    Broken("a fence without its end", f'{_FENCE}json\n{{"a": 1}}', {"a": 1}),
    Broken("an end of a fence alone", f'{{"a": 1}}\n{_FENCE}', {"a": 1}),
    Broken("a fence within a string",
           f'{_FENCE}json\n{{"a": "x\\n{_FENCE}py\\n1\\n{_FENCE}"}}\n{_FENCE}',
           {"a": f"x\n{_FENCE}py\n1\n{_FENCE}"}),
    Broken("several fences, the last counts",
           f'First:\n{_FENCE}json\n{{"a": 0}}\n{_FENCE}\nOr:\n{_FENCE}json\n{{"a": 1}}\n{_FENCE}',
           {"a": 1}),
    Broken("code first, then the object",
           f'{_FENCE}python\nprint(1)\n{_FENCE}\n{_FENCE}json\n{{"a": 1}}\n{_FENCE}', {"a": 1}),
    Broken("prose around", 'Sure! Here it is:\n{"a": 1}\nHope this helps.', {"a": 1}),
    Broken("prose with braces", 'For {name} I write {"a": 1} and [this](http://x).', {"a": 1}),
    Broken("prose with a citation", 'As [1] says: {"a": 1}', {"a": 1}),
    Broken("a draft in <think>", '<think>maybe {"a": 0}</think>\n{"a": 1}', {"a": 1}),
    Broken("only the end of <think>", 'maybe {"a": 0}\n</think>{"a": 1}', {"a": 1}),
    Broken("a mark within a string", '{"a": "</think>"}', {"a": "</think>"}),
    Broken("still thinking", '<think>maybe {"a": 0}', failure=CUT),
    Broken("a byte order mark", '\ufeff{"a": 1}', {"a": 1}),
    Broken("JSONP", 'callback({"a": 1});', {"a": 1}),
    Broken("an assignment", 'const x = {a: 1};', {"a": 1}),
    Broken("JSON Lines", '{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
    Broken("objects with commas between", '{"a": 1}, {"a": 2}', [{"a": 1}, {"a": 2}]),
    Broken("packed into a string", '"{\\"a\\": 1}"', {"a": 1}),
    Broken("packed twice", json.dumps(json.dumps(json.dumps({"a": 1}))), {"a": 1}),
    Broken("escaped quotes without a string", '{\\"a\\": \\"b\\"}', {"a": "b"}),
    # Quotes.
    Broken("single quotes", "{'a': 'b'}", {"a": "b"}),
    Broken("an apostrophe in single quotes", "{'a': 'it's'}", {"a": "it's"}),
    Broken("double within single quotes", "{'a': 'say \"x\"'}", {"a": 'say "x"'}),
    Broken("smart quotes", "{“a”: “b”}", {"a": "b"}),
    Broken("smart quotes that mix", '{“a": "b”}', {"a": "b"}),
    Broken("smart quotes within a string", '{"a": "“b”, he said"}', {"a": "“b”, he said"}),
    Broken("backticks", "{`a`: `b`}", {"a": "b"}),
    Broken("guillemets", "{«a»: «b»}", {"a": "b"}),
    Broken("keys without quotes", "{a: 1, b_2: 2, $c: 3}", {"a": 1, "b_2": 2, "$c": 3}),
    Broken("Chinese keys without quotes", '{城市: "北京"}', {"城市": "北京"}),
    Broken("a string without quotes", "{a: Paris}", {"a": "Paris"}),
    Broken("a string without quotes, with a comma", '{"a": Paris, France, "b": 1}',
           {"a": "Paris, France", "b": 1}),
    Broken("an address without quotes", '{"a": http://x.com/b?c=1, "d": 1}',
           {"a": "http://x.com/b?c=1", "d": 1}),
    Broken("quotes within a string", '{"a": "he said "hi" to me"}', {"a": 'he said "hi" to me'}),
    Broken("quotes before a comma", '{"a": "said "hi", and left"}', {"a": 'said "hi", and left'}),
    Broken("quoted braces in a string", '{"a": "use "{}" here", "b": 1}',
           {"a": 'use "{}" here', "b": 1}),
    Broken("quotes in a list", '["a "b" c", "d"]', ['a "b" c', "d"]),
    Broken("a lost closing quote", '{"a": "x, "b": 1}', {"a": "x", "b": 1}),
    Broken("a lost closing quote of a key", '{"a: 1}', {"a": 1}),
    Broken("a lost opening quote of a key", '{a": 1}', {"a": 1}),
    Broken("doubled quotes", '{""a"": ""b""}', {"a": "b"}),
    Broken("three quotes", '{"a": """x "y"\nz"""}', {"a": 'x "y"\nz'}),
    Broken("inches in a string", '{"a": "a 24" screen", "b": 1}', {"a": 'a 24" screen', "b": 1}),
    Broken("several quotes in a string", '{"a": "said: "yes", "no", "well"", "b": 1}',
           {"a": 'said: "yes", "no", "well"', "b": 1}),
    Broken("a question with JSON in it", '{"a": "Is "x": 1 valid?", "b": 2}',
           {"a": 'Is "x": 1 valid?', "b": 2}),
    Broken("marks of Python before texts", "{'a': b'x', 'b': u'y', 'c': r'z'}",
           {"a": "x", "b": "y", "c": "z"}),
    # Strings.
    Broken("texts joined with +", '{"a": "x" + "y" +\n "z", "b": 1}', {"a": "xyz", "b": 1}),
    Broken("a + within a string", '{"a": "x + y"}', {"a": "x + y"}),
    Broken("texts side by side", '{"a": "x" "y"}', {"a": "xy"}),
    Broken("a line break in a string", '{"a": "x\ny\tz"}', {"a": "x\ny\tz"}),
    Broken("an escaped apostrophe", '{"a": "it\\\'s"}', {"a": "it's"}),
    Broken("a regular expression", '{"a": "\\d+\\.\\w"}', {"a": "\\d+\\.\\w"}),
    Broken("a path of Windows", '{"a": "C:\\Users\\x"}', {"a": "C:\\Users\\x"}),
    Broken("escapes of Python", '{"a": "\\x41\\U0001F600"}', {"a": "A😀"}),
    Broken("a line that goes on", '{"a": "x\\\ny"}', {"a": "xy"}),
    Broken("a comment mark in a string", '{"a": "http://x", /* c */ "b": "# y"}',
           {"a": "http://x", "b": "# y"}),
    # Structural characters.
    Broken("a comma before the end", '{"a": [1, 2,],}', {"a": [1, 2]}),
    Broken("a comma first", '[,1, 2]', [1, 2]),
    Broken("two commas", '{"a": 1,, "b": 2}', {"a": 1, "b": 2}),
    Broken("a lost comma", '{"a": 1 "b": 2}', {"a": 1, "b": 2}),
    Broken("lost commas at line ends", '{\n"a": "x"\n"b": [1\n2]\n}', {"a": "x", "b": [1, 2]}),
    Broken("lost commas in a list", '[1 2 "x" "y" {"a": 1} [2]]', [1, 2, "x", "y", {"a": 1}, [2]]),
    Broken("a lost colon", '{"a" 1, "b" "x"}', {"a": 1, "b": "x"}),
    Broken("a colon too many", '{"a":: 1}', {"a": 1}),
    Broken("equals signs", '{"a" = 1, b => 2}', {"a": 1, "b": 2}),
    Broken("semicolons", '{"a": 1; "b": 2;}', {"a": 1, "b": 2}),
    Broken("a lost value", '{"a": , "b": 2}', {"a": None, "b": 2}),
    Broken("wide punctuation", '｛"a"：1，"b"：［2］｝', {"a": 1, "b": [2]}),
    Broken("a lost bracket", '{"a": [1, 2}', {"a": [1, 2]}),
    Broken("a bracket too many", '{"a": [1, 2]]}', {"a": [1, 2]}),
    Broken("a wrong bracket", '[1, 2}', [1, 2]),
    Broken("a forgotten last bracket", '{"a": {"b": 1}', {"a": {"b": 1}}),
    Broken("an ellipsis", '[1, 2, ...]', [1, 2]),
    Broken("comments", '{ // x\n"a": 1, # y\n/* z */ "b": 2}', {"a": 1, "b": 2}),
    Broken("odd blanks", '{\u00a0"a":\u3000 1}', {"a": 1}),
    # Literals and numbers.
    Broken("literals of Python", "{'a': True, 'b': False, 'c': None}",
           {"a": True, "b": False, "c": None}),
    Broken("a tuple", '{"a": (1, 2)}', {"a": [1, 2]}),
    Broken("brackets around a value", '{"a": (1), "b": ("x")}', {"a": 1, "b": "x"}),
    Broken("literals side by side", '{"a": [1 true null]}', {"a": [1, True, None]}),
    Broken("undefined", '{"a": undefined}', {"a": None}),
    Broken("NaN and Infinity", '{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
    Broken("JSON5 numbers", "{a: 0x1F, b: .5, c: +1, d: 5.}",
           {"a": 31, "b": "0.5", "c": 1, "d": "5.0"}),
    Broken("a number with points", '{"a": 1,000,000, "b": 1_000}', {"a": 1000000, "b": 1000}),
    Broken("digits after a point", '{"a": 1.10,}', {"a": "1.10"}),
    Broken("a huge number", '{"a": ' + "9" * 6000 + ",}", {"a": "9" * 6000}),
    Broken("a huge exponent", '{"a": 1e99999999999999999999,}',
           {"a": "1e99999999999999999999"}),
    Broken("leading zeros", '{"zip": 01067}', {"zip": "01067"}),
    Broken("a date without quotes", '{"a": 2024-01-31}', {"a": "2024-01-31"}),
    Broken("a unit", '{"a": 5 km, "b": 10%}', {"a": "5 km", "b": "10%"}),
    Broken("a price", '{"a": $5.00, "b": 5.00 USD}', {"a": "$5.00", "b": "5.00 USD"}),
    Broken("a time", '{"a": 12:20, "b": 2024-10-18T18:35:22.229Z}',
           {"a": "12:20", "b": "2024-10-18T18:35:22.229Z"}),
    Broken("a version", '{"a": 1.2.3}', {"a": "1.2.3"}),
    Broken("calls of MongoDB", '{"_id": ObjectId("5f"), "n": NumberLong(3)}',
           {"_id": "5f", "n": 3}),
    Broken("a key that stands twice", '{"a": 1, "a": 2}', {"a": 2}),
    # Cases that only json-repair handles, behind the guard.
    Broken("a set", '{"a", "b"}', ["a", "b"]),
    Broken("keys in a list", '["a": 1, "b": 2]', [{"a": 1, "b": 2}]),
    Broken("a bracket closed too early", '{"a": 1}, "b": 2}', {"a": 1, "b": 2}),
    Broken("code as a value", '{"a": f(x) + [y for y in z]}', {"a": "f(x) + [y for y in z]"}),
    # Cut off.
    Broken("cut in a string", '{"a": "hel', {"a": "hel"}, CUT),
    Broken("cut in a number", '{"a": 3', {"a": 3}, CUT),
    Broken("cut after a point", '{"a": 3.', {"a": 3}, CUT),
    Broken("cut in a literal", '{"a": 1, "b": tr', {"a": 1}, CUT),
    Broken("cut in a key", '{"a": 1, "b', {"a": 1}, CUT),
    Broken("cut after a colon", '{"a": 1, "b":', {"a": 1}, CUT),
    Broken("cut in an escape", '{"a": "x\\u00', {"a": "x"}, CUT),
    Broken("cut in single quotes", "{'a': ['b', 'c", {"a": ["b", "c"]}, CUT),
    Broken("cut before several brackets", '{"a": [{"b": "c"', {"a": [{"b": "c"}]}, CUT),
    Broken("cut after a comma", '{"a": 1,', {"a": 1}, CUT),
    Broken("cut after a bracket", '{"a": 1, "b": [', {"a": 1, "b": []}, CUT),
    Broken("cut between objects", '{"a": 1}\n{"a": ', [{"a": 1}, {}], CUT),
    Broken("cut in a fence", f'{_FENCE}json\n{{"a": [1, {{"b": "c', {"a": [1, {"b": "c"}]}, CUT),
    Broken("cut at the limit, and whole by chance", '{"age": 3}', {"age": 3}, CUT, "length"),
    Broken("cut at the limit, a number alone", "36", 36, CUT, "length"),
    # Ambiguous cases.
    Broken("prose alone", "The sky is blue.", failure=NOT),
    Broken("nothing", "", failure=NOT),
    Broken("blanks alone", " \n\t" * 1000, failure=NOT),
    Broken("YAML", "a: 1\nb:\n  - 2\n", failure=NOT),
    Broken("10,000 levels", "[" * 10_000 + "]" * 10_000, failure=NOT),
    Broken("a sum", '{"a": "1" + 2}', failure=NOT),
    Broken("a call on a string", '{"a": "x".upper()}', failure=NOT),
    Broken("words after a string", '{"a": "x" y}', failure=NOT),
    Broken("XML", "<a><b>1</b></a>", failure=NOT),
    Broken("a refusal", "I'm sorry, but I can't help with that.", failure=REFUSED),
    Broken("a refusal in Chinese", "抱歉，我无法回答这个问题。", failure=REFUSED),
    Broken("held back", "", failure=REFUSED, finish_reason="content_filter"),
)  # fmt: skip
