//! How is one kind of work spread over threads?
//!
//! In: one handle on the objects for each thread, and how many turns there are. Out: what each turn gave, in order, so
//! the number of threads changes nothing.

use super::objects::Objects;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls the worker that `make` gives to each thread until every turn was taken once.
pub(super) fn spread<'a, T, Worker>(
    handles: &'a mut [Objects],
    n_turns: usize,
    make: impl Fn(&'a mut Objects) -> Worker + Sync,
) -> Vec<T>
where
    T: Send,
    Worker: FnMut(usize) -> T,
{
    let next = AtomicUsize::new(0);
    let take_turns = |objects: &'a mut Objects| {
        let mut worker = make(objects);
        let turns = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|turn| *turn < n_turns));
        turns.map(|turn| (turn, worker(turn))).collect::<Vec<_>>()
    };
    let (first, others) = handles.split_first_mut().expect("there is a handle for this thread at least");
    let mut results: Vec<(usize, T)> = std::thread::scope(|scope| {
        let n_others = n_turns.saturating_sub(1).min(others.len());
        let others: Vec<_> = others[..n_others].iter_mut().map(|objects| scope.spawn(|| take_turns(objects))).collect();
        let mut results = take_turns(first);
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(turn, _)| *turn);
    results.into_iter().map(|(_, result)| result).collect()
}
