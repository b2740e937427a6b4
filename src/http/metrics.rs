//! What do we count, and how is it read?
//!
//! In: the counters the rooms keep as they go. Out: Prometheus text. The recorder belongs to the process: however many
//! servers a process starts, they share it.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Seconds: a webhook should be answered within 0.02, a review of a large repository within minutes.
const BUCKETS_SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0, 60.0, 180.0, 600.0];

/// Reads what was counted.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts to count, or joins those who already do.
    pub fn install() -> Self {
        Self(HANDLE.get_or_init(start).clone())
    }

    /// Everything counted so far, as Prometheus reads it.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds what was measured since into its buckets: without it unread measurements would pile up.
    pub(super) fn tidy(&self) {
        self.0.run_upkeep();
    }
}

fn start() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    let builder = builder
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS_SECONDS)
        .expect("the list of buckets is not empty");
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("another recorder counts already: /metrics will be empty");
    }
    describe();
    handle
}

fn describe() {
    describe_counter!("hyperion_webhooks_total", "Webhooks by what became of them");
    describe_histogram!("hyperion_webhook_seconds", Unit::Seconds, "Time to answer a webhook");
    describe_counter!("hyperion_jobs_total", "Jobs by kind and by how they ended");
    describe_histogram!("hyperion_job_seconds", Unit::Seconds, "Time a job took, by kind");
    describe_gauge!("hyperion_jobs_queued", "Jobs that wait");
    describe_gauge!("hyperion_jobs_running", "Jobs in a worker's hands");
    describe_gauge!("hyperion_jobs_dead", "Jobs that were given up");
    describe_gauge!("hyperion_jobs_oldest_wait_seconds", "How long the most overdue job has waited");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_in_one_process_read_the_same_counters() {
        let (first, second) = (Metrics::install(), Metrics::install());
        metrics::counter!("hyperion_test_total").increment(3);
        assert!(first.render().contains("hyperion_test_total 3"));
        assert!(second.render().contains("hyperion_test_total 3"));
    }
}
