//! A form that saves nothing, behind the link of a test mail: what is chosen stays in the address.

use actix_web::HttpRequest;

use super::fill::Link;
use crate::domain::answers::{Answer, Answers};
use crate::web::State;
use crate::web::error::PageError;
use crate::workflow::trial;

/// What stands for an answer in the address: the figure, `n` for don't know, `x` for none yet.
const DONT_KNOW: char = 'n';
const OPEN: char = 'x';

/// The test behind a link; none for every other link.
pub(super) async fn open(
    state: &State,
    request: &HttpRequest,
    token: &str,
) -> Result<Option<Link>, PageError> {
    let Some(form) = trial::open(&state.ctx, token, state.now()).await? else { return Ok(None) };
    let mut link = Link::new(state, token.to_owned(), form);
    link.trial = true;
    let query = request.query_string().split('&').find_map(|own| own.strip_prefix("a=")).unwrap_or_default();
    let indicators = link.form.asked.instrument.indicators.iter().map(|own| own.id.clone());
    let answers: Answers = indicators
        .zip(query.chars())
        .filter_map(|(indicator, sign)| Some((indicator, read(sign)?)))
        .collect();
    link.form.response.answers = answers;
    link.tail = tail(&link);
    Ok(Some(link))
}

fn read(sign: char) -> Option<Answer> {
    match sign {
        DONT_KNOW => Some(None),
        '1'..='5' => Some(sign.to_digit(10).and_then(|n| u8::try_from(n).ok())),
        _ => None,
    }
}

fn tail(link: &Link) -> String {
    let answers = &link.form.response.answers;
    if answers.is_empty() {
        return String::new();
    }
    let sign = |id: &String| match answers.get(id) {
        Some(Some(n)) => char::from(b'0' + n.min(&9)),
        Some(None) => DONT_KNOW,
        None => OPEN,
    };
    format!(
        "?a={}",
        link.form.asked.instrument.indicators.iter().map(|own| sign(&own.id)).collect::<String>()
    )
}

impl Link {
    /// The same test with one more answer.
    pub(super) fn answered(mut self, indicator: String, answer: Answer) -> Self {
        self.form.response.answers.insert(indicator, answer);
        self.tail = tail(&self);
        self
    }
}
