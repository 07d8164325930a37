"""The costs of replies: where the figures come from, and the monthly limits."""
