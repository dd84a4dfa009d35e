"""The engine of Lacuna: painting surfaces, documents and fills; it knows no screen."""
