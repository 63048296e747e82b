//! Acts of a partnership: proposals that wait for a side, and what a manager can do in a running cycle and to the state of the
//! partnership. Laid out by the macros in `templates/acts.html`.

use super::forms::Form;

/// A proposal that waits.
#[derive(Debug, Clone)]
pub struct OpenProposal {
    /// The act in one sentence.
    pub sentence: String,
    /// Who proposed, for whom it waits, until when.
    pub detail: String,
    /// Why, in their words; may be empty.
    pub reason: String,
    /// Where the reader's side says yes.
    pub approve: Option<String>,
    /// Where it says no, with a reason.
    pub decline: Option<Form>,
    /// Where its maker takes it back.
    pub withdraw: Option<String>,
}

/// A form behind its heading.
#[derive(Debug, Clone)]
pub struct Folded {
    /// The heading.
    pub summary: String,
    /// The form.
    pub form: Form,
}

/// Somebody of the reader's side who is invited.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The person's name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Where the invitation is withdrawn.
    pub withdraw: String,
}

/// One press that changes where a partnership stands.
#[derive(Debug, Clone)]
pub struct Press {
    /// The word on the button.
    pub text: String,
    /// Where it is sent.
    pub action: String,
    /// What it does, in a sentence.
    pub effect: String,
}

/// What a manager can do to the state of a partnership.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Pausing or resuming.
    pub press: Option<Press>,
    /// What is done alone or proposed by a form, in order.
    pub forms: Vec<Folded>,
    /// Ending, which is confirmed first.
    pub end: Option<Folded>,
    /// Where everything that was done is listed.
    pub log: Option<String>,
    /// Where the programs that speak for the side are listed.
    pub tokens: Option<String>,
}

/// What a manager can do in a running cycle.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Where everybody who has not sent is reminded; none when no letter would be in time.
    pub remind: Option<String>,
    /// Extending, proposing to close early, proposing to cancel.
    pub forms: Vec<Folded>,
    /// Who of the reader's side is invited.
    pub invited: Vec<Invited>,
}
