"""The pages of the room budget."""
