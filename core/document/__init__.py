"""A painting and what was done to it: layers, history, project, export."""
