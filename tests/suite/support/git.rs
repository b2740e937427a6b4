//! How do tests run git?
//!
//! In: a directory and arguments. Out: what git wrote. Never reads the configuration of the person or the machine, and
//! never asks for a password.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A git command that sees only the repository's own configuration.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(directory).env_clear();
    // Without PATH git does not find its own helpers.
    command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "TMPDIR"));
    command.envs([
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_AUTHOR_NAME", "Mona"),
        ("GIT_AUTHOR_EMAIL", "mona@example.com"),
        ("GIT_COMMITTER_NAME", "Mona"),
        ("GIT_COMMITTER_EMAIL", "mona@example.com"),
        ("LC_ALL", "C"),
    ]);
    command
}

/// Where git lies. By its full path a process starts without copying the page tables of this large one, which is what
/// a search through a changed PATH costs.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let path = std::env::var_os("PATH").expect("there is a PATH");
        let mut candidates = std::env::split_paths(&path).map(|folder| folder.join("git"));
        candidates.find(|candidate| candidate.is_file()).expect("git is installed")
    })
}

/// Standard output, or standard error where git failed.
pub fn try_run(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = command(directory).args(arguments).output().expect("git is installed");
    if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Standard output; fails the test where git failed.
pub fn run(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    try_run(directory, arguments)
        .unwrap_or_else(|error| panic!("`git {}` failed in {}: {error}", arguments.join(" "), directory.display()))
}

/// The one line that git wrote, such as an object name.
pub fn line(directory: &Path, arguments: &[&str]) -> String {
    String::from_utf8_lossy(&run(directory, arguments)).trim_end().to_owned()
}

/// Runs git with `input` on its standard input.
pub fn run_with_input(directory: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = command(directory)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    let mut standard_input = child.stdin.take().expect("standard input was piped");
    // A reader of its own: git may answer before it has read everything.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || standard_input.write_all(input));
        child.wait_with_output().expect("git was started")
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`git {}` failed: {errors}", arguments.join(" "));
    output.stdout
}

/// The commit that `revision` names, if it exists here.
pub fn resolve(directory: &Path, revision: &str) -> Option<String> {
    let name = format!("{revision}^{{commit}}");
    let found = try_run(directory, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).ok()?;
    Some(String::from_utf8_lossy(&found).trim().to_owned())
}
