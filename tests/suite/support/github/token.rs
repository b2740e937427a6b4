//! Which installation token is this, and what is it good for?
//!
//! Tokens are opaque and long, live an hour by the stand-in's clock, and see only the repositories and permissions they
//! were made for.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::{Call, Caller};
use super::clock::date;
use super::state::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
pub struct Token {
    pub text: String,
    pub installation: u64,
    pub expires_at: i64,
    pub repositories: BTreeSet<u64>,
    pub permissions: BTreeMap<String, String>,
}

impl State {
    /// The caller behind an `Authorization` header.
    pub fn recognise(&self, authorization: Option<&str>) -> Result<Caller, Answer> {
        let Some(authorization) = authorization else { return Ok(Caller::Anonymous) };
        let (_, credential) = authorization.split_once(' ').ok_or_else(bad_credentials)?;
        if self.tokens.contains_key(credential) || credential.starts_with("ghs_") {
            self.live_token(credential)?;
            return Ok(Caller::Installation { token: credential.to_owned() });
        }
        Ok(Caller::App { app_id: self.app_by_web_token(credential)? })
    }

    /// A token that is known, not expired, and whose installation is not suspended.
    pub fn live_token(&self, text: &str) -> Result<&Token, Answer> {
        let token = self.tokens.get(text).filter(|token| token.expires_at > self.clock.now());
        let token = token.ok_or_else(bad_credentials)?;
        match self.installations.get(&token.installation).map(|installation| installation.suspended_at) {
            None => Err(bad_credentials()),
            Some(Some(_)) => Err(suspended()),
            Some(None) => Ok(token),
        }
    }

    pub fn calling_token(&self, call: &Call) -> Result<&Token, Answer> {
        match &call.caller {
            Caller::Installation { token } => self.live_token(token),
            _ => Err(Answer::refusal(403, "Resource not accessible by integration")),
        }
    }
}

fn bad_credentials() -> Answer {
    Answer::refusal(401, "Bad credentials")
}

fn suspended() -> Answer {
    Answer::refusal(403, "This installation has been suspended")
}

/// `POST /app/installations/{installation_id}/access_tokens`
pub fn mint(state: &mut State, call: &Call) -> Outcome {
    let id = state.own_installation(call)?;
    let installation = state.installations[&id].clone();
    if installation.suspended_at.is_some() {
        return Err(suspended());
    }
    let app = state.calling_app(call)?.clone();
    let token = Token {
        text: opaque(app.id, state.new_id()),
        installation: id,
        expires_at: state.clock.now() + state.token_lifetime_seconds,
        repositories: narrowed_repositories(state, &installation.repositories, &call.body)?,
        permissions: narrowed_permissions(&app.permissions, &call.body["permissions"])?,
    };
    let is_narrowed = token.repositories != installation.repositories;
    let mut document = json!({
        "token": token.text,
        "expires_at": date(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected",
    });
    if is_narrowed {
        let repositories: Vec<Value> = token.repositories.iter().map(|id| state.repository_document(*id)).collect();
        document["repositories"] = json!(repositories);
    }
    state.tokens.insert(token.text.clone(), token);
    Ok(Answer::json(201, &document))
}

/// `ghs_`, the App's id and what looks like a JSON web token: about 520 characters with dots, as GitHub's newer ones.
fn opaque(app: u64, id: u64) -> String {
    let part = |n: u8| URL_SAFE_NO_PAD.encode(Sha512::digest(format!("{app}:{id}:{n}")));
    let payload: String = (1..5).map(part).collect();
    format!("ghs_{app}_eyJhbGciOiJSUzI1NiJ9.{payload}.{}", part(0))
}

fn narrowed_repositories(state: &State, all: &BTreeSet<u64>, body: &Value) -> Result<BTreeSet<u64>, Answer> {
    let unknown = || {
        let message =
            "There is at least one repository that does not exist or is not accessible to the parent installation.";
        Answer::refusal(422, message)
    };
    let by_name = |name: &str| all.iter().copied().find(|id| state.repositories[id].name == name);
    let names = body["repositories"].as_array().into_iter().flatten();
    let ids = body["repository_ids"].as_array().into_iter().flatten();
    let named = names.map(|name| by_name(name.as_str().unwrap_or_default()).ok_or_else(unknown));
    let numbered = ids.map(|id| id.as_u64().filter(|id| all.contains(id)).ok_or_else(unknown));
    let chosen: BTreeSet<u64> = named.chain(numbered).collect::<Result<_, _>>()?;
    Ok(if chosen.is_empty() { all.clone() } else { chosen })
}

fn narrowed_permissions(all: &BTreeMap<String, String>, asked: &Value) -> Result<BTreeMap<String, String>, Answer> {
    let Some(asked) = asked.as_object().filter(|asked| !asked.is_empty()) else { return Ok(all.clone()) };
    let refused = || Answer::refusal(422, "The permissions requested are not granted to this installation.");
    let narrow = |(name, level): (&String, &Value)| {
        let granted = all.get(name).ok_or_else(refused)?;
        let level = level.as_str().ok_or_else(refused)?;
        if level == "write" && granted == "read" { Err(refused()) } else { Ok((name.clone(), level.to_owned())) }
    };
    asked.iter().map(narrow).collect()
}

impl GitHub {
    /// Tokens made from now on live this long; an hour unless said.
    pub fn let_tokens_live(&self, seconds: i64) {
        self.state().token_lifetime_seconds = seconds;
    }

    /// Every token made so far grows older by this, while all other clocks stand: the bot cannot see it coming.
    pub fn let_tokens_age(&self, seconds: i64) {
        for token in self.state().tokens.values_mut() {
            token.expires_at -= seconds;
        }
    }

    /// A token as the bot would get it, made without a request.
    pub fn token_for(&self, installation: u64) -> String {
        let mut state = self.state();
        let Installed { app, repositories, permissions } = installed(&state, installation);
        let text = opaque(app, state.new_id());
        let expires_at = state.clock.now() + state.token_lifetime_seconds;
        let token = Token { text: text.clone(), installation, expires_at, repositories, permissions };
        state.tokens.insert(text.clone(), token);
        text
    }
}

struct Installed {
    app: u64,
    repositories: BTreeSet<u64>,
    permissions: BTreeMap<String, String>,
}

fn installed(state: &State, installation: u64) -> Installed {
    let installation = &state.installations[&installation];
    let app = state.apps.iter().find(|app| app.id == installation.app).expect("its App exists");
    let (repositories, permissions) = (installation.repositories.clone(), app.permissions.clone());
    Installed { app: app.id, repositories, permissions }
}
