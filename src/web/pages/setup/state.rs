//! Proposing, pausing, resuming and ending a partnership. Ending is for good and asks once more.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, post};

use super::super::view::Link;
use super::super::view::forms::{Choice, Control, Form};
use super::super::view::setup::{FormPage, Tab};
use super::partnership::House;
use super::{chrome, done, id};
use crate::domain::partnership::PartnershipState;
use crate::web::State;
use crate::web::auth::Posted;
use crate::web::error::{PageError, html};
use crate::workflow::proposals::{self, Deed};
use crate::workflow::set_up;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(change);
}

#[post("/setup/partnerships/{id}/state/{to}")]
async fn change(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let to: PartnershipState = id(&request, "to")?;
    let word = match to {
        PartnershipState::Active => "partnership-active",
        PartnershipState::Paused => "partnership-paused",
        PartnershipState::Ended => "partnership-ended",
        PartnershipState::Proposed => "partnership-proposed",
    };
    let house = House::of(&state, &request, &visitor).await?;
    let name = &house.partnership.name;
    if to == PartnershipState::Proposed {
        let (speaker, deed) = (house.speaker(&visitor), Deed::StartPartnership);
        proposals::propose(&state.ctx, speaker, house.partnership.id, deed, "", state.now()).await?;
        return Ok(done(&house.base(), word));
    }
    if to == PartnershipState::Ended && !fields.has("sure") {
        let sure = Choice::new("yes", "Yes, end it for good", false);
        return html(&FormPage {
            chrome: chrome(&state, &request, &visitor, name),
            tab: Tab::Partnerships,
            headline: format!("End {name}?"),
            lede: Some(
                "No cycle opens any more, and an open one is cancelled without a scorecard. Frozen scorecards stay \
                 readable for all sides. This cannot be taken back."
                    .to_owned(),
            ),
            form: Form::to(format!("{}/state/ended", house.base()), "End the partnership")
                .group("", vec![Control::checks("sure", "Please confirm", vec![sure])]),
            back: Link::new(name.clone(), house.base()),
        });
    }
    let speaker = house.speaker(&visitor);
    set_up::change_state(&state.ctx, speaker, house.partnership.id, to, state.now()).await?;
    Ok(done(&house.base(), word))
}
