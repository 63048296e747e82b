//! The laws of the answer form.

use actix_web::test::TestRequest;

use super::super::test_house::{Answer, House};
use crate::domain::mode::Mode;
use crate::workflow::close_cycles;

#[actix_web::test]
async fn looking_at_every_page_of_a_link_changes_nothing() {
    let house = House::with(Mode::Named).await;
    let (token, before) = (house.token().await, house.answers().await);
    for page in ["", "/1", "/5", "/review"] {
        assert_eq!(house.get(&format!("/s/{token}{page}")).await.status, 200, "{page}");
    }
    assert_eq!(house.get(&format!("/s/{token}/thanks")).await.status, 303);
    assert_eq!(house.answers().await, before);
}

#[actix_web::test]
async fn a_post_without_the_form_token_changes_nothing() {
    let house = House::with(Mode::Named).await;
    let (token, before) = (house.token().await, house.answers().await);
    for (page, field) in [("1", ("choice", "4")), ("closing", ("comment", "hm")), ("send", ("then", "next"))]
    {
        let address = format!("/s/{token}/{page}");
        assert_eq!(house.post(&address, &[field]).await.status, 403);
        assert_eq!(house.post(&address, &[field, ("form_token", "guessed")]).await.status, 403);
    }
    assert_eq!(house.answers().await, before);
}

#[actix_web::test]
async fn links_that_open_no_form_all_look_the_same() {
    let house = House::with(Mode::Representative).await;
    let reference = house.get(&format!("/s/{}", "a".repeat(32))).await;
    assert_eq!(reference.status, 404);
    let token = house.token().await;
    let bad = [
        "/s/x".to_owned(),
        format!("/s/{}", "b".repeat(32)),
        format!("/s/{token}x"),
        format!("/s/{}", token.to_uppercase()),
        "/s/%ff%00".to_owned(),
        format!("/s/{}/3", "a".repeat(32)),
        format!("/s/{}/review", "a".repeat(32)),
        "/s/a/b/c".to_owned(),
        format!("/s/{token}/6"),
        format!("/s/{token}/0"),
        format!("/s/{token}/closing"),
    ];
    for address in bad {
        let answer = house.get(&address).await;
        assert_eq!((answer.status, &answer.body), (404, &reference.body), "{address}");
        let same = |answer: &Answer| -> Vec<_> {
            answer.headers.iter().filter(|(name, _)| name != "x-request-id").cloned().collect()
        };
        assert_eq!(same(&answer), same(&reference), "{address}");
    }
}

#[actix_web::test]
async fn answers_are_saved_one_by_one_and_sending_comes_last() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let (base, form) = (format!("/s/{token}"), house.state.ctx.key.form_token(&token));
    for (n, choice) in (1..=5).zip(["5", "3", "none", "3", "2"]) {
        let fields = [("form_token", form.as_str()), ("choice", choice), ("then", "next")];
        let saved = house.post(&format!("{base}/{n}"), &fields).await;
        let next = if n == 5 { "review".to_owned() } else { (n + 1).to_string() };
        assert_eq!((saved.status, saved.location), (303, format!("{base}/{next}")));
    }
    assert!(house.get(&base).await.body.contains("5 of 5 saved"));
    let sent = house.post(&format!("{base}/send"), &[("form_token", &form)]).await;
    assert_eq!((sent.status, sent.location), (303, format!("{base}/thanks")));
    let thanks = house.get(&format!("{base}/thanks")).await.body;
    assert!(thanks.contains("All five answers are in.") && thanks.contains("Thu 10 Sep, 11:00 New York"));
}

#[actix_web::test]
async fn somebody_who_knows_nothing_can_say_so_and_send() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let (base, form) = (format!("/s/{token}"), house.state.ctx.key.form_token(&token));
    for n in 1..=5 {
        let sent = house.post(&format!("{base}/send"), &[("form_token", &form)]).await;
        assert_eq!(sent.status, 409, "question {n} is open");
        let fields = [("form_token", form.as_str()), ("choice", "none"), ("then", "next")];
        assert_eq!(house.post(&format!("{base}/{n}"), &fields).await.status, 303);
    }
    let sent = house.post(&format!("{base}/send"), &[("form_token", &form)]).await;
    assert_eq!((sent.status, sent.location), (303, format!("{base}/thanks")));
}

#[actix_web::test]
async fn no_comment_is_asked_for_that_nobody_would_be_shown() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let (base, form) = (format!("/s/{token}"), house.state.ctx.key.form_token(&token));
    assert_eq!(house.get(&format!("{base}/closing")).await.status, 404);
    assert!(!house.get(&format!("{base}/review")).await.body.contains("Closing question"));
    let before = house.answers().await;
    let fields = [("form_token", form.as_str()), ("comment", "hm"), ("then", "next")];
    assert_eq!(house.post(&format!("{base}/closing"), &fields).await.status, 404);
    assert_eq!(house.answers().await, before);
}

#[actix_web::test]
async fn in_named_mode_answers_and_comments_are_read_with_names_after_the_close_by_members_and_nobody_else() {
    let house = House::with(Mode::Named).await;
    let token = house.token().await;
    let (base, form) = (format!("/s/{token}"), house.state.ctx.key.form_token(&token));
    let closing = house.get(&format!("{base}/closing")).await;
    assert!(
        closing.status == 200
            && closing.body.contains("the members on all sides and their leadership read it with your name")
    );
    let answer = [("form_token", form.as_str()), ("choice", "4"), ("then", "next")];
    assert_eq!(house.post(&format!("{base}/1"), &answer).await.status, 303);
    let fields = [("form_token", form.as_str()), ("comment", "<b>Less</b> mail."), ("then", "next")];
    assert_eq!(house.post(&format!("{base}/closing"), &fields).await.status, 303);
    let address = format!("/cycles/{}/answers", house.cycle().await);
    let look = async |person| {
        let (cookie, _) = house.sign_in(person).await;
        house.ask(TestRequest::get().uri(&address).cookie(cookie)).await
    };
    assert_eq!(look(house.respondent).await.status, 404, "sealed until the close");
    house.close().await;
    let page = look(house.respondent).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Marta") && page.body.contains("not answered"), "{}", page.body);
    assert!(page.body.contains("&lt;b&gt;Less") || page.body.contains("&#60;b&#62;Less"), "{}", page.body);
    assert_eq!(look(house.administrator).await.status, 404, "an administrator as such reads no answers");
}

#[actix_web::test]
async fn an_invalid_choice_shows_the_question_again_and_loses_nothing() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let form = house.state.ctx.key.form_token(&token);
    let address = format!("/s/{token}/1");
    house.post(&address, &[("form_token", &form), ("choice", "4")]).await;
    for choice in ["", "0", "6", "3.5", "<script>"] {
        let answer = house.post(&address, &[("form_token", &form), ("choice", choice)]).await;
        assert_eq!(answer.status, 422, "{choice}");
        assert!(answer.body.contains("value=\"4\" checked"), "{choice}");
    }
}

#[actix_web::test]
async fn the_script_is_told_in_json_that_an_answer_was_saved_or_why_not() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let form = house.state.ctx.key.form_token(&token);
    let post = |choice: &'static str, form: &str| {
        TestRequest::post()
            .uri(&format!("/s/{token}/2"))
            .insert_header(("Accept", "application/json"))
            .set_form([("form_token", form), ("choice", choice), ("then", "stay")])
    };
    let saved = house.ask(post("3", &form)).await;
    assert_eq!((saved.status, saved.body.as_str()), (200, r#"{"saved":"08:02"}"#));
    for (answer, status) in [(house.ask(post("7", &form)).await, 422), (house.ask(post("3", "x")).await, 403)]
    {
        assert_eq!(answer.status, status);
        assert!(answer.body.starts_with(r#"{"error":"#), "{}", answer.body);
    }
    house.jump("2026-09-10T15:00:00Z");
    let late = house.ask(post("3", &form)).await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("This check has closed."));
}

#[actix_web::test]
async fn after_the_close_a_link_says_so_and_takes_nothing() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let form = house.state.ctx.key.form_token(&token);
    house.jump("2026-09-10T15:00:00Z");
    close_cycles::close_cycles(&house.state.ctx, house.state.now()).await.unwrap();
    let before = house.answers().await;
    let page = house.get(&format!("/s/{token}")).await;
    assert!(page.status == 200 && page.body.contains("This check has closed."));
    let late = house.post(&format!("/s/{token}/1"), &[("form_token", &form), ("choice", "4")]).await;
    assert!(late.status == 409 && late.body.contains("This check has closed."));
    assert_eq!(house.answers().await, before);
}

/// Posts as the script does.
async fn by_script(house: &House, address: &str, fields: &[(&str, &str)]) -> (u16, serde_json::Value) {
    let request = TestRequest::post().uri(address).insert_header(("Accept", "application/json"));
    let answer = house.ask(request.set_form(fields)).await;
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_else(|e| panic!("{e}: {}", answer.body)))
}

#[actix_web::test]
async fn an_older_save_of_a_tab_that_comes_late_changes_nothing() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let (base, form) = (format!("/s/{token}"), house.state.ctx.key.form_token(&token));
    for (choice, order) in [("4", "tab.2"), ("1", "tab.1"), ("4", "tab.2")] {
        let fields = [("form_token", form.as_str()), ("choice", choice), ("then", "stay"), ("order", order)];
        let (status, said) = by_script(&house, &format!("{base}/1"), &fields).await;
        assert!(status == 200 && said["saved"].is_string(), "{said}");
        let page = house.get(&format!("{base}/1")).await.body;
        assert!(page.contains("value=\"4\" checked"), "the newer one stays");
    }
}

#[actix_web::test]
async fn the_script_is_told_of_every_page_what_was_saved_and_what_was_not() {
    let house = House::with(Mode::Named).await;
    let token = house.token().await;
    let (base, form) = (format!("/s/{token}"), house.state.ctx.key.form_token(&token));
    let own = |name, value| [("form_token", form.as_str()), (name, value), ("then", "stay")];
    let (status, said) = by_script(&house, &format!("{base}/send"), &own("order", "")).await;
    assert!(status == 409 && said["error"].as_str().is_some_and(|own| own.contains("Nothing is answered")));
    for (page, name, value) in
        [("1", "choice", "5"), ("closing", "comment", "Fewer mails."), ("send", "order", "")]
    {
        let (status, said) = by_script(&house, &format!("{base}/{page}"), &own(name, value)).await;
        assert!(status == 200 && said["saved"].as_str().is_some_and(|own| own.len() == 5), "{page}: {said}");
    }
    for (page, name, value) in [("1", "choice", "6"), ("1", "choice", "")] {
        let (status, said) = by_script(&house, &format!("{base}/{page}"), &own(name, value)).await;
        assert!(status == 422 && said["error"].is_string(), "{page}: {said}");
    }
    let (status, said) = by_script(&house, &format!("{base}/1"), &[("choice", "5")]).await;
    assert!(status == 403 && said["error"].is_string(), "{said}");
    let page = house.get(&format!("{base}/closing")).await.body;
    assert!(page.contains("Fewer mails."));
}

#[actix_web::test]
async fn a_page_with_an_error_says_so_in_its_title_and_leads_to_the_field() {
    let house = House::with(Mode::Representative).await;
    let token = house.token().await;
    let form = house.state.ctx.key.form_token(&token);
    let address = format!("/s/{token}/2");
    let page = house.get(&address).await.body;
    assert!(page.contains("<title>Communication Frequency, question 2 of 5 · "));
    let fields = [("form_token", form.as_str()), ("then", "next")];
    let page = house.post(&address, &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("<title>Error: Communication Frequency, question 2 of 5 · "));
    assert!(page.body.contains("autofocus><a href=\"#first\">") && page.body.contains("id=\"first\""));
}
