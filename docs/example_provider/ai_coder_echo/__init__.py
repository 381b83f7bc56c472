"""An example of a provider from outside."""
