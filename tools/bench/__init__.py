"""Parts of the measuring scripts."""
