//! How much processor time and memory were used so far?
//!
//! Read from `/proc` (Linux); elsewhere nothing is known, and says so.

use std::time::Instant;

/// The unit of times in `/proc/self/stat`: a hundredth of a second on every Linux in use.
const TICKS_A_SECOND: f64 = 100.0;

/// Processor seconds, user and system together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    /// Of this process, all threads.
    pub(super) own_seconds: f64,
    /// Of the children that ended and were waited for.
    pub(super) children_seconds: f64,
    at: Instant,
}

impl Usage {
    /// What was used until now; zero where it is not known.
    pub(super) fn now() -> Self {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let [user, system, children_user, children_system] = seconds(&stat).unwrap_or_default();
        Self { own_seconds: user + system, children_seconds: children_user + children_system, at: Instant::now() }
    }

    /// Processor seconds of this process and wall seconds since `earlier`.
    pub(super) fn own_since(&self, earlier: &Self) -> Spent {
        Spent { cpu: self.own_seconds - earlier.own_seconds, wall: self.wall_since(earlier) }
    }

    /// Processor seconds of children and wall seconds since `earlier`.
    pub(super) fn children_since(&self, earlier: &Self) -> Spent {
        Spent { cpu: self.children_seconds - earlier.children_seconds, wall: self.wall_since(earlier) }
    }

    fn wall_since(&self, earlier: &Self) -> f64 {
        self.at.duration_since(earlier.at).as_secs_f64()
    }
}

/// Seconds between two moments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    pub(super) cpu: f64,
    pub(super) wall: f64,
}

/// The four times of a line of `/proc/<pid>/stat`: user, system, and those of children. The second column is the
/// program's name and may hold anything.
fn seconds(stat: &str) -> Option<[f64; 4]> {
    let (_, columns) = stat.rsplit_once(')')?;
    let ticks: Vec<f64> = columns.split_whitespace().skip(11).take(4).filter_map(|ticks| ticks.parse().ok()).collect();
    <[f64; 4]>::try_from(ticks).ok().map(|ticks| ticks.map(|ticks| ticks / TICKS_A_SECOND))
}

/// The most memory this process ever held, in MiB; `None` where it is not known.
pub(super) fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_whatever_the_program_is_called() {
        let stat = "7 (a) b (c) R 1 7 7 0 -1 4194304 1 0 0 0 250 50 10 20 20 0 1 0 5 6";
        assert_eq!(seconds(stat), Some([2.5, 0.5, 0.1, 0.2]));
        assert_eq!(seconds("7 (a"), None);
        assert_eq!(seconds("7 (a) R 1 2"), None);
    }
}
