"""Benchmarks: each measures the product beside a floor or a peer in the same run, and reports both and their
relation.
"""
