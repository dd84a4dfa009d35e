"""Training, measuring and exporting generators."""
