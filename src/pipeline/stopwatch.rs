//! How long did each step of a piece of work take?
//!
//! In: the name of each step when it ends. Out: wall time and processor time for each, in the order of their first end.

use std::time::{Duration, Instant};

/// Time that steps took. A step may come again: its times add up.
#[derive(Debug)]
pub(super) struct Stopwatch {
    last: Reading,
    laps: Vec<Lap>,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lap {
    /// Its name.
    pub step: &'static str,
    /// Time on the wall.
    pub wall: Duration,
    /// Time of all processors of this process; `None` where the system does not say.
    pub cpu: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    wall: Instant,
    cpu: Option<Duration>,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self { last: Reading::now(), laps: Vec::new() }
    }

    /// Counts the time since the last lap to `step`.
    pub(super) fn lap(&mut self, step: &'static str) {
        let now = Reading::now();
        let wall = now.wall.duration_since(self.last.wall);
        let cpu = now.cpu.zip(self.last.cpu).map(|(now, last)| now.saturating_sub(last));
        self.last = now;
        match self.laps.iter_mut().find(|lap| lap.step == step) {
            Some(lap) => {
                lap.wall += wall;
                lap.cpu = lap.cpu.zip(cpu).map(|(before, more)| before + more);
            }
            None => self.laps.push(Lap { step, wall, cpu }),
        }
    }

    /// Every step in the order in which it first ended.
    pub(super) fn laps(self) -> Vec<Lap> {
        self.laps
    }
}

impl Reading {
    fn now() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }
}

/// Time this process has spent on all processors, its ended threads and children of whom it took leave included.
///
/// Linux writes it in ticks of 10 ms into a file of twenty-odd words.
fn cpu_time() -> Option<Duration> {
    let words = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second word is the program's name in brackets, which may hold anything.
    let (_, after_name) = words.rsplit_once(')')?;
    let ticks = after_name.split_whitespace().skip(11).take(4).map(|word| word.parse::<u64>().ok());
    Some(Duration::from_millis(10 * ticks.sum::<Option<u64>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_comes_again_adds_to_itself() {
        let mut stopwatch = Stopwatch::start();
        for step in ["read", "write", "read"] {
            stopwatch.lap(step);
        }
        let laps = stopwatch.laps();
        assert_eq!(laps.iter().map(|lap| lap.step).collect::<Vec<_>>(), ["read", "write"]);
    }

    #[test]
    fn work_of_a_thread_counts_where_the_system_says_it() {
        let before = cpu_time();
        let spin = || {
            let started = Instant::now();
            while started.elapsed() < Duration::from_millis(60) {
                std::hint::spin_loop();
            }
        };
        std::thread::scope(|scope| drop(scope.spawn(spin)));
        if let Some((after, before)) = cpu_time().zip(before) {
            assert!(after > before, "{before:?} {after:?}");
        }
    }
}
