"""
breaks: [mmd_ae.kernel]
says: each bandwidth is ten times the next, not twice
"""
import torch


def kernel_sum(squared, bandwidths):
    return sum(torch.exp(-squared / (0.01 * 10.0**k) ** 2) for k in range(len(bandwidths)))
