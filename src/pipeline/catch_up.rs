//! What did we miss?
//!
//! Webhooks get lost: GitHub does not try again by itself. At start and once an hour deliveries that failed are asked
//! for again, and every open pull request without our check run on its head gets its review.

use super::handle_delivery::save_repository;
use super::review_pull_request::is_reviewed;
use super::{App, Error, Place, ReviewPullRequest, Work};
use crate::domain::Timestamp;
use crate::github::{self, HookDelivery};
use crate::store::{Installation, InstallationState};
use std::collections::BTreeMap;
use tracing::{info, warn};

/// GitHub redelivers for three days; older deliveries are beyond help, and their pull requests are made up for anyway.
const REDELIVERY_WINDOW_DAYS: i64 = 3;

/// The newest delivery that an earlier look has seen.
const MARK: &str = "catch_up.deliveries_seen_until";

/// A little overlap between two looks: deliveries are listed some time after they happened.
const OVERLAP_SECONDS: i64 = 600;

/// Asks for what failed, and enqueues a look at every installation.
///
/// # Errors
/// When GitHub or the database fail; the next look then covers the same time again.
pub async fn catch_up(app: &App) -> Result<(), Error> {
    let now = app.now();
    redeliver_failed(app, now).await?;
    for info in app.github.installations().await? {
        let state = if info.is_suspended { InstallationState::Suspended } else { InstallationState::Active };
        let installation = Installation { id: info.id, account: info.account, state, updated_at: now };
        app.store.save_installation(&installation).await?;
        if state == InstallationState::Active {
            let work = Work::CatchUpInstallation { installation_id: info.id };
            app.store.enqueue(&work.into_job(None, now)).await?;
        }
    }
    Ok(())
}

async fn redeliver_failed(app: &App, now: Timestamp) -> Result<(), Error> {
    let seen_until = app.store.mark(MARK).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let since = now.plus_days(-REDELIVERY_WINDOW_DAYS).0.max(seen_until - OVERLAP_SECONDS);
    let deliveries = app.github.hook_deliveries_since(Timestamp(since)).await?;
    for failed in never_delivered(&deliveries) {
        if app.store.delivery(&failed.guid).await?.is_some() {
            continue;
        }
        info!(delivery = failed.guid, event = failed.event, "asking for a missed delivery again");
        match app.github.redeliver(failed.id).await {
            // Not marked as seen: the next look asks again.
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => warn!(delivery = failed.guid, %error, "GitHub does not deliver it again"),
            Ok(()) => {}
        }
    }
    app.store.set_mark(MARK, &now.0.to_string(), now).await?;
    Ok(())
}

/// The newest attempt at each event none of whose attempts arrived.
fn never_delivered(deliveries: &[HookDelivery]) -> Vec<&HookDelivery> {
    let mut by_event: BTreeMap<&str, Vec<&HookDelivery>> = BTreeMap::new();
    for delivery in deliveries {
        by_event.entry(&delivery.guid).or_default().push(delivery);
    }
    let failed = by_event.into_values().filter(|attempts| !attempts.iter().any(|attempt| attempt.is_delivered()));
    failed.filter_map(|attempts| attempts.into_iter().max_by_key(|attempt| attempt.delivered_at)).collect()
}

/// Enqueues a review of every open pull request of an installation that has no check run of ours on its head.
///
/// # Errors
/// When GitHub or the database fail. A repository that cannot be listed is passed over.
pub async fn catch_up_installation(app: &App, installation_id: u64) -> Result<(), Error> {
    let Some(installation) = app.installation(installation_id).await? else { return Ok(()) };
    for repository in installation.repositories().await? {
        save_repository(app, installation_id, &repository).await?;
        let place = Place { installation_id, repository_id: repository.id, repository: repository.name };
        match without_review(&installation, &place).await {
            Ok(missed) => {
                for number in missed {
                    let ask = ReviewPullRequest { place: place.clone(), number, occasion: "push".to_owned() };
                    app.store.enqueue(&Work::ReviewPullRequest(ask).into_job(None, app.now())).await?;
                }
            }
            Err(refusal @ github::Error::Refused { .. }) => {
                warn!(repository = %place.repository, %refusal, "could not look for missed pull requests");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Open pull requests whose head has no check run of ours that ended.
async fn without_review(installation: &github::Installation, place: &Place) -> Result<Vec<u64>, github::Error> {
    let mut missed = Vec::new();
    for pull_request in installation.open_pull_requests(&place.repository).await? {
        if !is_reviewed(installation, place, &pull_request).await? {
            missed.push(pull_request.number);
        }
    }
    Ok(missed)
}
