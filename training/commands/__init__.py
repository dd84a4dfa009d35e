"""The commands of `lacuna-train`, one module each: add(commands) declares it, run does it."""
