"""Structured output on screen: object trees, the workbench, the format picker."""
