//! Does a package's name imitate another one?
//!
//! In: a new name, and the names that are known. Out: the known name it would be mistaken for. The tricks looked for are
//! those found in real registries (Taylor et al., "Defending Against Package Typosquatting", 2020): one letter missing,
//! doubled, changed or swapped; letters that look alike; separators left out or exchanged; another owner before the
//! same name. Never calls a well-known name an imitation.

use super::Ecosystem;

/// Shorter names are near each other by chance.
const MIN_LETTERS: usize = 5;

/// How a name imitates another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resemblance {
    /// The known name.
    pub known: String,
}

/// The known name that `name` would be mistaken for, if any: the repository's own names first, then well-known ones.
pub fn imitated<'a>(name: &str, ecosystem: Ecosystem, own: impl Iterator<Item = &'a str>) -> Option<Resemblance> {
    if is_well_known(name, ecosystem) {
        return None;
    }
    let mut known = own.chain(well_known(ecosystem).iter().copied());
    known.find(|known| is_imitation(name, known)).map(|known| Resemblance { known: known.to_owned() })
}

/// Whether a name is one of those everybody knows.
pub fn is_well_known(name: &str, ecosystem: Ecosystem) -> bool {
    well_known(ecosystem).iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_imitation(name: &str, known: &str) -> bool {
    let (name, known) = (name.to_ascii_lowercase(), known.to_ascii_lowercase());
    if name == known {
        return false;
    }
    match (split_owner(&name), split_owner(&known)) {
        // Siblings of one owner are named alike by intent; another owner before the same name is not.
        ((Some(owner), last), (Some(known_owner), known_last)) => last == known_last && is_near(owner, known_owner),
        ((None, name), (None, known)) => is_near(name, known),
        _ => false,
    }
}

/// `@scope/name`, `group:artifact`, `host/owner/name`: what stands before the last part, and the last part.
fn split_owner(name: &str) -> (Option<&str>, &str) {
    name.rsplit_once(['/', ':']).map_or((None, name), |(owner, last)| (Some(owner), last))
}

fn is_near(name: &str, known: &str) -> bool {
    let shorter = name.len().min(known.len());
    if shorter < MIN_LETTERS || name.len().abs_diff(known.len()) > 2 {
        return false;
    }
    folded(name) == folded(known) || is_one_slip(name.as_bytes(), known.as_bytes())
}

/// Without separators, and with letters that look alike made the same.
fn folded(name: &str) -> String {
    let plain: String = name.chars().filter(|letter| !matches!(letter, '-' | '_' | '.')).collect();
    plain.replace('0', "o").replace('1', "l").replace("rn", "m").replace("vv", "w")
}

/// One letter added, left out, changed, or swapped with its neighbour. Digits are versions, not slips.
fn is_one_slip(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (short, long) = (&short[start..], &long[start..]);
    let end = short.iter().rev().zip(long.iter().rev()).take_while(|(x, y)| x == y).count();
    let (short, long) = (&short[..short.len() - end], &long[..long.len() - end]);
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    match (short, long) {
        ([], [one]) => is_letter(one),
        ([one], [other]) => is_letter(one) && is_letter(other),
        ([a, b], [c, d]) => a == d && b == c && is_letter(a) && is_letter(b),
        _ => false,
    }
}

/// Names that everybody knows are worth imitating. A name on this list is never itself an imitation.
fn well_known(ecosystem: Ecosystem) -> &'static [&'static str] {
    match ecosystem {
        Ecosystem::Cargo => &[
            "anyhow",
            "async-trait",
            "axum",
            "base64",
            "bitflags",
            "bytes",
            "chrono",
            "clap",
            "crossbeam",
            "env_logger",
            "flate2",
            "futures",
            "hashbrown",
            "hyper",
            "indexmap",
            "itertools",
            "lazy_static",
            "libc",
            "memchr",
            "num-traits",
            "once_cell",
            "openssl",
            "parking_lot",
            "proc-macro2",
            "quote",
            "rand",
            "rayon",
            "regex",
            "reqwest",
            "ring",
            "rustls",
            "serde",
            "serde_json",
            "serde_yaml",
            "sha2",
            "smallvec",
            "socket2",
            "sqlx",
            "syn",
            "tempfile",
            "thiserror",
            "tokio",
            "tokio-util",
            "toml",
            "tonic",
            "tower",
            "tracing",
            "unicode-width",
            "uuid",
            "walkdir",
            "winapi",
        ],
        Ecosystem::Npm => &[
            "async",
            "axios",
            "babel-core",
            "bluebird",
            "body-parser",
            "chai",
            "chalk",
            "classnames",
            "commander",
            "cookie-parser",
            "cors",
            "cross-env",
            "cross-spawn",
            "debug",
            "dotenv",
            "electron",
            "esbuild",
            "eslint",
            "event-stream",
            "express",
            "fastify",
            "fs-extra",
            "glob",
            "inquirer",
            "jest",
            "jquery",
            "jsonwebtoken",
            "lodash",
            "lodash.merge",
            "minimist",
            "mocha",
            "moment",
            "mongoose",
            "mysql",
            "next",
            "node-fetch",
            "nodemailer",
            "nodemon",
            "passport",
            "preact",
            "prettier",
            "prop-types",
            "react",
            "react-dom",
            "redux",
            "request",
            "rimraf",
            "rollup",
            "rxjs",
            "semver",
            "sequelize",
            "socket.io",
            "styled-components",
            "superagent",
            "tslib",
            "typescript",
            "underscore",
            "uuid",
            "validator",
            "vite",
            "vitest",
            "vue",
            "webpack",
            "winston",
            "yargs",
        ],
        Ecosystem::Python => &[
            "aiohttp",
            "attrs",
            "beautifulsoup4",
            "boto3",
            "botocore",
            "certifi",
            "cffi",
            "charset-normalizer",
            "click",
            "colorama",
            "cryptography",
            "django",
            "djangorestframework",
            "docker",
            "fastapi",
            "flask",
            "gunicorn",
            "httpx",
            "idna",
            "ipython",
            "jinja2",
            "keras",
            "markupsafe",
            "matplotlib",
            "mypy",
            "numpy",
            "openai",
            "opencv-python",
            "pandas",
            "paramiko",
            "pillow",
            "pip",
            "protobuf",
            "psycopg2",
            "pydantic",
            "pyjwt",
            "pytest",
            "python-dateutil",
            "pytz",
            "pyyaml",
            "redis",
            "requests",
            "rsa",
            "ruff",
            "scikit-learn",
            "scipy",
            "selenium",
            "setuptools",
            "simplejson",
            "six",
            "sphinx",
            "sqlalchemy",
            "tensorflow",
            "torch",
            "tqdm",
            "transformers",
            "typing-extensions",
            "urllib3",
            "virtualenv",
            "werkzeug",
            "wheel",
        ],
        Ecosystem::Go => &[
            "github.com/gin-gonic/gin",
            "github.com/golang/protobuf",
            "github.com/google/go-cmp",
            "github.com/google/uuid",
            "github.com/gorilla/mux",
            "github.com/gorilla/websocket",
            "github.com/pkg/errors",
            "github.com/prometheus/client_golang",
            "github.com/sirupsen/logrus",
            "github.com/spf13/cobra",
            "github.com/spf13/viper",
            "github.com/stretchr/testify",
            "go.uber.org/zap",
            "google.golang.org/grpc",
            "google.golang.org/protobuf",
        ],
        Ecosystem::Maven => &[
            "ch.qos.logback:logback-classic",
            "com.fasterxml.jackson.core:jackson-databind",
            "com.google.code.gson:gson",
            "com.google.guava:guava",
            "com.squareup.okhttp3:okhttp",
            "commons-io:commons-io",
            "junit:junit",
            "org.apache.commons:commons-lang3",
            "org.apache.logging.log4j:log4j-core",
            "org.mockito:mockito-core",
            "org.projectlombok:lombok",
            "org.slf4j:slf4j-api",
            "org.springframework:spring-core",
        ],
        Ecosystem::Ruby => &[
            "actionpack",
            "activerecord",
            "activesupport",
            "bundler",
            "capybara",
            "devise",
            "faraday",
            "jquery-rails",
            "minitest",
            "nokogiri",
            "puma",
            "rails",
            "rake",
            "rest-client",
            "rspec",
            "rubocop",
            "sidekiq",
            "sinatra",
            "thor",
        ],
        Ecosystem::Composer => &[
            "doctrine/orm",
            "guzzlehttp/guzzle",
            "laravel/framework",
            "monolog/monolog",
            "phpunit/phpunit",
            "psr/log",
            "symfony/console",
            "symfony/http-foundation",
            "twig/twig",
        ],
        Ecosystem::NuGet => &[
            "AutoMapper",
            "Castle.Core",
            "Dapper",
            "EntityFramework",
            "FluentAssertions",
            "Microsoft.NET.Test.Sdk",
            "Moq",
            "NUnit",
            "Newtonsoft.Json",
            "Polly",
            "Serilog",
            "System.Text.Json",
            "xunit",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, ecosystem: Ecosystem, own: &[&str], expected: Option<&str>) {
        let found = imitated(name, ecosystem, own.iter().copied());
        assert_eq!(found.as_ref().map(|found| found.known.as_str()), expected, "{name}");
    }

    #[test]
    fn slips_look_alikes_and_missing_separators_are_found() {
        check("reqeusts", Ecosystem::Python, &[], Some("requests"));
        check("request", Ecosystem::Python, &[], Some("requests"));
        check("djang0", Ecosystem::Python, &[], Some("django"));
        check("python_dateutil", Ecosystem::Python, &[], Some("python-dateutil"));
        check("crossenv", Ecosystem::Npm, &[], Some("cross-env"));
        check("rustdecimal", Ecosystem::Cargo, &["rust_decimal"], Some("rust_decimal"));
        check("github.com/stretchrr/testify", Ecosystem::Go, &[], Some("github.com/stretchr/testify"));
        check("@babeI/core", Ecosystem::Npm, &["@babel/core"], Some("@babel/core"));
    }

    #[test]
    fn well_known_names_siblings_and_versions_are_no_imitations() {
        check("preact", Ecosystem::Npm, &["react"], None);
        check("@babel/cora", Ecosystem::Npm, &["@babel/core"], None);
        check("boto4", Ecosystem::Python, &["boto3"], None);
        check("vuex", Ecosystem::Npm, &[], None);
        check("requests", Ecosystem::Python, &["requests"], None);
        check("", Ecosystem::Python, &["requests"], None);
        check("ünïcode-näme", Ecosystem::Npm, &["unicode-name"], None);
    }
}
