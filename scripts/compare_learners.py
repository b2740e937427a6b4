# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "numpy==2.4.6",
#   "pandas==3.1.1",
#   "scikit-learn==1.9.1",
#   "xgboost==3.2.0",
# ]
# ///
"""scikit-learn's random forest and XGBoost, averaged, then Platt: the reference our learner is compared with.

    hyperion evaluate risk --table <t> --format json | compare_learners.py table <t>   figures of both, paired intervals
    compare_learners.py rows <folder>    writes 100,000 + 20,000 made-up rows of 30 skewed columns (seed 20261123)
    compare_learners.py speed <folder>   processor seconds and AUC of the reference on them

The reference is calibrated as the usual recipe says: members fitted on the older 80% of the training part, Platt on the
newest 20%. One thread everywhere; processor seconds, user and system.
"""
import glob
import json
import os
import resource
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import xgboost
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

SEED = 20261123
COLUMNS = "ns nd nf entropy la ld lt fix ndev age nuc exp rexp sexp".split()
N_TRAIN, N_TEST, N_COLUMNS = 100_000, 20_000, 30
N_RESAMPLES = 1_000


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def logit(p):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def members(values, labels):
    """A forest of 100 trees and 200 rounds of XGBoost, as their libraries' users run them."""
    forest = RandomForestClassifier(100, min_samples_leaf=5, n_jobs=1, random_state=SEED).fit(values, labels)
    boosting = xgboost.XGBClassifier(
        n_estimators=200, max_depth=4, learning_rate=0.05, subsample=0.8, colsample_bytree=0.8, tree_method="hist",
        n_jobs=1, random_state=SEED,
    ).fit(values, labels)
    return lambda rows: (forest.predict_proba(rows)[:, 1] + boosting.predict_proba(rows)[:, 1]) / 2


def reference(train, test):
    """Probabilities of the test rows."""
    n_fit = int(len(train) * 0.8)
    fitted = members(train[COLUMNS].values[:n_fit], train.bug.values[:n_fit])
    newest = logit(fitted(train[COLUMNS].values[n_fit:]))[:, None]
    platt = LogisticRegression(C=1e6).fit(newest, train.bug.values[n_fit:])
    return platt.predict_proba(logit(fitted(test[COLUMNS].values))[:, None])[:, 1]


def ece(p, y):
    bins = np.minimum((p * 15).astype(int), 14)
    return sum(abs(p[bins == b].sum() - y[bins == b].sum()) for b in range(15)) / len(p)


def c20(p, y):
    return y[np.argsort(-p, kind="stable")[: round(len(p) * 0.2)]].sum() / y.sum()


def r20(p, y, effort):
    order = np.argsort(-p / np.maximum(effort, 1), kind="stable")
    return y[order][np.cumsum(effort[order]) <= 0.2 * effort.sum()].sum() / y.sum()


def figures(p, y, effort):
    return {
        "auc": roc_auc_score(y, p), "pr_auc": average_precision_score(y, p), "brier": np.mean((p - y) ** 2),
        "ece": ece(p, y), "c20": c20(p, y), "r20": r20(p, y, effort),
    }


def projects(path):
    files = sorted(glob.glob(f"{path}/*.csv*")) if os.path.isdir(path) else [path]
    table = pd.concat([pd.read_csv(file) for file in files])
    for name, rows in table.groupby("project"):
        rows = rows.sort_values("ts", kind="stable").reset_index(drop=True)
        if "split" not in rows:
            rows["split"] = np.where(rows.index < round(len(rows) * 0.8), "train", "test")
        yield name, rows[rows.split == "train"], rows[rows.split == "test"].reset_index(drop=True)


def compare_tables(path):
    ours = json.load(sys.stdin)
    start, theirs, differences = cpu_seconds(), {}, []
    resample = np.random.default_rng(SEED)
    draws = {"auc": [], "brier": []}
    for name, train, test in projects(path):
        p, y = reference(train, test), test.bug.values
        theirs[name] = figures(p, y, (test.la + test.ld).values.astype(float))
        said = ours["projects"][name].get("probabilities")
        if said is not None:
            differences.append((p, np.array(said), y))
    spent = cpu_seconds() - start
    keys = ["auc", "pr_auc", "brier", "ece", "c20", "r20"]
    print(f"{'project':<12} {'':>7} " + " ".join(f"{key:>7}" for key in keys))
    means = {key: np.mean([theirs[name][key] for name in theirs]) for key in keys}
    for name in [*theirs, "mean"]:
        for who, found in [("theirs", theirs.get(name, means)), ("ours", ours["projects"].get(name, ours["mean"]))]:
            print(f"{name:<12} {who:>7} " + " ".join(f"{found[key]:7.4f}" for key in keys))
    for _ in range(N_RESAMPLES if differences else 0):
        drawn = [(p[i], q[i], y[i]) for p, q, y in differences for i in [resample.integers(0, len(y), len(y))]]
        draws["auc"].append(np.mean([roc_auc_score(y, q) - roc_auc_score(y, p) for p, q, y in drawn]))
        draws["brier"].append(np.mean([np.mean((q - y) ** 2) - np.mean((p - y) ** 2) for p, q, y in drawn]))
    for key, values in draws.items():
        if values:
            low, high = np.quantile(values, [0.025, 0.975])
            print(f"ours - theirs, mean {key}: 95% interval {low:+.4f} to {high:+.4f} (paired bootstrap over changes)")
    print(f"processor seconds to train and judge, all projects: theirs {spent:.1f}; "
          f"ours to choose and train {sum(p['train_cpu_seconds'] for p in ours['projects'].values()):.1f}")


def made_up_rows():
    """Skewed columns, some alike, some noise, a tenth of the cells unknown; the outcome has steps and an interaction."""
    chance = np.random.default_rng(SEED)
    n = N_TRAIN + N_TEST
    base = chance.normal(size=(n, 6))
    values = np.exp(base[:, chance.integers(0, 6, N_COLUMNS)] * 0.8 + chance.normal(size=(n, N_COLUMNS)))
    odds = -2.2 + 0.9 * base[:, 0] + 0.6 * (base[:, 1] > 0.5) + 0.7 * base[:, 2] * (base[:, 3] > 0)
    labels = chance.random(n) < 1 / (1 + np.exp(-odds))
    values[chance.random(values.shape) < 0.1] = np.nan
    return values.astype("<f4"), labels.astype("u1")


def write_rows(folder):
    values, labels = made_up_rows()
    values.tofile(f"{folder}/values.f32")
    labels.tofile(f"{folder}/labels.u8")
    with open(f"{folder}/shape.txt", "w") as shape:
        shape.write(f"{N_TRAIN} {N_TEST} {N_COLUMNS}\n")


def speed(folder):
    values = np.fromfile(f"{folder}/values.f32", "<f4").reshape(-1, N_COLUMNS)
    labels = np.fromfile(f"{folder}/labels.u8", "u1")
    start = cpu_seconds()
    fitted = members(values[:N_TRAIN], labels[:N_TRAIN])
    spent = cpu_seconds() - start
    p = fitted(values[N_TRAIN:])
    print(f"reference: {spent:.1f} CPU s to train, AUC {roc_auc_score(labels[N_TRAIN:], p):.4f}")


if __name__ == "__main__":
    what, where = sys.argv[1:3]
    {"table": compare_tables, "rows": write_rows, "speed": speed}[what](where)
