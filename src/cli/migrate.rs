//! `hyperion migrate`: are the database's tables those of this version?

use super::failure::Failure;
use crate::config::Settings;
use crate::store::Store;
use std::process::ExitCode;

pub(super) fn run(settings: &Settings) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::internal)?;
    // Opening a store migrates it.
    runtime.block_on(Store::open(settings.database_url.expose())).map_err(Failure::input)?;
    Ok(ExitCode::SUCCESS)
}
