//! How does a file grow without ever being half read?
//!
//! In: payloads, one after the other. Out: the same payloads, up to the last one that was written whole. A process may
//! die while it appends: what it left behind breaks its checksum, is passed over, and is written over by the next.
//! A file of another kind or version is as good as none. Never guesses at damaged bytes.

use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes before the first segment: eight that name the kind, four of its version.
const HEADER_BYTES: usize = 12;

/// Bytes before each payload: its length and its checksum.
const FRAME_BYTES: usize = 16;

/// A file of segments.
#[derive(Debug, Clone)]
pub(super) struct SegmentFile {
    path: PathBuf,
    header: [u8; HEADER_BYTES],
}

/// What stood in a file when it was read.
#[derive(Debug, Default)]
pub(super) struct Segments {
    bytes: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

/// How far a file was read, so that more can be appended behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Where the last whole segment ends; 0 where there is no such file.
    end: u64,
    /// How long the file was, with what is behind.
    length: u64,
    /// How many segments it has.
    pub(super) n_segments: usize,
}

impl Segments {
    /// The payloads in order.
    pub(super) fn payloads(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.ranges.iter().map(|range| &self.bytes[range.clone()])
    }

    /// For appending behind what was read.
    pub(super) fn seen(&self) -> Seen {
        let header = if self.bytes.is_empty() { 0 } else { HEADER_BYTES };
        let end = self.ranges.last().map_or(header, |last| last.end);
        Seen { end: end as u64, length: self.bytes.len() as u64, n_segments: self.ranges.len() }
    }
}

impl SegmentFile {
    /// The file at `path`; `kind` and `version` say what its payloads are.
    pub(super) fn new(path: PathBuf, kind: &[u8; 8], version: u32) -> Self {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(kind);
        header[8..].copy_from_slice(&version.to_le_bytes());
        Self { path, header }
    }

    /// Everything that was written whole; nothing where the file is missing or foreign.
    pub(super) fn read(&self) -> Segments {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        if !bytes.starts_with(&self.header) {
            return Segments::default();
        }
        let mut ranges = Vec::new();
        let mut at = HEADER_BYTES;
        while let Some(range) = payload_at(&bytes, at) {
            at = range.end;
            ranges.push(range);
        }
        Segments { bytes, ranges }
    }

    /// Appends a payload behind what was seen, and returns how far the file goes now.
    ///
    /// `None` when the file is not the one that was seen: then nothing was written, and the caller replaces it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn append(&self, seen: Seen, payload: &[u8]) -> std::io::Result<Option<Seen>> {
        let Ok(mut file) = std::fs::OpenOptions::new().read(true).write(true).open(&self.path) else { return Ok(None) };
        let mut header = [0; HEADER_BYTES];
        let is_same = seen.end > 0
            && file.metadata()?.len() == seen.length
            && file.read_exact(&mut header).is_ok()
            && header == self.header;
        if !is_same {
            return Ok(None);
        }
        file.set_len(seen.end)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(&framed(payload))?;
        let end = seen.end + (FRAME_BYTES + payload.len()) as u64;
        Ok(Some(Seen { end, length: end, n_segments: seen.n_segments + 1 }))
    }

    /// Puts one payload in place of everything, written beside and renamed.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays.
    pub(super) fn replace(&self, payload: &[u8]) -> std::io::Result<Seen> {
        let mut bytes = self.header.to_vec();
        bytes.extend(framed(payload));
        write_whole(&self.path, &bytes)?;
        let length = bytes.len() as u64;
        Ok(Seen { end: length, length, n_segments: 1 })
    }
}

/// Where the payload lies whose frame begins at `at`, if it is there whole.
fn payload_at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let frame = bytes.get(at..at.checked_add(FRAME_BYTES)?)?;
    let length = u64::from_le_bytes(frame[..8].try_into().ok()?);
    let start = at + FRAME_BYTES;
    let range = start..start.checked_add(usize::try_from(length).ok()?)?;
    let payload = bytes.get(range.clone())?;
    (checksum(payload).to_le_bytes() == frame[8..]).then_some(range)
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FRAME_BYTES + payload.len());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(checksum(payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// Tells a payload that was cut or overwritten from a whole one; no defence against a forger, who could write the file.
///
/// Eight bytes a step (FNV-1a on words, with a shift so that high bits reach low ones): 12 MB take two milliseconds.
fn checksum(payload: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        mixed ^ (mixed >> 29)
    };
    let (words, rest) = payload.as_chunks::<8>();
    let hash = words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(step(hash, payload.len() as u64), |hash, byte| step(hash, u64::from(*byte)))
}

/// Writes beside `path` and renames into place, so that a reader never sees half a file.
///
/// # Errors
/// When it cannot be written; what was there stays.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = folder.join(name);
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(file: &SegmentFile) -> Vec<Vec<u8>> {
        file.read().payloads().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn a_cut_at_any_byte_leaves_the_segments_before_it_and_room_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept/log");
        let file = SegmentFile::new(path.clone(), b"HYPTESTS", 1);
        let first = file.replace(b"the first").unwrap();
        let second = file.append(first, b"second").unwrap().unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(second.end, whole.len() as u64);
        for n_bytes in 0..=whole.len() as u64 {
            std::fs::write(&path, &whole[..n_bytes as usize]).unwrap();
            let segments = file.read();
            let n_whole = usize::from(n_bytes >= first.end) + usize::from(n_bytes >= second.end);
            assert_eq!(segments.payloads().count(), n_whole, "cut at {n_bytes}");
            let written = match file.append(segments.seen(), b"third").unwrap() {
                Some(seen) => seen,
                None => file.replace(b"third").unwrap(),
            };
            assert_eq!((written.n_segments, payloads(&file).len()), (n_whole + 1, n_whole + 1), "cut at {n_bytes}");
            assert_eq!(payloads(&file).last().unwrap(), b"third");
        }
    }

    #[test]
    fn a_changed_byte_ends_the_file_before_its_segment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let file = SegmentFile::new(path.clone(), b"HYPTESTS", 1);
        let seen = file.replace(b"0123456789").unwrap();
        file.append(seen, b"abcdefghij").unwrap().unwrap();
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 4;
            std::fs::write(&path, damaged).unwrap();
            let n_whole = usize::from(at as u64 >= seen.end);
            assert_eq!(file.read().payloads().count(), n_whole, "changed at {at}");
        }
    }

    #[test]
    fn a_file_that_another_process_wrote_to_is_not_appended_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = SegmentFile::new(folder.path().join("log"), b"HYPTESTS", 1);
        let seen = file.replace(b"mine").unwrap();
        file.append(seen, b"theirs").unwrap().unwrap();
        assert_eq!(file.append(seen, b"mine again").unwrap(), None);
        assert_eq!(payloads(&file), [b"mine".to_vec(), b"theirs".to_vec()]);
    }

    #[test]
    fn another_version_of_the_file_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        SegmentFile::new(path.clone(), b"HYPTESTS", 1).replace(b"old").unwrap();
        let newer = SegmentFile::new(path, b"HYPTESTS", 2);
        assert!(payloads(&newer).is_empty());
        assert_eq!(newer.append(newer.read().seen(), b"new").unwrap(), None);
    }
}
