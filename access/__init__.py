"""Floor 1: accounts, sign-in, roles, one-time links, the audit chain, the outbound gate."""
