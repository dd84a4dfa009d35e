"""The window of Lacuna; it speaks to core and to Qt."""
