//! How does a command say that it could not do it?

use crate::store::chain;
use std::io::Write as _;
use std::process::ExitCode;

/// An error on its way to the terminal, with the exit code it ends in.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The call or what it names is wrong: exit code 2.
    pub(super) fn input(error: impl std::error::Error + 'static) -> Self {
        Self { message: chain(&error), code: 2 }
    }

    /// Something that should have worked did not: exit code 2 as well, for a gate must not pass by accident.
    pub(super) fn internal(error: impl std::error::Error + 'static) -> Self {
        Self::input(error)
    }

    /// A sentence without a cause.
    pub(super) fn text(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    /// Prints the chain of causes and gives the exit code.
    pub(super) fn report(&self) -> ExitCode {
        let _ = writeln!(std::io::stderr(), "hyperion: {}", self.message);
        ExitCode::from(self.code)
    }
}
