//! What became of an action, `/a/{token}`.

use askama::Template;

use super::forms::Form;

/// The page behind the link in the weekly letter about actions.
#[derive(Debug, Template)]
#[template(path = "action.html")]
pub struct ActionPage {
    /// A tag of the embedded files' content.
    pub assets: String,
    /// Who runs this server.
    pub operator: String,
    /// The form token, bound to this link.
    pub form_token: String,
    /// What was just done.
    pub done: Option<String>,
    /// The partnership's name.
    pub partnership: String,
    /// What is to be done.
    pub text: String,
    /// Who promised it, by when, and where it stands.
    pub facts: Vec<String>,
    /// The choices; none where the action is settled or the partnership has ended.
    pub form: Option<Form>,
}
