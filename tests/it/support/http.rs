//! A browser without a window: sends what forms send and keeps cookies.

use std::sync::Mutex;

use ureq::Agent;
use ureq::http::Response;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Where it leads to, for a redirect.
    pub location: Option<String>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The value of the first hidden field with this name.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.body.split(&mark).nth(1).unwrap_or_else(|| panic!("a field {name} in {}", self.body));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

/// Speaks to one server and never follows a redirect by itself.
pub struct Client {
    base: String,
    agent: Agent,
    cookies: Mutex<Vec<(String, String)>>,
}

impl Client {
    /// A browser that knows nothing yet.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(std::time::Duration::from_secs(30)))
            .build();
        Self { base: base.trim_end_matches('/').to_owned(), agent: config.into(), cookies: Mutex::default() }
    }

    /// Goes through the door with a one-time secret, as a person does: opens the link and presses the button.
    pub fn sign_in(&self, secret: &str) {
        let page = self.get(&format!("/login/{secret}"));
        let (csrf, token) = (page.hidden("csrf"), page.hidden("token"));
        let entered = self.post("/login/confirm", &[("csrf", &csrf), ("token", &token)]);
        assert_eq!(entered.status, 303, "{}", entered.body);
    }

    /// Keeps a cookie as if the server had set it.
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().expect("no panic holds it").push((name.to_owned(), value.to_owned()));
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Answer {
        let response = self.agent.get(self.url(path)).header("cookie", self.cookie()).call();
        self.read(response.expect("the server answers"))
    }

    /// Sends a request without a body.
    pub fn send(&self, method: &str, path: &str) -> Answer {
        let request = ureq::http::Request::builder().method(method).uri(self.url(path)).body(());
        self.read(self.agent.run(request.expect("a request")).expect("the server answers"))
    }

    /// Sends a form.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields).expect("the server answers")
    }

    /// Sends a form; `None` when the server goes away instead of answering.
    pub fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .agent
            .post(self.url(path))
            .header("cookie", self.cookie())
            .header("origin", &self.base)
            .content_type("application/x-www-form-urlencoded");
        request.send(body).ok().map(|response| self.read(response))
    }

    /// Sends a form in parts, as mail programs do by themselves: without a cookie, from nowhere.
    pub fn post_parts(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let part = |(name, value): &(&str, &str)| {
            format!("--border\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body: String = fields.iter().map(part).collect();
        let request = self.agent.post(self.url(path)).content_type("multipart/form-data; boundary=border");
        self.read(request.send(format!("{body}--border--\r\n")).expect("the server answers"))
    }

    fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    fn cookie(&self) -> String {
        let cookies = self.cookies.lock().expect("no panic holds it");
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn read(&self, mut response: Response<ureq::Body>) -> Answer {
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        for (_, value) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) =
                value.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            let mut cookies = self.cookies.lock().expect("no panic holds it");
            cookies.retain(|(known, _)| known != name);
            cookies.push((name.to_owned(), value.to_owned()));
        }
        Answer {
            status: response.status().as_u16(),
            location: headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.clone()),
            headers,
            body: response.body_mut().read_to_string().unwrap_or_default(),
        }
    }
}
