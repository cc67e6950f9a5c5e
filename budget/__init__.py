"""Floor 3: time → rate → cap ledger → review → export."""
