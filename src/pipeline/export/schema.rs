//! What does each column of the training table mean?
//!
//! In: the catalogue, and how the rows were made. Out: one description of every column, which Parquet files carry in
//! their metadata and CSV files beside them.

use crate::features::{CATALOGUE, CATALOGUE_VERSION, CHANGE_LABEL_DAYS, Definition, FILE_LABEL_DAYS, Subject};
use crate::history::Past;
use crate::store::FeatureSet;
use serde::Serialize;

/// Label column of the file.
pub(super) const FILE_LABEL: &str = "label_file_fixed";
/// Label column of the change.
pub(super) const CHANGE_LABEL: &str = "label_change_blamed";

/// The whole table.
#[derive(Debug, Serialize)]
pub(super) struct Schema {
    table: &'static str,
    repository: String,
    as_of_commit: String,
    as_of: String,
    catalogue_version: u32,
    made_from: String,
    columns: Vec<Column>,
}

/// One column.
#[derive(Debug, Serialize)]
pub(super) struct Column {
    pub(super) name: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) unit: String,
    definition: String,
    as_of: &'static str,
    unknown_when: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_about_people: Option<bool>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Text,
    Timestamp,
    Float,
    Boolean,
}

impl Schema {
    pub(super) fn of(name: &str, past: &Past<'_>, set: &FeatureSet) -> Self {
        let features = CATALOGUE.iter().map(feature);
        Self {
            table: "one line for each file as a commit left it, oldest commit first, its files by path",
            repository: name.to_owned(),
            as_of_commit: past.as_of_commit.to_string(),
            as_of: past.as_of.to_string(),
            catalogue_version: CATALOGUE_VERSION,
            made_from: set.recipe.made_from.clone(),
            columns: facts().into_iter().chain(features).chain(labels()).collect(),
        }
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn as_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a schema is plain data")
    }
}

fn facts() -> [Column; 3] {
    let column = |name, kind, unit: &str, definition: &str| Column {
        name,
        kind,
        unit: unit.to_owned(),
        definition: definition.to_owned(),
        as_of: "the change itself",
        unknown_when: "never".to_owned(),
        group: None,
        source: None,
        is_about_people: None,
    };
    [
        column("commit", Kind::Text, "hexadecimal name", "the commit that left the file so"),
        column("path", Kind::Text, "path from the root", "the file's path after the commit"),
        column(
            "at",
            Kind::Timestamp,
            "UTC, milliseconds since 1970 in Parquet, RFC 3339 in CSV",
            "when it was committed, never before the commits that stand before it",
        ),
    ]
}

fn feature(definition: &Definition) -> Column {
    Column {
        name: definition.name,
        kind: Kind::Float,
        unit: definition.unit.to_owned(),
        definition: definition.definition.to_owned(),
        as_of: definition.as_of.text(),
        unknown_when: definition.unknown_when.to_owned(),
        group: Some(definition.group.name()),
        source: Some(definition.source.text()),
        is_about_people: Some(definition.subject == Subject::People),
    }
}

fn labels() -> [Column; 2] {
    let column = |name, definition: String, days: i64| Column {
        name,
        kind: Kind::Boolean,
        unit: "true or false".to_owned(),
        definition,
        as_of: "everything up to `as_of`",
        unknown_when: format!("fewer than {days} days passed between the commit and `as_of`"),
        group: None,
        source: None,
        is_about_people: None,
    };
    let file = format!("whether a commit that repairs a defect touched the file in the {FILE_LABEL_DAYS} days after");
    let change = format!("whether a fix of the {CHANGE_LABEL_DAYS} days after blames the commit");
    [column(FILE_LABEL, file, FILE_LABEL_DAYS), column(CHANGE_LABEL, change, CHANGE_LABEL_DAYS)]
}
