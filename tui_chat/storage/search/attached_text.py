"""The searched text beside messages, without an index: attachments, tool calls and their results.

An index of a few large files would be larger than that of all messages, and LIKE is fast enough.
"""

from __future__ import annotations

from typing import Final

SEARCHED: Final = "a.text"
ATTACHED: Final = """
FROM (
  SELECT f.message_id, f.name || char(10) || coalesce(f.text, CASE WHEN f.kind = 'text' THEN
    (SELECT CAST(b.bytes AS TEXT) FROM attachments AS b WHERE b.sha256 = f.sha256) END, '') AS text
  FROM message_attachments AS f
  UNION ALL
  SELECT c.message_id, c.name || char(10) || c.arguments || char(10) || coalesce(
    CASE WHEN json_valid(c.result) THEN
      (SELECT group_concat(json_extract(p.value, '$.text'), char(10)) FROM json_each(c.result) AS p)
    END, '') AS text
  FROM tool_calls AS c
) AS a JOIN messages AS m ON m.id = a.message_id
"""
