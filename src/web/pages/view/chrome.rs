//! The frame around every page of a signed-in person: title, navigation, who is signed in, who runs the
//! server. Every view struct except the answer form carries one [`Chrome`].

/// Everything `base.html` needs.
#[derive(Debug, Clone, Default)]
pub struct Chrome {
    /// The document title, without the name of the service.
    pub title: String,
    /// A tag of the embedded files' content; it is appended to their addresses so that caches may keep them.
    pub assets: String,
    /// Who runs this server, from `instance.operator`; said in the footer of every page.
    pub operator: String,
    /// The form token of this session; every form sends it back as the field `csrf`.
    pub csrf: String,
    /// The main navigation, in order; empty before sign-in.
    pub nav: Vec<NavLink>,
    /// Who is signed in; without it the header shows no name and no sign-out.
    pub signed_in: Option<SignedIn>,
    /// One message about what has just been done.
    pub flash: Option<Flash>,
}

/// One entry of a navigation.
#[derive(Debug, Clone)]
pub struct NavLink {
    /// The word shown.
    pub label: String,
    /// The address.
    pub href: String,
    /// Whether this is the page, or the part of the service, being shown.
    pub current: bool,
}

impl NavLink {
    /// A link that is not the current one.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), current: false }
    }

    /// The same link, marked as the current one when `current` holds.
    #[must_use]
    pub fn current_if(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// The person at the keyboard.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Their name, or their address where no name is known.
    pub name: String,
    /// The organisation they look from; `None` for an administrator without one.
    pub organisation: Option<String>,
}

/// A message about the last act.
#[derive(Debug, Clone)]
pub struct Flash {
    /// Whether it went as asked.
    pub kind: FlashKind,
    /// One or two sentences.
    pub text: String,
}

/// How the last act ended; shown by a word and a rule, never by a rating colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashKind {
    /// It is done.
    Done,
    /// It is not done, and the text says why.
    Failed,
}

impl Flash {
    /// A message that something is done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { kind: FlashKind::Done, text: text.into() }
    }

    /// A message that something was not done.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { kind: FlashKind::Failed, text: text.into() }
    }

    /// Whether the act failed; the template then announces it at once.
    pub fn is_failure(&self) -> bool {
        self.kind == FlashKind::Failed
    }
}
