//! What [`super::build`] promises: fixed bytes, no header from the inside of a value, ASCII throughout.

use super::*;

const RENDERED: fn() -> Rendered = || Rendered {
    picture: None,
    subject: "Northmoor × Brightwater: 5 questions, 3 minutes, until Thu 17 Sep 17:00 Berlin".to_owned(),
    text: "Hello Ines,\n\n.a line with a dot\n".to_owned(),
    html: "<!DOCTYPE html><p>Hello Ines × 3</p>".to_owned(),
};

fn draft(rendered: &Rendered) -> Draft<'_> {
    Draft {
        from_name: "Northmoor × Brightwater",
        from_address: "evenkeel@example.org",
        to_name: "Inès Łukasz",
        to_address: "ines@example.net",
        reply_to: Some(("Tom", "tom@example.com")),
        rendered,
        date: DateTime::from_timestamp(1_789_000_000, 0).unwrap(),
        message_id: "<01890000-0000@example.org>",
        boundary: "evenkeel-1",
        unsubscribe: Some("https://example.org/s/abc/stop?x=1"),
    }
}

fn text(draft: &Draft<'_>) -> String {
    String::from_utf8(build(draft).unwrap()).unwrap()
}

/// The header block, unfolded, one header a line.
fn headers(draft: &Draft<'_>) -> Vec<String> {
    let text = text(draft);
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
}

fn names(draft: &Draft<'_>) -> Vec<String> {
    headers(draft).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn the_same_draft_gives_the_same_bytes() {
    let rendered = RENDERED();
    let bytes = build(&draft(&rendered)).unwrap();
    assert_eq!(bytes, build(&draft(&rendered)).unwrap());
    assert!(bytes.is_ascii());
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "only CRLF ends a line");
    assert!(text.lines().all(|line| line.len() <= 998));
    assert!(text.ends_with("--evenkeel-1--\r\n"));
}

#[test]
fn the_headers_are_the_promised_ones() {
    let rendered = RENDERED();
    let draft = draft(&rendered);
    let lines = headers(&draft);
    for expected in [
        "Date: Thu, 10 Sep 2026 00:26:40 +0000",
        "Message-ID: <01890000-0000@example.org>",
        "Auto-Submitted: auto-generated",
        "List-Unsubscribe: <https://example.org/s/abc/stop?x=1>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Reply-To: Tom <tom@example.com>",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative; boundary=\"evenkeel-1\"",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} is missing from {lines:#?}");
    }
    assert!(
        lines.iter().any(|l| l.starts_with("From: ") && l.ends_with("<evenkeel@example.org>")),
        "{lines:#?}"
    );
    assert!(lines.iter().any(|l| l.starts_with("To: ") && l.ends_with("<ines@example.net>")), "{lines:#?}");
}

#[test]
fn letters_without_unsubscribe_or_reply_to_carry_neither_header() {
    let rendered = RENDERED();
    let draft = Draft { unsubscribe: None, reply_to: None, to_name: "", ..draft(&rendered) };
    let names = names(&draft);
    assert!(!names.iter().any(|name| name.starts_with("List-") || name == "Reply-To"), "{names:?}");
    assert!(headers(&draft).contains(&"To: ines@example.net".to_owned()));
}

#[test]
fn a_reply_address_that_cannot_be_used_is_left_out() {
    let rendered = RENDERED();
    for hostile in ["a b@c", "a@1.2.3.4", "a@b\r\nBcc: x@y", ""] {
        let draft = Draft { reply_to: Some(("x", hostile)), ..draft(&rendered) };
        assert!(!names(&draft).iter().any(|name| name == "Reply-To" || name == "Bcc"), "{hostile:?}");
    }
}

#[test]
fn no_name_or_subject_can_add_a_header() {
    let calm = RENDERED();
    let expected = names(&draft(&calm));
    for hostile in [
        "a\r\nBcc: x@y.example",
        "a\nBcc: x@y.example\n\nbody",
        "\r\n\r\n<script>",
        "\" <x@y.example>, \"",
        "\\",
        "a, b; c: <d@e.example>",
        "=?utf-8?Q?=0D=0ABcc:_x=40y.example?=",
        "Zoë\u{202E}\0\u{85}Bcc: x",
        "(comment",
        "👨‍👩‍👧 \u{301}\u{301}",
        "   ",
    ] {
        let mut rendered = RENDERED();
        rendered.subject = hostile.to_owned();
        let draft = Draft {
            from_name: hostile,
            to_name: hostile,
            reply_to: Some((hostile, "tom@example.com")),
            ..draft(&rendered)
        };
        assert_eq!(names(&draft), expected, "{hostile:?}");
        assert!(!text(&draft).contains("=?utf-8?Q?=0D"), "{hostile:?}");
    }
}

#[test]
fn a_long_subject_is_cut_and_folded() {
    let mut rendered = RENDERED();
    rendered.subject = "Łódź ".repeat(400);
    let text = text(&draft(&rendered));
    let subject = text.split("Subject: ").nth(1).unwrap().split("\r\nMessage-ID").next().unwrap();
    assert!(subject.contains("\r\n "), "{subject}");
    assert!(subject.len() < 1_500 && text.split("\r\n").all(|line| line.len() <= 998));
}

#[test]
fn hostile_addresses_and_fields_are_refused_by_name() {
    let rendered = RENDERED();
    let good = draft(&rendered);
    for (draft, part) in [
        (Draft { to_address: "a@b\r\nBcc: x@y", ..good }, "the To header"),
        (Draft { from_address: "a@b\r\nBcc: x@y", ..good }, "the From header"),
        (Draft { message_id: "<a@b>\r\nBcc: x", ..good }, "the Message-ID"),
        (Draft { message_id: "a@b", ..good }, "the Message-ID"),
        (Draft { boundary: "a\"b", ..good }, "the boundary"),
        (Draft { boundary: "dot", ..good }, "the boundary"),
        (Draft { unsubscribe: Some("https://a.example/\r\nBcc: x"), ..good }, "the unsubscribe address"),
        (Draft { unsubscribe: Some("javascript:alert(1)"), ..good }, "the unsubscribe address"),
        (Draft { date: DateTime::from_timestamp(-1, 0).unwrap(), ..good }, "the date"),
    ] {
        let error = build(&draft).unwrap_err().to_string();
        assert!(error.starts_with(part), "{error}");
        assert!(!error.contains(['\r', '\n']), "{error}");
    }
}

#[test]
fn ids_are_made_of_the_letter_and_the_domain_only() {
    assert_eq!(message_id("0189-ab", "evenkeel@example.org"), "<0189-ab@example.org>");
    assert_eq!(message_id("0189-ab", "keel@bücher.example"), "<0189-ab@xn--bcher-kva.example>");
    assert_eq!(boundary("0189-ab"), "evenkeel-0189-ab");
}

#[test]
fn a_picture_stands_beside_the_html_under_the_name_that_the_html_gives_it() {
    let mut rendered = RENDERED();
    rendered.picture =
        Some(Picture { cid: content_id("<x-1@example.org>"), png: b"\x89PNG and more".to_vec() });
    let first = text(&draft(&rendered));
    assert_eq!(first, text(&draft(&rendered)), "the same draft gives the same bytes");
    for expected in [
        "Content-Type: multipart/alternative; boundary=\"evenkeel-1\"",
        "Content-Type: multipart/related; type=\"text/html\"; boundary=\"related-evenkeel-1\"",
        "Content-ID: <picture.x-1@example.org>",
        "Content-Type: image/png",
        "Content-Disposition: inline",
    ] {
        assert!(first.replace("\r\n ", " ").contains(expected), "{expected} is missing from {first}");
    }
    // No line of an inner part begins as the outer boundary does.
    assert_eq!(first.matches("\r\n--evenkeel-1").count(), 3);
    rendered.picture = Some(Picture { cid: "a b>\r\nBcc: x@y".to_owned(), png: Vec::new() });
    assert!(build(&draft(&rendered)).is_err());
}
