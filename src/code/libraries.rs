//! Which well-known libraries does a file import, and what are they for?
//!
//! In: the imports of one file. Out: how many known libraries it takes for security, for stored data and for talking to
//! the outside. A documented heuristic over names that mean one thing: hashing is left out because most of it is not
//! about security, and what lies in the repository itself (relative and quoted imports) is never counted.

use serde::{Deserialize, Serialize};

/// Distinct well-known libraries among the imports of one file, by what they are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownLibraries {
    /// Authentication, secrets, encryption.
    pub n_security: u16,
    /// Databases and object mappers.
    pub n_data: u16,
    /// Clients of services elsewhere: HTTP, RPC, queues, mail, cloud.
    pub n_outside: u16,
}

/// Counts the known libraries among the targets of a file's imports.
pub(super) fn known_libraries<'a>(targets: impl Iterator<Item = &'a str>) -> KnownLibraries {
    let mut found: Vec<&(&str, Kind)> = targets.filter_map(library_of).collect();
    found.sort_unstable();
    found.dedup();
    let count = |kind: Kind| found.iter().filter(|(_, known)| *known == kind).count() as u16;
    KnownLibraries { n_security: count(Security), n_data: count(Data), n_outside: count(Outside) }
}

/// The library an import target names: its longest known beginning.
fn library_of(target: &str) -> Option<&'static (&'static str, Kind)> {
    let target = target.strip_prefix("node:").unwrap_or(target);
    if target.starts_with(['.', '"', '/', '\\']) || target.starts_with("mod ") {
        return None;
    }
    let path = normal(target);
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let prefixes: Vec<&str> = ends.map(|end| &path[..end]).take(MAX_PARTS).collect();
    let whole = format!("{path}$");
    let known = |name: &str| KNOWN.binary_search_by(|(library, _)| (*library).cmp(name)).ok().map(|at| &KNOWN[at]);
    known(&whole).or_else(|| prefixes.iter().rev().find_map(|prefix| known(prefix)))
}

/// Parts of the longest entry.
const MAX_PARTS: usize = 5;

/// One form for all languages: lowercase, `/` between the parts.
fn normal(target: &str) -> String {
    let trimmed = target.trim_matches(['<', '>', '*']).trim_end_matches(['.', ':', '/']);
    trimmed.to_ascii_lowercase().replace("::", "/").replace(['.', '\\'], "/")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Security,
    Data,
    Outside,
}

use Kind::{Data, Outside, Security};

/// Sorted by name, in the form of [`normal`]; `$` at the end: only the whole target, not what lies below it.
const KNOWN: &[(&str, Kind)] = &[
    ("@aws-sdk", Outside),
    ("@azure", Outside),
    ("@google-cloud", Outside),
    ("@grpc", Outside),
    ("@octokit", Outside),
    ("@prisma", Data),
    ("active_record", Data),
    ("activerecord", Data),
    ("aiohttp", Outside),
    ("alembic", Data),
    ("argon2", Security),
    ("arpa/inet/h", Outside),
    ("asyncpg", Data),
    ("authlib", Security),
    ("aws-sdk", Outside),
    ("aws_lc_rs", Security),
    ("axios", Outside),
    ("azure", Outside),
    ("bcrypt", Security),
    ("bcryptjs", Security),
    ("better-sqlite3", Data),
    ("boto3", Outside),
    ("botocore", Outside),
    ("cloud/google/com/go", Outside),
    ("com/amazonaws", Outside),
    ("com/azure", Outside),
    ("com/google/cloud", Outside),
    ("com/rabbitmq", Outside),
    ("confluent_kafka", Outside),
    ("crypto$", Security),
    ("crypto/aes", Security),
    ("crypto/cipher", Security),
    ("crypto/ecdsa", Security),
    ("crypto/ed25519", Security),
    ("crypto/hmac", Security),
    ("crypto/rand", Security),
    ("crypto/rsa", Security),
    ("crypto/tls", Security),
    ("crypto/x509", Security),
    ("cryptography", Security),
    ("curl", Outside),
    ("database/sql", Data),
    ("diesel", Data),
    ("django/contrib/auth", Security),
    ("django/db", Data),
    ("doctrine", Data),
    ("ed25519_dalek", Security),
    ("faraday", Outside),
    ("flask_login", Security),
    ("ftplib", Outside),
    ("github/com/aws/aws-sdk-go", Outside),
    ("github/com/aws/aws-sdk-go-v2", Outside),
    ("github/com/go-resty/resty", Outside),
    ("github/com/go-sql-driver/mysql", Data),
    ("github/com/golang-jwt/jwt", Security),
    ("github/com/jackc/pgx", Data),
    ("github/com/lib/pq", Data),
    ("go/mongodb/org/mongo-driver", Data),
    ("golang/org/x/crypto", Security),
    ("google/cloud", Outside),
    ("google/golang/org/grpc", Outside),
    ("gorm/io/gorm", Data),
    ("got", Outside),
    ("grpc", Outside),
    ("guzzlehttp", Outside),
    ("hmac", Security),
    ("http$", Outside),
    ("http/client", Outside),
    ("https$", Outside),
    ("httpx", Outside),
    ("hyper", Outside),
    ("illuminate/database", Data),
    ("imaplib", Outside),
    ("io/grpc", Outside),
    ("itsdangerous", Security),
    ("jakarta/persistence", Data),
    ("java/net/http", Outside),
    ("java/net/httpurlconnection", Outside),
    ("java/net/socket", Outside),
    ("java/net/urlconnection", Outside),
    ("java/security", Security),
    ("java/sql", Data),
    ("javax/crypto", Security),
    ("javax/net/ssl", Security),
    ("javax/persistence", Data),
    ("javax/sql", Data),
    ("jose", Security),
    ("jsonwebtoken", Security),
    ("jwt", Security),
    ("kafka", Outside),
    ("kafkajs", Outside),
    ("keyring", Security),
    ("knex", Data),
    ("libpq-fe/h", Data),
    ("mbedtls", Security),
    ("microsoft/entityframeworkcore", Data),
    ("mongodb", Data),
    ("mongoose", Data),
    ("mysql", Data),
    ("mysql2", Data),
    ("mysqldb", Data),
    ("nacl", Security),
    ("native_tls", Security),
    ("net$", Outside),
    ("net/http", Outside),
    ("net/rpc", Outside),
    ("net/smtp", Outside),
    ("netinet/in/h", Outside),
    ("node-fetch", Outside),
    ("nodemailer", Outside),
    ("oauthlib", Security),
    ("octocrab", Outside),
    ("okhttp3", Outside),
    ("openssl", Security),
    ("org/apache/http", Outside),
    ("org/apache/kafka", Outside),
    ("org/bouncycastle", Security),
    ("org/hibernate", Data),
    ("org/jooq", Data),
    ("org/springframework/data", Data),
    ("org/springframework/security", Security),
    ("paramiko", Outside),
    ("passlib", Security),
    ("passport", Security),
    ("peewee", Data),
    ("pg", Data),
    ("pika", Outside),
    ("postgres", Data),
    ("psycopg", Data),
    ("psycopg2", Data),
    ("pymongo", Data),
    ("pymysql", Data),
    ("redis", Data),
    ("request$", Outside),
    ("requests", Outside),
    ("reqwest", Outside),
    ("retrofit2", Outside),
    ("ring", Security),
    ("rsa", Security),
    ("rusqlite", Data),
    ("rustls", Security),
    ("sea_orm", Data),
    ("secrets", Security),
    ("sequelize", Data),
    ("smtplib", Outside),
    ("socket$", Outside),
    ("software/amazon/awssdk", Outside),
    ("sqlalchemy", Data),
    ("sqlite3", Data),
    ("sqlx", Data),
    ("ssl", Security),
    ("std/net", Outside),
    ("stripe", Outside),
    ("superagent", Outside),
    ("sys/socket/h", Outside),
    ("system/data", Data),
    ("system/net/http", Outside),
    ("system/net/sockets", Outside),
    ("system/security", Security),
    ("tls$", Security),
    ("tokio/net", Outside),
    ("tokio_postgres", Data),
    ("tonic", Outside),
    ("twilio", Outside),
    ("typeorm", Data),
    ("undici", Outside),
    ("ureq", Outside),
    ("urllib/request", Outside),
    ("urllib3", Outside),
    ("websocket", Outside),
    ("websockets", Outside),
    ("ws", Outside),
    ("zmq", Outside),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(targets: &[&str], expected: (u16, u16, u16)) {
        let found = known_libraries(targets.iter().copied());
        assert_eq!((found.n_security, found.n_data, found.n_outside), expected, "{targets:?}");
    }

    #[test]
    fn known_libraries_are_told_by_what_they_are_for() {
        check(&["ssl", "sqlalchemy.orm", "sqlalchemy", "httpx", "os.path"], (1, 1, 1));
        check(&["std::net", "tokio::net", "rustls::pki_types", "crate::ring", "super::redis"], (1, 0, 2));
        check(&["node:crypto", "pg", "@aws-sdk/client-s3", "./axios", "react"], (1, 1, 1));
        check(&["crypto/tls", "crypto/sha1", "database/sql", "net/http", "net/url"], (1, 1, 1));
        check(&["java.security.MessageDigest", "java.sql.*", "java.net.URI", "java.util.List"], (1, 1, 0));
        check(&["<openssl/ssl.h>", "\"openssl/ssl.h\"", "<sys/socket.h>", "<stdio.h>"], (1, 0, 1));
        check(&[], (0, 0, 0));
    }

    #[test]
    fn what_only_begins_alike_is_not_known() {
        check(&["http.cookies", "urllib.parse", "pgx", "redisearch", "ringbuffer", "mod ring"], (0, 0, 0));
    }

    #[test]
    fn the_table_can_be_searched() {
        assert!(KNOWN.is_sorted_by(|a, b| a.0 < b.0));
        assert!(KNOWN.iter().all(|(name, _)| name.split('/').count() <= MAX_PARTS));
    }
}
