//! What is given in a form: checked, and taken into it.

use super::Form;
use crate::domain::answers::{self, Answer, Answers, Comment};
use crate::workflow::{FieldError, Refusal};

/// One change to a response.
#[derive(Clone, Debug)]
pub enum Change {
    /// One answer.
    Answer {
        /// The indicator.
        indicator: String,
        /// The choice.
        answer: Answer,
    },
    /// The closing question.
    Comment(String),
}

/// Several changes to a response, saved together.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    /// Answers by indicator; what is left out stays as it is.
    pub answers: Answers,
    /// The closing question; an empty text takes the comment back.
    pub comment: Option<String>,
    /// Whether to end the reminders.
    pub send: bool,
}

const NO_COMMENTS: &str = "No comments are taken here.";

/// Takes one change.
pub(super) fn apply(form: &mut Form, change: Change) -> Result<(), Refusal> {
    match change {
        Change::Answer { indicator, answer } => {
            let one = std::iter::once((indicator.clone(), answer)).collect();
            answers::check(&one, &form.asked.instrument).map_err(|e| Refusal::field("answer", e))?;
            form.response.answers.insert(indicator, answer);
        }
        Change::Comment(text) => {
            if !form.asked.asks_comment {
                return Err(Refusal::State(NO_COMMENTS.to_owned()));
            }
            let comment = Comment::parse(&text).map_err(|e| Refusal::field("comment", e))?;
            form.response.comment = comment.map(|c| c.as_str().to_owned());
        }
    }
    Ok(())
}

/// Takes several, after all of them are checked; `false` when nothing was given.
pub(super) fn apply_whole(form: &mut Form, whole: Whole) -> Result<bool, Refusal> {
    let mut wrong = Vec::new();
    let mut refuse = |field: String, sentence: String| wrong.push(FieldError { field, sentence });
    for (indicator, answer) in &whole.answers {
        let one = std::iter::once((indicator.clone(), *answer)).collect();
        if let Err(error) = answers::check(&one, &form.asked.instrument) {
            refuse(format!("answers.{indicator}"), error.to_string());
        }
    }
    let comment = match whole.comment.as_deref().map(Comment::parse) {
        Some(Ok(Some(_))) if !form.asked.asks_comment => {
            refuse("comment".to_owned(), NO_COMMENTS.to_owned());
            None
        }
        Some(Err(error)) => {
            refuse("comment".to_owned(), error.to_string());
            None
        }
        Some(Ok(comment)) => Some(comment.map(|own| own.as_str().to_owned())),
        None => None,
    };
    if !wrong.is_empty() {
        return Err(Refusal::Fields(wrong));
    }
    let given = !whole.answers.is_empty() || comment.is_some();
    form.response.answers.extend(whole.answers);
    if let Some(comment) = comment {
        form.response.comment = comment;
    }
    Ok(given)
}
