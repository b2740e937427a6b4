//! How does an App come into being?
//!
//! The manifest flow: a page posts a manifest, GitHub sends the person back with a code, and the code is changed once,
//! within an hour, for the App's id, key and secrets.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::app::{App, PRIVATE_KEY};
use super::call::Call;
use super::state::State;
use serde_json::{Value, json};

/// A code is worth nothing after an hour.
const CODE_LIFE_SECONDS: i64 = 3_600;

#[derive(Debug, Clone)]
pub struct ManifestCode {
    manifest: Value,
    made_at: i64,
}

impl State {
    /// What the person's browser does at `/settings/apps/new`: gives the address it is sent back to, with the code.
    pub fn accept_manifest(&mut self, manifest: &str, flow_state: &str) -> Result<String, Answer> {
        let refused = |message: &str| Answer::refusal(422, message);
        let manifest: Value = serde_json::from_str(manifest).map_err(|_| refused("Manifest is not valid JSON"))?;
        manifest["url"].as_str().ok_or_else(|| refused("Manifest needs `url`"))?;
        if !manifest["hook_attributes"].is_null() && !manifest["hook_attributes"]["url"].is_string() {
            return Err(refused("Manifest needs `hook_attributes.url`"));
        }
        let redirect = manifest["redirect_url"].as_str().ok_or_else(|| refused("Manifest needs `redirect_url`"))?;
        let code = format!("{:040x}", self.new_id());
        let joint = if redirect.contains('?') { '&' } else { '?' };
        let address = format!("{redirect}{joint}code={code}&state={flow_state}");
        self.manifest_codes.insert(code, ManifestCode { manifest, made_at: self.clock.now() });
        Ok(address)
    }
}

/// `POST /app-manifests/{code}/conversions`
pub fn convert(state: &mut State, call: &Call) -> Outcome {
    let code = state.manifest_codes.remove(call.parameter("code")).ok_or_else(Answer::not_found)?;
    if state.clock.now() - code.made_at > CODE_LIFE_SECONDS {
        return Err(Answer::not_found());
    }
    let app = app_of(state, &code.manifest);
    let mut document = state.app_document(&app);
    document["client_secret"] = json!("a-client-secret-of-the-stand-in");
    document["webhook_secret"] = json!(app.webhook_secret);
    document["pem"] = json!(PRIVATE_KEY);
    state.apps.push(app);
    Ok(Answer::json(201, &document))
}

fn app_of(state: &mut State, manifest: &Value) -> App {
    let id = state.new_id();
    let name = manifest["name"].as_str().unwrap_or("Unnamed App").to_owned();
    let listed =
        |value: &Value| value.as_array().into_iter().flatten().filter_map(|e| Some(e.as_str()?.to_owned())).collect();
    let granted = manifest["default_permissions"].as_object().into_iter().flatten();
    App {
        id,
        slug: name.to_lowercase().replace(' ', "-"),
        owner: "octo".to_owned(),
        client_id: format!("Iv23li{id}"),
        description: manifest["description"].as_str().unwrap_or_default().to_owned(),
        external_url: manifest["url"].as_str().unwrap_or_default().to_owned(),
        permissions: granted.filter_map(|(name, level)| Some((name.clone(), level.as_str()?.to_owned()))).collect(),
        events: listed(&manifest["default_events"]),
        hook_url: manifest["hook_attributes"]["url"].as_str().map(str::to_owned),
        webhook_secret: format!("secret-of-{id}"),
        created_at: state.clock.now(),
        name,
    }
}

impl GitHub {
    /// A person accepts `manifest` in the browser: gives the address GitHub sends them back to.
    pub fn accept_manifest(&self, manifest: &str, flow_state: &str) -> String {
        self.state().accept_manifest(manifest, flow_state).expect("the manifest is complete")
    }
}
