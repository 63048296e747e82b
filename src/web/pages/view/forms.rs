//! Form controls as data: a handler describes the fields, gives back what was typed and puts the error
//! beside the field it belongs to. Laid out by the macros in `templates/forms.html`.

/// A whole form; its template adds the hidden field `csrf`.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Where it is posted to.
    pub action: String,
    /// Groups of fields, in order.
    pub groups: Vec<Group>,
    /// The text on the button.
    pub submit: String,
    /// An error of the form as a whole, shown above the fields.
    pub error: Option<String>,
    /// A second button that posts the same form with its name and value, such as a preview.
    pub second: Option<(String, String, String)>,
}

impl Form {
    /// A form with its button.
    pub fn to(action: impl Into<String>, submit: impl Into<String>) -> Self {
        Self { action: action.into(), submit: submit.into(), ..Self::default() }
    }

    /// Adds a group of fields; an empty legend draws none.
    #[must_use]
    pub fn group(mut self, legend: impl Into<String>, controls: Vec<Control>) -> Self {
        self.groups.push(Group { legend: legend.into(), controls });
        self
    }

    /// Adds the sentence about what is wrong with the form as a whole.
    #[must_use]
    pub fn failed(mut self, error: impl Into<String>) -> Self {
        self.error = Some(error.into());
        self
    }

    /// Whether anything is wrong with it; then it is shown unfolded.
    pub fn has_error(&self) -> bool {
        self.error.is_some()
            || self.groups.iter().flat_map(|own| &own.controls).any(|own| own.error.is_some())
    }

    /// The fields that have to be mended, in order: id, and label with its group's legend.
    pub fn wrong(&self) -> Vec<(String, String)> {
        let named = |legend: &str, label: &str| match legend {
            "" => label.to_owned(),
            legend => format!("{legend} {label}"),
        };
        let of = |group: &Group| -> Vec<(String, String)> {
            let bad = group.controls.iter().filter(|own| own.error.is_some());
            bad.map(|own| (own.id.clone(), named(&group.legend, &own.label))).collect()
        };
        self.groups.iter().flat_map(of).collect()
    }

    /// Adds a second button: its field name, its value and its text.
    #[must_use]
    pub fn or(mut self, name: impl Into<String>, value: impl Into<String>, text: impl Into<String>) -> Self {
        self.second = Some((name.into(), value.into(), text.into()));
        self
    }
}

/// Fields that belong together and stand in one row where there is room.
#[derive(Debug, Clone)]
pub struct Group {
    /// The heading; may be empty.
    pub legend: String,
    /// The fields.
    pub controls: Vec<Control>,
}

/// Which control is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of text; the word is the HTML input type.
    Line(&'static str),
    /// Several lines of text.
    Lines,
    /// A drop-down list.
    Select,
    /// One choice out of few, each with a sentence.
    Radios,
    /// Any number of choices.
    Checks,
}

/// One labelled control.
#[derive(Debug, Clone)]
pub struct Control {
    /// What is drawn.
    pub kind: Kind,
    /// The field's name as posted.
    pub name: String,
    /// The element's id; unique on the page. The name, unless [`Control::under`] changed it.
    pub id: String,
    /// The label.
    pub label: String,
    /// What was typed, or what is stored.
    pub value: String,
    /// The choices of a list.
    pub options: Vec<Choice>,
    /// A sentence under the label.
    pub hint: Option<String>,
    /// What is wrong, and the way out.
    pub error: Option<String>,
    /// Whether the browser asks for it.
    pub required: bool,
    /// The HTML autocomplete word.
    pub autocomplete: &'static str,
}

/// One choice of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The value posted.
    pub value: String,
    /// The text shown.
    pub label: String,
    /// A sentence that explains it; only drawn beside radio buttons and check boxes.
    pub detail: Option<String>,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), detail: None, chosen }
    }

    /// The same choice with a sentence that explains it.
    #[must_use]
    pub fn explained(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl Control {
    /// A control of any kind, required, empty.
    pub fn new(kind: Kind, name: impl Into<String>, label: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            kind,
            id: name.clone(),
            name,
            label: label.into(),
            value: String::new(),
            options: Vec::new(),
            hint: None,
            error: None,
            required: true,
            autocomplete: "off",
        }
    }

    /// One line of text; `input_type` is the HTML word (`text`, `email`, `number`, `time`, `datetime-local`).
    pub fn line(input_type: &'static str, name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(Kind::Line(input_type), name, label)
    }

    /// A drop-down list.
    pub fn select(name: impl Into<String>, label: impl Into<String>, options: Vec<Choice>) -> Self {
        Self { options, ..Self::new(Kind::Select, name, label) }
    }

    /// Radio buttons, each on its own line.
    pub fn radios(name: impl Into<String>, label: impl Into<String>, options: Vec<Choice>) -> Self {
        Self { options, ..Self::new(Kind::Radios, name, label) }
    }

    /// Check boxes that share one field name.
    pub fn checks(name: impl Into<String>, label: impl Into<String>, options: Vec<Choice>) -> Self {
        Self { options, required: false, ..Self::new(Kind::Checks, name, label) }
    }

    /// The same control with a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// The same control with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same control with an error, if there is one.
    #[must_use]
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// The same control, which may stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// The same control with an HTML autocomplete word.
    #[must_use]
    pub fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = word;
        self
    }

    /// The same control with its id set under a prefix, for a page with several forms of the same fields.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.id = format!("{prefix}-{}", self.name);
        self
    }

    /// The HTML input type of a one-line control.
    pub fn input_type(&self) -> &'static str {
        if let Kind::Line(word) = self.kind { word } else { "text" }
    }

    /// Whether this is a drop-down list.
    pub fn is_select(&self) -> bool {
        self.kind == Kind::Select
    }

    /// Whether this is a multi-line text.
    pub fn is_lines(&self) -> bool {
        self.kind == Kind::Lines
    }

    /// Whether this is a set of radio buttons or check boxes.
    pub fn is_set(&self) -> bool {
        matches!(self.kind, Kind::Radios | Kind::Checks)
    }

    /// The HTML input type of one member of a set.
    pub fn set_type(&self) -> &'static str {
        if self.kind == Kind::Checks { "checkbox" } else { "radio" }
    }
}
