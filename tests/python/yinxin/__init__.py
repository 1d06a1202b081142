"""A second verifier of Yinxin, from docs/spec alone: it shares no code with the ledger."""
