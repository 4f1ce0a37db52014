"""How many steps of training a second does, by Gavel's type of job.

- ``STEPS_PER_S``: on V100 GPUs, alone on its machines, by the number of GPUs: Gavel's own
  ``simulation_throughputs.json`` (github.com/stanford-futuredata/gavel, MIT), rounded. The steps of
  its traces with ten columns were made by these: they come out in whole minutes.
- ``PHILLY_STEPS_PER_S``: what the older traces, made from Philly's virtual clusters, were made by.
  Nobody published it; found by joining them with Philly's own job list on submission and GPUs: 847
  rows meet one job each, and for 721 of them steps over run time is one number for each type,
  within 1 %, whatever the GPUs.
"""

from collections.abc import Mapping
from typing import Final

STEPS_PER_S: Final[Mapping[str, Mapping[int, float]]] = {
    "A3C": {1: 7.1758},
    "CycleGAN": {1: 4.4261},
    "LM (batch size 10)": {1: 81.652, 2: 163.13, 4: 121.48, 8: 615.09},
    "LM (batch size 20)": {1: 64.742, 2: 132.17, 4: 111.0, 8: 497.3},
    "LM (batch size 40)": {1: 45.237, 2: 91.593, 4: 96.031, 8: 359.31},
    "LM (batch size 5)": {1: 109.17, 2: 185.72, 4: 126.72, 8: 698.77},
    "LM (batch size 80)": {1: 28.24, 2: 58.092, 4: 74.807, 8: 231.18},
    "Recommendation (batch size 1024)": {1: 13.283},
    "Recommendation (batch size 2048)": {1: 7.4696},
    "Recommendation (batch size 4096)": {1: 3.9061},
    "Recommendation (batch size 512)": {1: 23.318},
    "Recommendation (batch size 8192)": {1: 2.8415},
    "ResNet-18 (batch size 128)": {1: 17.995, 2: 23.985, 4: 69.951, 8: 162.09},
    "ResNet-18 (batch size 16)": {1: 32.353, 2: 100.14, 4: 123.85, 8: 382.6},
    "ResNet-18 (batch size 256)": {1: 10.3, 2: 15.883, 4: 27.782, 8: 81.507},
    "ResNet-18 (batch size 32)": {1: 29.947, 2: 94.249, 4: 114.73, 8: 340.04},
    "ResNet-18 (batch size 64)": {1: 24.093, 2: 74.136, 4: 95.588, 8: 255.83},
    "ResNet-50 (batch size 128)": {1: 2.4968, 2: 4.223, 4: 7.0293, 8: 10.293},
    "ResNet-50 (batch size 16)": {1: 11.396, 2: 13.86, 4: 23.196, 8: 27.799},
    "ResNet-50 (batch size 32)": {1: 7.7873, 2: 10.835, 4: 13.763, 8: 24.067},
    "ResNet-50 (batch size 64)": {1: 4.3948, 2: 7.9221, 4: 9.4519, 8: 17.303},
    "Transformer (batch size 128)": {1: 5.4461, 2: 10.069, 4: 14.175, 8: 30.884},
    "Transformer (batch size 16)": {1: 11.064, 2: 14.154, 4: 20.085, 8: 71.652},
    "Transformer (batch size 256)": {1: 1.5951, 2: 2.8852, 4: 4.763, 8: 9.717},
    "Transformer (batch size 32)": {1: 10.621, 2: 13.328, 4: 22.823, 8: 63.978},
    "Transformer (batch size 64)": {1: 8.6178, 2: 15.876, 4: 19.66, 8: 49.651},
}

PHILLY_STEPS_PER_S: Final[Mapping[str, float]] = {
    "A3C": 8.233,
    "CycleGAN": 4.9185,
    "LM (batch size 10)": 143.3605,
    "LM (batch size 20)": 107.9508,
    "LM (batch size 40)": 71.723,
    "LM (batch size 5)": 167.1228,
    "LM (batch size 80)": 43.9036,
    "Recommendation (batch size 1024)": 0.48,
    "Recommendation (batch size 2048)": 0.5675,
    "Recommendation (batch size 4096)": 0.6244,
    "Recommendation (batch size 512)": 0.3315,
    "Recommendation (batch size 8192)": 0.6023,
    "ResNet-18 (batch size 128)": 30.2875,
    "ResNet-18 (batch size 16)": 77.3174,
    "ResNet-18 (batch size 256)": 16.9874,
    "ResNet-18 (batch size 32)": 65.8054,
    "ResNet-18 (batch size 64)": 48.8842,
    "ResNet-50 (batch size 128)": 2.846,
    "ResNet-50 (batch size 16)": 17.3744,
    "ResNet-50 (batch size 32)": 9.9206,
    "ResNet-50 (batch size 64)": 5.4576,
    "Transformer (batch size 128)": 5.7712,
    "Transformer (batch size 16)": 12.8456,
    "Transformer (batch size 256)": 1.707,
    "Transformer (batch size 32)": 12.4753,
    "Transformer (batch size 64)": 9.568,
}
