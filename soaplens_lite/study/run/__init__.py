"""Executing notebooks: parameters, run folders, kernels, provenance."""
