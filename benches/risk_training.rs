//! How long does the learner of the risk model take, and how large and fast is what it learned?
//!
//! In: a folder with `shape.txt` (rows to train, rows to test, columns), `values.f32` (little-endian, row by row) and
//! `labels.u8`, as `scripts/compare_learners` writes them. Out: processor seconds to learn with and without choosing, AUC
//! on the test rows, milliseconds to explain one row exactly and to load the model, and its size. Processor times come
//! from `/proc`, in hundredths of a second.

#![allow(missing_docs, clippy::print_stdout)]

use anyhow::{Context as _, ensure};
use hyperion::domain::Timestamp;
use hyperion::models::evaluation::auc;
use hyperion::models::learner::{Learned, Lesson, Menu, Recipe, Rows, learn, learn_as};
use std::path::Path;
use std::time::Instant;

/// Rows explained one by one.
const N_EXPLAINED: usize = 200;

fn main() -> anyhow::Result<()> {
    let Some(folder) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("nothing to measure: give the folder that `scripts/compare_learners speed` makes");
        return Ok(());
    };
    let folder = Path::new(&folder);
    let shape = std::fs::read_to_string(folder.join("shape.txt")).context("shape.txt")?;
    let shape: Vec<usize> = shape.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [n_train, n_test, n_columns] = shape[..] else { anyhow::bail!("expected three numbers in shape.txt") };
    let bytes = std::fs::read(folder.join("values.f32"))?;
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect();
    let labels: Vec<bool> = std::fs::read(folder.join("labels.u8"))?.iter().map(|label| *label != 0).collect();
    ensure!(labels.len() == n_train + n_test && values.len() == labels.len() * n_columns, "the shape does not fit");
    let at: Vec<Timestamp> = (0..n_train as i64).map(|row| Timestamp(row * 600)).collect();
    let rows = Rows {
        values: &values[..n_train * n_columns],
        n_columns,
        labels: &labels[..n_train],
        at: &at,
        label_days: 0,
        owners: None,
    };
    let menu = Menu::default();
    let newer = (&values[n_train * n_columns..], &labels[n_train..]);
    report("choose and learn", newer, n_columns, || Ok(learn(&rows, &menu)?))?;
    report("learn the usual", newer, n_columns, || Ok(learn_as(&rows, &Recipe::default(), menu.seed)?))
}

fn report(
    what: &str,
    (values, labels): (&[f32], &[bool]),
    n_columns: usize,
    learn: impl Fn() -> anyhow::Result<Lesson>,
) -> anyhow::Result<()> {
    let start = cpu_seconds()?;
    let Lesson { learned, recipe, .. } = learn()?;
    let spent = cpu_seconds()? - start;
    let auc = auc(&learned.log_odds(values)?, labels).context("both outcomes occur")?;
    let bytes = postcard::to_stdvec(&learned)?;
    let start = Instant::now();
    let loaded: Learned = postcard::from_bytes(&bytes)?;
    let loading = start.elapsed();
    let start = cpu_seconds()?;
    for row in values.chunks(n_columns).take(N_EXPLAINED) {
        loaded.parts(row)?;
    }
    let explaining_ms = 1_000.0 * (cpu_seconds()? - start) / N_EXPLAINED as f64;
    println!(
        "ours, {what}: {spent:.1} CPU s, AUC {auc:.4}; {:.2} MB, loaded in {:.1} ms, one row explained in {explaining_ms:.2} \
         CPU ms; {recipe:?}",
        bytes.len() as f64 / 1e6,
        loading.as_secs_f64() * 1e3,
    );
    Ok(())
}

/// Of this process, user and system.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let columns = stat.rsplit_once(')').context("a line of `/proc`")?.1;
    let ticks: Vec<f64> = columns.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}
