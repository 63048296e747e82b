//! The portfolio: rows in groups, sorted by who needs people first, and the sentence over them.

mod choice;
mod summary;

pub use choice::{Choice, Order};

use super::row::{Line, Need, row};
use super::{Reader, plural};
use crate::web::pages::view::portfolio::{self as view, ChoiceForm, Group, PortfolioPage, Row};
use crate::web::pages::view::{Chrome, Link};
use crate::workflow::standing::{Column, columns, headline};

/// Rows of one page.
const ROWS: usize = 50;
/// So many rows can be overlooked without a search.
const FEW: usize = 6;
/// The page for these partnerships, as much of it as was chosen.
pub fn page(
    lines: Vec<Line>,
    choice: &Choice,
    chrome: Chrome,
    reader: &Reader,
    may_set_up: bool,
) -> PortfolioPage {
    let columns = columns(&lines);
    let choice = &choice.known(&columns);
    let most = lines.iter().map(|line| line.debt).max().unwrap_or(0);
    let all = lines.len();
    let mut page = PortfolioPage {
        dateline: format!("{} · as of {}", plural(all as u64, "partnership"), reader.moment(reader.now)),
        headline: headline(&lines),
        lede: summary::lede(&lines),
        needing: if all > FEW { summary::needing(&lines) } else { Vec::new() },
        ratings: summary::ratings(&lines),
        highlights: summary::highlights(&lines, reader),
        steps: Vec::new(),
        choice: None,
        groups: Vec::new(),
        notes: if all == 0 { Vec::new() } else { notes(reader) },
        downloads: vec![Link::new("All of it as CSV", "/portfolio.csv")],
        set_up: may_set_up.then(|| Link::new("Set up a partnership", "/setup/partnerships")),
        indicators: columns.iter().map(head).collect(),
        chrome,
    };
    let kept = choice.apply(lines, reader.now);
    let shown = Shown::new(choice, kept.len());
    page.groups = groups(&kept, &shown, choice, |line| row(line, &columns, most, reader));
    if all > FEW || choice.narrows() {
        page.choice = Some(form(choice, &columns, all, &shown));
    }
    if choice.narrows() {
        page.downloads.insert(0, Link::new("These rows as CSV", choice.address("/portfolio.csv", 1)));
    }
    page
}

fn head(own: &Column) -> view::Column {
    view::Column { name: own.name.clone(), short: own.short.clone() }
}

/// Which of the chosen lines stand on one page.
struct Shown {
    page: usize,
    pages: usize,
    from: usize,
    to: usize,
    of: usize,
}

impl Shown {
    /// A page beyond the last is the last.
    fn new(choice: &Choice, of: usize) -> Self {
        let pages = of.div_ceil(ROWS).max(1);
        let page = choice.page.min(pages);
        let from = (page - 1) * ROWS;
        Self { page, pages, from, to: (from + ROWS).min(of), of }
    }
}

/// The lines of one page in groups; each group says how many it has on all pages.
fn groups(kept: &[Line], shown: &Shown, choice: &Choice, row: impl Fn(&Line) -> Row) -> Vec<Group> {
    let here = &kept[shown.from..shown.to];
    if choice.order != Order::Need {
        let note = choice.order.words().to_lowercase();
        let rows: Vec<Row> = here.iter().map(row).collect();
        let title = plural(shown.of as u64, "partnership");
        return if rows.is_empty() { Vec::new() } else { vec![Group { title, note, rows }] };
    }
    let group = |need: Need| {
        let rows: Vec<Row> = here.iter().filter(|line| line.need == need).map(&row).collect();
        let (title, note) = title(need);
        let many = kept.iter().filter(|line| line.need == need).count();
        (!rows.is_empty()).then(|| Group { title: title.to_owned(), note: format!("{many} · {note}"), rows })
    };
    [Need::Act, Need::Watch, Need::Even, Need::Ended].into_iter().filter_map(group).collect()
}

fn form(choice: &Choice, columns: &[Column], all: usize, shown: &Shown) -> ChoiceForm {
    let part = match shown.pages {
        1 => String::new(),
        _ => format!(" Rows {} to {}.", shown.from + 1, shown.to),
    };
    let sentence = match (choice.narrows(), shown.of) {
        (false, _) => format!("All {all} partnerships.{part}"),
        (true, 0) => format!("None of {all} partnerships fits."),
        (true, of) => format!("{of} of {all} partnerships.{part}"),
    };
    let page = |to: usize, text: &str| Link::new(text, format!("{}#rows", choice.address("/", to)));
    let earlier = (shown.page > 1).then(|| page(shown.page - 1, "Earlier rows"));
    let further = (shown.page < shown.pages).then(|| page(shown.page + 1, "Further rows"));
    ChoiceForm {
        controls: choice.controls(columns),
        shown: sentence,
        all: choice.narrows().then(|| Link::new("Show all", "/")),
        pages: earlier.into_iter().chain(further).collect(),
    }
}

pub(super) fn title(need: Need) -> (&'static str, &'static str) {
    match need {
        Need::Act => ("Need you", "a flag to act on, or a silent side"),
        Need::Watch => ("Watch", "a flag to discuss, or answered"),
        Need::Even => ("On an even keel", "no flag"),
        Need::Ended => ("Ended", "kept to read"),
    }
}

fn notes(reader: &Reader) -> Vec<String> {
    vec![
        "Conflict debt: a flag to act on weighs 2, one to discuss 1, times one plus the months it has stood; one that is answered weighs nothing."
            .to_owned(),
        "The arrow is the change since the check before; two points are no trend.".to_owned(),
        "Figures are rounded to 0.1, never across a threshold.".to_owned(),
        format!("Dates as in {}.", reader.zone_name()),
    ]
}
