//! Python: modules by their place below an import root.
//!
//! A root is a folder that `import` may start from: the folder above a topmost package, the repository's root, its
//! `src`, `lib` and `python`, and the folder of a `pyproject.toml`, `setup.py` or `setup.cfg` with its `src`. A script
//! outside any package also sees its own folder. Of several roots that know a name, the file's own comes first, then
//! the nearest. Names of the standard library lead to a file here only from the file's own root or folder.
//! `from a import b` is the module `a.b` where there is one, and `a` otherwise; packages above it count for nothing, unless
//! `import a.b` finds no `b`: then `a` is what runs.

use super::Resolution;
use crate::code::{Import, Language};
use crate::graph::files::{Files, folder_of, folders_upwards, name_of};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Rules for Python, prepared for one commit.
pub(super) struct Python<'a> {
    files: &'a Files<'a>,
    /// Folders that hold Python, at any depth: packages with and without `__init__.py`.
    folders: HashSet<&'a str>,
    /// Which roots know a first name.
    roots_by_name: HashMap<String, Vec<String>>,
}

impl<'a> Python<'a> {
    pub(super) fn new(files: &'a Files<'a>, manifests: &[(String, String)]) -> Self {
        let modules = files.in_languages(&[Language::Python]);
        let folders: HashSet<&str> = modules.iter().flat_map(|&ix| folders_upwards(files.folder(ix))).collect();
        let mut python = Self { files, folders, roots_by_name: HashMap::new() };
        let roots = python.roots(&modules, manifests);
        python.index(&modules, &roots);
        python
    }

    pub(super) fn resolve(&self, from: u32, import: &Import, targets: &mut Vec<u32>) -> Resolution {
        let n_dots = import.target.bytes().take_while(|&byte| byte == b'.').count();
        let written: Vec<&str> = import.target[n_dots..].split('.').filter(|part| !part.is_empty()).collect();
        if n_dots > 0 {
            let base = folders_upwards(self.files.folder(from)).nth(n_dots - 1);
            let is_found = base.is_some_and(|base| self.add_below(base, &written, &import.names, targets));
            return if is_found { Resolution::Internal } else { Resolution::Unresolved };
        }
        let roots = self.roots_for(from, written.first().copied().unwrap_or_default());
        if roots.iter().any(|root| self.add_below(root, &written, &import.names, targets)) {
            Resolution::Internal
        } else if roots.is_empty() {
            Resolution::External
        } else {
            targets.extend(self.package_of(&roots, &written).filter(|_| import.names.is_empty()));
            Resolution::Unresolved
        }
    }

    /// The package that runs first when `import a.b` looks for a module that is not here: the build may make it.
    fn package_of(&self, roots: &[&str], written: &[&str]) -> Option<u32> {
        let (_, package) = written.split_last().filter(|(_, package)| !package.is_empty())?;
        roots.iter().find_map(|root| self.module(&below(root, package)))
    }

    /// Adds what `names` of the module `written` below `base` lead to; whether it leads anywhere.
    fn add_below(&self, base: &str, written: &[&str], names: &[String], targets: &mut Vec<u32>) -> bool {
        let place = below(base, written);
        let module = self.module(&place);
        let before = targets.len();
        if names.is_empty() {
            targets.extend(module);
        }
        for name in names {
            let inner = (name != "*").then(|| self.module(&below(&place, &[name]))).flatten();
            targets.extend(inner.or(module));
        }
        targets.len() > before
    }

    /// The file of the module or package at `place`.
    fn module(&self, place: &str) -> Option<u32> {
        let package = if place.is_empty() { "__init__".to_owned() } else { format!("{place}/__init__") };
        [place, &package]
            .iter()
            .flat_map(|stem| [format!("{stem}.py"), format!("{stem}.pyi")])
            .find_map(|path| self.files.find(&path))
    }

    /// Roots that know `name`, best first for `from`.
    fn roots_for(&self, from: u32, name: &str) -> Vec<&str> {
        let folder = self.files.folder(from);
        let own = self.own_root(folder);
        let knows = |root: &str| {
            let place = below(root, &[name]);
            self.folders.contains(place.as_str()) || self.module(&place).is_some()
        };
        let mut roots: Vec<&str> = if knows(own) { vec![own] } else { Vec::new() };
        if is_standard(name) {
            return roots;
        }
        let mut others: Vec<&str> = self
            .roots_by_name
            .get(name)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|root| *root != own)
            .collect();
        others.sort_by_key(|root| (std::cmp::Reverse(n_shared(folder, root)), root.len(), *root));
        roots.extend(others);
        roots
    }

    /// Where absolute imports of files in `folder` start: above the topmost package, or the folder of a script itself.
    fn own_root<'f>(&self, folder: &'f str) -> &'f str {
        folders_upwards(folder).find(|folder| !self.is_package(folder)).unwrap_or("")
    }

    fn is_package(&self, folder: &str) -> bool {
        !folder.is_empty() && self.files.find(&format!("{folder}/__init__.py")).is_some()
    }

    fn roots(&self, modules: &[u32], manifests: &[(String, String)]) -> BTreeSet<String> {
        let mut roots: BTreeSet<String> = ["", "src", "lib", "python"].map(str::to_owned).into();
        for &ix in modules {
            let folder = self.files.folder(ix);
            if self.is_package(folder) {
                roots.insert(self.own_root(folder).to_owned());
            }
        }
        for (path, _) in manifests {
            if matches!(name_of(path), "pyproject.toml" | "setup.py" | "setup.cfg") {
                roots.insert(folder_of(path).to_owned());
                roots.insert(below(folder_of(path), &["src"]));
            }
        }
        roots
    }

    /// Notes for every module which roots see it, under which first name.
    fn index(&mut self, modules: &[u32], roots: &BTreeSet<String>) {
        let mut seen: HashSet<(&str, &str)> = HashSet::new();
        for &ix in modules {
            let path = self.files.path(ix);
            for root in folders_upwards(self.files.folder(ix)) {
                let Some(root) = roots.get(root) else { continue };
                let inner = path[root.len()..].trim_start_matches('/');
                let name = inner.split(['/', '.']).next().unwrap_or_default();
                if seen.insert((root, name)) {
                    self.roots_by_name.entry(name.to_owned()).or_default().push(root.clone());
                }
            }
        }
    }
}

fn below(folder: &str, parts: &[&str]) -> String {
    let all = std::iter::once(folder).filter(|folder| !folder.is_empty()).chain(parts.iter().copied());
    all.collect::<Vec<_>>().join("/")
}

fn n_shared(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}

/// Whether `name` is a module of Python's standard library (3.13, and the older ones still met).
fn is_standard(name: &str) -> bool {
    STANDARD.binary_search(&name).is_ok()
}

#[rustfmt::skip]
const STANDARD: &[&str] = &[
    "__future__", "_thread", "abc", "argparse", "array", "ast", "asyncio", "atexit", "base64", "bdb", "binascii",
    "bisect", "builtins", "bz2", "calendar", "cgi", "cmath", "cmd", "code", "codecs", "collections", "colorsys",
    "concurrent", "configparser", "contextlib", "contextvars", "copy", "copyreg", "csv", "ctypes", "curses",
    "dataclasses", "datetime", "dbm", "decimal", "difflib", "dis", "distutils", "doctest", "email", "encodings",
    "enum", "errno", "faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch", "fractions", "ftplib", "functools",
    "gc", "getopt", "getpass", "gettext", "glob", "grp", "gzip", "hashlib", "heapq", "hmac", "html", "http", "imp",
    "importlib", "inspect", "io", "ipaddress", "itertools", "json", "keyword", "linecache", "locale", "logging",
    "lzma", "mailbox", "marshal", "math", "mimetypes", "mmap", "multiprocessing", "numbers", "operator", "optparse",
    "os", "pathlib", "pdb", "pickle", "pkgutil", "platform", "plistlib", "posixpath", "pprint", "profile", "pty",
    "pwd", "queue", "quopri", "random", "re", "readline", "reprlib", "resource", "runpy", "sched", "secrets",
    "select", "selectors", "shelve", "shlex", "shutil", "signal", "site", "smtplib", "socket", "socketserver",
    "sqlite3", "ssl", "stat", "statistics", "string", "struct", "subprocess", "symtable", "sys", "sysconfig",
    "syslog", "tarfile", "tempfile", "termios", "textwrap", "threading", "time", "timeit", "tkinter", "token",
    "tokenize", "tomllib", "trace", "traceback", "tracemalloc", "tty", "types", "typing", "unicodedata", "unittest",
    "urllib", "uuid", "venv", "warnings", "wave", "weakref", "webbrowser", "wsgiref", "xml", "xmlrpc", "zipfile",
    "zipimport", "zlib", "zoneinfo",
];
