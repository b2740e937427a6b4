//! How is an item read without the file around it?
//!
//! In: a file taken apart, and one of its items. Out: a text that the grammar accepts by itself: the item, between a
//! head and an end that stand for the type or the condition of the preprocessor around it.

use super::items::{Item, Layout, Shape};
use std::borrow::Cow;

/// A text around one item.
pub(super) struct Alone<'t> {
    pub(super) text: Cow<'t, str>,
    /// The bytes of `text` that are the item.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Lines of `text` before the item.
    pub(super) n_head_lines: usize,
}

/// What stands for the surroundings of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Before the item, from outside in.
    pub(super) head: [&'static str; 2],
    /// After it, from inside out.
    pub(super) end: [&'static str; 2],
}

impl Frame {
    /// The frame of the item `at`.
    pub(super) fn of(layout: &Layout, at: usize) -> Frame {
        let item = &layout.items[at];
        let container = item.parent.and_then(|parent| match layout.items[parent].shape {
            Shape::Opens(container) => Some(container),
            _ => None,
        });
        let (outer_head, outer_end) = container.map_or(("", ""), |container| (container.head, container.end));
        let (head, end) = match item.shape {
            Shape::Plain => ("", ""),
            Shape::Opens(container) => ("", container.end),
            Shape::Closes => return Frame { head: [outer_head, ""], end: ["", ""] },
            Shape::If => ("\n", "\n#endif\n"),
            Shape::Else => ("\n#if 0\n", "\n#endif\n"),
            Shape::EndIf => ("\n#if 0\n", "\n"),
        };
        Frame { head: [outer_head, head], end: [end, outer_end] }
    }

    fn is_empty(&self) -> bool {
        self.head.iter().chain(&self.end).all(|part| part.is_empty())
    }
}

impl<'t> Alone<'t> {
    /// The text of `item` in `frame`.
    pub(super) fn new(item: &Item, frame: Frame, text: &'t str) -> Self {
        let written = &text[item.start..item.end];
        if frame.is_empty() {
            return Alone { text: Cow::Borrowed(written), start: 0, end: written.len(), n_head_lines: 0 };
        }
        let [outer_head, head] = frame.head;
        let [end, outer_end] = frame.end;
        let start = outer_head.len() + head.len();
        let n_head_lines = outer_head.bytes().chain(head.bytes()).filter(|&byte| byte == b'\n').count();
        let text = [outer_head, head, written, end, outer_end].concat();
        Alone { text: Cow::Owned(text), start, end: start + written.len(), n_head_lines }
    }
}
