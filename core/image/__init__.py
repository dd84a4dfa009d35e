"""Pixels and where they are: geometry, surfaces, colour, brush, files."""
