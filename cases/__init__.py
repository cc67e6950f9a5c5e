"""Floor 2: firms, policies, insured events, cases, IT incidents, coverage, facts, evidence, clocks."""
