//! Which letters a respondent wants, `/m/{token}`.

use askama::Template;

use super::forms::Form;

/// The page behind the link in every survey letter.
#[derive(Debug, Template)]
#[template(path = "preferences.html")]
pub struct PreferencesPage {
    /// A tag of the embedded files' content.
    pub assets: String,
    /// Who runs this server.
    pub operator: String,
    /// The form token, bound to this link.
    pub form_token: String,
    /// What was just done.
    pub done: Option<String>,
    /// One group for each partnership; none where the person is asked nowhere.
    pub form: Form,
}
