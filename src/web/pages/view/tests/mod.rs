//! What must hold on every page, whatever it shows.

mod more_samples;
mod reviewing;
mod samples;

use samples::{Rendered, every_page};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</textarea></title>";

fn plain() -> Vec<Rendered> {
    every_page("Northmoor & Łódź")
}

#[test]
fn a_script_in_any_text_is_shown_and_never_run() {
    for (page, html) in every_page(HOSTILE) {
        for raw in ["<script>alert", "<img src=x", "\"'>", "</textarea></title>", "onerror=alert(2)>"] {
            assert!(!html.contains(raw), "{page} lets {raw} through");
        }
        assert!(html.contains("&#60;script&#62;alert"), "{page} does not show the text at all");
    }
}

#[test]
fn an_entity_in_a_text_stays_the_text_it_was() {
    for (page, html) in every_page(HOSTILE) {
        assert!(html.contains("&#38;amp;"), "{page} unescapes or drops what was typed");
    }
}

#[test]
fn no_page_carries_an_inline_style_or_script() {
    for (page, html) in plain() {
        assert!(!html.contains(" style="), "{page} has a style attribute");
        assert!(!html.contains("<style"), "{page} has a style element");
        assert!(!html.contains("<script>"), "{page} has an inline script");
        assert!(!html.contains("javascript:"), "{page} has a script address");
        for event in [" onclick", " onchange", " onsubmit", " onload", " oninput", " onerror"] {
            assert!(!html.contains(event), "{page} has {event}");
        }
    }
}

#[test]
fn every_resource_comes_from_this_server() {
    for (page, html) in plain() {
        for part in html.split(" src=\"").skip(1).chain(html.split("rel=\"stylesheet\" href=\"").skip(1)) {
            assert!(part.starts_with('/'), "{page} loads {}", part.split('"').next().unwrap_or(""));
        }
    }
}

#[test]
fn every_form_that_posts_sends_a_form_token() {
    for (page, html) in plain().into_iter().filter(|(page, _)| *page != "clock") {
        for form in html.split("method=\"post\"").skip(1) {
            let form = form.split("</form>").next().unwrap_or("");
            let token = form.contains("name=\"csrf\"") || form.contains("name=\"form_token\"");
            assert!(token, "{page} posts without a token");
        }
    }
}

#[test]
fn an_id_stands_once_on_a_page() {
    for (page, html) in plain() {
        let mut ids: Vec<&str> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{page} repeats an id");
    }
}

#[test]
fn every_page_has_one_headline_and_says_who_runs_the_server() {
    for (page, html) in plain() {
        assert_eq!(html.matches("<h1").count(), 1, "{page}");
        assert!(html.to_lowercase().contains("run by northmoor"), "{page} hides who runs it");
    }
}

#[test]
fn every_table_keeps_its_roles_when_a_phone_sets_it_anew() {
    for (page, html) in plain() {
        for table in html.split("<table class=").skip(1) {
            let table = table.split("</table>").next().unwrap_or("");
            assert!(table.contains("role=\"table\""), "{page} has a table without its role");
            assert_eq!(table.matches("<td").count(), table.matches("role=\"cell\"").count(), "{page}");
            assert_eq!(table.matches("<tr").count(), table.matches("role=\"row\"").count(), "{page}");
        }
    }
}

#[test]
fn no_rating_is_told_by_colour_alone() {
    let (_, html) = plain().into_iter().find(|(page, _)| *page == "portfolio").expect("it is rendered");
    for tile in html.split("class=\"tile ").skip(1) {
        let tile = tile.split("</td>").next().unwrap_or("");
        assert!(tile.contains("<svg class=\"gl ") && tile.contains("class=\"word\""), "{tile}");
    }
    assert!(html.contains(", red, down 0.1"), "a reader with a screen reader hears colour and change");
}

#[test]
fn the_choices_run_from_five_to_one_and_dont_know_stands_apart() {
    let (_, html) = plain().into_iter().find(|(page, _)| *page == "item").expect("it is rendered");
    let values: Vec<&str> =
        html.split("name=\"choice\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(values, ["5", "4", "3", "2", "1", "none"]);
    assert_eq!(html.matches(" checked").count(), 1);
    assert!(html.contains("action=\"/s/token/2\""));
}

#[test]
fn the_sheet_stays_small() {
    let sheet = include_bytes!("../../../assets/evenkeel.css").len();
    assert!(sheet < 24 * 1024, "{sheet} bytes of style");
}

#[test]
fn the_embedded_fonts_stay_under_220_kilobytes() {
    let latin = include_bytes!("../../../assets/source-serif-4-latin.woff2");
    let extended = include_bytes!("../../../assets/source-serif-4-latin-ext.woff2");
    assert!(latin.starts_with(b"wOF2") && extended.starts_with(b"wOF2"));
    assert!(latin.len() + extended.len() < 220 * 1024);
}

#[test]
fn an_unknown_link_offers_no_form_and_names_no_invitation() {
    let one = super::answer::AnswerNotice::unknown("v", "Northmoor");
    let html = askama::Template::render(&one).expect("it renders");
    assert!(!html.contains("<form") && !html.contains("/s/"));
}
