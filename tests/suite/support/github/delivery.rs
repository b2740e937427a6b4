//! What did GitHub send, and did it arrive?
//!
//! Events become deliveries in an outbox. A test sends them when it likes, in the order it likes, loses some or sends
//! one twice; nothing is sent by itself. Redelivery keeps the delivery's `guid`, as GitHub does.

use super::GitHub;
use super::answer::{Answer, Outcome};
use super::call::Call;
use super::clock::date;
use super::state::State;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::time::Duration;

/// GitHub waits this long for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Deliveries can be seen and sent again for three days.
const KEPT_SECONDS: i64 = 3 * 86_400;

#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: u64,
    /// `X-GitHub-Delivery`: the same for every attempt.
    pub guid: String,
    pub app: u64,
    pub event: String,
    pub action: Option<String>,
    pub installation: Option<u64>,
    pub repository: Option<u64>,
    pub payload: Vec<u8>,
    pub is_redelivery: bool,
    pub at: i64,
    /// What the receiver answered; `None` before it was sent, 0 where nobody answered.
    pub status: Option<u16>,
}

impl Delivery {
    /// `pull_request.opened`
    pub fn name(&self) -> String {
        self.action.as_ref().map_or_else(|| self.event.clone(), |action| format!("{}.{action}", self.event))
    }

    pub fn document(&self) -> Value {
        serde_json::from_slice(&self.payload).expect("payloads are JSON")
    }

    fn status_words(&self) -> String {
        match self.status.unwrap_or(0) {
            200..=299 => "OK".to_owned(),
            0 => "failed to connect to host".to_owned(),
            status => format!("Invalid HTTP Response: {status}"),
        }
    }

    fn item(&self) -> Value {
        json!({
            "id": self.id,
            "guid": self.guid,
            "delivered_at": date(self.at),
            "redelivery": self.is_redelivery,
            "duration": 0.03,
            "status": self.status_words(),
            "status_code": self.status.unwrap_or(0),
            "event": self.event,
            "action": self.action,
            "installation_id": self.installation,
            "repository_id": self.repository,
            "throttled_at": null,
        })
    }
}

impl State {
    /// Tells every App that watches a repository what happened there.
    pub fn emit(&mut self, repository: u64, event: &str, action: Option<&str>, sender: &str, fields: Value) {
        let apps: Vec<u64> = self.apps.iter().map(|app| app.id).collect();
        for app in apps {
            self.emit_or_not(app, repository, event, action, sender, fields.clone());
        }
    }

    /// Tells one App, if it watches the repository.
    pub fn emit_to_app(&mut self, app: u64, repository: u64, event: &str, action: &str, sender: &str, fields: Value) {
        self.emit_or_not(app, repository, event, Some(action), sender, fields);
    }

    fn emit_or_not(
        &mut self,
        app: u64,
        repository: u64,
        event: &str,
        action: Option<&str>,
        sender: &str,
        mut fields: Value,
    ) {
        let wants = self.apps.iter().any(|a| a.id == app && a.events.iter().any(|wanted| wanted == event));
        let watching =
            self.installation_for(app, repository).filter(|installation| installation.suspended_at.is_none());
        let Some(installation) = watching.map(|installation| installation.id).filter(|_| wants) else { return };
        if let Some(action) = action {
            fields["action"] = json!(action);
        }
        fields["repository"] = self.repository_document(repository);
        fields["sender"] = self.user(sender);
        fields["installation"] = json!({ "id": installation, "node_id": format!("I_{installation}") });
        self.deliver(installation, event, action, Some(repository), fields);
    }

    /// Puts a finished payload into the outbox.
    pub fn deliver(
        &mut self,
        installation: u64,
        event: &str,
        action: Option<&str>,
        repository: Option<u64>,
        payload: Value,
    ) {
        let app = self.installations[&installation].app;
        let id = self.new_id();
        let delivery = Delivery {
            id,
            guid: uuid::Uuid::new_v4().to_string(),
            app,
            event: event.to_owned(),
            action: action.map(str::to_owned),
            installation: Some(installation),
            repository,
            payload: payload.to_string().into_bytes(),
            is_redelivery: false,
            at: self.clock.now(),
            status: None,
        };
        self.deliveries.insert(id, delivery);
        self.outbox.push_back(id);
    }

    fn redeliver(&mut self, id: u64) -> Result<u64, Answer> {
        let delivery = self.deliveries.get(&id).ok_or_else(Answer::not_found)?.clone();
        let (new_id, at) = (self.new_id(), self.clock.now());
        self.deliveries.insert(new_id, Delivery { id: new_id, is_redelivery: true, at, status: None, ..delivery });
        self.outbox.push_back(new_id);
        Ok(new_id)
    }

    fn own_deliveries(&self, call: &Call) -> Result<Vec<&Delivery>, Answer> {
        let app = self.calling_app(call)?.id;
        let oldest = self.clock.now() - KEPT_SECONDS;
        let is_seen = |delivery: &&Delivery| delivery.app == app && delivery.status.is_some() && delivery.at >= oldest;
        Ok(self.deliveries.values().rev().filter(is_seen).collect())
    }
}

/// `GET /app/hook/deliveries`, newest first, with cursors for pages.
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let deliveries = state.own_deliveries(call)?;
    let has_status = |delivery: &&&Delivery| match call.query("status") {
        Some("success") => delivery.status_words() == "OK",
        Some("failure") => delivery.status_words() != "OK",
        _ => true,
    };
    let before =
        call.query("cursor").and_then(|cursor| cursor.strip_prefix("v1_")?.parse::<u64>().ok()).unwrap_or(u64::MAX);
    let per_page = call.query("per_page").and_then(|n| n.parse().ok()).unwrap_or(30usize).clamp(1, 100);
    let rest: Vec<&&Delivery> = deliveries.iter().filter(has_status).filter(|delivery| delivery.id < before).collect();
    let page: Vec<Value> = rest.iter().take(per_page).map(|delivery| delivery.item()).collect();
    let answer = Answer::json(200, &json!(page));
    if rest.len() <= per_page {
        return Ok(answer);
    }
    let address = format!("{}{}?per_page={per_page}&cursor=v1_{}", state.urls.api, call.path, rest[per_page - 1].id);
    let kept = call.query("status").map(|status| format!("&status={status}")).unwrap_or_default();
    Ok(answer.with_header("link", format!("<{address}{kept}>; rel=\"next\"")))
}

/// `GET /app/hook/deliveries/{delivery_id}`
pub fn get(state: &mut State, call: &Call) -> Outcome {
    let id = call.number("delivery_id")?;
    let delivery =
        state.own_deliveries(call)?.into_iter().find(|delivery| delivery.id == id).ok_or_else(Answer::not_found)?;
    let mut document = delivery.item();
    let headers = headers(state, delivery).into_iter().collect::<BTreeMap<_, _>>();
    document["url"] = json!(
        state.apps.iter().find(|app| app.id == delivery.app).and_then(|app| app.hook_url.clone()).unwrap_or_default()
    );
    document["request"] = json!({ "headers": headers, "payload": delivery.document() });
    document["response"] = json!({ "headers": {}, "payload": "" });
    Ok(Answer::json(200, &document))
}

/// `POST /app/hook/deliveries/{delivery_id}/attempts`
pub fn attempt(state: &mut State, call: &Call) -> Outcome {
    let id = call.number("delivery_id")?;
    state.own_deliveries(call)?.into_iter().find(|delivery| delivery.id == id).ok_or_else(Answer::not_found)?;
    state.redeliver(id)?;
    Ok(Answer::json(202, &json!({})))
}

/// The headers of a webhook, with the signature over exactly these bytes.
fn headers(state: &State, delivery: &Delivery) -> Vec<(&'static str, String)> {
    let secret =
        state.apps.iter().find(|app| app.id == delivery.app).map(|app| app.webhook_secret.clone()).unwrap_or_default();
    vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", "GitHub-Hookshot/044aadd".to_owned()),
        ("x-github-event", delivery.event.clone()),
        ("x-github-delivery", delivery.guid.clone()),
        ("x-github-hook-id", "1".to_owned()),
        ("x-github-hook-installation-target-id", delivery.app.to_string()),
        ("x-github-hook-installation-target-type", "integration".to_owned()),
        ("x-hub-signature-256", signature(&secret, &delivery.payload)),
    ]
}

/// `sha256=` and the HMAC of the body in hexadecimal.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    let digits = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("sha256={digits}")
}

impl GitHub {
    /// Deliveries that wait to be sent, in order.
    pub fn pending(&self) -> Vec<Delivery> {
        let state = self.state();
        state.outbox.iter().map(|id| state.deliveries[id].clone()).collect()
    }

    /// Every delivery ever made, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state().deliveries.values().cloned().collect()
    }

    /// Sends everything that waits, one after the other, also what that brings about meanwhile. Gives what was sent.
    pub async fn send_pending(&self) -> Vec<Delivery> {
        let mut sent = Vec::new();
        loop {
            let next = self.state().outbox.pop_front();
            let Some(id) = next else { return sent };
            sent.push(self.send(id).await);
        }
    }

    /// Sends one delivery now, waiting or not: the same one again has the same `X-GitHub-Delivery`.
    pub async fn send(&self, id: u64) -> Delivery {
        let (address, headers, payload) = self.prepare(id);
        let status = match address {
            Some(address) => self.post(&address, headers, payload).await,
            None => 0,
        };
        let mut state = self.state();
        let delivery = state.deliveries.get_mut(&id).expect("the delivery exists");
        delivery.status = Some(status);
        delivery.clone()
    }

    fn prepare(&self, id: u64) -> (Option<String>, Vec<(&'static str, String)>, Vec<u8>) {
        let mut state = self.state();
        state.outbox.retain(|waiting| *waiting != id);
        let delivery = state.deliveries[&id].clone();
        let app = state.apps.iter().find(|app| app.id == delivery.app);
        (app.and_then(|app| app.hook_url.clone()), headers(&state, &delivery), delivery.payload)
    }

    async fn post(&self, address: &str, headers: Vec<(&'static str, String)>, payload: Vec<u8>) -> u16 {
        let request =
            headers.into_iter().fold(self.client.post(address), |request, (name, value)| request.header(name, value));
        match request.timeout(PATIENCE).body(payload).send().await {
            Ok(answer) => answer.status().as_u16(),
            Err(_) => 0,
        }
    }

    /// Loses everything that waits: GitHub tried, and nobody answered. Gives what was lost.
    pub fn lose_pending(&self) -> Vec<Delivery> {
        let mut state = self.state();
        let ids: Vec<u64> = state.outbox.drain(..).collect();
        let lose = |id: &u64| {
            let delivery = state.deliveries.get_mut(id).expect("the delivery exists");
            delivery.status = Some(0);
            delivery.clone()
        };
        ids.iter().map(lose).collect()
    }

    /// Forgets everything that waits, as if it had never been sent.
    pub fn drop_pending(&self) {
        let mut state = self.state();
        let ids: Vec<u64> = state.outbox.drain(..).collect();
        state.deliveries.retain(|id, _| !ids.contains(id));
    }

    /// Turns the order of everything that waits around.
    pub fn reverse_pending(&self) {
        self.state().outbox.make_contiguous().reverse();
    }

    /// A person presses "Redeliver": waits in the outbox with the same `guid`.
    pub fn redeliver(&self, id: u64) -> u64 {
        self.state().redeliver(id).expect("the delivery exists")
    }

    /// Sends any payload as this event, signed. Gives the receiver's status.
    pub async fn send_raw(&self, event: &str, payload: &[u8]) -> u16 {
        let delivery = {
            let mut state = self.state();
            let (id, app, at) = (state.new_id(), state.apps[0].id, state.clock.now());
            let guid = uuid::Uuid::new_v4().to_string();
            let (event, payload) = (event.to_owned(), payload.to_vec());
            let delivery = Delivery {
                id,
                guid,
                app,
                event,
                action: None,
                installation: None,
                repository: None,
                payload,
                is_redelivery: false,
                at,
                status: None,
            };
            state.deliveries.insert(id, delivery.clone());
            delivery
        };
        self.send(delivery.id).await.status.expect("it was sent")
    }
}
