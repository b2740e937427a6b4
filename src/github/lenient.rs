//! How is an answer read that has less, or more, than its documentation says?
//!
//! In: fields we could do without. Out: their value, or the default where they are absent or null: one odd field must
//! not hide an answer. What we cannot do without stays required, and its absence is an error that names it.

use super::moment;
use crate::domain::Timestamp;
use serde::{Deserialize, Deserializer};

/// The default for null. Use with `#[serde(default)]`, which covers absence.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// A moment; nothing when it is null or in other words. Use with `#[serde(default)]`.
pub(super) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value.as_str().and_then(moment::parse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "or_default")]
        name: String,
        #[serde(default, deserialize_with = "moment")]
        at: Option<Timestamp>,
    }

    #[test]
    fn odd_fields_read_as_nothing() {
        let nothing = Answer { name: String::new(), at: None };
        for text in ["{}", r#"{"name":null,"at":null}"#, r#"{"at":7,"more":[]}"#, r#"{"at":"soon"}"#] {
            assert_eq!(serde_json::from_str::<Answer>(text).unwrap(), nothing, "{text}");
        }
        let answer: Answer = serde_json::from_str(r#"{"name":"a","at":"1970-01-01T00:00:07Z"}"#).unwrap();
        assert_eq!(answer, Answer { name: "a".to_owned(), at: Some(Timestamp(7)) });
    }
}
