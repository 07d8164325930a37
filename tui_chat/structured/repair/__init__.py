"""Repair of replies that are almost JSON.

Where several readings are possible, these are the choices:

- A member without a value, as in `{"a": , "b": 1}`, is null; where the reply ends there, it is left
  out and the reply counts as cut off.
- The characters of a string are kept: fences inside of it, a comma before it ends. Only a line
  break before its closing quote that is not escaped is layout, and removed.
- A model forgets one bracket at the end; if more is missing, the reply counts as cut off.
- Values in a row are a list if that validates, else the last one that validates; an empty one
  beside others is a draft. Of several fenced blocks the last one counts.
- A string that swallows the next key or entry is reported, not repaired.
- A comment after `//` ends before the members that follow it in the same line.
- What is valid is never changed: no fence is opened inside of a string, no escape is read twice.
- Words beside each other, such as `1,2,3` or `a, b`, are no JSON without brackets.
"""
