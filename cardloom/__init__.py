"""Cardloom."""
