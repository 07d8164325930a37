"""Floor 3: structured output. Parses, repairs and evaluates replies; never raises on a bad one."""
