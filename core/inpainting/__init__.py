"""Filling losses: cards, generators, regions and the engine that runs them."""
