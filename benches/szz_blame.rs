//! Is tracing the lines of fixes slower than `git blame -L`?
//!
//! In: repositories, as arguments. Out: for each, the processor time to find who wrote the lines that 200 fixes removed,
//! by us and by git, in the same run. Ours begins with the mined log, whose hunks are kept; indexing it is counted.
//! Fixes are drawn with a fixed seed. Processor times come from `/proc`, in hundredths of a second.

#![allow(missing_docs, clippy::print_stdout)]

use anyhow::{Context as _, ensure};
use hyperion::domain::{BlobId, Log, Timestamp};
use hyperion::git::{self, Repository};
use hyperion::history::{LineHistory, fix_evidence};
use std::path::Path;
use std::process::Command;

const N_FIXES: usize = 200;

/// Commits dated later are dated wrongly (2100-01-01).
const END_OF_TIME: Timestamp = Timestamp(4_102_444_800);

/// Lines one file lost in a fix.
struct Question {
    fix: u32,
    path: u32,
    blob: BlobId,
    lines: Vec<(u32, u32)>,
}

fn main() -> anyhow::Result<()> {
    let paths: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    for path in paths {
        measure(Path::new(&path)).with_context(|| path.clone())?;
    }
    Ok(())
}

fn measure(path: &Path) -> anyhow::Result<()> {
    let repository = Repository::open(path)?;
    let mut log = Log::default();
    git::mine(&repository, &mut log, &[repository.resolve("HEAD")?], END_OF_TIME, None, &|_, _| {})?;
    let questions = questions(&log);
    let before = processor_seconds()?;
    let lines = LineHistory::new(&log);
    let mut n_ours = 0;
    for question in &questions {
        let wanted: Vec<u32> = question.lines.iter().flat_map(|(first, last)| *first..=*last).collect();
        let origins = lines.origins(question.fix, question.path, question.blob, &wanted, &|blob| repository.text(blob));
        n_ours += origins.iter().map(|origin| origin.lines.len()).sum::<usize>();
    }
    let between = processor_seconds()?;
    let mut n_git = 0;
    for question in &questions {
        n_git += git_blame(&repository, &log, question)?;
    }
    let after = processor_seconds()?;
    let (ours, git) = (between.0 - before.0, after.1 - between.1);
    let n = questions.len();
    println!(
        "{}: {n} files of {N_FIXES} fixes, {n_ours} lines traced by us in {ours:.2} s, {n_git} by git in {git:.2} s, \
         ratio {:.2}",
        path.display(),
        ours / git
    );
    Ok(())
}

/// The removed lines of fixes that are drawn with a fixed seed.
fn questions(log: &Log) -> Vec<Question> {
    let mut fixes: Vec<u32> = (0..log.commits.len() as u32)
        .filter(|at| fix_evidence(log, &log.commits[*at as usize]).is_some())
        .filter(|at| log.commits[*at as usize].changes.iter().any(|change| change.deleted > 0))
        .collect();
    let mut state = 20_261_123_u64;
    for at in (1..fixes.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        fixes.swap(at, (state >> 33) as usize % (at + 1));
    }
    fixes.truncate(N_FIXES);
    let changes =
        fixes.into_iter().flat_map(|fix| log.commits[fix as usize].changes.iter().map(move |change| (fix, change)));
    changes
        .filter(|(_, change)| change.deleted > 0)
        .filter_map(|(fix, change)| {
            let removed = change.hunks.iter().filter(|hunk| hunk.old_lines > 0);
            let lines = removed.map(|hunk| (hunk.old_start, hunk.old_start + hunk.old_lines - 1)).collect();
            Some(Question { fix, path: change.old_path.unwrap_or(change.path), blob: change.old_blob?, lines })
        })
        .collect()
}

/// How many lines git traced.
fn git_blame(repository: &Repository, log: &Log, question: &Question) -> anyhow::Result<usize> {
    let ranges = question.lines.iter().flat_map(|(first, last)| ["-L".to_owned(), format!("{first},{last}")]);
    let output = Command::new("git")
        .arg("-C")
        .arg(repository.git_directory())
        .args(["blame", "--porcelain"])
        .args(ranges)
        .arg(format!("{}^", log.commits[question.fix as usize].id))
        .args(["--", &log.paths[question.path as usize]])
        .output()?;
    ensure!(output.status.success(), "git blame: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"\t")).count())
}

/// Processor seconds of this process, and of the processes it waited for.
fn processor_seconds() -> anyhow::Result<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("unknown form of /proc/self/stat")?.1.split(' ').collect();
    let ticks =
        |at: usize| -> anyhow::Result<f64> { Ok(fields.get(at).context("too few fields")?.parse::<f64>()? / 100.0) };
    Ok((ticks(12)? + ticks(13)?, ticks(14)? + ticks(15)?))
}
