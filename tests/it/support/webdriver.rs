//! Chromium through `WebDriver`.
//!
//! A client of our own: a dozen calls of a protocol that is JSON over plain HTTP. The ready-made clients bring an HTTP stack
//! and a TLS stack of their own, which would be the largest dependencies of the project.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use ureq::Agent;

use super::wait_until;

/// The member under which the protocol hides an element's name.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The keys of [`Browser::press`] that are no letters.
pub const TAB: &str = "\u{E004}";
/// The same.
pub const ENTER: &str = "\u{E007}";
/// The same.
pub const DOWN: &str = "\u{E015}";

/// A browser with one window; it ends with the value.
pub struct Browser {
    driver: Child,
    agent: Agent,
    session: String,
    device: Device,
}

/// What kind of device the browser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// 1280 pixels wide.
    Desktop,
    /// 390 pixels wide.
    Phone,
    /// The same with scripts switched off.
    PhoneWithoutScripts,
}

impl Browser {
    /// Starts chromedriver on a free port, and a browser.
    pub fn start(device: Device, folder: &std::path::Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed; tests/run sees to it");
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(std::time::Duration::from_mins(1)))
            .build();
        let mut browser =
            Self { driver, agent: config.into(), session: format!("http://127.0.0.1:{port}"), device };
        let status = format!("{}/status", browser.session);
        wait_until("chromedriver answers", || browser.agent.get(&status).call().is_ok());
        let made = browser.call("/session", &capabilities(device, folder));
        let id = made["sessionId"].as_str().unwrap_or_else(|| panic!("a session: {made}")).to_owned();
        browser.session = format!("{}/session/{id}", browser.session);
        browser
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.call("/url", &json!({ "url": url }));
    }

    /// Clicks the first element that fits.
    #[track_caller]
    pub fn click(&self, css: &str) {
        let element = self.find(css);
        if self.device == Device::PhoneWithoutScripts {
            // chromedriver's own click waits for a script of its own in the page, which may not run there.
            self.ask(&format!("document.querySelector({css:?}).click()"));
        } else {
            self.call(&format!("/element/{element}/click"), &json!({}));
        }
    }

    /// Types into the first element that fits.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.find(css);
        self.call(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        self.call(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] }),
        );
    }

    /// Presses Tab until something with these words, this name or this id has the focus.
    #[track_caller]
    pub fn tab_to(&self, what: &str) {
        self.tab_until(what, |focused| focused.contains(what));
    }

    /// Presses Tab until a link with these words has the focus.
    #[track_caller]
    pub fn tab_to_link(&self, words: &str) {
        self.tab_until(words, |focused| focused.starts_with("A ") && focused.contains(words));
    }

    #[track_caller]
    fn tab_until(&self, what: &str, found: impl Fn(&str) -> bool) {
        for _ in 0..150 {
            self.press(TAB);
            if found(&self.focused()) {
                return;
            }
        }
        panic!("no key leads to {what:?} on this page: {}", self.text());
    }

    /// Shows pages as for readers who prefer a light or a dark theme.
    pub fn theme(&self, theme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        let params = json!({ "features": features });
        self.call("/goog/cdp/execute", &json!({ "cmd": "Emulation.setEmulatedMedia", "params": params }));
    }

    /// Makes the window of a desktop so high, its frame included.
    pub fn high(&self, height: u32) {
        self.call("/window/rect", &json!({ "width": 1280, "height": height }));
    }

    /// The window as a PNG.
    pub fn picture(&self) -> Vec<u8> {
        let text = self.get("/screenshot");
        data_encoding::BASE64.decode(text.as_str().unwrap_or_default().as_bytes()).expect("a picture")
    }

    /// What axe-core finds wrong with the page, one line for each rule that it breaks.
    pub fn axe(&self) -> Vec<String> {
        let file = std::env::var_os("EVENKEEL_TEST_AXE")
            .expect("EVENKEEL_TEST_AXE names the file of axe-core; tests/run sees to it");
        let source = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        self.call("/execute/sync", &json!({ "script": source, "args": [] }));
        let run = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(found => done(found.violations\
                   .map(own => `${own.id}: ${own.help}: ${own.nodes.slice(0, 3).map(node => node.html).join(' | ')}`)),\
                   error => done([String(error)]));";
        let found = self.call("/execute/async", &json!({ "script": run, "args": [] }));
        let list = found.as_array().unwrap_or_else(|| panic!("axe-core answers with a list: {found}"));
        list.iter().map(|own| own.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What has the focus: its element, name, id and words.
    pub fn focused(&self) -> String {
        let told = "(e => [e.tagName, e.name, e.id, e.labels && e.labels[0] ? e.labels[0].innerText : e.innerText]\
                    .join(' '))(document.activeElement)";
        self.ask(told).as_str().unwrap_or_default().to_owned()
    }

    /// Cuts the line of this browser, or mends it.
    pub fn offline(&self, cut: bool) {
        let fast = 10_000_000;
        let line =
            json!({ "offline": cut, "latency": 0, "download_throughput": fast, "upload_throughput": fast });
        self.call("/chromium/network_conditions", &json!({ "network_conditions": line }));
    }

    /// What a script returns; it runs from outside, also where pages may not run theirs.
    pub fn ask(&self, script: &str) -> Value {
        self.call("/execute/sync", &json!({ "script": format!("return {script}"), "args": [] }))
    }

    /// The visible text of the page.
    pub fn text(&self) -> String {
        self.ask("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says these words.
    #[track_caller]
    pub fn wait_for(&self, words: &str) {
        wait_until(&format!("the page says {words:?}"), || self.text().contains(words));
    }

    #[track_caller]
    fn find(&self, css: &str) -> String {
        let mut found = Value::Null;
        wait_until(&format!("there is {css}"), || {
            found = self.call("/element", &json!({ "using": "css selector", "value": css }));
            found[ELEMENT].is_string()
        });
        found[ELEMENT].as_str().unwrap_or_default().to_owned()
    }

    /// The value of a question without a body.
    fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.session);
        let mut response = self.agent.get(&url).call().unwrap_or_else(|e| panic!("{url}: {e}"));
        let text = response.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        serde_json::from_str::<Value>(&text).unwrap_or_else(|e| panic!("{url}: {e}"))["value"].take()
    }

    /// The answer's value; an error of the protocol is a value too.
    fn call(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.session);
        let mut response = self
            .agent
            .post(&url)
            .content_type("application/json")
            .send(body.to_string())
            .unwrap_or_else(|e| panic!("{url}: {e}"));
        let text = response.body_mut().read_to_string().unwrap();
        serde_json::from_str::<Value>(&text).unwrap_or_else(|e| panic!("{url}: {e}: {text}"))["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.agent.delete(&self.session).call());
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

fn capabilities(device: Device, folder: &std::path::Path) -> Value {
    let mut args: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ]
    .map(str::to_owned)
    .to_vec();
    args.push(format!("--user-data-dir={}", folder.join(format!("chromium-{device:?}")).display()));
    let mut options = json!({ "args": args });
    if device != Device::Desktop {
        options["mobileEmulation"] =
            json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 1.0 } });
    }
    if device == Device::PhoneWithoutScripts {
        options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } })
}
