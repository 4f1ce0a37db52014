"""What winners pay.

core: payments at a proven optimum: VCG and core
due: what each winner pays, under each rule
projection: the nearest point under linear constraints
"""
