"""A well-behaved server with the official SDK: every kind of result and every request."""

import asyncio
import os
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import SamplingMessage, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

PICTURE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAF0lEQVR42mP8z8DwHwgYGBgYGGAMZAYA"
    "Vq4I/w8gqk0AAAAASUVORK5CYII="
)
"""A small picture."""
READ_ONLY = ToolAnnotations(read_only_hint=True, open_world_hint=False)
DESTRUCTIVE = ToolAnnotations(read_only_hint=False, destructive_hint=True)


class Booking(BaseModel):
    """The form of an elicitation: one field of each kind."""

    name: str = Field(title="Name", description="The name of the guest.")
    guests: int = Field(default=2, ge=1, le=12, title="Guests")
    size: Literal["small", "large"] = Field(default="small", title="Table")
    is_outside: bool = Field(default=False, title="Outside")


def make_server(name: str) -> MCPServer:
    """Return the server."""
    server = MCPServer(name, title="Test server", instructions="Use the tools.")
    server.add_tool(get_weather, annotations=READ_ONLY, structured_output=False)
    server.add_tool(delete_file, annotations=DESTRUCTIVE, structured_output=False)
    server.add_tool(add)
    for tool in _PLAIN:
        server.add_tool(tool, structured_output=False)
    server.resource("notes://today", title="Notes of today", mime_type="text/plain")(today)
    server.resource("picture://dot", title="A dot", mime_type="image/png")(dot)
    server.resource("notes://{day}", title="Notes of a day", mime_type="text/plain")(notes)
    server.prompt(title="Review a text")(review)
    server.prompt(title="Greeting")(greet)
    return server


# Results


def get_weather(city: str, days: int = 1) -> str:
    """Return the weather of a city."""
    return f"{city}: 21 °C, sunny, for {days} days"


def delete_file(path: str) -> str:
    """Delete a file."""
    return f"{path} would be deleted"


def add(a: float, b: float) -> float:
    """Add two numbers; the result is structured."""
    return a + b


def echo(text: str) -> str:
    """Return a text as it is."""
    return text


def environment() -> str:
    """Return the names of the environment variables that the server sees."""
    return "\n".join(sorted(os.environ))


def picture() -> Image:
    """Return a picture."""
    return Image(data=PICTURE, format="png")


def many() -> list[Any]:
    """Return a text, a picture and another text."""
    return ["before", Image(data=PICTURE, format="png"), "after"]


def big(size: int) -> str:
    """Return a text of a size in bytes, in lines."""
    line = "0123456789" * 9 + "\n"
    return (line * (size // len(line) + 1))[:size]


def table(rows: int) -> dict[str, Any]:
    """Return rows as JSON text."""
    return {"rows": [{"city": f"city {n}", "degrees": n} for n in range(rows)]}


def fail(reason: str = "no such place") -> str:
    """Report an error."""
    raise ToolError(reason)


# Requests to the client


async def count(steps: int, context: Context, delay_s: float = 0.0) -> str:
    """Report progress in steps."""
    for step in range(steps):
        await context.report_progress(step + 1, steps, f"step {step + 1}")
        await asyncio.sleep(delay_s)
    return f"{steps} steps"


async def wait(context: Context, file: str = "") -> str:
    """Wait until the call is cancelled; then write to a file."""
    await context.report_progress(0, None, "waiting")
    try:
        await asyncio.Event().wait()
    finally:
        if file:
            Path(file).write_text("cancelled", encoding="utf-8")
    return "never"


async def book(context: Context) -> str:
    """Ask the user for the details of a booking."""
    answer = await context.elicit("Who comes, and when?", Booking)
    if answer.action != "accept":
        return f"not booked: {answer.action}"
    return f"booked: {answer.data.model_dump_json()}"


async def sample(context: Context, question: str) -> str:
    """Ask the client's model."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=question))
    result = await context.session.create_message([message], max_tokens=50)
    return str(getattr(result.content, "text", result.content))


async def log(context: Context, text: str) -> str:
    """Send a log message."""
    await context.session.send_log_message("warning", text)
    return "logged"


async def change(context: Context) -> str:
    """Add a tool, change the description of another, and report that the list has changed."""
    server = context.mcp_server
    server.remove_tool("echo")
    server.add_tool(echo, description="Return a text, now with more.", structured_output=False)
    server.add_tool(added, structured_output=False)
    await context.session.send_tool_list_changed()
    return "changed"


def added() -> str:
    """Return a word."""
    return "added"


# Troubles


def crash(message: str = "the server ends now") -> str:
    """End the process in the middle of the call."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
    os._exit(3)


def crash_once(file: str) -> str:
    """End the process at the first call; the file remembers it."""
    mark = Path(file)
    if mark.exists():
        return "alive"
    mark.write_text("crashed", encoding="utf-8")
    os._exit(3)


# Resources and prompts


def today() -> str:
    """Return the notes of today."""
    return "Buy milk.\n写信给妈妈。"


def dot() -> bytes:
    """Return a small picture."""
    return PICTURE


def notes(day: str) -> str:
    """Return the notes of a day."""
    return f"Nothing on {day}."


def review(text: str, language: str = "English") -> str:
    """Ask for a review of a text."""
    return f"Review this text in {language}:\n\n{text}"


def greet() -> str:
    """Ask for a greeting."""
    return "Greet me."


_PLAIN: tuple[Callable[..., Any], ...] = (
    *(echo, environment, picture, many, big, table, fail, count, wait, book, sample),
    *(log, change, crash, crash_once),
)
