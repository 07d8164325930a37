"""Tokenizes terminal input into text, keys, escape sequences and pastes (ECMA-48).

Textual's parser raises on legal sequences, after which no key arrives; it types terminal replies
into the prompt, and it loses Alt. This tokenizer never raises, and every state ends: by a control
character or after a time limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PASTE_START: Final = "\x1b[200~"
PASTE_END: Final = "\x1b[201~"

SEQUENCE_S: Final = 0.5
"""Seconds that an incomplete sequence waits for its next byte."""
_SEQUENCE_LIMIT_S: Final = 3.0
"""Seconds that it waits in all, so that typing cannot keep it alive."""
BURST_S: Final = 0.015
"""Seconds that a line end at the end of a read waits if text preceded it in the same read."""
PASTE_SILENCE_S: Final = 1.0
"""Seconds of silence after which an unterminated paste is delivered; a single key ends it."""
LATE_S: Final = 0.5
"""Seconds after Esc in which the rest of a reply may arrive whose ESC was taken for the key."""
LATE_STEP_S: Final = 0.1
"""Seconds that such a rest waits for its next byte before it becomes text."""
_SURELY_A_REPLY: Final = 7
"""Length of such a rest from which on it cannot have been typed."""
_LONGEST_CSI: Final = 128
_LONGEST_SEQUENCE: Final = 160
"""Maximum number of remembered characters of an incomplete sequence."""
_LONGEST_KEY: Final = 12
"""Maximum number of characters that a single key sends."""

_ESC: Final = "\x1b"
_X10_BYTES: Final = 3
_C0: Final = frozenset(map(chr, range(0x20)))
_STRING_BEGINS: Final = {
    "]": re.compile(r"\]\d"),
    "P": re.compile(r"P[\d>=?!+$|]"),
    "_": re.compile(r"_G"),
}
"""Introducers of strings that terminals send: OSC, DCS and the graphics protocol."""
_TEXT: Final = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_LINES: Final = re.compile(r"\r\n*[^\r\n]")
"""A line end followed by more text, which nobody types within one read."""


class Kind(Enum):
    """Kinds of tokens."""

    CHARACTER = auto()
    """A character, or a control character."""
    ESCAPE = auto()
    """The Esc key."""
    ALT = auto()
    """A character with Alt."""
    CSI = auto()
    """The parameters and the final byte, without `ESC [`."""
    SS3 = auto()
    """The final byte."""
    PASTE = auto()
    """A pasted text."""


@dataclass(frozen=True, slots=True)
class Token:
    """One thing that the terminal sent."""

    kind: Kind
    text: str


class Tokenizer:
    """State machine over the characters of all reads."""

    def __init__(self, clock: Callable[[], float], escape_s: float) -> None:
        """Create a tokenizer without pending input.

        Args:
            clock: Returns monotonic seconds.
            escape_s: How long an ESC at the end of a read waits for the rest of a sequence.
        """
        self._clock = clock
        self._escape_s = escape_s
        self._sequence = ""
        self._sequence_began = 0.0
        self._is_late = False
        self._late_until = 0.0
        self._is_after_string = False
        self._burst = ""
        self._paste: list[str] | None = None
        self._paste_tail = ""
        self._is_paste_silent = False
        self._due: float | None = None
        self._out: list[Token] = []

    @property
    def due(self) -> float | None:
        """The time at which `tick` has something to decide; None if nothing is pending."""
        return self._due

    def feed(self, data: str) -> list[Token]:
        """Return the tokens that are complete after one read."""
        now = self._clock()
        if not self._burst:
            # A read after the limit does not continue the pending sequence.
            self._tick(now)
        if self._sequence == _ESC and not self._continues(data[0]):
            self._escape()
        at = 0
        while at < len(data):
            if self._paste is not None:
                at = self._take_paste(data, at)
            elif self._sequence:
                at = self._take_sequence(data, at, now)
            else:
                at = self._take_ground(data, at, now)
        self._set_due(now)
        return self._drain()

    def tick(self) -> list[Token]:
        """Return the tokens of input that timed out."""
        now = self._clock()
        if self._tick(now):
            self._set_due(now)
        return self._drain()

    def end(self) -> list[Token]:
        """Return the pending tokens at the end of the input, except incomplete sequences."""
        self._flush_burst()
        if self._paste:
            self._emit(Kind.PASTE, "".join(self._paste))
        self._paste, self._sequence, self._due = None, "", None
        return self._drain()

    def _drain(self) -> list[Token]:
        out, self._out = self._out, []
        return out

    def _continues(self, character: str) -> bool:
        """Return whether a character continues a sequence whose ESC came in an earlier read."""
        return character in "[O]P_\x1b" or (self._is_after_string and character == "\\")

    @property
    def _may_be_typed(self) -> bool:
        return self._is_late and len(self._sequence) < _SURELY_A_REPLY

    def _escape(self) -> None:
        self._sequence = ""
        self._emit(Kind.ESCAPE, _ESC)

    def _emit(self, kind: Kind, text: str) -> None:
        self._flush_burst()
        self._out.append(Token(kind, text))

    # Time

    def _set_due(self, now: float) -> None:
        if self._paste is not None:
            self._due = None if self._is_paste_silent else now + PASTE_SILENCE_S
        elif self._sequence == _ESC:
            self._due = now + self._escape_s
        elif self._sequence and self._may_be_typed:
            self._due = now + LATE_STEP_S
        elif self._sequence:
            self._due = min(now + SEQUENCE_S, self._sequence_began + _SEQUENCE_LIMIT_S)
        elif self._burst:
            self._due = now + BURST_S
        else:
            self._due = None

    def _tick(self, now: float) -> bool:
        if self._due is None or now < self._due:
            return False
        self._due = None
        if self._paste is not None:
            self._end_paste("".join(self._paste))
            self._paste, self._is_paste_silent = [], True
        elif self._sequence == _ESC:
            self._escape()
            self._late_until = now + LATE_S
        elif self._sequence:
            self._give_up()
        else:
            self._flush_burst()
        return True

    # Pastes

    def _end_paste(self, text: str) -> None:
        self._paste, self._paste_tail, self._is_paste_silent = None, "", False
        if text:
            self._emit(Kind.PASTE, text)

    def _take_paste(self, data: str, at: int) -> int:
        pasted = self._paste or []
        if self._is_paste_silent and len(data) <= _LONGEST_KEY and PASTE_END not in data:
            self._end_paste("")
            return at
        self._is_paste_silent = False
        # The end mark may be cut by a read.
        tail, rest = self._paste_tail, data[at:]
        end = (tail + rest).find(PASTE_END)
        if end < 0:
            pasted.append(rest)
            self._paste = pasted
            self._paste_tail = (tail + rest)[-len(PASTE_END) + 1 :]
            return len(data)
        whole = "".join([*pasted, rest])
        self._end_paste(whole[: len(whole) - len(rest) - len(tail) + end])
        return at + end + len(PASTE_END) - len(tail)

    # Text and control characters

    def _take_ground(self, data: str, at: int, now: float) -> int:
        if data[at] == _ESC:
            self._sequence, self._sequence_began = _ESC, now
            self._is_late = self._is_after_string = False
            return at + 1
        if at == 0 and now < self._late_until and data[0] in "[]P_" and not self._burst:
            self._sequence, self._sequence_began, self._is_late = _ESC, now, True
            return at
        if at == 0 and now < self._late_until and self._is_after_string and data[0] == "\\":
            self._is_after_string, self._late_until = False, 0.0
            return at + 1
        self._late_until = 0.0
        text = _TEXT.match(data, at)
        if text is None:
            self._emit(Kind.CHARACTER, data[at])
            return at + 1
        self._take_text(text[0])
        return text.end()

    def _take_text(self, text: str) -> None:
        # Only text read together with a line end, and its direct continuation, may be a paste.
        if not self._burst and (begin := len(text) - len(text.lstrip("\r\n"))):
            for character in text[:begin]:
                self._emit(Kind.CHARACTER, character)
            text = text[begin:]
        if self._burst or ("\r" in text and len(text) > 1):
            self._burst += text
        else:
            for character in text:
                self._emit(Kind.CHARACTER, character)

    def _flush_burst(self) -> None:
        burst, self._burst = self._burst, ""
        if _LINES.search(burst):
            self._out.append(Token(Kind.PASTE, burst))
        else:
            self._out.extend(Token(Kind.CHARACTER, character) for character in burst)

    # Sequences

    def _take_sequence(self, data: str, at: int, now: float) -> int:
        character = data[at]
        if self._sequence == _ESC:
            return self._take_second(character, at, now)
        is_string = self._sequence[1] in _STRING_BEGINS
        if is_string and character == "\x07":
            self._sequence = ""
            return at + 1
        if is_string and character == _ESC:
            # The terminator `ESC \` follows, or a new sequence; either ends the string.
            if not _STRING_BEGINS[self._sequence[1]].match(self._sequence, 1):
                self._give_up()
            self._sequence, self._is_late, self._is_after_string = _ESC, False, True
            return at + 1
        if character in _C0:
            # Control characters act at once, so a broken sequence swallows no key.
            self._give_up()
            return at
        self._sequence = (self._sequence + character)[:_LONGEST_SEQUENCE]
        self._finish_sequence(character)
        return at + 1

    def _take_second(self, character: str, at: int, now: float) -> int:
        if self._is_after_string and character == "\\":
            self._sequence = ""
        elif character in "[O]P_":
            self._sequence += character
        elif character in _C0 and character not in "\r\n\t\b":
            # Esc, and another key right after it; the second one may be an ESC.
            self._escape()
            return at
        else:
            self._sequence = ""
            self._emit(Kind.ALT, character)
        return at + 1

    def _finish_sequence(self, last: str) -> None:
        """Emit the pending sequence if it is complete, or drop it if it is invalid."""
        introducer, body = self._sequence[1], self._sequence[2:]
        if introducer == "O":
            self._finish_ss3(body)
        elif introducer == "[":
            self._finish_csi(body, last)
        elif not _STRING_BEGINS[introducer].match(self._sequence, 1):
            self._give_up()

    def _finish_ss3(self, body: str) -> None:
        last = body[-1]
        if last.isdigit() and len(body) < _X10_BYTES:
            return
        self._sequence = ""
        self._emit(Kind.SS3 if last.isascii() else Kind.CHARACTER, last)

    def _finish_csi(self, body: str, last: str) -> None:
        is_x10 = body[0] == "M"
        # The Linux console sends `ESC [ [ A`; else come parameters and intermediate bytes.
        if (is_x10 and len(body) <= _X10_BYTES) or body == "[" or (" " <= last <= "?"):
            return
        is_typed = self._is_late and len(body) == 1 and body not in "IO"
        self._sequence = ""
        if body == PASTE_START[2:]:
            self._flush_burst()
            self._paste, self._paste_tail, self._is_paste_silent = [], "", False
        elif not last.isascii() and not is_x10:
            self._emit(Kind.CHARACTER, last)
        elif is_typed:
            # `[` and a letter after Esc may have been typed.
            self._take_text(f"[{body}")
        elif len(body) <= _LONGEST_CSI:
            self._emit(Kind.CSI, body)

    def _give_up(self) -> None:
        """Drop an incomplete sequence, but keep parts that may have been typed."""
        sequence, self._sequence = self._sequence, ""
        introducer = sequence[1]
        begins = _STRING_BEGINS.get(introducer)
        if self._is_late:
            self._take_text(sequence[1:] if len(sequence) < _SURELY_A_REPLY else "")
        elif len(sequence) == len("\x1b[") or (begins and not begins.match(sequence, 1)):
            self._emit(Kind.ALT, introducer)
            self._take_text(sequence[2:])
