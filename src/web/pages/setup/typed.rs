//! What was typed into a form and what is wrong with it, laid over the form as it would be drawn afresh.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::view::forms::{Control, Form, Kind};
use crate::web::error::{PageError, html_with};
use crate::web::guard::Fields;
use crate::workflow::{FieldError, Refusal};

/// A form that was sent back; the default is a form that was not sent yet.
#[derive(Clone, Debug, Default)]
pub(in crate::web::pages) struct Typed {
    fields: Option<Fields>,
    errors: Vec<FieldError>,
    whole: Option<String>,
}

impl Typed {
    /// What was typed, without errors: for a preview.
    pub fn kept(fields: Fields) -> Self {
        Self { fields: Some(fields), ..Self::default() }
    }

    /// What was typed, with the errors of a refusal. A refusal that no field can mend is a page of its own.
    ///
    /// # Errors
    /// The refusal when it is neither about fields nor about the state.
    pub fn refused(fields: Fields, refusal: Refusal) -> Result<Self, PageError> {
        match refusal {
            Refusal::Fields(errors) => Ok(Self { fields: Some(fields), errors, whole: None }),
            Refusal::State(sentence) => {
                Ok(Self { fields: Some(fields), errors: Vec::new(), whole: Some(sentence) })
            }
            other => Err(other.into()),
        }
    }

    /// Lays what was typed and the errors over a form. An error whose field the form lacks stands above it.
    pub fn over(&self, mut form: Form) -> Form {
        let mut homeless: Vec<&str> = self.whole.iter().map(String::as_str).collect();
        let controls = || form.groups.iter().flat_map(|group| &group.controls);
        homeless.extend(
            self.errors
                .iter()
                .filter(|error| !controls().any(|c| c.name == error.field))
                .map(|error| error.sentence.as_str()),
        );
        let homeless = homeless.join(" ");
        for control in form.groups.iter_mut().flat_map(|group| &mut group.controls) {
            self.lay_over(control);
        }
        if homeless.is_empty() { form } else { form.failed(homeless) }
    }

    fn lay_over(&self, control: &mut Control) {
        if let Some(fields) = &self.fields {
            match control.kind {
                Kind::Line(_) | Kind::Lines => fields.get(&control.name).clone_into(&mut control.value),
                Kind::Select | Kind::Radios | Kind::Checks => {
                    for option in &mut control.options {
                        option.chosen = fields.all(&control.name).any(|value| value == option.value);
                    }
                }
            }
        }
        let errors: Vec<&str> =
            self.errors.iter().filter(|e| e.field == control.name).map(|e| e.sentence.as_str()).collect();
        if !errors.is_empty() {
            control.error = Some(errors.join(" "));
        }
    }
}

/// A form sent back with its errors.
pub(in crate::web::pages) fn unprocessable(page: &impl Template) -> Result<HttpResponse, PageError> {
    html_with(StatusCode::UNPROCESSABLE_ENTITY, page)
}
