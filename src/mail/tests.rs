//! What every letter promises, tried with ordinary and with hostile words in every field.

use super::*;

/// Gives every field its own words and keeps a list of them.
struct Words {
    pattern: &'static str,
    given: Vec<Line>,
}

impl Words {
    fn next(&mut self) -> Line {
        let line = Line::from(self.pattern.replace('#', &format!("w{}w", self.given.len())));
        self.given.push(line.clone());
        line
    }

    fn reader(&mut self) -> Reader {
        Reader { name: self.next(), zone_name: self.next() }
    }

    fn house(&mut self) -> House {
        House { operator: self.next(), site: self.next() }
    }

    fn round(&mut self, id: &str) -> SurveyRound {
        SurveyRound {
            partnership: self.next(),
            period: self.next(),
            title: self.next(),
            closes: self.next(),
            questions: 5,
            minutes: 3,
            mode_sentence: self.next(),
            saved: None,
            trial: false,
            reminder: false,
            last_day: false,
            link: Placeholder::survey(id),
            announcement: self.next(),
        }
    }

    fn survey(&mut self, rounds: &[&str]) -> Survey {
        let reader = self.reader();
        Survey {
            reader,
            rounds: rounds.iter().map(|id| self.round(id)).collect(),
            letters: Some(Placeholder::letters("p1")),
        }
    }

    fn row(&mut self, tone: Tone) -> ResultRow {
        let tile = Tile { tone, score: Some(self.next()), unrated: None };
        let mut side = |position| SideMean { name: self.next(), mean: self.next(), position };
        let sides = vec![side(30), side(70)];
        ResultRow {
            indicator: self.next(),
            tile,
            reason: self.next(),
            action_required: self.next(),
            sides,
            gap: Some(self.next()),
        }
    }

    fn result(&mut self, tones: &[Tone]) -> ResultItem {
        ResultItem {
            partnership: self.next(),
            period: self.next(),
            closed: self.next(),
            headline: self.next(),
            lead: vec![self.next(), self.next()],
            overall: Some(Tile { tone: Tone::Grey, score: None, unrated: Some(self.next()) }),
            rows: tones.iter().map(|tone| self.row(*tone)).collect(),
            response: self.next(),
            open: 3,
            flags: 2,
            review_due: self.next(),
            review: self.next(),
            link: self.next(),
            own_side: self.next(),
            mode_sentence: self.next(),
            shown: Shown::OwnSideOnly { silent: vec![self.next()] },
        }
    }

    fn result_letter(&mut self, results: &[&[Tone]]) -> ResultLetter {
        let reader = self.reader();
        ResultLetter { reader, results: results.iter().map(|tones| self.result(tones)).collect() }
    }

    fn note(&mut self, kind: ActKind) -> ActNote {
        ActNote {
            sheet: vec![(self.next(), vec![self.next()])],
            kind,
            partnership: self.next(),
            sentence: self.next(),
            who: self.next(),
            reason: self.next(),
            until: self.next(),
            link: self.next(),
        }
    }

    fn act_letter(&mut self, kinds: &[ActKind]) -> ActLetter {
        let reader = self.reader();
        ActLetter { reader, notes: kinds.iter().map(|kind| self.note(*kind)).collect() }
    }

    fn agreed(&mut self, checks: usize) -> AgreedLetter {
        let reader = self.reader();
        let mut check = |n: usize| AgreedCheck {
            partnership: self.next(),
            period: self.next(),
            said: vec![self.next(), self.next()],
            agreed: (0..n).map(|_| self.next()).collect(),
            more: if n > 1 { 2 } else { 0 },
        };
        let checks = (0..checks).map(&mut check).collect();
        AgreedLetter { reader, checks, letters: Placeholder::letters("p1") }
    }

    fn actions(&mut self, items: &[Option<&str>]) -> ActionsLetter {
        let reader = self.reader();
        let mut item = |(n, own): (usize, Option<&str>)| ActionItem {
            partnership: self.next(),
            side: self.next(),
            text: self.next(),
            overdue: n == 0,
            due: self.next(),
            link: own.map(Placeholder::action),
            // Only where nobody is named does it stand in the letter.
            review: if own.is_none() { self.next() } else { Line::new("") },
        };
        let items = items.iter().copied().enumerate().map(&mut item).collect();
        ActionsLetter { reader, items }
    }

    fn digest(&mut self, listed: usize) -> DigestLetter {
        let reader = self.reader();
        let mut item = |tone| {
            let score = Some(self.next());
            DigestItem {
                partnership: self.next(),
                link: self.next(),
                sentence: self.next(),
                facts: vec![self.next(), self.next()],
                figures: vec![DigestFigure { name: self.next(), tile: Tile { tone, score, unrated: None } }],
            }
        };
        let items: Vec<DigestItem> = (0..listed).map(|place| item(ALL[place % ALL.len()])).collect();
        let title = self.next();
        let mut line = |partnership| DigestLine { partnership, link: self.next(), text: self.next() };
        let lines = vec![line("".into())];
        DigestLetter {
            reader,
            month: self.next(),
            headline: self.next(),
            lead: vec![self.next(), self.next()],
            picture: None,
            groups: vec![DigestGroup { title, items }],
            more: self.next(),
            notes: vec![DigestNotes { title: self.next(), lines }],
            portfolio: self.next(),
            leads: self.next(),
            letters: Placeholder::digest("p1"),
        }
    }

    fn sign_in(&mut self) -> SignIn {
        SignIn {
            reader: self.reader(),
            link: Placeholder::login("l-1"),
            code: Some(self.next()),
            valid_minutes: 15,
            asked_at: self.next(),
            browser: self.next(),
        }
    }
}

const ALL: [Tone; 4] = [Tone::Red, Tone::Amber, Tone::Grey, Tone::Green];

/// Every kind of letter, its fields filled by `pattern`, with the words that must be in it.
fn letters(pattern: &'static str) -> Vec<(Rendered, Vec<Line>)> {
    let kinds: [fn(&mut Words) -> Mail; 15] = [
        |w| Mail::Survey(w.survey(&["a-1"])),
        |w| Mail::Survey(w.survey(&["a-1", "b-2", "c-3"])),
        |w| Mail::Result(w.result_letter(&[&ALL])),
        |w| Mail::Result(w.result_letter(&[&ALL, &[Tone::Green]])),
        |w| Mail::Act(w.act_letter(&[ActKind::Decide])),
        |w| Mail::Act(w.act_letter(&[ActKind::Decide, ActKind::Declined, ActKind::Told])),
        |w| Mail::SignIn(w.sign_in()),
        |w| Mail::Test(Test { reader: w.reader() }),
        |w| Mail::Moved(Moved { reader: w.reader() }),
        |w| Mail::Agreed(w.agreed(1)),
        |w| Mail::Agreed(w.agreed(3)),
        |w| Mail::Actions(w.actions(&[Some("c-1")])),
        |w| Mail::Actions(w.actions(&[Some("c-1"), None, Some("d-2")])),
        |w| Mail::Digest(w.digest(1)),
        |w| Mail::Digest(w.digest(5)),
    ];
    kinds
        .into_iter()
        .map(|kind| {
            let mut words = Words { pattern, given: Vec::new() };
            let mail = kind(&mut words);
            let rendered = mail.render(&words.house());
            (rendered, words.given)
        })
        .collect()
}

fn names() -> Words {
    Words { pattern: "name#", given: Vec::new() }
}

/// Tags of the document in order, without the ones that need no end and without `<style>`'s content.
fn is_well_formed(html: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').ok_or_else(|| format!("< without > at {tag}"))?;
        rest = after;
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
        if let Some(closed) = tag.strip_prefix('/') {
            let last = open.pop().unwrap_or_default();
            if last != closed {
                return Err(format!("</{closed}> closes <{last}>"));
            }
        } else if tag.matches('"').count() % 2 == 1 {
            return Err(format!("unbalanced quotes in <{tag}>"));
        } else if !matches!(name, "br" | "meta") {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("never closed: {open:?}")) }
}

#[test]
fn text_and_html_say_the_same() {
    for (letter, words) in letters("name#") {
        for word in words {
            assert!(letter.text.contains(word.as_str()), "{word} is not in the text:\n{}", letter.text);
            assert!(letter.html.contains(word.as_str()), "{word} is not in the HTML:\n{}", letter.html);
        }
    }
}

#[test]
fn hostile_words_stay_words() {
    for pattern in [
        "<script>alert('#')</script>",
        "\"><img src=x onerror=#>",
        "#\r\nBcc: x@y.example\r\n\r\n",
        "{{survey:#}}",
        "{{{login:#}}}",
        "{\u{202E}{login:#}}",
        "&amp;#&lt;{% if # %}{{ reader.name }}",
        "👨‍👩‍👧 Łódź\0#\u{301}\u{301}\u{301}",
    ] {
        for (calm, (letter, words)) in letters("name#").into_iter().zip(letters(pattern)) {
            is_well_formed(&letter.html)
                .unwrap_or_else(|error| panic!("{pattern:?}: {error}\n{}", letter.html));
            assert!(!letter.html.contains("<script") && !letter.html.contains("<img"), "{pattern:?}");
            assert_eq!(letter.html.matches('<').count(), calm.0.html.matches('<').count(), "{pattern:?}");
            assert!(!letter.subject.contains(['\r', '\n']), "{pattern:?}");
            assert_eq!(links_of(&letter.text), links_of(&calm.0.text), "{pattern:?}");
            assert_eq!(links_of(&letter.html), links_of(&calm.0.html), "{pattern:?}");
            assert_eq!(links_of(&letter.subject), Vec::<String>::new());
            assert!(!words.is_empty());
        }
    }
}

/// The placeholders that filling finds, in order.
fn links_of(text: &str) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    let filled = fill_placeholders(text, |kind, id| {
        found.borrow_mut().push(format!("{}:{id}", kind.word()));
        Some(String::new())
    });
    assert!(filled.is_ok());
    found.into_inner()
}

#[test]
fn a_rendered_letter_holds_exactly_its_own_placeholders() {
    let one: &[&str] = &["survey:a-1", "letters:p1"];
    let three: &[&str] = &["survey:a-1", "survey:b-2", "survey:c-3", "letters:p1"];
    let ends: &[&str] = &["letters:p1"];
    let (action, actions): (&[&str], &[&str]) = (&["action:c-1"], &["action:c-1", "action:d-2"]);
    let (login, digest): (&[&str], &[&str]) = (&["login:l-1"], &["digest:p1"]);
    let expected =
        [one, three, &[], &[], &[], &[], login, &[], &[], ends, ends, action, actions, digest, digest];
    for ((letter, _), expected) in letters("name#").into_iter().zip(expected) {
        assert_eq!(links_of(&letter.text), expected);
        assert_eq!(links_of(&letter.html), expected);
    }
}

#[test]
fn filled_links_are_escaped_in_html_only() {
    let letter = Mail::Survey(names().survey(&["a-1"])).render(&names().house());
    let filled = letter.filled(|_, _| Some("https://host/s/t?a=1&b=\"2\"".to_owned())).unwrap();
    assert!(filled.text.contains("\nhttps://host/s/t?a=1&b=\"2\"\n"));
    assert!(filled.html.contains("href=\"https://host/s/t?a=1&amp;b=&quot;2&quot;\""));
    assert!(letter.filled(|_, _| None).is_err());
}

#[test]
fn no_letter_loads_anything_and_text_lines_are_short() {
    for (letter, _) in letters("several words for #") {
        for loads in ["src=", "url(", "@import", "<link", "<img", "http-equiv", "background=\""] {
            assert!(!letter.html.contains(loads), "{loads}");
        }
        for line in letter.text.lines() {
            assert!(line.chars().count() <= line::COLUMNS, "{line}");
        }
        assert!(!letter.text.contains("\n\n\n"), "{}", letter.text);
        assert!(letter.html.lines().all(|line| line.len() < 950), "a line too long for a relay");
    }
}

#[test]
fn rendering_twice_gives_the_same_letter() {
    for ((one, _), (two, _)) in letters("name#").into_iter().zip(letters("name#")) {
        assert_eq!(one, two);
    }
}

#[test]
fn survey_subjects_say_partnership_length_and_close() {
    let mut survey = names().survey(&["a"]);
    survey.rounds[0].partnership = "Northmoor × Brightwater".into();
    survey.rounds[0].closes = "Thu 17 Sep 17:00 Berlin".into();
    let subject = |survey: &Survey| Mail::Survey(survey.clone()).render(&names().house()).subject;
    let plain = "Northmoor × Brightwater: 5 questions, 3 minutes, until Thu 17 Sep 17:00 Berlin";
    assert_eq!(subject(&survey), plain);
    survey.rounds[0].reminder = true;
    assert_eq!(subject(&survey), format!("Reminder: {plain}"));
    survey.rounds[0].last_day = true;
    assert_eq!(subject(&survey), format!("Last day: {plain}"));
    survey.rounds.extend_from_within(..);
    survey.rounds.extend_from_within(..1);
    assert_eq!(subject(&survey), "3 partnership checks, 9 minutes, first closes Thu 17 Sep 17:00 Berlin");
}

#[test]
fn saved_answers_are_counted_back_to_the_reader() {
    let mut survey = names().survey(&["a"]);
    let text = |survey: &Survey| Mail::Survey(survey.clone()).render(&names().house()).text;
    survey.rounds[0].saved = Some(Saved { saved: 3, total: 5 });
    assert!(text(&survey).contains("3 of 5 answers are saved; saved answers count at the close."));
    survey.rounds[0].saved = Some(Saved { saved: 5, total: 5 });
    assert!(text(&survey).contains("All 5 answers are saved and count at the close."));
}

#[test]
fn act_subjects_say_whether_something_is_to_be_decided() {
    let subject = |kinds: &[ActKind]| {
        let mut letter = names().act_letter(kinds);
        letter.notes[0].partnership = "A × B".into();
        Mail::Act(letter).render(&names().house()).subject
    };
    assert_eq!(subject(&[ActKind::Decide]), "A × B: your decision is asked");
    assert_eq!(subject(&[ActKind::Told]), "A × B: another side has changed something");
    assert_eq!(subject(&[ActKind::Told, ActKind::Decide]), "2 matters of your partnerships, 1 to decide");
    assert_eq!(subject(&[ActKind::Told, ActKind::Expired]), "2 matters of your partnerships");
}

#[test]
fn result_subjects_count_the_ratings() {
    let subject = |results: &[&[Tone]]| {
        let mut letter = names().result_letter(results);
        for result in &mut letter.results {
            (result.partnership, result.period) = ("A × B".into(), "2026-Q3".into());
        }
        Mail::Result(letter).render(&names().house()).subject
    };
    assert_eq!(subject(&[&ALL]), "A × B, 2026-Q3: 1 red, 1 amber, 1 green, 1 not rated");
    assert_eq!(subject(&[&[Tone::Green; 5]]), "A × B, 2026-Q3: 5 green");
    assert_eq!(subject(&[&[Tone::Green; 5], &[Tone::Red]]), "2 partnership results: 1 red, 5 green");
    assert!(subject(&[&[]]).starts_with("A × B, 2026-Q3: name"));
}

#[test]
fn what_is_not_shown_is_said_and_never_called_no_data() {
    let text = |shown: Shown| {
        let mut letter = names().result_letter(&[&[]]);
        letter.results[0].shown = shown;
        letter.results[0].overall = None;
        Mail::Result(letter).render(&names().house()).text
    };
    assert!(text(Shown::TotalOnly).contains("The sides are not shown (too few answers)."));
    assert!(text(Shown::CountsOnly).contains("Not shown (too few answers)."));
    assert!(text(Shown::OwnSideSilent).contains("Nobody from your side answered"));
    assert!(text(Shown::NoAnswers).contains("Nobody answered"));
    let silent = vec!["Brightwater".into(), "Kestrel".into()];
    assert!(text(Shown::OwnSideOnly { silent }).contains("Nobody from Brightwater or Kestrel answered."));
    for shown in [Shown::TotalOnly, Shown::CountsOnly, Shown::OwnSideSilent] {
        assert!(!text(shown).to_lowercase().contains("no data"));
    }
}

#[test]
fn the_gap_bar_always_fills_its_scale() {
    for (a, b) in [(0, 0), (0, 100), (100, 100), (99, 100), (70, 30), (255, 0)] {
        let mut letter = names().result_letter(&[&[Tone::Red]]);
        letter.results[0].rows[0].sides[0].position = a;
        letter.results[0].rows[0].sides[1].position = b;
        let html = Mail::Result(letter).render(&names().house()).html;
        let widths = html.split("height=\"10\"").take(3).filter_map(|cell| cell.rsplit_once("width=\""));
        let sum: u32 =
            widths.filter_map(|(_, width)| width.trim_end_matches("\" ").parse::<u32>().ok()).sum();
        assert_eq!(sum, 200, "{a} to {b}");
    }
}

#[test]
fn the_picture_of_a_digest_is_named_by_its_html_and_said_in_words() {
    let mut digest = names().digest(2);
    digest.picture = Some(Picture { cid: String::new(), png: vec![1, 2, 3] });
    let mut mail = Mail::Digest(digest);
    mail.name_picture("picture.x@example.org".to_owned());
    let letter = mail.render(&names().house());
    assert!(letter.html.contains("src=\"cid:picture.x@example.org\""), "{}", letter.html);
    assert!(letter.html.contains("alt=\"2 partnerships as a heat map"), "{}", letter.html);
    assert_eq!(letter.html.matches("src=").count(), 1, "nothing is loaded from anywhere");
    assert_eq!(letter.picture.map(|own| own.cid).as_deref(), Some("picture.x@example.org"));
    for words in ["\u{25c6}", "\u{25b2}"] {
        assert!(letter.text.contains(words) && letter.html.contains(words), "shapes in both parts");
    }
}
