//! Does the set-up page hand over credentials once, and to nobody else?

use super::*;
use axum::extract::Path;
use axum::routing::post;
use serde_json::{Value, json};

/// A browser's visit: status, `Set-Cookie` and page.
struct Page {
    status: u16,
    cookie: String,
    text: String,
}

/// This server and a GitHub that gives an App for the code `good` once asked, and counts.
struct World {
    origin: String,
    github: String,
    asked: Arc<Mutex<Vec<String>>>,
    saved: Arc<Mutex<Vec<AppCredentials>>>,
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    origin
}

fn new_app(page: &str) -> Value {
    json!({ "id": 42, "slug": "hyperion-<b>", "html_url": page, "pem": "THE KEY", "webhook_secret": "THE SECRET" })
}

impl World {
    async fn new(can_save: bool) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = asked.clone();
        let convert = move |Path(code): Path<String>, headers: HeaderMap| async move {
            kept.lock().unwrap().push(code.clone());
            let page = format!("http://{}/github-apps/hyperion", headers[HOST].to_str().unwrap());
            match code.as_str() {
                "good" => (StatusCode::CREATED, new_app(&page).to_string()),
                "elsewhere" => (StatusCode::CREATED, new_app("https://evil.example/apps/x").to_string()),
                _ => (StatusCode::NOT_FOUND, json!({ "message": "Not Found" }).to_string()),
            }
        };
        let github = serve(Router::new().route("/api/v3/app-manifests/{code}/conversions", post(convert))).await;
        let saved: Arc<Mutex<Vec<AppCredentials>>> = Arc::default();
        let kept = saved.clone();
        let save: Save = Arc::new(move |credentials| {
            if !can_save {
                return Err("the disk is full".into());
            }
            kept.lock().unwrap().push(credentials);
            Ok(())
        });
        let state = SetupState::new(Connection::to(format!("{github}/api/v3")), None, save).unwrap();
        Self { origin: serve(router(state)).await, github, asked, saved }
    }

    async fn visit(&self, path: &str, cookie: &str) -> Page {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let response = client.get(format!("{}{path}", self.origin)).header("cookie", cookie).send().await.unwrap();
        let status = response.status().as_u16();
        assert!(response.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert_eq!(response.headers()["cache-control"], "no-store");
        let cookie = response.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
        Page { status, cookie: cookie.unwrap_or_default(), text: response.text().await.unwrap() }
    }

    /// Opens the form and gives its state and cookie.
    async fn open(&self) -> (String, String) {
        let page = self.visit("/setup", "").await;
        let cookie = page.cookie.split(';').next().unwrap().to_owned();
        (cookie.split_once('=').unwrap().1.to_owned(), cookie)
    }

    async fn finish(&self, code: &str) -> Page {
        let (state, cookie) = self.open().await;
        self.visit(&format!("/setup/callback?code={code}&state={state}"), &cookie).await
    }
}

fn manifest_of(page: &str) -> Value {
    let value = page.split_once("name=\"manifest\" value=\"").unwrap().1.split_once('"').unwrap().0;
    serde_json::from_str(&value.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")).unwrap()
}

#[tokio::test]
async fn the_form_leads_to_github_with_our_manifest() {
    let world = World::new(true).await;
    let page = world.visit("/setup?public_url=https://h.example/&organization=octo", "").await;
    let state = page.cookie.split(['=', ';']).nth(1).unwrap();
    assert_eq!(page.status, 200);
    assert!(page.cookie.ends_with("; Path=/setup; HttpOnly; SameSite=Lax; Max-Age=3600"), "{}", page.cookie);
    let action =
        format!("action=\"{}/organizations/octo/settings/apps/new?state={state}\" method=\"post\"", world.github);
    assert!(page.text.contains(&action), "{}", page.text);
    let manifest = manifest_of(&page.text);
    assert_eq!(manifest["hook_attributes"]["url"], "https://h.example/webhooks/github");
    assert_eq!(manifest["redirect_url"], format!("{}/setup/callback", world.origin));

    let page = world.visit("/setup", "").await;
    assert!(page.text.contains(&format!("action=\"{}/settings/apps/new?state=", world.github)), "{}", page.text);
    assert_eq!(manifest_of(&page.text)["url"], world.origin);
}

#[tokio::test]
async fn the_code_becomes_saved_credentials_and_a_link_to_install() {
    let world = World::new(true).await;
    let page = world.finish("good").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains(&format!("href=\"{}/github-apps/hyperion/installations/new\"", world.github)),
        "{}",
        page.text
    );
    assert!(page.text.contains("hyperion-&lt;b&gt;") && !page.text.contains("hyperion-<b>"));
    assert!(!page.text.contains("THE KEY") && !page.text.contains("THE SECRET"));
    let saved = world.saved.lock().unwrap().clone();
    assert_eq!((saved.len(), saved[0].app_id, saved[0].webhook_secret.expose()), (1, 42, "THE SECRET"));
}

#[tokio::test]
async fn a_server_with_an_app_takes_no_other() {
    let world = World::new(true).await;
    let (state, cookie) = world.open().await;
    assert_eq!(world.finish("good").await.status, 200);
    assert_eq!(world.visit("/setup", "").await.status, 409);
    assert_eq!(world.visit(&format!("/setup/callback?code=good&state={state}"), &cookie).await.status, 409);
    assert_eq!(world.saved.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_callback_from_another_browser_is_refused_and_uses_nothing_up() {
    let world = World::new(true).await;
    let (state, cookie) = world.open().await;
    let (_, other_cookie) = world.open().await;
    let path = format!("/setup/callback?code=bad&state={state}");
    for cookie in ["", other_cookie.as_str(), "hyperion_setup="] {
        assert_eq!(world.visit(&path, cookie).await.status, 403);
    }
    assert_eq!(world.visit("/setup/callback", "hyperion_setup=").await.status, 403);
    assert_eq!(world.visit("/setup/callback?code=bad&state=made-up", "hyperion_setup=made-up").await.status, 403);
    assert!(world.asked.lock().unwrap().is_empty());
    assert_eq!(world.visit(&path, &format!("theme=dark; {cookie}")).await.status, 502);
    assert_eq!(world.visit(&path, &cookie).await.status, 403, "a form is used once");
}

#[tokio::test]
async fn a_refused_code_says_so_without_repeating_it() {
    let world = World::new(true).await;
    let page = world.finish("expired-code").await;
    assert_eq!(page.status, 502);
    assert!(page.text.contains("Not Found") && !page.text.contains("expired-code"), "{}", page.text);
    assert!(world.saved.lock().unwrap().is_empty());
}

#[tokio::test]
async fn credentials_that_cannot_be_saved_are_not_called_saved() {
    let world = World::new(false).await;
    let page = world.finish("good").await;
    assert_eq!(page.status, 500);
    assert!(page.text.contains("the disk is full") && !page.text.contains("THE KEY"), "{}", page.text);
    assert_eq!(world.visit("/setup", "").await.status, 200);
}

#[tokio::test]
async fn an_app_page_on_another_host_is_not_linked() {
    let world = World::new(true).await;
    let page = world.finish("elsewhere").await;
    assert_eq!((page.status, page.text.contains("evil.example")), (200, false));
}

#[tokio::test]
async fn hostile_input_is_refused_or_escaped() {
    let world = World::new(true).await;
    for query in [
        "public_url=javascript:alert(1)",
        "public_url=https://a@b.example",
        "organization=a/../b",
        "organization=%22%3E",
    ] {
        let page = world.visit(&format!("/setup?{query}"), "").await;
        assert_eq!(page.status, 400, "{query}");
        assert!(!page.text.contains("\">."), "{}", page.text);
    }
    let page = world.visit("/setup?public_url=%3Cscript%3E", "").await;
    assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script>"), "{}", page.text);
}

#[test]
fn the_browser_is_sent_back_where_it_came_from() {
    let check = |host: &str, proto: Option<&str>, public_url: Option<&str>| {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        proto.map(|proto| headers.insert("x-forwarded-proto", proto.parse().unwrap()));
        visited_origin(&headers, public_url)
    };
    assert_eq!(check("localhost:8000", None, Some("https://h.example")), "http://localhost:8000");
    assert_eq!(check("h.example", None, Some("https://h.example/")), "https://h.example");
    assert_eq!(check("h.example", Some("https"), None), "https://h.example");
    assert_eq!(check("a b", None, None), "http://localhost");
}

#[test]
fn old_forms_make_room_for_new_ones() {
    let save: Save = Arc::new(|_| Ok(()));
    let state = SetupState::new(Connection::to("https://api.github.com"), None, save).unwrap();
    let first = state.inner.open_form();
    let forms: Vec<String> = (0..MAX_OPEN_FORMS).map(|_| state.inner.open_form()).collect();
    assert!(!state.inner.close_form(&first));
    assert!(forms.iter().all(|form| state.inner.close_form(form)));
}
