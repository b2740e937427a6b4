//! Which repository is meant?
//!
//! In: what somebody wrote: a folder, or an address. Out: a place to open or to clone from, or a sentence that says what
//! is taken instead. Only public `https` addresses are cloned (`http` from this machine alone, for servers under
//! test), and `file://` is the folder it names. Never passes a stranger's words on to git as anything but an address.

use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// Longest address that is taken.
const MAX_ADDRESS_BYTES: usize = 2_000;

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On this machine.
    Folder(PathBuf),
    /// To be cloned first.
    Address(String),
}

/// What was written is no place that is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a folder, `file:///folder` or a public `https://host/path` without a name, password or port tricks, got `{text}`: {reason}"
)]
pub struct NoPlace {
    text: String,
    reason: &'static str,
}

impl Place {
    /// The place that `text` names.
    ///
    /// # Errors
    /// [`NoPlace`] when it is an address of another kind.
    pub fn parse(text: &str) -> Result<Self, NoPlace> {
        // Names and passwords are not repeated: they may be real.
        let refuse = |reason| NoPlace { text: without_userinfo(text).chars().take(100).collect(), reason };
        let Some((scheme, rest)) = text.split_once("://") else {
            return if is_ssh_shorthand(text) || text.contains("::") && !PathBuf::from(text).exists() {
                Err(refuse("this kind of address is not read"))
            } else {
                Ok(Place::Folder(PathBuf::from(text)))
            };
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        match scheme.to_ascii_lowercase().as_str() {
            _ if text.len() > MAX_ADDRESS_BYTES => Err(refuse("it is too long")),
            _ if text.contains(|c: char| c.is_control() || c.is_whitespace()) => Err(refuse("it holds white space")),
            "file" => folder(rest).map(Place::Folder).map_err(refuse),
            "https" | "http" if host.contains('@') => Err(refuse("it holds a name or a password")),
            "https" | "http" if host.is_empty() || host.starts_with(['-', ':']) => Err(refuse("it names no host")),
            "https" | "http" if rest.contains(['?', '#']) => Err(refuse("it asks a question")),
            "https" => Ok(Place::Address(format!("https://{rest}"))),
            "http" if is_this_machine(host) => Ok(Place::Address(format!("http://{rest}"))),
            "http" => Err(refuse("it is not encrypted")),
            _ => Err(refuse("this kind of address is not read")),
        }
    }

    /// The last part of the place, as people call a repository.
    pub fn name(&self) -> String {
        let text = match self {
            Place::Folder(path) => path.canonicalize().unwrap_or_else(|_| path.clone()).display().to_string(),
            Place::Address(url) => url.clone(),
        };
        let mut parts = text.trim_end_matches('/').trim_end_matches("/.git").rsplit('/');
        let last = parts.next().unwrap_or_default().trim_end_matches(".git");
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name: String = last.chars().map(|c| if is_plain(c) { c } else { '-' }).take(100).collect();
        if name.trim_matches(['.', '-']).is_empty() { "repository".to_owned() } else { name }
    }
}

/// Names what is kept of a repository on this machine: a digest of its place.
pub fn folder_key(git_directory: &std::path::Path) -> String {
    let place = git_directory.canonicalize().unwrap_or_else(|_| git_directory.to_owned());
    format!("local-{}", digest(place.as_os_str().as_encoded_bytes()))
}

/// Names what is kept of a repository that was cloned: a digest of its address.
pub fn address_key(url: &str) -> String {
    let plain = url.trim_end_matches('/').trim_end_matches(".git");
    format!("remote-{}", digest(plain.as_bytes()))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of `file://` without a host, `%20` and the like put back.
fn folder(rest: &str) -> Result<PathBuf, &'static str> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err("a file on another machine is not read");
    }
    let bytes = percent_decoded(path).ok_or("a `%` is not followed by two hexadecimal digits")?;
    String::from_utf8(bytes).map(PathBuf::from).map_err(|_| "it is not UTF-8")
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        let is_hexadecimal = code.bytes().all(|byte| byte.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(code, 16).ok().filter(|_| is_hexadecimal)?);
        bytes.extend(rest.as_bytes());
    }
    Some(bytes)
}

/// `user@host:path`, as ssh writes it, unless there is such a folder.
fn is_ssh_shorthand(text: &str) -> bool {
    let before_slash = text.split('/').next().unwrap_or_default();
    before_slash.contains('@') && before_slash.contains(':') && !PathBuf::from(text).exists()
}

fn is_this_machine(host: &str) -> bool {
    let name = host.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let name = name.unwrap_or_else(|| host.split(':').next().unwrap_or_default());
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}

fn without_userinfo(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_public_addresses_are_places() {
        let folder = |path: &str| Place::Folder(PathBuf::from(path));
        let address = |url: &str| Place::Address(url.to_owned());
        for (text, expected, name) in [
            ("/srv/flask/.git", folder("/srv/flask/.git"), "flask"),
            ("file:///srv/my%20code", folder("/srv/my code"), "my-code"),
            ("file://localhost/srv/flask.git", folder("/srv/flask.git"), "flask"),
            ("https://github.com/pallets/flask.git", address("https://github.com/pallets/flask.git"), "flask"),
            ("HTTPS://github.com/pallets/flask/", address("https://github.com/pallets/flask/"), "flask"),
            ("http://127.0.0.1:8080/octo/hello", address("http://127.0.0.1:8080/octo/hello"), "hello"),
            ("http://[::1]/octo/..", address("http://[::1]/octo/.."), "repository"),
        ] {
            let place = Place::parse(text).unwrap();
            assert_eq!((&place, place.name().as_str()), (&expected, name), "{text}");
        }
    }

    #[test]
    fn other_addresses_are_refused_and_passwords_not_repeated() {
        for text in [
            "ssh://git@github.com/octo/hello",
            "git@github.com:octo/hello.git",
            "git://github.com/octo/hello",
            "ext::sh -c whoami",
            "http://example.com/octo/hello",
            "http://127.0.0.1.example.com/x",
            "http://localhost@example.com/x",
            "https://",
            "https://-oProxyCommand=x/y",
            "https://ada:hunter2@example.com/octo/hello",
            "https://example.com/octo/hello?x",
            "https://example.com/a b",
            "file://server/share",
            "file:///srv/%zz",
            "file:///srv/%2",
        ] {
            let refused = Place::parse(text).expect_err(text).to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn one_repository_has_one_key_however_its_address_ends() {
        let key = address_key("https://github.com/pallets/flask");
        assert_eq!(address_key("https://github.com/pallets/flask.git"), key);
        assert_ne!(address_key("https://github.com/pallets/click"), key);
    }
}
