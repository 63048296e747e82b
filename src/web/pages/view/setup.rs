//! Set-up for administrators: organisations, people, partnerships, instruments. Lists with a form beside
//! them; the set-up of one partnership is in [`super::setup_partnership`].

use askama::Template;

use super::forms::Form;
use super::{Chrome, Link, NavLink};

/// Which list is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// `/setup/partnerships`
    Partnerships,
    /// `/setup/organisations`
    Organisations,
    /// `/setup/people`
    People,
    /// `/setup/instruments`
    Instruments,
    /// `/setup/tokens`
    Tokens,
}

impl Tab {
    /// The second navigation, with this tab as the current one.
    pub fn links(self) -> Vec<NavLink> {
        [
            (Self::Partnerships, "Partnerships", "/setup/partnerships"),
            (Self::Organisations, "Organisations", "/setup/organisations"),
            (Self::People, "People", "/setup/people"),
            (Self::Instruments, "Instruments", "/setup/instruments"),
            (Self::Tokens, "Tokens", "/setup/tokens"),
        ]
        .into_iter()
        .map(|(tab, label, href)| NavLink::new(label, href).current_if(tab == self))
        .collect()
    }
}

/// A list of the set-up with the form for a new entry: partnerships, organisations, people, instruments.
#[derive(Debug, Template)]
#[template(path = "setup_list.html")]
pub struct ListPage {
    /// The frame.
    pub chrome: Chrome,
    /// The list shown.
    pub tab: Tab,
    /// One sentence with the number.
    pub headline: String,
    /// The column heads; the first column is the link.
    pub heads: Vec<String>,
    /// What was searched for; `None` where the list has no search. Asked for by `GET` as `q`.
    pub search: Option<String>,
    /// The rows.
    pub rows: Vec<ListRow>,
    /// What stands in the place of an empty list.
    pub empty: String,
    /// The page that imports many; most lists have none.
    pub import: Option<Link>,
    /// The heading of the form.
    pub form_title: String,
    /// The form for a new entry; instruments have none.
    pub form: Option<Form>,
}

/// One entry of a list.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// The entry's name, its page.
    pub link: Link,
    /// The other columns, one less than the heads.
    pub cells: Vec<String>,
}

/// A page with one form: a new partnership, a person being edited.
#[derive(Debug, Template)]
#[template(path = "setup_form.html")]
pub struct FormPage {
    /// The frame.
    pub chrome: Chrome,
    /// The list it belongs to.
    pub tab: Tab,
    /// What is being done, one sentence.
    pub headline: String,
    /// A sentence more.
    pub lede: Option<String>,
    /// The form.
    pub form: Form,
    /// The way back.
    pub back: Link,
}

/// A file pasted into a form: what it would change, and the button that does it.
#[derive(Debug, Template)]
#[template(path = "setup_import.html")]
pub struct ImportPage {
    /// The frame.
    pub chrome: Chrome,
    /// What is being done, one sentence.
    pub headline: String,
    /// The columns of the file.
    pub lede: String,
    /// The form with the text of the file.
    pub form: Form,
    /// What would change, in numbers; empty before the file was looked at.
    pub summary: String,
    /// The heads of the three columns.
    pub heads: [String; 3],
    /// Where in the file, what, and what becomes of it.
    pub rows: Vec<[String; 3]>,
    /// The way back.
    pub back: Link,
}

/// One organisation: its name, its leadership, its partnerships.
#[derive(Debug, Template)]
#[template(path = "setup_organisation.html")]
pub struct OrganisationPage {
    /// The frame.
    pub chrome: Chrome,
    /// The organisation's name.
    pub name: String,
    /// Posts the new name.
    pub rename: Form,
    /// Who has the leadership role.
    pub leadership: Vec<RoleRow>,
    /// Gives the role to a person.
    pub add: Form,
    /// The partnerships in which it has a side.
    pub partnerships: Vec<Link>,
}

/// A person with a role that can be taken back.
#[derive(Debug, Clone)]
pub struct RoleRow {
    /// The person's name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The roles in words, such as `respondent, manager`.
    pub roles: String,
    /// The page that changes the roles; `None` where there is none.
    pub change: Option<String>,
    /// Where to post (with `csrf`) to take it back; `None` where that cannot be done now.
    pub remove: Option<String>,
}

/// An instrument as respondents will see it, with the action texts.
#[derive(Debug, Template)]
#[template(path = "setup_instrument.html")]
pub struct InstrumentPage {
    /// The frame.
    pub chrome: Chrome,
    /// The instrument's name.
    pub name: String,
    /// Id, version, minutes, state.
    pub dateline: String,
    /// The items.
    pub items: Vec<ItemPreview>,
    /// The closing question.
    pub closing: Option<String>,
}

/// One item of an instrument.
#[derive(Debug, Clone)]
pub struct ItemPreview {
    /// The indicator's name.
    pub indicator: String,
    /// The question.
    pub question: String,
    /// The behaviours from 5 down to 1, each with its figure.
    pub points: Vec<(u8, String)>,
    /// Where the texts come from; may be empty.
    pub source: String,
    /// The action required at High, Medium and Low.
    pub actions: Vec<(super::Tone, String, String)>,
}

impl ListPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        self.tab.links()
    }
}

impl FormPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        self.tab.links()
    }
}

impl ImportPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        Tab::Partnerships.links()
    }
}

impl OrganisationPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        Tab::Organisations.links()
    }
}

impl InstrumentPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        Tab::Instruments.links()
    }
}
