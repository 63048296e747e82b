//! The REST interface, `/api/v1`: one file per resource, one handler per act.
//!
//! A handler asks its [`Call`](call::Call) for a scope first, then reads what the call brings, then calls a workflow or
//! reads within what the token reaches ([`store::reach`](crate::store::reach)); it holds no SQL and no arithmetic.
//! Registering a handler documents it: `/openapi.json` is made from the same list, and `/docs` shows it without any file
//! from elsewhere.

pub mod acceptances;
pub mod actions;
pub mod answer;
pub mod audit;
pub mod bounces;
pub mod cadences;
pub mod call;
pub mod card;
pub mod charts;
pub mod cycles;
pub mod discussions;
pub mod document;
pub mod drift;
pub mod exports;
pub mod flags;
pub mod flat;
pub mod history;
pub mod imports;
pub mod instruments;
pub mod invitations;
pub mod limit;
pub mod members;
pub mod organisations;
pub mod partnerships;
pub mod people;
pub mod portfolio;
pub mod portfolio_table;
pub mod problem;
pub mod proposals;
pub mod responses;
pub mod reviews;
mod schemas;
pub mod scorecards;
mod sentences;
mod strict;
pub mod tokens;
pub mod trust;
pub mod voices;
pub mod whole;

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::web::ServiceConfig;
use actix_web::{Error, HttpRequest, web};
use utoipa_actix_web::scope::Scope;

use self::problem::ApiError;

/// Where the interface begins.
pub const BASE: &str = "/api/v1";

/// Adds every handler of the interface to a scope: to the one that documents what it takes, or to one that answers. Documents are
/// large, so that the threads that answer do without.
macro_rules! with_handlers {
    ($scope:expr) => {
        $scope
            .service(organisations::list_organisations)
            .service(organisations::add_organisation)
            .service(organisations::get_organisation)
            .service(organisations::change_organisation)
            .service(organisations::get_organisation_roles)
            .service(organisations::set_organisation_roles)
            .service(people::list_people)
            .service(people::add_person)
            .service(people::get_person)
            .service(people::change_person)
            .service(people::remove_person)
            .service(partnerships::list_partnerships)
            .service(partnerships::add_partnership)
            .service(imports::import_partnerships)
            .service(partnerships::get_partnership)
            .service(partnerships::change_partnership)
            .service(partnerships::remove_partnership)
            .service(partnerships::pause_partnership)
            .service(partnerships::resume_partnership)
            .service(partnerships::end_partnership)
            .service(members::get_members)
            .service(members::set_members)
            .service(imports::import_members)
            .service(cadences::get_cadences)
            .service(cadences::set_cadences)
            .service(cadences::next_cycles)
            .service(audit::list_audit)
            .service(bounces::report_bounce)
            .service(charts::partnership_chart)
            .service(charts::portfolio_chart)
            .service(flags::list_flags)
            .service(discussions::list_discussions)
            .service(discussions::add_discussion)
            .service(acceptances::list_acceptances)
            .service(acceptances::add_acceptance)
            .service(acceptances::sign_acceptance)
            .service(actions::list_actions)
            .service(actions::add_action)
            .service(actions::get_action)
            .service(actions::change_action)
            .service(reviews::get_review)
            .service(reviews::close_review)
            .service(history::import_history)
            .service(drift::get_drift)
            .service(exports::export_scorecards)
            .service(exports::export_actions)
            .service(whole::export_partnership)
            .service(instruments::list_instruments)
            .service(instruments::get_instrument)
            .service(instruments::get_instrument_version)
            .service(portfolio::list_portfolio)
            .service(voices::list_answers)
            .service(voices::list_comments)
            .service(responses::get_response)
            .service(responses::put_response)
            .service(scorecards::get_scorecard)
            .service(scorecards::list_scorecards)
            .service(cycles::list_cycles)
            .service(cycles::open_cycle)
            .service(cycles::get_cycle)
            .service(cycles::close_cycle)
            .service(cycles::cancel_cycle)
            .service(cycles::extend_cycle)
            .service(cycles::remind_cycle)
            .service(invitations::correct_address)
            .service(invitations::withdraw_invitation)
            .service(proposals::list_proposals)
            .service(proposals::get_proposal)
            .service(proposals::approve_proposal)
            .service(proposals::decline_proposal)
            .service(proposals::withdraw_proposal)
            .service(trust::get_trust_sheet)
            .service(trust::nudge_proposal)
            .service(trust::ask_about_proposal)
            .service(proposals::propose_partnership)
            .service(proposals::rebaseline_partnership)
            .service(tokens::list_tokens)
            .service(tokens::make_token)
            .service(tokens::get_token)
            .service(tokens::revoke_token)
    };
}

/// Every handler with its document.
fn documented() -> Scope<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>,
> {
    with_handlers!(utoipa_actix_web::scope::scope(BASE))
}

/// Adds the interface, its document and the page that shows it.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::redirect("/docs", "/docs/"))
        .service(document::openapi_json)
        .service(
            utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}")
                .config(utoipa_swagger_ui::Config::from("/openapi.json")),
        )
        .service(with_handlers!(web::scope(BASE)).default_service(web::to(nothing_here)));
}

/// An address that no handler took: there is nothing, or not with this method.
async fn nothing_here(request: HttpRequest) -> Result<(), ApiError> {
    let methods = document::methods_at(request.path());
    if methods.is_empty() {
        Err(ApiError::NotFound)
    } else {
        Err(ApiError::MethodNotAllowed(methods.join(", ")))
    }
}
