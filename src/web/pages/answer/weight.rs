//! What the answer form weighs, and that its sheet has all it needs.

use std::collections::BTreeSet;

use super::super::test_house::House;
use crate::domain::mode::Mode;
use crate::web::assets::ANSWER_SHEET;

/// In bytes, with all that a page loads, uncompressed: the server compresses nothing.
const MOST: usize = 30 * 1024;

/// The addresses of what a page loads.
fn loads(page: &str) -> BTreeSet<&str> {
    let attributes = ["<link rel=\"icon\" href=\"", "<link rel=\"stylesheet\" href=\"", "<script src=\""];
    attributes
        .iter()
        .flat_map(|before| page.split(before).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[actix_web::test]
async fn every_page_of_the_form_weighs_less_than_30_kilobytes_with_all_that_it_loads() {
    let house = House::with(Mode::Named).await;
    let token = house.token().await;
    let mut seen = BTreeSet::new();
    for page in ["", "/1", "/5", "/closing", "/review", "x"] {
        let page = house.get(&format!("/s/{token}{page}")).await.body;
        let named = loads(&page);
        assert_eq!(
            named.len(),
            page.matches("/assets/").count(),
            "whatever the page loads is counted: {page}"
        );
        let mut bytes = page.len();
        for address in named {
            let answer = house.get(address).await;
            assert_eq!(answer.status, 200, "{address}");
            assert!(!answer.headers.iter().any(|(name, _)| name == "content-encoding"), "{address}");
            assert!(
                !answer.body.contains("url(") && !answer.body.contains("@import"),
                "{address} loads more"
            );
            bytes += answer.body.len();
            seen.insert(address.split('?').next().unwrap_or_default().to_owned());
        }
        assert!(bytes < MOST, "{bytes} bytes");
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["/assets/answer.css", "/assets/answer.js", "/assets/evenkeel.svg"]
    );
}

/// The classes that a sheet has rules for.
fn ruled(sheet: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    sheet
        .split('.')
        .skip(1)
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|rest| rest.split(|c| !is_name(c)).next())
        .collect()
}

#[test]
fn the_small_sheet_has_a_rule_for_every_class_that_the_whole_one_has() {
    let whole = include_str!("../../assets/evenkeel.css");
    let (whole, small) = (ruled(whole), ruled(&ANSWER_SHEET));
    let templates = [
        include_str!("../templates/answer_base.html"),
        include_str!("../templates/answer_begin.html"),
        include_str!("../templates/answer_closing.html"),
        include_str!("../templates/answer_item.html"),
        include_str!("../templates/answer_lines.html"),
        include_str!("../templates/answer_notice.html"),
        include_str!("../templates/answer_review.html"),
        include_str!("../templates/answer_start.html"),
        include_str!("../templates/answer_thanks.html"),
        include_str!("../templates/action.html"),
        include_str!("../templates/preferences.html"),
        include_str!("../templates/forms.html"),
    ];
    let mut classes = 0;
    for class in templates
        .iter()
        .flat_map(|page| page.split("class=\"").skip(1))
        .filter_map(|rest| rest.split('"').next())
        .flat_map(str::split_whitespace)
    {
        classes += 1;
        assert!(!whole.contains(class) || small.contains(class), "{class} has no rule there");
    }
    assert!(classes > 60 && small.contains("choices") && small.contains("btn") && !small.contains("heat"));
}
