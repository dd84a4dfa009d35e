"""The docks at the side of the window."""
