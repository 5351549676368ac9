"""Panel → features: what is computed once per panel and reused for every comparison."""
