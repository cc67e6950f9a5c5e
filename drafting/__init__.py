"""Floor 3: facts → draft → check → version → approval → release."""
