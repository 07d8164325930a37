"""One turn: its messages, the request, the events of the reply, structured output."""
