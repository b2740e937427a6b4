#!/usr/bin/env python3
"""Learns the weights of src/history/guilt.rs.

In: files of JSON lines as `cargo bench --bench szz_clues -- <oracle.json[.gz]> <repositories>` prints them.
Out: F1 when each repository is judged by weights of the others, for several thresholds, and the weights.
Needs numpy and scipy. Method: conditional logit with "none of them", ridge penalty 3 on standardised clues; a
repository weighs as 250 fixes at the most.
"""
import collections
import json
import sys

import numpy as np
from scipy.optimize import minimize

CAP, RIDGE, STEPS = 250, 3.0, 120
THRESHOLDS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


def load(paths):
    cases = []
    for line in (line for path in paths for line in open(path)):
        case = json.loads(line)
        case["x"] = np.array([row[1] for row in case["suspects"]], float)
        case["ids"] = [row[0] for row in case["suspects"]]
        case["y"] = np.array([name in case["guilty"] for name in case["ids"]], bool)
        cases.append(case)
    return cases


def fit(cases):
    """Weights of the raw clues, and those of nobody."""
    n_fixes = collections.Counter(case["repository"] for case in cases)
    cases = [case for case in cases if case["ids"]]
    x = np.concatenate([case["x"] for case in cases])
    mean, deviation = x.mean(0), x.std(0) + 1e-9
    x = (x - mean) / deviation
    y = np.concatenate([case["y"] for case in cases]).astype(float)
    ends = np.cumsum([0] + [len(case["ids"]) for case in cases])
    owner = np.repeat(np.arange(len(cases)), np.diff(ends))
    nobody = np.array([case["nobody"] for case in cases])
    known = np.array([case["y"].any() for case in cases])
    weight = np.array([min(1.0, CAP / n_fixes[case["repository"]]) for case in cases])
    n = x.shape[1]

    def loss(t):
        u, v = x @ t[:n], nobody @ t[n:]
        top = np.maximum(np.maximum.reduceat(u, ends[:-1]), v)
        e, none = np.exp(u - top[owner]), np.exp(v - top)
        total = np.add.reduceat(e, ends[:-1]) + none
        right = np.where(known, np.add.reduceat(e * y, ends[:-1]), none)
        value = -(weight * (np.log(right + 1e-300) - np.log(total))).sum()
        value += RIDGE * (0.5 * t[:n] @ t[:n] + 0.05 * t[n:] @ t[n:])
        wanted = np.where(known[owner], e * y / np.where(known, right, 1)[owner], 0)
        slope = x.T @ (weight[owner] * (e / total[owner] - wanted)) + RIDGE * t[:n]
        slope_nobody = nobody.T @ (weight * (none / total - ~known)) + 0.1 * RIDGE * t[n:]
        return value, np.concatenate([slope, slope_nobody])

    t = minimize(loss, np.zeros(n + nobody.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    clues, none = t[:n] / deviation, t[n:].copy()
    none[0] += mean @ clues
    return clues, none


def chances(case, clues, nobody):
    if not case["ids"]:
        return np.zeros(0)
    u, v = case["x"] @ clues, np.array(case["nobody"]) @ nobody
    top = max(u.max(), v)
    e = np.exp(u - top)
    return e / (e.sum() + np.exp(v - top))


def figures(cases, all_chances, threshold):
    named = right = 0
    for case, chance in zip(cases, all_chances):
        if len(chance) and chance.max() >= threshold:
            named += 1
            right += bool(case["ids"][int(chance.argmax())] in case["guilty"])
    guilty = sum(len(case["guilty"]) for case in cases)
    return right / max(named, 1), right / max(guilty, 1), 2 * right / max(named + guilty, 1)


def main():
    cases = load(sys.argv[1:])
    found = [None] * len(cases)
    for left_out in {case["repository"] for case in cases}:
        weights = fit([case for case in cases if case["repository"] != left_out])
        for at, case in enumerate(cases):
            if case["repository"] == left_out:
                found[at] = chances(case, *weights)
    for threshold in THRESHOLDS:
        print("threshold %.2f: precision %.3f, recall %.3f, F1 %.3f" % (threshold, *figures(cases, found, threshold)))
    clues, nobody = fit(cases)
    for name, value in zip(cases[0]["names"], clues):
        print(f"{name}: {value:.4f}")
    print("nobody:", ", ".join(f"{value:.4f}" for value in nobody))


if __name__ == "__main__":
    main()
