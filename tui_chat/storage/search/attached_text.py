"""The searched text of attachments: the name and the content, without an index.

An index of a few large files would be larger than that of all messages, and LIKE is fast enough.
"""

from __future__ import annotations

from typing import Final

SEARCHED: Final = """
(a.name || char(10) || coalesce(a.text, CASE WHEN a.kind = 'text' THEN
  (SELECT CAST(b.bytes AS TEXT) FROM attachments AS b WHERE b.sha256 = a.sha256) END, ''))
"""
ATTACHED: Final = """
FROM message_attachments AS a JOIN messages AS m ON m.id = a.message_id
"""
