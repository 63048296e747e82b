//! The form of a cadence: from a stored rule to fields, and back.

use chrono::{NaiveTime, Weekday};

use super::super::view::forms::{Choice, Control, Form};
use crate::domain::cadence::{CadenceError, CadenceRule, CloseRule, Frequency, OpenDay};
use crate::domain::mode::Mode;
use crate::web::guard::Fields;
use crate::workflow::set_up::CadenceInput;
use crate::workflow::{FieldError, Refusal};

const WEEKDAYS: [(&str, &str, Weekday); 7] = [
    ("mon", "Monday", Weekday::Mon),
    ("tue", "Tuesday", Weekday::Tue),
    ("wed", "Wednesday", Weekday::Wed),
    ("thu", "Thursday", Weekday::Thu),
    ("fri", "Friday", Weekday::Fri),
    ("sat", "Saturday", Weekday::Sat),
    ("sun", "Sunday", Weekday::Sun),
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// What the form is filled with.
pub(super) struct Filled {
    pub instrument_id: String,
    pub rule: CadenceRule,
    pub mode: Mode,
    pub floor_k: Option<u32>,
    pub active: bool,
    pub comments: bool,
    pub keep_months: Option<u32>,
}

fn weekdays(chosen: Weekday) -> Vec<Choice> {
    WEEKDAYS.iter().map(|(word, name, day)| Choice::new(*word, *name, *day == chosen)).collect()
}

/// Draws the form; `instruments` are the ids and titles to choose from, none when the instrument is fixed, `modes` all modes,
/// each explained.
pub(super) fn draw(
    action: String,
    filled: &Filled,
    instruments: &[(String, String)],
    modes: &[(Mode, String)],
) -> Form {
    let mut what = Vec::new();
    if !instruments.is_empty() {
        let known = instruments
            .iter()
            .map(|(id, title)| Choice::new(id.clone(), title.clone(), *id == filled.instrument_id));
        what.push(Control::select("instrument", "Instrument", known.collect()));
    }
    let modes = modes.iter().map(|(mode, explained)| {
        Choice::new(mode.as_str(), mode.title(), *mode == filled.mode).explained(explained.clone())
    });
    let floor = Control::line("number", "floor_k", "Fewest answers a side")
        .value(filled.floor_k.filter(|_| filled.mode.has_floor()).map(|k| k.to_string()).unwrap_or_default())
        .optional()
        .hint("Below it no figures are shown. For confidential mode, 3 to 10; left empty: 3.");
    let words = Choice::new("yes", "Ask for comments", filled.comments)
        .explained("where the mode shows them to anybody; without them is the stricter way");
    let kept = Control::line("number", "keep_months", "Months until comments go")
        .value(filled.keep_months.map(|months| months.to_string()).unwrap_or_default())
        .optional()
        .hint("1 to 120, and the answers of anonymous checks with them; this server’s settings hold where they are shorter.");
    let on = Choice::new("yes", "Checks open by this cadence", filled.active);
    let mut form = Form::to(action, "Save the cadence");
    if !what.is_empty() {
        form = form.group("", what);
    }
    form.group("", vec![Control::radios("mode", "Mode", modes.collect())])
        .group("", vec![floor])
        .group("", vec![Control::checks("comments", "Comments", vec![words])])
        .group("", vec![kept])
        .group("How often", often(&filled.rule))
        .group("Opens", opens(&filled.rule))
        .group("Closes", closes(&filled.rule))
        .group("", vec![Control::checks("active", "State", vec![on])])
        .or("preview", "1", "Show the dates")
}

fn often(rule: &CadenceRule) -> Vec<Control> {
    let frequencies =
        Frequency::ALL.iter().map(|f| Choice::new(f.as_str(), f.as_str(), *f == rule.frequency)).collect();
    let months = (1..=12_u8)
        .map(|n| Choice::new(n.to_string(), format!("month {n}"), n == rule.month_of_period))
        .collect();
    let starts = (1_u8..)
        .zip(MONTHS)
        .map(|(n, name)| Choice::new(n.to_string(), name, n == rule.fiscal_year_start))
        .collect();
    vec![
        Control::select("frequency", "Frequency", frequencies),
        Control::select("month_of_period", "Month of the period", months)
            .hint("1 for monthly, 1 to 3 for quarterly, 1 to 12 for yearly."),
        Control::select("fiscal_year_start", "Year begins in", starts),
    ]
}

fn opens(rule: &CadenceRule) -> Vec<Control> {
    let (nth, weekday, day) = match rule.opens {
        OpenDay::NthWeekday { nth, weekday } => (nth.to_string(), weekday, String::new()),
        OpenDay::DayOfMonth { day } => ("day".to_owned(), Weekday::Tue, day.to_string()),
    };
    let which = [
        ("1", "the first"),
        ("2", "the second"),
        ("3", "the third"),
        ("4", "the fourth"),
        ("5", "the last"),
        ("day", "a day by number"),
    ];
    let which = which.map(|(word, label)| Choice::new(word, label, word == nth));
    vec![
        Control::select("opens_which", "On", which.into()),
        Control::select("opens_weekday", "Weekday", weekdays(weekday)),
        Control::line("number", "opens_day", "Or day of the month").value(day).optional(),
        Control::line("time", "opens_at", "At").value(rule.opens_at.format("%H:%M").to_string()),
    ]
}

fn closes(rule: &CadenceRule) -> Vec<Control> {
    let (week, weekday, days) = match rule.closes {
        CloseRule::Weekday { weeks_after, weekday } => (weeks_after.to_string(), weekday, String::new()),
        CloseRule::DaysAfter { days } => ("days".to_owned(), Weekday::Thu, days.to_string()),
    };
    let weeks = (0..=8_u8).map(|n| {
        let label = match n {
            0 => "same week".to_owned(),
            1 => "next week".to_owned(),
            n => format!("{n} weeks later"),
        };
        Choice::new(n.to_string(), label, n.to_string() == week)
    });
    let by_days = Choice::new("days", "after some days", week == "days");
    vec![
        Control::select("closes_week", "When", weeks.chain(std::iter::once(by_days)).collect()),
        Control::select("closes_weekday", "Weekday", weekdays(weekday)),
        Control::line("number", "closes_days", "Or days after the opening").value(days).optional(),
        Control::line("time", "closes_at", "At").value(rule.closes_at.format("%H:%M").to_string()),
    ]
}

/// Collects what is wrong with several fields.
#[derive(Default)]
struct Reader(Vec<FieldError>);

impl Reader {
    fn refuse<T: Default>(&mut self, field: &str, sentence: &str) -> T {
        self.0.push(FieldError { field: field.to_owned(), sentence: sentence.to_owned() });
        T::default()
    }

    fn number<T: std::str::FromStr + Default>(&mut self, fields: &Fields, name: &str, sentence: &str) -> T {
        fields.get(name).trim().parse().unwrap_or_else(|_| self.refuse(name, sentence))
    }

    fn weekday(&mut self, fields: &Fields, name: &str) -> Weekday {
        let found = WEEKDAYS.iter().find(|(word, ..)| *word == fields.get(name));
        if found.is_none() {
            self.refuse::<()>(name, "Choose a weekday.");
        }
        found.map_or(Weekday::Mon, |(.., day)| *day)
    }

    fn time(&mut self, fields: &Fields, name: &str) -> NaiveTime {
        let typed = fields.get(name).trim();
        let parsed = NaiveTime::parse_from_str(typed, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(typed, "%H:%M:%S"));
        parsed.unwrap_or_else(|_| self.refuse(name, "Write a time of day such as 09:00."))
    }
}

/// Reads the form back; `fixed` is the instrument of a cadence that is being changed.
///
/// # Errors
/// Every field that must be mended.
pub(super) fn read(fields: &Fields, fixed: Option<String>) -> Result<CadenceInput, Refusal> {
    let mut reader = Reader::default();
    let opens = match fields.get("opens_which") {
        "day" => OpenDay::DayOfMonth { day: reader.number(fields, "opens_day", "Write the day, 1 to 31.") },
        _ => OpenDay::NthWeekday {
            nth: reader.number(fields, "opens_which", "Choose which such weekday."),
            weekday: reader.weekday(fields, "opens_weekday"),
        },
    };
    let closes = match fields.get("closes_week") {
        "days" => {
            CloseRule::DaysAfter { days: reader.number(fields, "closes_days", "Write the days, 1 to 60.") }
        }
        _ => CloseRule::Weekday {
            weeks_after: reader.number(fields, "closes_week", "Choose in which week it closes."),
            weekday: reader.weekday(fields, "closes_weekday"),
        },
    };
    let rule = CadenceRule {
        frequency: fields.get("frequency").parse().unwrap_or_else(|_| {
            reader.refuse::<()>("frequency", "Choose monthly, quarterly or yearly.");
            Frequency::Quarterly
        }),
        month_of_period: reader.number(fields, "month_of_period", "Choose the month of the period."),
        opens,
        opens_at: reader.time(fields, "opens_at"),
        closes,
        closes_at: reader.time(fields, "closes_at"),
        fiscal_year_start: reader.number(fields, "fiscal_year_start", "Choose the month."),
    };
    let mode = fields.get("mode").parse().unwrap_or_else(|_| {
        reader.refuse::<()>("mode", "Choose who sees what.");
        Mode::Representative
    });
    // Only confidential mode has a floor to choose; what stands in the field for the others means nothing.
    let floor_k = match fields.get("floor_k").trim() {
        text if text.is_empty() || !mode.has_floor() => None,
        _ => Some(reader.number(fields, "floor_k", "Write a whole number from 3 to 10.")),
    };
    let keep_months = match fields.get("keep_months").trim() {
        "" => None,
        _ => Some(reader.number(fields, "keep_months", "Write a whole number from 1 to 120.")),
    };
    if reader.0.is_empty()
        && let Err(error) = rule.validate()
    {
        reader.refuse::<()>(field_of(&error, &rule), &error.to_string());
    }
    if !reader.0.is_empty() {
        return Err(Refusal::Fields(reader.0));
    }
    let instrument_id = fixed.unwrap_or_else(|| fields.get("instrument").to_owned());
    Ok(CadenceInput {
        instrument_id,
        rule,
        mode,
        floor_k,
        active: fields.has("active"),
        comments: Some(fields.has("comments")),
        keep_months,
    })
}

/// The field that mends a rule.
fn field_of(error: &CadenceError, rule: &CadenceRule) -> &'static str {
    match error {
        CadenceError::Month { .. } => "month_of_period",
        CadenceError::Nth(_) => "opens_which",
        CadenceError::Day(_) => "opens_day",
        CadenceError::Weeks(_) => "closes_week",
        CadenceError::Days(_) => "closes_days",
        CadenceError::FiscalYear(_) => "fiscal_year_start",
        CadenceError::WindowTooShort | CadenceError::WindowTooLong(_) => match rule.closes {
            CloseRule::DaysAfter { .. } => "closes_days",
            CloseRule::Weekday { .. } => "closes_week",
        },
    }
}
