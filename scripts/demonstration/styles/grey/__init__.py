"""Style documents of the demonstration city."""
