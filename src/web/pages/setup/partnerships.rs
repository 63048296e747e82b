//! Partnerships: the list, and a new one with its two to four sides.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::super::view::Link;
use super::super::view::forms::{Choice, Control, Form};
use super::super::view::setup::{ListPage, ListRow, Tab};
use super::typed::{Typed, unprocessable};
use super::{chrome, counted, done};
use crate::domain::partnership::PartnershipState;
use crate::store::StoreError;
use crate::store::partnerships::{self, Side};
use crate::store::people::{self, Organisation};
use crate::web::State;
use crate::web::auth::{Administrator, Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::guard::Fields;
use crate::workflow::Refusal;
use crate::workflow::set_up::{self, PartnershipInput, SideInput};

pub(super) const LIST: &str = "/setup/partnerships";
const MOST_SIDES: usize = 4;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list).service(add);
}

async fn list_page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    typed: &Typed,
) -> Result<ListPage, PageError> {
    let (found, sides, organisations) = state
        .ctx
        .store
        .read(|conn| -> Result<_, StoreError> {
            let mut found = partnerships::list(conn)?;
            // A side’s own view is the side’s own business.
            found.retain(|own| own.view_of.is_none());
            let ids: Vec<_> = found.iter().map(|p| p.id).collect();
            Ok((found, partnerships::sides_of(conn, &ids)?, people::list_organisations(conn)?))
        })
        .await?;
    let rows = found.iter().map(|p| ListRow {
        link: Link::new(p.name.clone(), format!("{LIST}/{}", p.id)),
        cells: vec![
            p.state.to_string(),
            p.zone.clone(),
            names(sides.iter().filter(|side| side.partnership_id == p.id)),
        ],
    });
    Ok(ListPage {
        chrome: chrome(state, request, visitor, "Partnerships"),
        tab: Tab::Partnerships,
        headline: counted(found.len(), "partnership", "partnerships"),
        heads: ["Name", "State", "Time zone", "Sides"].map(str::to_owned).into(),
        search: None,
        rows: rows.collect(),
        empty: "No partnership yet. Organisations come first, unless its sides are people.".to_owned(),
        import: Some(Link::new("Import partnerships from a file", "/setup/import")),
        form_title: "New partnership, step 1 of 5: its sides".to_owned(),
        form: Some(typed.over(new_form(&state.ctx.settings.instance.zone, &organisations))),
    })
}

fn names<'a>(sides: impl Iterator<Item = &'a Side>) -> String {
    sides.map(|side| side.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn new_form(zone: &str, organisations: &[Organisation]) -> Form {
    let about = vec![
        Control::line("text", "name", "Name").optional().hint("Left empty: the names of the sides."),
        Control::line("text", "zone", "Time zone").value(zone).hint("In which its checks open and close."),
    ];
    let begins = vec![
        Choice::new("proposed", "When every side has accepted", true)
            .explained("its managers are asked by mail, with what they can rely on; until then a side asks only its own people"),
        Choice::new("active", "At once", false)
            .explained("every side has agreed elsewhere; any of them can end it at any time"),
    ];
    let mut form = Form::to(LIST, "Add the partnership").group("", about);
    for n in 1..=MOST_SIDES {
        let none = Choice::new("", "none", true);
        let known = organisations.iter().map(|o| Choice::new(o.id.to_string(), o.name.clone(), false));
        let organisation = Control::select(
            format!("organisation_{n}"),
            "Organisation",
            std::iter::once(none).chain(known).collect(),
        );
        let name = Control::line("text", format!("side_{n}"), "Name of the side").optional();
        let name = if n == 1 { name.hint("Left empty: the organisation’s name.") } else { name };
        let legend = if n <= 2 { format!("Side {n}") } else { format!("Side {n}, optional") };
        form = form.group(legend, vec![organisation.optional(), name]);
    }
    form.group("", vec![Control::radios("begins", "It begins", begins)])
}

/// Reads the sides: the first two always, the others up to the last that is filled in.
fn sides(fields: &Fields) -> Result<Vec<SideInput>, Refusal> {
    let field = |what: &str, n: usize| fields.get(&format!("{what}_{n}")).trim().to_owned();
    let filled = |n: &usize| !field("side", *n).is_empty() || !field("organisation", *n).is_empty();
    let last = (1..=MOST_SIDES).rev().find(filled).unwrap_or(0).max(2);
    (1..=last)
        .map(|n| {
            let organisation = match field("organisation", n) {
                none if none.is_empty() => None,
                id => Some(id.parse().map_err(|_| {
                    Refusal::field(&format!("organisation_{n}"), "Choose one of the organisations.")
                })?),
            };
            Ok(SideInput { name: field("side", n), organisation })
        })
        .collect()
}

#[get("/setup/partnerships")]
async fn list(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    html(&list_page(&state, &request, &visitor.0, &Typed::default()).await?)
}

#[post("/setup/partnerships")]
async fn add(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let (begins, word) = match fields.get("begins") {
        "proposed" => (PartnershipState::Proposed, "partnership-drafted"),
        _ => (PartnershipState::Active, "partnership-added"),
    };
    let made = match sides(&fields) {
        Ok(sides) => {
            let input = PartnershipInput {
                name: fields.get("name").to_owned(),
                zone: fields.get("zone").to_owned(),
                sides,
            };
            set_up::create_partnership_as(&state.ctx, &visitor.actor(), input, begins, state.now()).await
        }
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok((id, _)) => Ok(done(&format!("{LIST}/{id}"), word)),
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&list_page(&state, &request, &visitor, &typed).await?)
        }
    }
}
