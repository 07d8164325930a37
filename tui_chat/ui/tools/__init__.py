"""Tools on the screen: calls in an answer, their approval, and the choice of tools."""
