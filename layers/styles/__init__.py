"""How layers look: the style model, its documents, and styles for layers that nobody has styled yet."""
