"""HTTP: one composition root, thin routes. Nobody imports this package but ``scripts``, which starts it."""
