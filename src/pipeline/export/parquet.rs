//! How is the table written as Parquet?
//!
//! One row group for each full batch, Snappy, optional columns where a value may be unknown. The file's metadata hold the
//! schema with units and definitions under `hyperion.schema`, and each unit under `unit.<column>`.

use super::schema::{CHANGE_LABEL, Column, FILE_LABEL, Kind, Schema};
use super::{Error, Line, Table};
use crate::features::{CATALOGUE, Feature};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct ParquetTable {
    path: PathBuf,
    writer: SerializedFileWriter<File>,
    columns: Vec<&'static str>,
}

impl ParquetTable {
    pub(super) fn create(path: &Path, schema: &Schema) -> Result<Self, Error> {
        let fail = |source| Error::Parquet { path: path.to_owned(), source };
        let file = File::create(path).map_err(|source| Error::Write { path: path.to_owned(), source })?;
        let message = parse_message_type(&message_type(schema.columns())).map_err(fail)?;
        let writer = SerializedFileWriter::new(file, Arc::new(message), Arc::new(properties(schema))).map_err(fail)?;
        let columns = schema.columns().iter().map(|column| column.name).collect();
        Ok(Self { path: path.to_owned(), writer, columns })
    }

    fn add_group(&mut self, lines: &[Line]) -> ParquetResult<()> {
        let mut group = self.writer.next_row_group()?;
        let mut names = self.columns.iter();
        while let Some(mut column) = group.next_column()? {
            let name = names.next().ok_or_else(|| ParquetError::General("a column without a name".to_owned()))?;
            write_column(column.untyped(), name, lines)?;
            column.close()?;
        }
        group.close().map(drop)
    }

    fn error(&self) -> impl Fn(ParquetError) -> Error + use<> {
        let path = self.path.clone();
        move |source| Error::Parquet { path: path.clone(), source }
    }
}

impl Table for ParquetTable {
    fn add(&mut self, lines: &[Line]) -> Result<(), Error> {
        if lines.is_empty() { Ok(()) } else { self.add_group(lines).map_err(self.error()) }
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        let fail = self.error();
        self.writer.close().map(drop).map_err(fail)
    }
}

/// In the words of Parquet's schema language.
fn message_type(columns: &[Column]) -> String {
    let column = |column: &Column| match column.kind {
        Kind::Text => format!("required binary {} (utf8);", column.name),
        Kind::Timestamp => format!("required int64 {} (timestamp(millis,true));", column.name),
        Kind::Float => format!("optional float {};", column.name),
        Kind::Boolean => format!("optional boolean {};", column.name),
    };
    format!("message features {{ {} }}", columns.iter().map(column).collect::<Vec<_>>().join(" "))
}

fn properties(schema: &Schema) -> WriterProperties {
    let mut metadata = vec![KeyValue::new("hyperion.schema".to_owned(), schema.as_json())];
    let unit = |column: &Column| KeyValue::new(format!("unit.{}", column.name), column.unit.clone());
    metadata.extend(schema.columns().iter().map(unit));
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // Named without the library's version: the same rows give the same bytes.
        .set_created_by(format!("hyperion version {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(metadata))
        .build()
}

fn write_column(writer: &mut ColumnWriter<'_>, name: &str, lines: &[Line]) -> ParquetResult<()> {
    match writer {
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let text = |line: &Line| match name {
                "commit" => ByteArray::from(line.commit.to_string().into_bytes()),
                _ => ByteArray::from(line.path.clone().into_bytes()),
            };
            writer.write_batch(&lines.iter().map(text).collect::<Vec<_>>(), None, None).map(drop)
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let milliseconds: Vec<i64> = lines.iter().map(|line| line.at.0.saturating_mul(1_000)).collect();
            writer.write_batch(&milliseconds, None, None).map(drop)
        }
        ColumnWriter::FloatColumnWriter(writer) => {
            let feature = feature_named(name)?;
            let (values, levels) = known(lines.iter().map(|line| line.values.get(feature)));
            writer.write_batch(&values, Some(&levels), None).map(drop)
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let label = |line: &Line| match name {
                FILE_LABEL => line.file_label,
                CHANGE_LABEL => line.change_label,
                _ => None,
            };
            let (values, levels) = known(lines.iter().map(label));
            writer.write_batch(&values, Some(&levels), None).map(drop)
        }
        _ => Err(ParquetError::General(format!("the column {name} is of no kind that is written"))),
    }
}

fn feature_named(name: &str) -> ParquetResult<Feature> {
    let definition = CATALOGUE.iter().find(|definition| definition.name == name);
    definition.map(|definition| definition.feature).ok_or_else(|| ParquetError::General(format!("no feature {name}")))
}

/// The known values, and for each line whether it has one: how Parquet keeps optional columns.
fn known<T>(values: impl Iterator<Item = Option<T>>) -> (Vec<T>, Vec<i16>) {
    let values: Vec<Option<T>> = values.collect();
    let levels = values.iter().map(|value| i16::from(value.is_some())).collect();
    (values.into_iter().flatten().collect(), levels)
}
