//! The second half of the sample pages: the answer form, the set-up, the demo.

use super::super::answer::*;
use super::super::demo::*;
use super::super::parts::*;
use super::super::setup::*;
use super::super::setup_partnership::*;
use super::samples::{Rendered, chrome, form, link, operator, page};

/// The answer form.
pub(super) fn answering(t: &str) -> Vec<Rendered> {
    let frame = || AnswerFrame {
        title: t.into(),
        assets: "v".into(),
        partnership: t.into(),
        place: t.into(),
        steps: vec![Step::Done, Step::Here, Step::Ahead],
        open_until: t.into(),
        privacy: t.into(),
        operator: operator(t),
        form_token: t.into(),
        base: "/s/token".into(),
        tail: String::new(),
        trial: false,
    };
    let point = |value| ScalePoint { value, label: t.into(), detail: t.into(), chosen: value == 2 };
    let line = |missing| AnswerLine {
        indicator: t.into(),
        answer: t.into(),
        label: t.into(),
        missing,
        href: format!("/{t}"),
    };
    let item = ItemPage {
        frame: frame(),
        number: 2,
        indicator: t.into(),
        question: t.into(),
        choices: [5, 4, 3, 2, 1].map(point).into(),
        dont_know: t.into(),
        dont_know_chosen: false,
        saved: t.into(),
        error: Some(t.into()),
        go: t.into(),
        back: true,
        next: format!("/{t}"),
        before: format!("/{t}"),
    };
    let start = StartPage {
        frame: frame(),
        name: t.into(),
        headline: t.into(),
        saved: Some(t.into()),
        own_link: Some(t.into()),
        facts: vec![Fact::new(t, t)],
        go: t.into(),
        go_href: format!("/{t}"),
    };
    let closing = ClosingPage {
        frame: frame(),
        question: t.into(),
        readers: t.into(),
        comment: t.into(),
        longest: 4000,
        saved: t.into(),
        error: Some(t.into()),
        next: format!("/{t}"),
        before: format!("/{t}"),
    };
    let review = ReviewPage {
        frame: frame(),
        headline: t.into(),
        answers: vec![line(false), line(true)],
        comment: Some(line(false)),
        sent: false,
        error: Some(t.into()),
    };
    let thanks = ThanksPage {
        frame: frame(),
        sent: t.into(),
        headline: t.into(),
        answers: vec![line(false)],
        next: vec![Fact::new(t, t)],
    };
    let notice = AnswerNotice {
        headline: t.into(),
        paragraphs: vec![t.into()],
        facts: vec![Fact::new(t, t)],
        ..AnswerNotice::unknown("v", operator(t))
    };
    let begin =
        BeginPage { frame: frame(), name: t.into(), headline: t.into(), facts: vec![Fact::new(t, t)] };
    vec![
        page("begin", &begin),
        page("start", &start),
        page("item", &item),
        page("closing", &closing),
        page("review", &review),
        page("thanks", &thanks),
        page("notice", &notice),
    ]
}

fn role(t: &str) -> RoleRow {
    RoleRow {
        name: t.into(),
        email: t.into(),
        roles: t.into(),
        change: Some(format!("/{t}")),
        remove: Some(format!("/{t}")),
    }
}

/// The set-up.
pub(super) fn setting_up(t: &str) -> Vec<Rendered> {
    let chrome = || chrome(t);
    let list = ListPage {
        chrome: chrome(),
        tab: Tab::People,
        headline: t.into(),
        heads: vec![t.into(), t.into()],
        search: Some(t.into()),
        rows: vec![ListRow { link: link(t), cells: vec![t.into()] }],
        empty: t.into(),
        import: Some(link(t)),
        form_title: t.into(),
        form: Some(form(t, "a")),
    };
    let edit = FormPage {
        chrome: chrome(),
        tab: Tab::Partnerships,
        headline: t.into(),
        lede: Some(t.into()),
        form: form(t, "a"),
        back: link(t),
    };
    let import = ImportPage {
        chrome: chrome(),
        headline: t.into(),
        lede: t.into(),
        form: form(t, "a"),
        summary: t.into(),
        heads: [t.into(), t.into(), t.into()],
        rows: vec![[t.into(), t.into(), t.into()]],
        back: link(t),
    };
    let organisation = OrganisationPage {
        chrome: chrome(),
        name: t.into(),
        rename: form(t, "a"),
        leadership: vec![role(t)],
        add: form(t, "b"),
        partnerships: vec![link(t)],
    };
    let instrument = InstrumentPage {
        chrome: chrome(),
        name: t.into(),
        dateline: t.into(),
        items: vec![ItemPreview {
            indicator: t.into(),
            question: t.into(),
            points: vec![(5, t.into())],
            source: t.into(),
            actions: vec![(Tone::Green, t.into(), t.into())],
        }],
        closing: Some(t.into()),
    };
    vec![
        page("list", &list),
        page("edit", &edit),
        page("import", &import),
        page("organisation", &organisation),
        page("instrument", &instrument),
    ]
}

/// The set-up of one partnership.
pub(super) fn one_partnership(t: &str) -> Vec<Rendered> {
    let chrome = || chrome(t);
    let side = |marker, prefix| SideMembers {
        marker,
        name: t.into(),
        note: t.into(),
        rows: vec![role(t)],
        add: form(t, prefix),
        open: true,
    };
    let stages = || {
        let stage = |current| Stage { name: t.into(), href: format!("#{t}"), state: t.into(), current };
        vec![stage(false), stage(true)]
    };
    let dates = || CycleDates { period: t.into(), opens: t.into(), closes: t.into() };
    let partnership = PartnershipSetupPage {
        chrome: chrome(),
        name: t.into(),
        dateline: t.into(),
        headline: t.into(),
        zone: t.into(),
        stages: stages(),
        begin: Begin {
            sentence: t.into(),
            nudge: Some(format!("/{t}")),
            text: t.into(),
            sheet: vec![(t.into(), vec![t.into()])],
        },
        hints: vec![t.into()],
        sides: vec![side(Some(Marker::A), "a"), side(None, "b")],
        cadences: vec![CadenceRow {
            link: link(t),
            rule: t.into(),
            mode: t.into(),
            next: t.into(),
            expected: t.into(),
            dates: vec![dates()],
            test: format!("/{t}"),
            preview: link(t),
        }],
        import: link(t),
        new_cadence: Some(link(t)),
        acts: vec![Act { text: t.into(), action: format!("/{t}"), effect: t.into() }],
        partnership: Some(link(t)),
    };
    let cadence = CadencePage {
        chrome: chrome(),
        headline: t.into(),
        dateline: t.into(),
        form: form(t, "a"),
        rule: t.into(),
        stages: stages(),
        previews: vec![Preview {
            title: t.into(),
            facts: t.into(),
            items: vec![(t.into(), vec![(5, t.into())])],
            link: link(t),
        }],
        next: vec![dates()],
        zone: t.into(),
        notes: vec![t.into()],
        back: link(t),
    };
    vec![page("partnership set-up", &partnership), page("cadence", &cadence)]
}

/// The screens of the demo.
pub(super) fn demo(t: &str) -> Vec<Rendered> {
    let row =
        MailRow { sent: t.into(), to: t.into(), subject: t.into(), kind: t.into(), href: format!("/{t}") };
    let mail = MailPage {
        chrome: chrome(t),
        subject: t.into(),
        headers: vec![Fact::new(t, t)],
        links: vec![link(t)],
        text: t.into(),
        html_href: Some("/dev/mail/1/html".into()),
    };
    let clock = ClockPage {
        close: Some(t.into()),
        chrome: chrome(t),
        now: t.into(),
        now_field: t.into(),
        zone: t.into(),
        error: Some(t.into()),
        events: vec![EventRow { at: t.into(), wait: t.into(), what: t.into(), to: t.into() }],
    };
    vec![
        page(
            "mailbox",
            &MailboxPage { chrome: chrome(t), headline: t.into(), rows: vec![row], earlier: Some(link(t)) },
        ),
        page("mail", &mail),
        page("clock", &clock),
    ]
}
