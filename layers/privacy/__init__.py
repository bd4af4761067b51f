"""Statistical disclosure control: what personal data looks like, and how it is left out, masked, moved or counted."""
