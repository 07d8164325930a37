"""Floor 2: where things lie, what the person has set, and which endpoint that means."""
