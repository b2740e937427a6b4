//! How does a new App come into being on GitHub?
//!
//! In: where this server is reachable. Out: the manifest GitHub makes an App from, and, for the code it sends back, the
//! new App's number, key and secrets. Asks for the least permissions the product can do with.

use super::Secret;
use super::app_token::Credentials;
use super::call::{Call, Caller, encode};
use super::error::Error;
use super::lenient;
use super::limits::{Limits, Pacing};
use super::moment::system_clock;
use super::transport::{Connection, Transport};
use http::Uri;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What the App may do, and why: check runs; reviews; comments and reactions in the conversation; the code itself;
/// what everybody may see; the merge queue's events.
pub const PERMISSIONS: [(&str, &str); 6] = [
    ("checks", "write"),
    ("pull_requests", "write"),
    ("issues", "write"),
    ("contents", "read"),
    ("metadata", "read"),
    ("merge_queues", "read"),
];

/// What the App is told of. `installation` and `installation_repositories` come unasked and may not be listed.
pub const EVENTS: [&str; 8] = [
    "pull_request",
    "check_run",
    "check_suite",
    "issue_comment",
    "pull_request_review_comment",
    "push",
    "merge_group",
    "repository",
];

/// Where this server is reachable, and what its App is to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestRequest<'a> {
    /// Proposed name; whoever registers it may change it.
    pub name: &'a str,
    /// Address of this server, without a slash at the end.
    pub public_url: &'a str,
    /// Where GitHub sends the browser with the code.
    pub redirect_url: &'a str,
}

/// The manifest, as GitHub's form takes it in its field `manifest`.
///
/// Source: GitHub documentation, "Registering a GitHub App from a manifest".
pub fn manifest(request: &ManifestRequest<'_>) -> Value {
    let permissions: Map<String, Value> =
        PERMISSIONS.iter().map(|(name, access)| ((*name).to_owned(), json!(access))).collect();
    json!({
        "name": request.name,
        "url": request.public_url,
        "hook_attributes": { "url": format!("{}/webhooks/github", request.public_url), "active": true },
        "redirect_url": request.redirect_url,
        "description": "Tells reviewers which changed files are likely to need a bug fix soon, and how far a change will be felt.",
        "public": false,
        "default_permissions": permissions,
        "default_events": EVENTS,
    })
}

/// A new App's credentials. Whoever holds them is the App.
#[derive(Debug, Clone)]
pub struct AppCredentials {
    /// The App's number.
    pub app_id: u64,
    /// Its name in addresses.
    pub slug: String,
    /// Its page; `/installations/new` below it installs it.
    pub html_url: String,
    /// RSA, PEM.
    pub private_key_pem: Secret,
    /// Signs its webhooks.
    pub webhook_secret: Secret,
    /// For signing people in.
    pub client_id: String,
    /// For signing people in.
    pub client_secret: Secret,
}

#[derive(Deserialize)]
struct ConversionAnswer {
    id: u64,
    slug: String,
    html_url: String,
    pem: String,
    webhook_secret: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    client_id: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    client_secret: String,
}

/// Exchanges the code GitHub sent back, once and within an hour, for the new App's credentials.
///
/// # Errors
/// [`Error::Refused`] for a code that is wrong, used or too old; else whatever the call failed with.
pub async fn exchange_manifest_code(connection: &Connection, code: &str) -> Result<AppCredentials, Error> {
    let transport = Arc::new(Transport::new(connection)?);
    let caller = Caller::new(transport, Credentials::None, Limits::new(Pacing::default(), system_clock()));
    let path = format!("/app-manifests/{}/conversions", encode(code));
    // The code is worth a private key until it is used: it stays out of errors and logs.
    let call = Call::post_nothing(path).labelled("POST /app-manifests/…/conversions").unpaced();
    let answer: ConversionAnswer = caller.json(call).await?;
    Ok(AppCredentials {
        app_id: answer.id,
        slug: answer.slug,
        html_url: answer.html_url,
        private_key_pem: answer.pem.into(),
        webhook_secret: answer.webhook_secret.into(),
        client_id: answer.client_id,
        client_secret: answer.client_secret.into(),
    })
}

/// Where people reach the GitHub whose API is at `api_url`: `https://api.github.com` → `https://github.com`,
/// `https://api.octo.ghe.com` → `https://octo.ghe.com`, `https://github.example.com/api/v3` →
/// `https://github.example.com`.
///
/// # Errors
/// [`Error::InvalidApiUrl`].
pub fn web_url(api_url: &str) -> Result<String, Error> {
    let invalid = || Error::InvalidApiUrl { url: api_url.chars().take(200).collect() };
    let api: Uri = api_url.trim().parse().map_err(|_| invalid())?;
    let (scheme, authority) = (api.scheme_str().ok_or_else(invalid)?, api.authority().ok_or_else(invalid)?.as_str());
    let is_cloud = authority == "api.github.com" || (authority.starts_with("api.") && authority.ends_with(".ghe.com"));
    Ok(format!("{scheme}://{}", if is_cloud { &authority["api.".len()..] } else { authority }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_programs_reach_the_same_github() {
        let check = |api_url: &str| web_url(api_url).unwrap();
        assert_eq!(check("https://api.github.com"), "https://github.com");
        assert_eq!(check("https://api.octo.ghe.com/"), "https://octo.ghe.com");
        assert_eq!(check("https://github.example.com/api/v3"), "https://github.example.com");
        assert_eq!(check("http://127.0.0.1:4201/api/v3"), "http://127.0.0.1:4201");
        assert!(web_url("github.com").is_err());
    }

    #[test]
    fn a_manifest_asks_for_no_more_than_is_used() {
        let request = ManifestRequest {
            name: "hyperion",
            public_url: "https://h.example",
            redirect_url: "https://h.example/setup/callback",
        };
        let manifest = manifest(&request);
        assert_eq!(manifest["hook_attributes"]["url"], "https://h.example/webhooks/github");
        let n_writes = PERMISSIONS.iter().filter(|(_, access)| *access == "write").count();
        assert_eq!((manifest["default_permissions"].as_object().unwrap().len(), n_writes), (6, 3));
        assert!(!EVENTS.contains(&"installation") && !EVENTS.contains(&"installation_repositories"));
    }
}
