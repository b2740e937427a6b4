//! How do these tests ask? Like a bot, but without its care.

use crate::support::github::{GitHub, PRIVATE_KEY};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// An answer: status, headers, document (null where the body is no JSON).
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub document: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn message(&self) -> &str {
        self.document["message"].as_str().unwrap_or_default()
    }
}

/// One request; `Err` where no answer came.
pub async fn try_ask(
    github: &GitHub,
    token: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Result<Reply, reqwest::Error> {
    let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", github.api_url()) };
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let mut request = client.request(method.parse().unwrap(), address).header("user-agent", "stand-in-tests");
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let document = serde_json::from_slice(&answer.bytes().await?).unwrap_or(Value::Null);
    Ok(Reply { status, headers, document })
}

pub async fn ask(github: &GitHub, token: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
    try_ask(github, token, method, path, body).await.unwrap()
}

pub async fn get(github: &GitHub, token: &str, path: &str) -> Reply {
    ask(github, token, "GET", path, None).await
}

pub async fn post(github: &GitHub, token: &str, path: &str, body: Value) -> Reply {
    ask(github, token, "POST", path, Some(body)).await
}

pub async fn patch(github: &GitHub, token: &str, path: &str, body: Value) -> Reply {
    ask(github, token, "PATCH", path, Some(body)).await
}

/// A JSON web token of the test App, with other claims where given.
pub fn web_token(github: &GitHub, claims: Value) -> String {
    signed(PRIVATE_KEY, &whole_claims(github, claims))
}

pub fn signed(key: &str, claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(key.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
}

pub fn whole_claims(github: &GitHub, claims: Value) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut whole = json!({ "iat": now - 60, "exp": now + 540, "iss": github.app().id });
    for (name, value) in claims.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole
}
