//! Does the queue keep its promises?

use super::*;
use crate::store::test_database::TestDatabase;
use crate::store::{Enqueued, Lease, Revived, Store};
use std::collections::HashSet;

const NOW: Timestamp = Timestamp(10_000);

fn job(payload: &str) -> NewJob {
    NewJob::new("work", payload, NOW)
}

fn in_group(group: &str, payload: &str) -> NewJob {
    NewJob { group: group.to_owned(), ..job(payload) }
}

fn with_key(key: &str, payload: &str) -> NewJob {
    NewJob { key: Some(key.to_owned()), ..job(payload) }
}

async fn claim_at(store: &Store, now: Timestamp) -> Option<Job> {
    let claim = Claim { lease_seconds: 60, max_running_per_group: 2, ..Claim::new("worker", Lane::Quick, now) };
    store.claim(&claim).await.unwrap()
}

async fn claim(store: &Store) -> Option<Job> {
    claim_at(store, NOW).await
}

/// Claims and completes until nothing is left, and gives the payloads in the order they came.
async fn order(store: &Store) -> Vec<String> {
    let mut payloads = Vec::new();
    while let Some(job) = claim(store).await {
        assert_eq!(store.complete(&job, NOW).await.unwrap(), Lease::Held);
        payloads.push(job.payload);
    }
    payloads
}

#[tokio::test]
async fn a_later_job_takes_the_place_of_a_waiting_one_with_its_key() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    assert_eq!(store.enqueue(&with_key("review octo/hello#5", "old")).await.unwrap(), Enqueued::New);
    store.enqueue(&job("between")).await.unwrap();
    let newer = NewJob { run_at: Timestamp(10_500), ..with_key("review octo/hello#5", "new") };
    assert_eq!(store.enqueue(&newer).await.unwrap(), Enqueued::Replaced);
    // It kept the place and the time of the first.
    assert_eq!(order(store).await, ["new", "between"]);
}

#[tokio::test]
async fn jobs_without_a_key_never_replace_each_other() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&job("a")).await.unwrap();
    store.enqueue(&job("b")).await.unwrap();
    assert_eq!(order(store).await, ["a", "b"]);
}

#[tokio::test]
async fn a_running_job_is_left_alone_and_the_newer_one_waits_for_it() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&with_key("k", "old")).await.unwrap();
    let running = claim(store).await.unwrap();
    assert!(!store.is_superseded(&running).await.unwrap());
    assert_eq!(store.enqueue(&with_key("k", "new")).await.unwrap(), Enqueued::New);
    assert!(store.is_superseded(&running).await.unwrap());
    assert_eq!(claim(store).await, None);
    store.complete(&running, NOW).await.unwrap();
    assert_eq!(claim(store).await.unwrap().payload, "new");
}

#[tokio::test]
async fn a_job_is_not_claimed_before_its_time() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&NewJob { run_at: Timestamp(10_100), ..job("later") }).await.unwrap();
    assert_eq!(claim_at(store, Timestamp(10_099)).await, None);
    assert!(claim_at(store, Timestamp(10_100)).await.is_some());
}

#[tokio::test]
async fn groups_take_turns_however_much_one_of_them_asks_for() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    for payload in ["a1", "a2", "a3"] {
        store.enqueue(&in_group("a", payload)).await.unwrap();
    }
    store.enqueue(&in_group("b", "b1")).await.unwrap();
    store.enqueue(&in_group("c", "c1")).await.unwrap();
    assert_eq!(order(store).await, ["a1", "b1", "c1", "a2", "a3"]);
}

#[tokio::test]
async fn a_group_that_arrives_late_does_not_wait_behind_a_backlog() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    for number in 0..20 {
        store.enqueue(&in_group("a", &format!("a{number}"))).await.unwrap();
    }
    let running = claim(store).await.unwrap();
    store.complete(&running, NOW).await.unwrap();
    let running = claim(store).await.unwrap();
    store.enqueue(&in_group("b", "b")).await.unwrap();
    assert_eq!(claim(store).await.unwrap().payload, "b");
    store.complete(&running, NOW).await.unwrap();
}

#[tokio::test]
async fn a_group_runs_no_more_jobs_at_a_time_than_its_limit() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    for payload in ["a1", "a2", "a3"] {
        store.enqueue(&in_group("a", payload)).await.unwrap();
    }
    let first = claim(store).await.unwrap();
    assert_eq!(claim(store).await.unwrap().payload, "a2");
    assert_eq!(claim(store).await, None);
    store.enqueue(&in_group("b", "b1")).await.unwrap();
    assert_eq!(claim(store).await.unwrap().payload, "b1");
    store.complete(&first, NOW).await.unwrap();
    assert_eq!(claim(store).await.unwrap().payload, "a3");
}

#[tokio::test]
async fn a_lane_sees_only_its_own_jobs() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&NewJob { lane: Lane::Long, ..job("mine") }).await.unwrap();
    assert_eq!(claim(store).await, None);
    let long = store.claim(&Claim::new("w", Lane::Long, NOW)).await.unwrap().unwrap();
    assert_eq!((long.lane, long.payload.as_str()), (Lane::Long, "mine"));
}

#[tokio::test]
async fn a_dead_workers_job_is_taken_over_and_the_dead_worker_cannot_finish_it() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&with_key("k", "x")).await.unwrap();
    let lost = claim(store).await.unwrap();
    assert_eq!(claim_at(store, Timestamp(10_060)).await, None);

    let taken = claim_at(store, Timestamp(10_061)).await.unwrap();
    assert_eq!((taken.id, taken.attempt), (lost.id, 2));
    for outcome in [
        store.complete(&lost, NOW).await.unwrap(),
        store.extend_lease(&lost, Timestamp(99_999)).await.unwrap(),
        store.retry_at(&lost, NOW, "late").await.unwrap(),
        store.release(&lost, NOW).await.unwrap(),
        store.bury(&lost, "late", NOW).await.unwrap(),
    ] {
        assert_eq!(outcome, Lease::Lost);
    }
    assert_eq!(store.complete(&taken, NOW).await.unwrap(), Lease::Held);
    assert_eq!(store.depth(NOW).await.unwrap(), Depth::default());
}

#[tokio::test]
async fn a_lease_that_is_extended_is_not_taken_over() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&job("x")).await.unwrap();
    let held = claim(store).await.unwrap();
    assert_eq!(store.extend_lease(&held, Timestamp(10_200)).await.unwrap(), Lease::Held);
    assert_eq!(claim_at(store, Timestamp(10_100)).await, None);
    assert!(claim_at(store, Timestamp(10_201)).await.is_some());
}

// A limit that counted the dead worker's job would keep it from ever being taken over.
#[tokio::test]
async fn a_group_at_its_limit_with_dead_workers_moves_on() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    for payload in ["a1", "a2"] {
        store.enqueue(&in_group("a", payload)).await.unwrap();
        claim(store).await.unwrap();
    }
    assert_eq!(claim_at(store, Timestamp(20_000)).await.unwrap().payload, "a1");
    assert_eq!(claim_at(store, Timestamp(20_000)).await.unwrap().payload, "a2");
}

#[tokio::test]
async fn a_failed_job_waits_until_its_time_and_counts_its_tries() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&job("x")).await.unwrap();
    let first = claim(store).await.unwrap();
    store.retry_at(&first, Timestamp(10_030), "no route\0to host").await.unwrap();
    assert_eq!(claim_at(store, Timestamp(10_029)).await, None);
    let second = claim_at(store, Timestamp(10_030)).await.unwrap();
    assert_eq!((second.attempt, second.lease_number), (2, 2));
}

#[tokio::test]
async fn a_failed_job_makes_room_for_a_newer_one_with_its_key() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&with_key("k", "old")).await.unwrap();
    let old = claim(store).await.unwrap();
    store.enqueue(&with_key("k", "new")).await.unwrap();
    assert_eq!(store.retry_at(&old, NOW, "failed").await.unwrap(), Lease::Held);
    assert_eq!(order(store).await, ["new"]);
}

#[tokio::test]
async fn a_released_job_is_free_at_once_and_the_try_does_not_count() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&job("x")).await.unwrap();
    let first = claim(store).await.unwrap();
    store.release(&first, NOW).await.unwrap();
    let second = claim(store).await.unwrap();
    assert_eq!((second.attempt, second.lease_number), (1, 2));
    assert_eq!(store.complete(&first, NOW).await.unwrap(), Lease::Lost);
}

#[tokio::test]
async fn a_buried_job_is_kept_with_its_error_until_it_is_revived() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&with_key("k", "x")).await.unwrap();
    let held = claim(store).await.unwrap();
    store.bury(&held, "GitHub said no", NOW).await.unwrap();
    assert_eq!(claim_at(store, Timestamp(90_000)).await, None);

    let letters = store.dead_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].error.as_str(), letters[0].payload.as_str(), letters[0].attempts),
        ("GitHub said no", "x", 1)
    );
    assert_eq!(store.revive(letters[0].id + 1, NOW).await.unwrap(), Revived::Unknown);
    assert_eq!(store.revive(letters[0].id, NOW).await.unwrap(), Revived::Queued);
    assert_eq!(claim(store).await.unwrap().attempt, 1);
}

#[tokio::test]
async fn a_dead_letter_does_not_come_back_over_a_newer_job() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&with_key("k", "old")).await.unwrap();
    let held = claim(store).await.unwrap();
    store.bury(&held, "failed", NOW).await.unwrap();
    store.enqueue(&with_key("k", "new")).await.unwrap();
    assert_eq!(store.revive(held.id, NOW).await.unwrap(), Revived::Superseded);
    assert_eq!(order(store).await, ["new"]);
}

#[tokio::test]
async fn a_job_that_keeps_killing_its_worker_becomes_a_dead_letter() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&NewJob { max_attempts: 2, ..job("poison") }).await.unwrap();
    assert!(claim_at(store, Timestamp(10_000)).await.is_some());
    assert!(claim_at(store, Timestamp(10_100)).await.is_some());
    assert_eq!(claim_at(store, Timestamp(10_200)).await, None);
    assert_eq!(store.dead_letters(10).await.unwrap()[0].error, "the worker stopped without an answer");
}

#[tokio::test]
async fn many_workers_at_once_never_share_a_job_a_key_or_a_place_above_the_limit() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    for number in 0..60 {
        let group = format!("g{}", number % 3);
        store.enqueue(&in_group(&group, &number.to_string())).await.unwrap();
    }
    let workers: Vec<_> = (0..12)
        .map(|number| {
            // Half of them look through a second set of connections, as another process would.
            let (store, url) = (store.clone(), database.url.clone());
            tokio::spawn(async move {
                let store = if number % 2 == 0 { store } else { Store::open(&url).await.unwrap() };
                let mut claimed = Vec::new();
                for _ in 0..4 {
                    if let Some(job) = claim(&store).await {
                        claimed.push((job.id, job.group));
                    }
                }
                claimed
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.unwrap());
    }
    let ids: HashSet<_> = claimed.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), claimed.len(), "a job was claimed twice");
    // Three groups, two places each.
    assert_eq!(claimed.len(), 6, "{claimed:?}");
}

#[tokio::test]
async fn pushes_racing_with_retries_leave_one_job_of_the_key() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    for round in 0..20 {
        store.enqueue(&with_key("k", "old")).await.unwrap();
        let held = claim(store).await.unwrap();
        let other = store.clone();
        let newer = tokio::spawn(async move { other.enqueue(&with_key("k", "new")).await.unwrap() });
        assert_eq!(store.retry_at(&held, NOW, "failed").await.unwrap(), Lease::Held);
        newer.await.unwrap();
        assert_eq!(order(store).await, ["new"], "round {round}");
    }
}

#[tokio::test]
async fn the_depth_counts_what_waits_and_for_how_long() {
    let database = TestDatabase::create().await;
    let store = &database.store;
    store.enqueue(&job("a")).await.unwrap();
    store.enqueue(&NewJob { run_at: Timestamp(10_050), ..job("b") }).await.unwrap();
    claim(store).await.unwrap();
    let depth = store.depth(Timestamp(10_090)).await.unwrap();
    assert_eq!((depth.n_queued, depth.n_running, depth.n_dead, depth.oldest_wait_seconds), (1, 1, 0, 40));
}
