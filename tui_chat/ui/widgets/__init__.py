"""What the screens are made of. No widget knows the app: calls go down, messages go up."""
