"""Sample Markdown: each construct, complete answers, and pathological input."""

from __future__ import annotations

from typing import Final

CONSTRUCTS: Final = (
    "plain",
    "# One\n## Two\n### Three\n#### Four ####\n##### Five\n###### Six\n####### no heading",
    "#\n# \n#no heading\n\\# escaped",
    "Title\n=====\n\nOther\n---\n\nno\n--- title",
    "a\n-\nb\n=\n\n===\n",
    "one\ntwo  \nthree\\\nfour\n\n\n\nfive",
    "*em* **strong** ***both*** _em_ __strong__ ~~gone~~ snake_case_name 2 * 3 * 4",
    "**open and *never closed\n\n_a **b_ c**",
    "`code` ``a ` b`` `` ` `` `unclosed",
    "[text](http://a.example/x 'title') [empty]() <https://auto.example> <a@b.example>",
    "https://bare.example/a_b_c(d), (www.example.org) and http://x.example/?q=1&r=2.",
    "![alt *text*](http://a.example/i.png) ![](i.png) [![in link](i.png)](http://b.example)",
    "[a][ref] [ref] [none]\n\n[ref]: http://ref.example 'Title'\n\n[a][ref] [ref] [REF][]",
    "[a]: <b c>\n[d]:\n  http://e\n  'f'\n[g]: not a definition at all",
    "text[^1] more[^note].\n\n[^1]: First.\n[^note]: Second *one*.",
    "- a\n- b\n- c",
    "- a\n\n- b\n\n\n- c\n\nafter",
    "* a\n  * b\n    * c\n      * d\n* e",
    "+ one\n- other list\n* third list",
    "- a\n\n  second paragraph\n\n      code\n\n  > quote\n- b",
    "- \n- a\n-\n  b\n-\n\n  c",
    "1. a\n2. b\n10. c\n\n\n3) other",
    "8. eight\n9. nine\n1. ten\n1. eleven\n123456789. big\n1234567890. no item",
    "1. a\n   - b\n     1. c\n2. d\n  - not nested\n3. e",
    "- [ ] open\n- [x] done\n- [X] done\n- [ ]no box\n1. [ ] numbered",
    "text\n- a\ntext\n2. no list\n1. list\nlazy",
    "- a\n lazy\n- b\n\n outside",
    "> quote\n> more\nlazy\n\n> other\n>\n> two\n> - a\n> - b\n>   > deep\n\nafter",
    "> # h\n> ```\n> code\nno longer",
    ">>> three\n>> two\n> one",
    "> | a | b |\n> |---|---|\n> | 1 | 2 |",
    "```python\ndef f():\n    return 'x'\n```\nafter",
    "```\nplain\n\n\n   text\n```\n```\n```\n~~~ruby\n```\n~~~",
    "````md\n```\ninner\n```\n````",
    "```py\nnever closed\n\ttab\n",
    "  ```\n   a\n  b\n c\n  ```\n``` not a fence ``` here",
    "- a\n  ```js\n  let x = `y`;\n\n  z\n  ```\n- b\n  ```\n  open\nc",
    "1. Do\n   ```bash\n   ls\n   ```\n2. Do\n\n   ```bash\n   cd\n   ```",
    "```{.python .numberLines}\nx\n```\n```python:app.py\ny\n```\n``` weird lang+x  y\nz\n```",
    '```py\n"""doc\n' + "string\n" * 60 + '"""\nx = 1\n```\n',
    "    indented\n\n\n    code\n\ttab\n\nend",
    "a\n    not code\n\n    code",
    "| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 |\n| 4 | 5 | 6 |\nafter a row\n\nafter",
    "|right|left|none|centre|\n|--:|:--|---|:-:|\n|1|2|3|4|\n|**b**|`c`|[l](http://x)|~~s~~|",
    "a | b\n--|--\n1 | 2\n\\| | `a\\|b`\n",
    "| only head |\n|---|",
    "| a |\n| - |\n|\n| x<br>y<br/>z |\n",
    "text\n| a | b |\n|---|---|\n| 1 | 2 |\n# heading\n",
    "| no | table |\n|---|\n| 1 | 2 |",
    "| very long heading here | another one |\n|-|-|\n| "
    + "word " * 30
    + "| "
    + "中文" * 30
    + " |",
    "|" + "c|" * 20 + "\n|" + "-|" * 20 + "\n|" + "value|" * 20,
    "| n |\n|---|\n" + "".join(f"| {10**n} |\n" for n in range(12)),
    "***\n---\n___\n* * *\n- - -\n_____x\n--\n",
    "<div>\n<b>bold</b>\n\n*not html*\n</div>\n\n<!-- a\n\nb --> c",
    "<script>\n\nx < y\n</script>\ndone",
    "a <b>inline</b> <br> html </b> <notatag attr='x'> 1 < 2 > 0",
    "&amp; &lt; &copy; &#65; &#x42; &nosuch; &#27;[31m &#x202e; &#0;",
    "\\* \\_ \\` \\\\ \\& \\a \\( \\[ \\) \\] \\$",
    "$x_1$ and $y_2 * z_3$; costs $5 or $6; $$a_b$$ inline \\(a_1 * b_2*c\\) \\[z_0\\]",
    "$$\nx_1 = y_2\\\\\n- z\n$$\nafter\n\n\\[\n\\frac{a}{b}\n\\]\n\n\\[ one line \\]\n\n$$ open",
    "$$5 is no formula\n\n\\[not a link](/foo)",
    "tabs\there\n\t- no\n-\titem\n\n\t\tcode\n>\tquote",
    "a\r\nb\r\n\r\n- c\r\n```\r\nd\r\n```\r\n",
    "   \n\t\n \n",
    "e\u0301 👩\u200d👩\u200d👧 🇩🇪 ❤\ufe0f 1\ufe0f\u20e3 \u200d\ufe0f 👍🏽 שלום مرحبا กำ",
)

ANSWERS: Final = (
    """\
Sure! Here's how to read a file **line by line** in Python:

```python
from pathlib import Path

def read(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [line.rstrip("\\n") for line in file]
```

### How it works

1. `path.open` returns a *context manager*, so the file is closed even if something raises.
2. Iterating over it yields lines:
   - each ends with `\\n`,
   - except perhaps the last one.
3. `rstrip` takes that away.

| Method | Memory | Speed |
|--------|:------:|------:|
| `readlines()` | all of it | 1.0× |
| iteration | one line | 1.1× |

> **Note:** for huge files use `mmap`, see [the docs](https://docs.python.org/3/library/mmap.html).

Let me know if you'd like an *async* version!
""",
    """\
## 天空为什么是蓝色的？

**结论：**天空之所以是蓝色的，是因为空气分子对**短波长光**的散射远强于长波长光（瑞利散射）。

1. **散射强度**与波长的四次方成反比：$I \\propto \\lambda^{-4}$；
2. 蓝光（约 450 nm）比红光（约 700 nm）强 **5.9 倍**；
3. 紫光虽然更强，但：
   - 太阳光里紫光较少，
   - 人眼对紫光不敏感。

| 颜色 | 波长 | 说明 |
|:---|---:|:---:|
| 紫 | 400 nm | 被高层大气吸收，而且人眼不敏感 |
| 蓝 | 450 nm | `#00f`，看得最清楚 🌞 |
| 红 | 700 nm | 几乎不散射 |

更多请看https://example.com/天空，或者发邮件。

```python
# 计算相对强度
print(f"强度：{(550 / 450) ** 4:.2f}")
```
""",
    "Thinking about it… " + "well, it *depends* on `x` and on **y**; " * 120 + "\n\nDone.\n",
    "中文的很长的段落，没有空格，也**没有**换行；" * 150,
    "> " + "A long quote that goes on. " * 150 + "\n\n- " + "A long item with `code`. " * 150,
    "".join(f"{n}. Item number **{n}** with `code`\n" for n in range(1, 60)),
    "| id | name |\n|---|---|\n" + "".join(f"| {n} | {'x' * (n % 30)} |\n" for n in range(60)),
    "```c\n"
    + "".join(f"int f{n}(void) {{ /* {n} */ return {n}; }}\n" for n in range(70))
    + "```\n",
    "# A\n\ntext\n\n" + "- a\n  - b\n    > c\n    ```\n    d\n    ```\n" * 6,
)

HOSTILE: Final = (
    ">" * 3000 + "a",
    "> " * 400 + "a\nlazy\n",
    "- " * 1500,
    "> - " * 500 + "x",
    "".join(" " * (2 * depth) + "- a\n" for depth in range(120)),
    "x" * 9000,
    "中" * 6000,
    "e" + "\u0301" * 3000,
    "\u200d" * 2500,
    "👩\u200d" * 2000,
    "`" * 6000,
    "".join("`" * n + " a " for n in range(1, 80)),
    "[" * 5000,
    "![" * 2500,
    "[a](" * 1500,
    "*a **b " * 1000,
    "*" * 5000,
    "_a_" * 1500,
    "~~a " * 1200,
    "$" * 5000,
    "\\[" * 2500,
    "\\" * 5000,
    "<" * 5000,
    "<!--" * 1200,
    "&#27;" * 1000,
    "\x00" * 3000,
    "".join(map(chr, range(0xA0))) * 5 + "\u202e\u2066\u2028\ufeff",
    " " * 5000 + "x",
    "\t" * 2500 + "x",
    "\n" * 5000,
    "\r" * 3000,
    "#" * 5000,
    "1. " * 1500,
    "- " * 2000 + "x",
    "a\n-" + " " * 1000 + "x",
    "|" * 5000 + "\n" + "|-" * 1000,
    ("|" + "a|" * 64 + "\n") + ("|" + "-|" * 64 + "\n") + ("|" + "b|" * 64 + "\n") * 5,
    "|a|b|\n|-|-|\n|" + "x" * 12000 + "|y|\n",
    "```\n" + "x" * 9000,
    "```js\nvar a = '" + "\\" * 3000,
    "```" * 1500,
    "[a]: http://x\n" * 300,
    "[" + "a" * 2000 + "]: x",
    '[a]: <b> "' * 300,
    "http://a.b/((((" * 400,
    "a\n=\n" * 400,
)

ALL: Final = (*CONSTRUCTS, *ANSWERS, *HOSTILE)
