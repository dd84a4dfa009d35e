"""`lacuna rate`: fills judged blind, one at a time, and what the judgements come to."""
