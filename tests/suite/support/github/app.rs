//! Which App is calling?
//!
//! Apps with their public keys, and the check of the JSON web tokens they sign: RS256, issuer, issue and expiry times.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::payload::{patched, template};
use super::state::State;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A JSON web token may not run longer than this from now.
const LONGEST_LIFE_SECONDS: i64 = 600;

/// The test App's private key, as GitHub hands it out (PKCS#1).
pub const PRIVATE_KEY: &str = include_str!("../../../../fixtures/github/keys/app.private.pem");
/// A private key that belongs to no App.
pub const STRANGERS_PRIVATE_KEY: &str = include_str!("../../../../fixtures/github/keys/stranger.private.pem");
const PUBLIC_KEY: &str = include_str!("../../../../fixtures/github/keys/app.public.pem");

#[derive(Debug, Clone)]
pub struct App {
    pub id: u64,
    pub slug: String,
    pub name: String,
    pub owner: String,
    pub client_id: String,
    pub description: String,
    pub external_url: String,
    pub permissions: BTreeMap<String, String>,
    pub events: Vec<String>,
    /// Where its webhooks go, and the secret they are signed with.
    pub hook_url: Option<String>,
    pub webhook_secret: String,
    pub created_at: i64,
}

impl App {
    /// The App that every test begins with.
    pub fn first(now: i64) -> Self {
        let grants = [
            ("checks", "write"),
            ("contents", "read"),
            ("issues", "write"),
            ("merge_queues", "read"),
            ("metadata", "read"),
            ("pull_requests", "write"),
        ];
        let events = [
            "check_run",
            "check_suite",
            "issue_comment",
            "merge_group",
            "pull_request",
            "pull_request_review_comment",
            "push",
            "repository",
        ];
        Self {
            id: 4_242,
            slug: "hyperion-test".to_owned(),
            name: "Hyperion Test".to_owned(),
            owner: "octo".to_owned(),
            client_id: "Iv23liTESTCLIENTID01".to_owned(),
            description: String::new(),
            external_url: "https://example.com".to_owned(),
            permissions: grants.map(|(name, level)| (name.to_owned(), level.to_owned())).into(),
            events: events.map(str::to_owned).into(),
            hook_url: None,
            webhook_secret: "It's a Secret to Everybody".to_owned(),
            created_at: now,
        }
    }

    /// The login under which it writes.
    pub fn bot_login(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

impl State {
    /// An App as documents show it.
    pub fn app_document(&mut self, app: &App) -> Value {
        let owner = self.user(&app.owner);
        patched(
            template("check_run", "created", "/check_run/app", &self.urls, ""),
            json!({
                "id": app.id,
                "slug": app.slug,
                "client_id": app.client_id,
                "node_id": format!("A_{}", app.id),
                "owner": owner,
                "name": app.name,
                "description": app.description,
                "external_url": app.external_url,
                "html_url": format!("{}/apps/{}", self.urls.web, app.slug),
                "created_at": date(app.created_at),
                "updated_at": date(app.created_at),
                "permissions": app.permissions,
                "events": app.events,
            }),
        )
    }

    /// The App whose JSON web token this is.
    pub fn app_by_web_token(&self, web_token: &str) -> Result<u64, Answer> {
        let undecodable = || Answer::refusal(401, "A JSON web token could not be decoded");
        let header = decode_header(web_token).map_err(|_| undecodable())?;
        if header.alg != Algorithm::RS256 {
            return Err(undecodable());
        }
        let claims = signed_claims(web_token).ok_or_else(undecodable)?;
        let app = self.apps.iter().find(|app| is_issued_by(&claims["iss"], app));
        let app = app.ok_or_else(|| Answer::refusal(404, "Integration not found"))?;
        self.check_times(&claims).map_err(|message| Answer::refusal(401, message))?;
        Ok(app.id)
    }

    fn check_times(&self, claims: &Value) -> Result<(), &'static str> {
        let now = self.clock.now();
        let issued_at = claims["iat"].as_i64().ok_or("Missing 'issued at' claim ('iat') in assertion")?;
        let expires_at = claims["exp"].as_i64().ok_or("Missing 'expiration' claim ('exp') in assertion")?;
        if issued_at > now {
            return Err(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            );
        }
        if expires_at <= now {
            return Err(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            );
        }
        if expires_at - now > LONGEST_LIFE_SECONDS {
            return Err("'Expiration time' claim ('exp') is too far in the future");
        }
        Ok(())
    }
}

/// The claims, if the test key signed them. Times are judged by the stand-in's clock, not by the library's.
fn signed_claims(web_token: &str) -> Option<Value> {
    let key = DecodingKey::from_rsa_pem(PUBLIC_KEY.as_bytes()).expect("the public key is PEM");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    Some(decode::<Value>(web_token, &key, &validation).ok()?.claims)
}

fn is_issued_by(issuer: &Value, app: &App) -> bool {
    *issuer == json!(app.id) || *issuer == json!(app.id.to_string()) || *issuer == json!(app.client_id)
}

/// `GET /app`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let app = state.calling_app(call)?.clone();
    Ok(Answer::json(200, &state.app_document(&app)))
}

impl GitHub {
    /// The App that every test begins with.
    pub fn app(&self) -> App {
        self.state().apps[0].clone()
    }

    /// Begins without any App: the next one registered is the test's.
    pub fn forget_apps(&self) {
        self.state().apps.clear();
    }

    /// Sends the App's webhooks here from now on.
    pub fn hook_to(&self, url: &str) {
        self.state().apps[0].hook_url = Some(url.to_owned());
    }

    /// Signs webhooks with another secret from now on.
    pub fn change_webhook_secret(&self, secret: &str) {
        self.state().apps[0].webhook_secret = secret.to_owned();
    }

    /// Grants or, with `None`, takes back what the App may do.
    pub fn grant(&self, permission: &str, level: Option<&str>) {
        let permissions = &mut self.state().apps[0].permissions;
        match level {
            Some(level) => permissions.insert(permission.to_owned(), level.to_owned()),
            None => permissions.remove(permission),
        };
    }
}
