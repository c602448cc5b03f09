"""Every difference between databases, and nothing else."""
