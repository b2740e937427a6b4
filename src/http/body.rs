//! How is a stranger's body read?
//!
//! In: a stream that may be long, slow or endless. Out: its bytes, within a size, a time and a memory shared by all.
//! Memory is taken as bytes arrive, not as they are announced: whoever announces much and sends nothing blocks nobody.

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Largest body: GitHub sends no webhook above 25 MB.
pub(super) const MAX_BODY_BYTES: usize = 25 * 1024 * 1024;

/// How long a body may take: GitHub gives up after ten seconds itself.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Memory of all bodies in hand together: ten of the largest, ten thousand of the usual.
const BUDGET_KIB: usize = 256 * 1024;

/// The memory that all bodies share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET_KIB)))
    }
}

/// A body in memory; its share of the budget is free again when it is dropped.
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    _share: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    TooLarge,
    TooSlow,
    BrokenOff,
}

/// The whole body. `announced_bytes` is its `Content-Length`: one that says too much is refused before it is read.
pub(super) async fn read(body: Body, announced_bytes: Option<u64>, budget: &Budget) -> Result<Whole, Unread> {
    read_within(BODY_TIMEOUT, body, announced_bytes, budget).await
}

async fn read_within(
    timeout: Duration,
    body: Body,
    announced_bytes: Option<u64>,
    budget: &Budget,
) -> Result<Whole, Unread> {
    if announced_bytes.is_some_and(|bytes| bytes > MAX_BODY_BYTES as u64) {
        return Err(Unread::TooLarge);
    }
    let capacity = announced_bytes.unwrap_or_default().min(64 * 1024) as usize;
    let reading = collect(body, Vec::with_capacity(capacity), budget);
    tokio::time::timeout(timeout, reading).await.unwrap_or(Err(Unread::TooSlow))
}

async fn collect(mut body: Body, mut bytes: Vec<u8>, budget: &Budget) -> Result<Whole, Unread> {
    let mut share: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::BrokenOff)?.into_data() else { continue };
        if bytes.len() + data.len() > MAX_BODY_BYTES {
            return Err(Unread::TooLarge);
        }
        let permit = take(budget, &data).await?;
        match &mut share {
            Some(share) => share.merge(permit),
            None => share = Some(permit),
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Whole { bytes, _share: share })
}

async fn take(budget: &Budget, data: &Bytes) -> Result<OwnedSemaphorePermit, Unread> {
    // Bounded by the largest body, so it fits.
    let n_kib = data.len().div_ceil(1024) as u32;
    Arc::clone(&budget.0).acquire_many_owned(n_kib).await.map_err(|_| Unread::BrokenOff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    #[tokio::test]
    async fn a_body_at_the_limit_is_read_and_one_above_is_not() {
        let budget = Budget::default();
        let largest = read(Body::from(vec![b'x'; MAX_BODY_BYTES]), None, &budget).await;
        assert_eq!(largest.map(|whole| whole.bytes.len()), Ok(MAX_BODY_BYTES));
        let above = read(Body::from(vec![b'x'; MAX_BODY_BYTES + 1]), None, &budget).await;
        assert_eq!(above.map(|_| ()), Err(Unread::TooLarge));
        let announced = read(Body::empty(), Some(MAX_BODY_BYTES as u64 + 1), &budget).await;
        assert_eq!(announced.map(|_| ()), Err(Unread::TooLarge));
    }

    #[tokio::test]
    async fn memory_is_given_back_with_the_body() {
        let budget = Budget::default();
        let whole = read(Body::from(vec![b'x'; 10_000]), Some(10_000), &budget).await.map_err(|_| ()).unwrap();
        assert_eq!(budget.0.available_permits(), BUDGET_KIB - 10);
        drop(whole);
        assert_eq!(budget.0.available_permits(), BUDGET_KIB);
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let stalled = Body::new(Full::new(Bytes::from_static(b"{")).with_trailers(std::future::pending()));
        let read = read_within(Duration::from_millis(10), stalled, Some(2), &Budget::default()).await;
        assert_eq!(read.map(|_| ()), Err(Unread::TooSlow));
    }
}
