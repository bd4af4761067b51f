"""Benchmarks against the software of the field; ``python -m tests.benchmarks`` runs them."""
