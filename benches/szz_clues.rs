//! What is known of every suspect of these fixes?
//!
//! In: an oracle of fixes (JSON, gzip allowed) and a folder with their repositories as `owner+name/repo`. Out: one line of
//! JSON for each fix, with the clues of each suspect: what `scripts/fit_szz.py` learns the weights of `history` from.

#![allow(missing_docs, clippy::print_stdout)]

use anyhow::Context as _;
use hyperion::domain::{CommitId, Log, Timestamp};
use hyperion::git::{self, Repository};
use hyperion::history::{Fix, Jury, LineHistory};
use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::Path;

/// Commits dated later are dated wrongly (2100-01-01).
const END_OF_TIME: Timestamp = Timestamp(4_102_444_800);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [oracle, repositories] = arguments.as_slice() else { return Ok(()) };
    let bytes = std::fs::read(oracle).with_context(|| oracle.clone())?;
    let mut text = Vec::new();
    match bytes.starts_with(&[0x1f, 0x8b]) {
        true => flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text)?,
        false => bytes.as_slice().read_to_end(&mut text)?,
    };
    let fixes: Vec<serde_json::Value> = serde_json::from_slice(&text)?;
    let mut by_repository: BTreeMap<&str, Vec<&serde_json::Value>> = BTreeMap::new();
    for fix in &fixes {
        by_repository.entry(fix["repo_name"].as_str().context("a fix without `repo_name`")?).or_default().push(fix);
    }
    for (name, fixes) in by_repository {
        print_clues(name, &fixes, &Path::new(repositories).join(name.replace('/', "+")).join("repo"))?;
    }
    Ok(())
}

fn print_clues(name: &str, fixes: &[&serde_json::Value], path: &Path) -> anyhow::Result<()> {
    let repository = Repository::open(path)?;
    let mut log = Log::default();
    git::mine(&repository, &mut log, &[repository.resolve("HEAD")?], END_OF_TIME, None, &|_, _| {})?;
    let index: HashMap<CommitId, u32> = log.commits.iter().zip(0..).map(|(commit, at)| (commit.id, at)).collect();
    let lines = LineHistory::new(&log);
    let jury = Jury::new(&log, &lines);
    for fix in fixes {
        let id = fix["fix_commit_hash"].as_str().and_then(|hash| hash.parse().ok());
        let Some(commit) = id.and_then(|id: CommitId| index.get(&id).copied()) else { continue };
        let clues = jury.clues(Fix { commit, reported_at: None }, &|blob| repository.text(blob));
        let suspects: Vec<(String, Vec<f64>)> = clues
            .suspects
            .into_iter()
            .map(|(commit, values)| (log.commits[commit as usize].id.to_string(), values))
            .collect();
        let guilty = &fix["bug_commit_hash"];
        println!(
            "{}",
            serde_json::json!({
                "repository": name, "fix": fix["fix_commit_hash"], "guilty": guilty,
                "names": clues.names, "nobody": clues.nobody, "suspects": suspects,
            })
        );
    }
    Ok(())
}
