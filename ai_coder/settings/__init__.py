"""What the user can set, where it is kept, and its secrets."""
