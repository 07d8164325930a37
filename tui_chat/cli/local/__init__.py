"""`tui-chat local`: better models for this machine."""
