//! Which partnerships of the portfolio its table shows, in which order: what the reader asked for, in the page's address.

use std::cmp::Reverse;

use url::form_urlencoded::{Serializer, parse};

use super::super::row::{Line, Need};
use super::super::tiles;
use crate::domain::scoring::{Rating, Subject};
use crate::web::pages::view::forms::{self, Control};
use crate::workflow::standing::{Column, columns};

/// The longest search that is read, in letters.
const LONGEST: usize = 100;

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Who needs the reader first, in groups.
    #[default]
    Need,
    /// The lowest overall score first.
    Score,
    /// The widest gap first.
    Gap,
    /// By name.
    Name,
    /// The next check first.
    Next,
}

const ORDERS: [(Order, &str, &str); 5] = [
    (Order::Need, "", "Needs you first"),
    (Order::Score, "score", "Lowest overall first"),
    (Order::Gap, "gap", "Widest gap first"),
    (Order::Name, "name", "By name"),
    (Order::Next, "next", "Next check first"),
];

impl Order {
    /// As the form offers it.
    pub fn words(self) -> &'static str {
        ORDERS.iter().find(|(order, ..)| *order == self).map_or("", |(.., text)| text)
    }
}

const NEEDS: [(Need, &str); 4] =
    [(Need::Act, "act"), (Need::Watch, "watch"), (Need::Even, "even"), (Need::Ended, "ended")];

/// The overall score among the names of indicators.
const OVERALL: &str = "overall";

/// What the reader asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Words that the names of the partnership or its sides hold.
    pub search: String,
    /// One group only.
    pub need: Option<Need>,
    /// Only those rated Low in this indicator, or `overall`.
    pub low: Option<String>,
    /// The order of the rows.
    pub order: Order,
    /// The page of rows, from 1.
    pub page: usize,
}

impl Choice {
    /// Reads the address of a page; what it does not know, it leaves out.
    pub fn read(query: &str) -> Self {
        let mut choice = Self { page: 1, ..Self::default() };
        for (name, value) in parse(query.as_bytes()) {
            match name.as_ref() {
                "search" => choice.search = value.trim().chars().take(LONGEST).collect(),
                "need" => choice.need = NEEDS.iter().find(|(_, word)| *word == value).map(|(need, _)| *need),
                "low" => {
                    let id: String = value.chars().take(LONGEST).collect();
                    choice.low = Some(id).filter(|low| !low.is_empty());
                }
                "order" => {
                    let known = ORDERS.iter().find(|(_, word, _)| *word == value);
                    choice.order = known.map_or(Order::Need, |(order, ..)| *order);
                }
                "page" => choice.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        choice
    }

    /// The same without an indicator that none of these columns is: it would leave out every row.
    #[must_use]
    pub fn known(&self, columns: &[Column]) -> Self {
        let known = |low: &String| low == OVERALL || columns.iter().any(|own| own.id == *low);
        Self { low: self.low.clone().filter(known), ..self.clone() }
    }

    /// Whether it leaves anything out.
    pub fn narrows(&self) -> bool {
        !self.search.is_empty() || self.need.is_some() || self.low.is_some()
    }

    /// The address of another page of the same choice.
    pub fn address(&self, path: &str, page: usize) -> String {
        let mut query = Serializer::new(String::new());
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        };
        add("search", &self.search);
        add("need", self.need.map_or("", word_of));
        add("low", self.low.as_deref().unwrap_or_default());
        add("order", ORDERS.iter().find(|(order, ..)| *order == self.order).map_or("", |(_, word, _)| word));
        add("page", &if page > 1 { page.to_string() } else { String::new() });
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The lines that it keeps, in its order; they come with who needs the reader first.
    pub fn apply(&self, lines: Vec<Line>, now: chrono::DateTime<chrono::Utc>) -> Vec<Line> {
        let own = self.known(&columns(&lines));
        let words: Vec<String> = own.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let mut kept: Vec<Line> = lines.into_iter().filter(|line| own.keeps(line, &words)).collect();
        match self.order {
            Order::Need => {}
            Order::Score => kept.sort_by(|a, b| first_known(a.score(), b.score())),
            Order::Gap => kept.sort_by(|a, b| first_known(gap_size(a).map(|g| -g), gap_size(b).map(|g| -g))),
            Order::Name => kept.sort_by_cached_key(|line| line.name().to_lowercase()),
            Order::Next => kept.sort_by_cached_key(|line| {
                let (opens, closes) = line.next(now);
                let next = closes.or(opens);
                (next.is_none(), Reverse(closes.is_some()), next)
            }),
        }
        // Sorting keeps the order of what is alike: what is over comes last in every order.
        kept.sort_by_key(|line| line.need == Need::Ended);
        kept
    }

    fn keeps(&self, line: &Line, words: &[String]) -> bool {
        let rated_low = |low: &str| {
            let subject = if low == OVERALL { Subject::Overall } else { Subject::Indicator(low.to_owned()) };
            let newest = line.history().latest().and_then(|check| check.cell(&subject));
            newest.is_some_and(|cell| cell.rating == Rating::Red)
        };
        self.need.is_none_or(|need| line.need == need)
            && self.low.as_deref().is_none_or(rated_low)
            && (words.is_empty() || {
                let seat = line.seat();
                let sides = seat.sides.iter().map(|side| side.name.as_str());
                let names: Vec<&str> = std::iter::once(line.name()).chain(sides).collect();
                let names = names.join(" ").to_lowercase();
                words.iter().all(|word| names.contains(word.as_str()))
            })
    }

    /// The form that changes it.
    pub fn controls(&self, columns: &[Column]) -> Vec<Control> {
        let need =
            |need: Need| forms::Choice::new(word_of(need), super::title(need).0, self.need == Some(need));
        let everything = forms::Choice::new("", "Everything", self.need.is_none());
        let needs = std::iter::once(everything).chain(NEEDS.map(|(own, _)| need(own))).collect();
        let low = |id: &str, name: &str| forms::Choice::new(id, name, self.low.as_deref() == Some(id));
        let of_columns = columns.iter().map(|own| low(&own.id, &own.name));
        let anything = forms::Choice::new("", "Any rating", self.low.is_none());
        let lows = [anything, low(OVERALL, "Overall")].into_iter().chain(of_columns).collect();
        let order =
            |(order, word, text): (Order, &str, &str)| forms::Choice::new(word, text, self.order == order);
        vec![
            Control::line("search", "search", "Partnership or side").value(&self.search),
            Control::select("need", "Show", needs),
            Control::select("low", "Rated Low in", lows),
            Control::select("order", "Order", ORDERS.map(order).into()),
        ]
    }
}

fn gap_size(line: &Line) -> Option<f64> {
    tiles::widest_gap(&line.history().latest()?.card).map(|(_, gap)| gap.value.abs())
}

fn word_of(need: Need) -> &'static str {
    NEEDS.iter().find(|(own, _)| *own == need).map_or("", |(_, word)| word)
}

/// Smallest first; what is not known comes last.
fn first_known(a: Option<f64>, b: Option<f64>) -> std::cmp::Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_was_chosen_and_is_read_back() {
        let chosen = Choice {
            search: "Port & Öl".to_owned(),
            need: Some(Need::Watch),
            low: Some("communication".to_owned()),
            order: Order::Gap,
            page: 3,
        };
        let address = chosen.address("/", 3);
        assert_eq!(address, "/?search=Port+%26+%C3%96l&need=watch&low=communication&order=gap&page=3");
        assert_eq!(Choice::read(address.trim_start_matches("/?")), chosen);
        assert_eq!(Choice::read("").address("/", 1), "/");
    }

    #[test]
    fn an_address_that_says_nothing_sensible_shows_everything() {
        let read = Choice::read("need=nonsense&order=up&page=-4&low=&other=1");
        assert_eq!(read, Choice { page: 1, ..Choice::default() });
        assert!(!read.narrows());
        assert_eq!(Choice::read(&format!("search={}", "x".repeat(500))).search.len(), LONGEST);
    }
}
