"""The pages of this room. A page reads, calls one function of a room, shows the result."""
