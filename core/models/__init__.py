"""Generator architectures: forward passes in PyTorch, nothing else."""
