//! The stories of the demo, as its charts tell them.

use crate::support::demo::Demo;

/// Prints a line for each partnership: its name, then every label of its chart of all indicators.
const LABELS: &str = r#"
import html, json, os, re, urllib.request
def get(path):
    request = urllib.request.Request(os.environ["EVENKEEL_URL"] + "/api/v1" + path)
    request.add_header("Authorization", "Bearer " + os.environ["EVENKEEL_TOKEN"])
    return urllib.request.urlopen(request).read().decode()
for own in json.loads(get("/partnerships?limit=100"))["items"]:
    svg = get("/partnerships/%s/charts/indicators.svg" % own["id"])
    print(own["name"], *re.findall(r"<text[^>]*>([^<]*)</text>", html.unescape(svg)), sep=" | ")
"#;

#[test]
fn the_demos_stories_show_in_its_charts() {
    let demo = Demo::start();
    let output = demo.run("python3", LABELS);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let of = |name: &str| {
        said.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {said}"))
    };
    for (name, label) in [
        ("Brightwater", "lower since 2025-Q3"),
        ("Castellan", "lower since 2025-Q3"),
        ("Tessera", "gap wider since 2025-Q3"),
        ("Quillon", "higher since 2025-Q3"),
        ("Halden", "other people"),
        ("Solstad", "new start: other mode"),
    ] {
        assert!(of(name).contains(label), "{label}: {}", of(name));
    }
    for steady in ["Aldergate", "Kestrel", "Port Selby", "Lumen", "Varga", "Solstad", "Halden", "Mirabeau"] {
        assert!(!of(steady).contains(" since 202"), "{}", of(steady));
    }
}
