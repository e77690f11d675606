"""Cannot be imported."""

raise RuntimeError("the configuration is missing")
