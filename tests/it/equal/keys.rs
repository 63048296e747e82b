//! Acts that need every side: a program turns a side's key only by the doing of that side.

use evenkeel::clock::real_now;
use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::workflow::tokens::{self, Giver, TokenInput};

use super::{House, act, house};
use crate::support::Database;
use crate::support::api::{Program, Reply};

on_both!(
    an_administrator_does_not_agree_with_themselves_by_tokens_for_every_side,
    a_program_of_a_sides_own_manager_agrees_for_it,
);

/// A program for a side, made by this person on the pages.
async fn made_by(house: &mut House, name: &str, side: usize) -> Program {
    let maker = house.app.person(name).await.to_string();
    let input = TokenInput {
        name: "Loader".to_owned(),
        scopes: Scope::all_but_voices(),
        binding: Binding::Side(house.pair.sides[side]),
        days: None,
    };
    let giver = Giver { actor: maker, token: None };
    let (_, text) = tokens::create(&house.app.ctx, giver, input, house.app.now(), real_now()).await.unwrap();
    house.app.ignore_mails();
    Program::new(&house.app.address().await, Some(text))
}

/// The address of the only open proposal.
fn proposal(program: &Program) -> String {
    let open = program.get("/proposals").json;
    format!("/proposals/{}", open["items"][0]["id"].as_str().unwrap())
}

fn delete(program: &Program, house: &House) -> Reply {
    program.send("DELETE", &house.address(), &[], None)
}

async fn an_administrator_does_not_agree_with_themselves_by_tokens_for_every_side(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.one_check().await;
    let north = made_by(&mut house, "Root", 0).await;
    let bright = made_by(&mut house, "Root", 1).await;
    let refused = delete(&north, &house);
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("made by somebody who does not manage the side"), "{}", refused.text);
    // Nor does one say yes to what the other side itself proposes.
    assert_eq!(delete(&house.north, &house).status, 202);
    let refused = act(&bright, &proposal(&house.bright), "approve");
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(house.north.get(&house.address()).status, 200, "it is still there");
}

async fn a_program_of_a_sides_own_manager_agrees_for_it(database: &Database) {
    let mut house = house(database, Mode::Representative).await;
    house.one_check().await;
    let (north, bright) = (made_by(&mut house, "Mara", 0).await, made_by(&mut house, "Noor", 1).await);
    assert_eq!(delete(&north, &house).status, 202);
    assert_eq!(act(&bright, &proposal(&bright), "approve").status, 204);
    assert_eq!(house.north.get(&house.address()).status, 401, "its token went with it");
}
