"""What the paper says, what the runs found, and the verdicts."""
