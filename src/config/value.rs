//! Where does a setting's value come from?
//!
//! In: the environment and the TOML file. Out: the text of one setting with the name under which the user set it.
//! The environment wins over the file; a value and a file with the value at the same level is a mistake, not a choice.

use super::table::{SETTINGS, Setting};
use super::{Environment, Error};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A settings file, a private key or a list of hosts is far below this; a mistaken path to a disk image is not.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The two places a value can come from.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    environment: &'a Environment,
    file: BTreeMap<String, String>,
}

/// A value, and what the user called it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// Variable or key, for errors.
    pub(super) name: String,
    /// The text, without white space around it.
    pub(super) text: String,
}

impl<'a> Sources<'a> {
    /// Reads the TOML file, where there is one.
    pub(super) fn read(environment: &'a Environment, file: Option<(&str, &Path)>) -> Result<Self, Error> {
        let file = match file {
            Some((name, path)) => parse_toml(&read_text(name, path)?, path)?,
            None => BTreeMap::new(),
        };
        Ok(Self { environment, file })
    }

    /// The value of a setting; `None` when it is not set anywhere.
    pub(super) fn get(&self, setting: Setting) -> Result<Option<Value>, Error> {
        let lower = setting.variable.to_lowercase();
        let in_environment = |name: &str| self.environment.get(name).map(str::to_owned);
        let in_file = |name: &str| self.file.get(name).cloned();
        if let Some(value) = at_level(setting, setting.variable, "_FILE", in_environment)? {
            return Ok(Some(value));
        }
        // Proxies are customarily set in lower case; the program's own variables are not.
        if !setting.variable.starts_with("HYPERION_")
            && let Some(value) = at_level(setting, &lower, "_file", in_environment)?
        {
            return Ok(Some(value));
        }
        at_level(setting, setting.key, "_file", in_file)
    }
}

fn at_level(
    setting: Setting,
    name: &str,
    suffix: &str,
    get: impl Fn(&str) -> Option<String>,
) -> Result<Option<Value>, Error> {
    let name_of_file = format!("{name}{suffix}");
    let path = if setting.has_file { get(&name_of_file) } else { None };
    match (get(name), path) {
        (Some(_), Some(_)) => Err(Error::Twice { name: name.to_owned(), name_of_file }),
        (Some(text), None) => Ok(Some(Value { name: name.to_owned(), text: text.trim().to_owned() })),
        (None, Some(path)) => {
            let text = read_text(&name_of_file, Path::new(&path))?.trim().to_owned();
            if text.is_empty() {
                return Err(Error::invalid(&name_of_file, "a file that is not empty", &path));
            }
            Ok(Some(Value { name: name_of_file, text }))
        }
        (None, None) => Ok(None),
    }
}

fn read_text(name: &str, path: &Path) -> Result<String, Error> {
    let failed = |source| Error::ReadFile { name: name.to_owned(), path: path.to_owned(), source };
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Error::invalid(name, "a file of at most 1 MiB", &path.display().to_string()));
    }
    Ok(text)
}

fn parse_toml(text: &str, path: &Path) -> Result<BTreeMap<String, String>, Error> {
    let table: toml::Table = toml::from_str(text).map_err(|error: toml::de::Error| Error::ParseFile {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        message: error.message().to_owned(),
    })?;
    table.into_iter().map(|(key, value)| Ok((known(key, path)?, value))).map(|entry| entry.and_then(scalar)).collect()
}

fn known(key: String, path: &Path) -> Result<String, Error> {
    let is_known =
        |setting: &Setting| key == setting.key || (setting.has_file && key == format!("{}_file", setting.key));
    if SETTINGS.iter().any(is_known) {
        return Ok(key);
    }
    let expected = SETTINGS.iter().map(|setting| format!("`{}`", setting.key)).collect::<Vec<_>>().join(", ");
    Err(Error::UnknownKey { key, path: PathBuf::from(path), expected })
}

fn scalar((key, value): (String, toml::Value)) -> Result<(String, String), Error> {
    match value {
        toml::Value::String(text) => Ok((key, text)),
        toml::Value::Integer(number) => Ok((key, number.to_string())),
        // Not shown: it may be a secret in the wrong shape.
        _ => Err(Error::invalid_secret(&key, "a text or a whole number")),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}
