"""Shipped workflows: examples to run and to copy. Each imports what yours may, and is loaded by path."""
