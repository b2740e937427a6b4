//! What does an XML file of a known shape hold?
//!
//! In: text from a stranger. Out: its elements and texts, one after the other, each with the names around it. Never
//! expands an entity a document declares, never loads a document type, never goes deeper than any known format needs.

use super::Fault;
use super::fault::shown;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

/// The deepest element of a build or coverage file is at twelve.
const MAX_DEPTH: usize = 64;

/// What stands at one place.
pub(super) enum Item<'a> {
    /// An element begins; the last name of the path is its own.
    Start(Attributes<'a>),
    /// Text inside the innermost element; one text may come in several pieces.
    Text(&'a str),
    /// The innermost element ends.
    End,
}

/// The attributes of one element.
pub(super) struct Attributes<'a>(&'a BytesStart<'a>);

impl Attributes<'_> {
    /// The value of an attribute, if it is there.
    ///
    /// # Errors
    /// When the attributes are broken or name an entity of the document.
    pub(super) fn get(&self, name: &str) -> Result<Option<String>, String> {
        let broken = |error: &dyn std::fmt::Display| format!("expected attributes: {}", shown(&error.to_string()));
        let found = self.0.try_get_attribute(name).map_err(|error| broken(&error))?;
        let value =
            found.map(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).map(|value| value.into_owned()));
        value.transpose().map_err(|error| broken(&error))
    }

    /// The value of an attribute that has to be there.
    pub(super) fn expect(&self, name: &str) -> Result<String, String> {
        self.get(name)?.ok_or_else(|| format!("expected an attribute `{name}`"))
    }
}

/// Walks the document; `visit` is told the names from the root to the innermost open element.
///
/// # Errors
/// When the text is not XML, is too deep, or `visit` refuses something.
pub(super) fn walk(text: &str, mut visit: impl FnMut(&[String], Item<'_>) -> Result<(), String>) -> Result<(), Fault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut path: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event();
        let done = event.map_err(|error| format!("expected XML: {}", shown(&error.to_string())));
        let done = done.and_then(|event| step(&mut path, event, &mut visit));
        match done {
            Ok(true) => {}
            Ok(false) if path.is_empty() => return Ok(()),
            Ok(false) => return Err(Fault::at(text, text.len(), "expected the end of every element")),
            Err(message) => return Err(Fault::at(text, reader.buffer_position() as usize, message)),
        }
    }
}

/// Handles one event; false at the end of the document.
fn step(
    path: &mut Vec<String>,
    event: Event<'_>,
    visit: &mut impl FnMut(&[String], Item<'_>) -> Result<(), String>,
) -> Result<bool, String> {
    match event {
        Event::Eof => return Ok(false),
        Event::Start(start) => {
            if path.len() == MAX_DEPTH {
                return Err(format!("expected at most {MAX_DEPTH} elements in each other"));
            }
            path.push(start.local_name().as_ref().to_owned());
            visit(path, Item::Start(Attributes(&start)))?;
        }
        Event::End(_) => {
            visit(path, Item::End)?;
            path.pop();
        }
        Event::Text(text) => visit(path, Item::Text(&text.xml10_content()))?,
        Event::CData(text) => visit(path, Item::Text(&text.xml10_content()))?,
        Event::GeneralRef(reference) => visit(path, Item::Text(&resolved(&reference)?))?,
        // Read over: nothing in them counts, and a document type is not followed.
        Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
    }
    Ok(true)
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    let by_number = reference.resolve_char_ref().map_err(|error| shown(&error.to_string()))?;
    let name = reference.xml10_content();
    let by_name = || resolve_predefined_entity(&name).map(str::to_owned);
    by_number
        .map(String::from)
        .or_else(by_name)
        .ok_or_else(|| format!("entities are not read, got `&{};`", shown(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(document: &str) -> Result<String, Fault> {
        let mut all = String::new();
        walk(document, |path, item| {
            match item {
                Item::Start(attributes) => {
                    all += &format!("<{}>{}", path.join("/"), attributes.get("a")?.unwrap_or_default())
                }
                Item::Text(text) => all += text,
                Item::End => all += ".",
            }
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn elements_come_with_the_names_around_them() {
        assert_eq!(texts("<x a='1'><y/>t&amp;&#65;<![CDATA[<]]></x>").unwrap(), "<x>1<x/y>.t&A<.");
        assert_eq!(
            texts("<?xml version='1.0'?><!DOCTYPE x SYSTEM 'x.dtd'><!-- c --><n:x xmlns:n='u'/>").unwrap(),
            "<x>."
        );
    }

    #[test]
    fn what_a_hostile_document_wants_is_refused_with_its_line() {
        let bomb = "<!DOCTYPE x [\n<!ENTITY a \"aaaa\">\n<!ENTITY b \"&a;&a;\">\n]>\n<x>&b;</x>";
        assert_eq!(texts(bomb).unwrap_err().to_string(), "line 5: entities are not read, got `&b;`");
        assert!(texts("<!DOCTYPE x [<!ENTITY b 'c'>]>\n<x a='&b;'/>").unwrap_err().to_string().starts_with("line 2: "));
        assert_eq!(texts(&"<x>\n".repeat(70)).unwrap_err().line, 65);
        for broken in ["<x>", "<x></y>", "<x a=1/>", "<x a='1", "</x>", "<x><![CDATA[", "&"] {
            assert!(texts(broken).is_err(), "{broken}");
        }
    }
}
