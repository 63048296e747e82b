//! Files pasted into a form: many partnerships, or the members of one. The file is shown first; the button that does it
//! works only on the text that was shown.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::super::flash;
use super::super::view::Link;
use super::super::view::forms::{Control, Form, Kind};
use super::super::view::setup::ImportPage;
use super::members::{open_cycle_choice, reaches_open_cycle};
use super::partnership::House;
use super::partnerships::LIST;
use super::typed::{Typed, unprocessable};
use super::{chrome, done};
use crate::web::State;
use crate::web::auth::{Administrator, PostedFile, Visitor};
use crate::web::error::{PageError, html};
use crate::workflow::import_partnerships::{self, Imported};
use crate::workflow::members::{self, Carried, Change, MembersPlan, OpenCycles, Place};
use crate::workflow::sheet::MOST_ROWS;
use crate::workflow::{ActsFor, Refusal};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(partnerships).service(import_all).service(members_of).service(import_members);
}

/// Longest file in bytes; the form around it may be longer.
const FILE_LIMIT: usize = 2 * 1024 * 1024;

/// What is imported where.
struct Desk {
    action: String,
    headline: String,
    lede: &'static str,
    heads: [&'static str; 3],
    /// Whether the file may also be about a cycle that is open.
    cycle_open: bool,
    back: Link,
}

impl Desk {
    fn of_partnerships() -> Self {
        Self {
            action: "/setup/import".to_owned(),
            headline: "Import partnerships".to_owned(),
            lede: "One row for each member, with the columns partnership, side, email, name and roles, and where wanted \
                   zone, organisation, instrument, frequency and mode. People and organisations who are not here yet \
                   are added. The whole file happens, or nothing of it.",
            heads: ["Line", "Partnership", "What happens"],
            cycle_open: false,
            back: Link::new("Partnerships", LIST),
        }
    }

    fn of_members(house: &House) -> Self {
        let name = &house.partnership.name;
        Self {
            action: format!("{}/import", house.base()),
            headline: format!("Import members of {name}"),
            lede: "One row for each member, with the columns email, side and roles, and where wanted name, zone and \
                   external_ref. A name without an address is the label of a respondent whose link the side hands out. Members are added and changed, and nobody is removed. The whole file happens, or \
                   nothing of it.",
            heads: ["Line", "Member", "What happens"],
            cycle_open: house.cycle_open,
            back: Link::new(name.clone(), house.base()),
        }
    }

    /// The page; `shown` is a text that was looked at, with what it would change.
    fn page(
        self,
        frame: (&State, &HttpRequest, &Visitor),
        typed: &Typed,
        shown: Option<(&str, String, Vec<[String; 3]>)>,
    ) -> ImportPage {
        let file = Control::new(Kind::Lines, "file", "The text of the CSV file")
            .hint("The first line names the columns. Roles are separated by |, such as respondent|manager.");
        let form = match &shown {
            Some((text, ..)) => Form::to(format!("{}?shown={}", self.action, mark(text)), "Import this file")
                .or("again", "1", "Show what would change"),
            None => Form::to(self.action, "Show what would change"),
        };
        let (summary, rows) = shown.map(|(_, summary, rows)| (summary, rows)).unwrap_or_default();
        let (state, request, visitor) = frame;
        ImportPage {
            chrome: chrome(state, request, visitor, &self.headline),
            headline: self.headline,
            lede: self.lede.to_owned(),
            form: typed.over(open_cycle_choice(form.group("", vec![file]), self.cycle_open, "file")),
            summary,
            heads: self.heads.map(str::to_owned),
            rows,
            back: self.back,
        }
    }
}

/// A mark of a text, which tells whether it is the one that was shown.
fn mark(text: &str) -> String {
    crate::secrets::digest(text)[..20].to_owned()
}

/// Whether the form says to do it, and it is about the text that was shown.
fn is_meant(request: &HttpRequest, posted: &PostedFile) -> bool {
    !posted.fields.has("again") && flash::field(request, "shown") == Some(mark(posted.fields.get("file")))
}

fn text(posted: &PostedFile) -> Result<&[u8], Refusal> {
    let text = posted.fields.get("file").as_bytes();
    if text.len() > FILE_LIMIT {
        return Err(Refusal::field("file", "The file is larger than 2 MB; split it."));
    }
    Ok(text)
}

/// Places of a file as parts of the one field that the form has.
fn in_the_form(refusal: Refusal) -> Refusal {
    let Refusal::Fields(mut fields) = refusal else { return refusal };
    for own in &mut fields {
        if own.field != "file" {
            let place = own.field.replacen("line", "Line", 1);
            own.sentence = format!("{place}: {}", own.sentence);
            "file".clone_into(&mut own.field);
        }
    }
    Refusal::Fields(fields)
}

#[get("/setup/import")]
async fn partnerships(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    html(&Desk::of_partnerships().page((&state, &request, &visitor.0), &Typed::default(), None))
}

#[post("/setup/import")]
async fn import_all(
    state: Data<State>,
    request: HttpRequest,
    posted: PostedFile,
) -> Result<HttpResponse, PageError> {
    let meant = is_meant(&request, &posted);
    let tried = try_all(&state, &posted, meant).await;
    let frame = (&*state.into_inner(), &request, &posted.visitor);
    match tried {
        Ok(_) if meant => Ok(done(LIST, "partnerships-imported")),
        Ok(found) => {
            let row = |own: &import_partnerships::HouseChange| {
                [own.line.to_string(), own.name.clone(), own.what.clone()]
            };
            let shown = (posted.fields.get("file"), found.summary(), found.rows.iter().map(row).collect());
            let typed = Typed::kept(posted.fields.clone());
            html(&Desk::of_partnerships().page(frame, &typed, Some(shown)))
        }
        Err(refusal) => {
            let typed = Typed::refused(posted.fields.clone(), in_the_form(refusal))?;
            unprocessable(&Desk::of_partnerships().page(frame, &typed, None))
        }
    }
}

async fn try_all(state: &State, posted: &PostedFile, meant: bool) -> Result<Imported, Refusal> {
    let houses = import_partnerships::parse(text(posted)?, MOST_ROWS)?;
    if !meant {
        return import_partnerships::preview(&state.ctx, houses).await;
    }
    let actor = posted.visitor.actor();
    import_partnerships::carry_out(&state.ctx, &actor, houses, state.now(), |_, _| {}).await
}

#[get("/setup/partnerships/{id}/import")]
async fn members_of(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let house = House::of(&state, &request, &visitor.0).await?;
    html(&Desk::of_members(&house).page((&state, &request, &visitor.0), &Typed::default(), None))
}

#[post("/setup/partnerships/{id}/import")]
async fn import_members(
    state: Data<State>,
    request: HttpRequest,
    posted: PostedFile,
) -> Result<HttpResponse, PageError> {
    let house = House::of(&state, &request, &posted.visitor).await?;
    let meant = is_meant(&request, &posted);
    let tried = try_members(&state, &house, &posted, meant).await;
    let frame = (&*state.into_inner(), &request, &posted.visitor);
    match tried {
        Ok(Carried::Waits(_)) => Ok(done(&house.base(), "members-proposed")),
        Ok(Carried::Done(_)) if meant => Ok(done(&house.base(), "members-imported")),
        Ok(Carried::Done(found)) => {
            let rows = found.rows.iter().map(member_row).collect();
            let shown = (posted.fields.get("file"), found.summary(), rows);
            let typed = Typed::kept(posted.fields.clone());
            html(&Desk::of_members(&house).page(frame, &typed, Some(shown)))
        }
        Err(refusal) => {
            let typed = Typed::refused(posted.fields.clone(), in_the_form(refusal))?;
            unprocessable(&Desk::of_members(&house).page(frame, &typed, None))
        }
    }
}

fn member_row(row: &members::RowChange) -> [String; 3] {
    let line = match row.place {
        Place::Line(line) => line.to_string(),
        Place::Entry(place) => (place + 1).to_string(),
    };
    let change = match row.change {
        Change::Added => "added",
        Change::Changed => "changed",
        Change::Unchanged => "unchanged",
    };
    [line, row.email.clone(), format!("{change}; {}", row.what)]
}

async fn try_members(
    state: &State,
    house: &House,
    posted: &PostedFile,
    meant: bool,
) -> Result<Carried, Refusal> {
    let acts_for = ActsFor::Whole;
    let entries = members::parse(&house.sides, &acts_for, members::from_csv(text(posted)?)?)?;
    let open_cycles = if reaches_open_cycle(&posted.fields) { OpenCycles::Change } else { OpenCycles::Keep };
    let plan = MembersPlan::adding(house.partnership.id, acts_for, entries).with(open_cycles);
    if !meant {
        return members::preview(&state.ctx, plan, None).await.map(Carried::Done);
    }
    let speaker = house.speaker(&posted.visitor);
    members::carry_out(&state.ctx, speaker, plan, (None, ""), state.now()).await
}
