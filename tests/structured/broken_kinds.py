"""More replies that are almost JSON: lost quotes and colons, lists of words, tuples, LaTeX."""

from __future__ import annotations

from typing import Final

from tests.structured.broken import CUT, NOT, Broken

_FENCE = "```"
BROKEN_KINDS: Final = (
    # A quote or a comma is missing.
    Broken(
        "a list entry without quotes",
        '{"tags": ["red", "green" blue], "size": [1, 2]}',
        {"tags": ["red", "green", "blue"], "size": [1, 2]},
    ),
    Broken(
        "a list entry without its opening quote",
        '["north" south", "east"]',
        ["north", "south", "east"],
    ),
    Broken("the same after a number", '["v1" v2", "v3"]', ["v1", "v2", "v3"]),
    Broken("a number after a list entry", '["a" 2]', ["a", 2]),
    Broken("an inch sign in a list", '["a 5" screen", "x"]', ['a 5" screen', "x"]),
    Broken("a quotation in a list", '["say "hi" loud", "x"]', ['say "hi" loud', "x"]),
    Broken(
        "a key right after a string",
        '{"a": 1, "why": "Because...""b": "YES"}',
        {"a": 1, "why": "Because...", "b": "YES"},
    ),
    Broken("a key after bare words", '{"k": 好 word "n" : "x" }', {"k": "好 word", "n": "x"}),
    Broken("a key after bare words, no end", '{"k": word "n" : "x" ', {"k": "word", "n": "x"}, CUT),
    Broken("no comma and no end", '{"a": "b" "c": "d"', {"a": "b", "c": "d"}, CUT),
    Broken(
        "an apostrophe in single quotes",
        "{\"name\": 'Jack O'Neill, 'id': '5'}",
        {"name": "Jack O'Neill", "id": "5"},
    ),
    Broken("a swallowed bare key", '{"a": "first, b: 1}', failure=NOT),
    Broken("a swallowed bare key and text", '{"a": "first, b: "second"}', failure=NOT),
    Broken("a lost quote in a list", '["hello, world]', failure=NOT),
    Broken("a lost quote before a comment", '["abc+/*x*/"def"]', failure=NOT),
    Broken(
        "an object in a string, prose after it",
        '{"x": "is {"a": "5", "b": {"c": 1}}, right.", "y": {"z": "a"}}',
        {"x": 'is {"a": "5", "b": {"c": 1}}, right.', "y": {"z": "a"}},
    ),
    Broken(
        "a list in a string, Chinese after it",
        '{"x": "是 ["a", "b"]，对吧。", "y": "4"}',
        {"x": '是 ["a", "b"]，对吧。', "y": "4"},
    ),
    Broken("an object in a string without an end", '{"x": "a, {"k": 1}, "y": 2}', failure=NOT),
    Broken(
        "brackets in strings",
        '{"x": "a {", "a": {"b": "c"}, "y": "} d",}',
        {"x": "a {", "a": {"b": "c"}, "y": "} d"},
    ),
    # A line break before the closing quote.
    Broken("a last line break", '{"a\n": "x\ny \r\n ", "b": ["z\n"]}', {"a": "x\ny", "b": ["z"]}),
    Broken("a last line break, other quotes", "{'a': 'x\n'}", {"a": "x"}),
    Broken("a last line break that is escaped", '{"a": "x\\n\n",}', {"a": "x\n"}),
    Broken("nothing but a line break", '{"a": "\n"}', {"a": "\n"}),
    Broken("a last line break behind a quote", '{"a": "say "hi"\n"}', {"a": 'say "hi"'}),
    Broken("a string after the object", '{"key": "value"}, "key2" "value2"}', failure=NOT),
    Broken(
        "a bracket in a bare value",
        "{text:words{in brackets}m}",
        {"text": "words{in brackets}m"},
    ),
    Broken("words before a key", '{"a": true, COMMENT "b": "c"}', {"a": True, "b": "c"}),
    Broken("words after a string", '{"a": "b", COMMENT "c": "d"}', {"a": "b", "c": "d"}),
    # A colon is missing.
    *(
        Broken(f"no colon: {raw}", raw, value)
        for raw, value in (
            ('{"a" 2}', {"a": 2}),
            ('{"a"2}', {"a": 2}),
            ('{"a" -2}', {"a": -2}),
            ('{"a" true}', {"a": True}),
            ('{"a" null}', {"a": None}),
            ('{"a" "b"}', {"a": "b"}),
            ("{'a' 'b'}", {"a": "b"}),
            ("{a 'b'}", {"a": "b"}),
            ("{“a” “b”}", {"a": "b"}),
            ('{"a" [1]}', {"a": [1]}),
            ('{"a "b" c": 1}', {'a "b" c': 1}),
        )
    ),
    # Quotes and blanks.
    Broken("a backtick and an acute", "{`a´:`b´}", {"a": "b"}),
    *(
        Broken(
            f"the blank U+{ord(blank):04X}",
            f'{{"a":{blank}"b",{blank}"c":1}}',
            {"a": "b", "c": 1},
        )
        for blank in "\u180e\u2060\u3000\u200b\u200d\u00a0"
    ),
    Broken(
        "quotes doubled as in CSV",
        '{""q"":[{""w"":\'\'Ada\'\'}]}',
        {"q": [{"w": "Ada"}]},
    ),
    # Fences, tuples, lists of words, numbers, comments.
    Broken("a fence in a list", f'[{_FENCE}\n{{"a": "b"}}\n{_FENCE}]', {"a": "b"}),
    Broken("a fence in an object", f'{{{_FENCE}json\n{{"a": "b"}}\n{_FENCE}}}', {"a": "b"}),
    Broken("a tuple", "(1, 2)", [1, 2]),
    Broken("tuples in a tuple", '("a", ("b", 3))', ["a", ["b", 3]]),
    Broken("a tuple in a fence", f"Here:\n{_FENCE}\n(1, 2)\n{_FENCE}", [1, 2]),
    Broken("prose in brackets", '("So," she said)', failure=NOT),
    Broken("a list of words", "[red, 绿]", ["red", "绿"]),
    Broken("a list of lines", "[\nred apple\ngreen\n]", ["red apple", "green"]),
    Broken("a list of lines in an object", '{"a": [\nred\ngreen\n]}', {"a": ["red", "green"]}),
    Broken("a list of one address", "[https://example.org/a]", ["https://example.org/a"]),
    Broken("a link", "[the page](https://example.org)", failure=NOT),
    Broken("underscores in a fraction", '{"n": 1_234.5_6}', {"n": "1234.56"}),
    Broken("no exponent", '{"n": 2e+, "m": 1e}', {"n": 2, "m": 1}),
    Broken("a bracket of prose and nothing else", "1, 2, 3", failure=NOT),
    Broken(
        "a comment before a bracket",
        '{"k": {"x": "y" # note }, "z": 1}',
        {"k": {"x": "y"}, "z": 1},
    ),
    Broken("objects between comments", "/* 1 */\n{}\n\n/* 2 */\n{}\n", [{}, {}]),
    Broken("an empty object before the object", '[] {"a": 1}', {"a": 1}),
    Broken("a bare word that is cut off", '{"a": "b", "c": Smi', {"a": "b", "c": "Smi"}, CUT),
    Broken("a literal that is cut off", '{"a": "b", "c": tr', {"a": "b"}, CUT),
    # LaTeX.
    Broken(
        "LaTeX between plain brackets",
        r'{"t": "\( \frac{a}{b} \)"}',
        {"t": r"\( \frac{a}{b} \)"},
    ),
    Broken(
        "LaTeX in another string of the reply",
        r'{"q": "\[ x \]", "a": "\frac{1}{2} \times \beta", "b": "x\nu"}',
        {"q": r"\[ x \]", "a": r"\frac{1}{2} \times \beta", "b": r"x\nu"},
    ),
    Broken("LaTeX with a root", r'{"t": "\sqrt{2} \neq \theta"}', {"t": r"\sqrt{2} \neq \theta"}),
    Broken("tabs without LaTeX", '{"t": "a\\tb\\nc", }', {"t": "a\tb\nc"}),
    Broken("escaped LaTeX", r'{"t": "\\( \\frac{a}{b} \\)", }', {"t": r"\( \frac{a}{b} \)"}),
)
