//! A program that speaks to the REST interface, and fails on every answer that the document does not name.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::web::api::document::{document, template_of};
use evenkeel::workflow::proposals::Speaker;
use evenkeel::workflow::tokens::{self, Giver, TokenInput};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response};

use super::TestApp;
use evenkeel::clock::real_now;

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text; of an image, what of it is text.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl Reply {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The stable word of a problem.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The paths of the fields that a problem names.
    pub fn paths(&self) -> Vec<&str> {
        self.json["errors"].as_array().into_iter().flatten().filter_map(|e| e["path"].as_str()).collect()
    }
}

/// One program with its token.
pub struct Program {
    base: String,
    agent: Agent,
    token: Option<String>,
}

impl Program {
    /// A program at a server, with or without a token.
    pub fn new(base: &str, token: Option<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(std::time::Duration::from_mins(1)))
            .build();
        Self { base: base.trim_end_matches('/').to_owned(), agent: config.into(), token }
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], None)
    }

    /// Sends JSON.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.send(method, path, &[("content-type", "application/json")], Some(body.to_string().as_bytes()))
    }

    /// Sends a POST with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.json("POST", path, body)
    }

    /// Sends anything.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let mut request = Request::builder().method(method).uri(self.url(path));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body.to_vec()).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let reply = read(answer.expect("the server answers"));
        check(method, path, &reply);
        reply
    }

    fn url(&self, path: &str) -> String {
        let rooted = path.starts_with("/api/") || !path.starts_with('/');
        if rooted { format!("{}{path}", self.base) } else { format!("{}/api/v1{path}", self.base) }
    }
}

fn read(mut response: Response<ureq::Body>) -> Reply {
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let body = response.body_mut().read_to_vec().unwrap_or_default();
    let text = String::from_utf8_lossy(&body).into_owned();
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    Reply { status: response.status().as_u16(), headers, text, json }
}

/// Every answer must be in the document: status and media type, and a problem must be one.
#[track_caller]
fn check(method: &str, path: &str, reply: &Reply) {
    let address = if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v1{path}") };
    let address = address.split('?').next().unwrap_or_default();
    let kind = reply.header("content-type").unwrap_or_default();
    if reply.status >= 400 {
        assert_eq!(kind, "application/problem+json", "{method} {path}: {}", reply.text);
        assert_eq!(reply.json["status"], reply.status, "{}", reply.text);
        assert!(!reply.code().is_empty() && reply.json["detail"].is_string(), "{}", reply.text);
    }
    let Some(template) = template_of(address) else {
        assert_eq!(reply.status, 404, "{method} {path} is in no document");
        return;
    };
    let whole = serde_json::to_value(document()).expect("a document");
    let operation = &whole["paths"][template][method.to_ascii_lowercase()];
    if operation.is_null() {
        assert_eq!(reply.status, 405, "{method} {template} is in no document");
        assert!(reply.header("allow").is_some());
        return;
    }
    let answer = &operation["responses"][reply.status.to_string()];
    assert!(answer.is_object(), "{method} {template} does not document {}: {}", reply.status, reply.text);
    if !reply.text.is_empty() {
        let known = kind.split(';').next().unwrap_or_default();
        assert!(
            answer["content"].get(known).is_some(),
            "{method} {template} does not document {known} for {}",
            reply.status
        );
    }
}

impl TestApp {
    /// A program with a token of these scopes and this binding.
    pub async fn program(&mut self, scopes: &[Scope], binding: Binding) -> Program {
        let base = self.address().await;
        let input = TokenInput {
            name: "a program".to_owned(),
            scopes: scopes.iter().copied().collect(),
            binding,
            days: None,
        };
        let (ctx, now) = (&self.ctx, self.now());
        let made = if let Binding::Side(side) = binding {
            // As a manager of the side makes it, so that nobody is told.
            let speaker = Speaker { actor: "test".to_owned(), side: Some(side) };
            tokens::create_for_side(ctx, speaker, input, now, real_now()).await
        } else {
            let giver = Giver { actor: "test".to_owned(), token: None };
            tokens::create(ctx, giver, input, now, real_now()).await
        };
        Program::new(&base, Some(made.unwrap().1))
    }

    /// A program that may do everything.
    pub async fn full_program(&mut self) -> Program {
        self.program(Scope::ALL, Binding::Instance).await
    }

    /// A program without a token.
    pub async fn stranger(&mut self) -> Program {
        let base = self.address().await;
        Program::new(&base, None)
    }
}
