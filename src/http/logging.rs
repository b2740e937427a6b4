//! How does a line of the log look?
//!
//! In: which lines are wanted, and for whom. Out: one line per event on standard error: text for people, JSON for
//! machines. In JSON the delivery, the repository and the pull request of whatever was being handled stand in every
//! line, under `span`. Secrets and contents of repositories are never logged by anyone.

use std::io::IsTerminal;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What is logged when nobody says otherwise: ours in full, the database only when it is in trouble.
pub const DEFAULT_DIRECTIVES: &str = "info,sqlx=warn";

/// For whom a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People.
    Text,
    /// Machines.
    Json,
}

/// Directives that are not in the form `info,hyperion::store=debug`.
#[derive(Debug, thiserror::Error)]
#[error("expected log directives such as `info,hyperion::store=debug`, got `{directives}`")]
pub struct InvalidDirectives {
    directives: String,
    #[source]
    source: tracing_subscriber::filter::ParseError,
}

/// Starts to log on standard error. A second call in one process changes nothing.
///
/// # Errors
/// [`InvalidDirectives`].
pub fn start_logging(directives: &str, format: LogFormat) -> Result<(), InvalidDirectives> {
    let subscriber = subscriber(directives, format, std::io::stderr)?;
    // Whoever came first keeps the log.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

fn subscriber<W>(
    directives: &str,
    format: LogFormat,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, InvalidDirectives>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(directives)
        .map_err(|source| InvalidDirectives { directives: directives.to_owned(), source })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(format == LogFormat::Text && std::io::stderr().is_terminal());
    Ok(match format {
        LogFormat::Text => Box::new(lines.finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_current_span(true).finish()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::http::test_door::{Door, send};
    use crate::jobs::{self, Context, Failure, Handler, Settings};
    use crate::store::Job;
    use serde_json::Value;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn saying(&self, message: &str) -> Value {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            lines.find(|line| line["message"] == message).unwrap_or_else(|| panic!("no `{message}` in {text}"))
        }
    }

    struct Talkative;

    impl Handler for Talkative {
        async fn run(&self, _: &Job, _: &Context) -> Result<(), Failure> {
            tracing::info!("at work");
            Ok(())
        }
    }

    #[tokio::test]
    async fn every_line_names_delivery_repository_and_pull_request() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber("info,sqlx=warn", LogFormat::Json, move || writer.clone()).unwrap();
        // While there is but one subscriber, a line first met on another test's thread is switched off for all.
        let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
        let _guard = tracing::subscriber::set_default(subscriber);

        let door = Door::open().await;
        let body = r#"{"pull_request":{"number":5},"repository":{"full_name":"octo/hello"}}"#;
        assert_eq!(send(door.delivery("d-1", body)).await.0, 202);
        let settings = Settings { poll_interval: Duration::from_millis(5), ..Settings::default() };
        let store = door.database.store.clone();
        let worker = tokio::spawn(jobs::run(store.clone(), Arc::new(Talkative), settings, door.shutdown.subscribe()));
        while store.depth(Timestamp(0)).await.unwrap().n_queued + store.depth(Timestamp(0)).await.unwrap().n_running > 0
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        door.shutdown.send_replace(true);
        worker.await.unwrap();

        for message in ["answered 202", "at work", "ended handle_delivery"] {
            let span = &lines.saying(message)["span"];
            assert_eq!((&span["delivery"], &span["repository"]), (&"d-1".into(), &"octo/hello".into()), "{message}");
            assert_eq!(span["pull_request"], 5, "{message}");
        }
    }

    #[test]
    fn directives_that_are_none_are_named() {
        let error = start_logging("hyperion=louder", LogFormat::Text).unwrap_err();
        assert!(error.to_string().contains("`hyperion=louder`"), "{error}");
    }
}
