//! What a close makes of the answers: scorecard, flags, and what the next close needs. Pure, and the only way there is.
//!
//! Law: a review that was imported is scored, published and flagged exactly as one that closed here; the live close
//! ([`crate::workflow::close_cycles`]) and the import of past reviews ([`crate::workflow::import_history`]) call this one
//! function, cycle by cycle in the order of time, each with the basis and the open flags that the one before left.

use super::{
    answers::Answers,
    flags::{self, OpenFlag},
    ids::{FlagId, MemberId, PseudonymId, SideId},
    instrument::Instrument,
    mode::Mode,
    publication::{self, Basis, PublishMeta, Scorecard},
    scoring::{self, SideInput},
};

/// Who gave a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Respondent {
    /// A member of the partnership, in force or not.
    Member(MemberId),
    /// Somebody of an imported review who is no member.
    Pseudonym(PseudonymId),
    /// Nobody it could be linked to: anonymous mode.
    Nobody,
}

/// A side and how many of it were asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideAsked {
    /// The side.
    pub side: SideId,
    /// Its name.
    pub name: String,
    /// How many were invited and not withdrawn.
    pub invited: u32,
}

/// What one respondent of a side answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The side.
    pub side_id: SideId,
    /// Who it was.
    pub who: Respondent,
    /// Answers by indicator.
    pub answers: Answers,
}

/// A cycle that closes. Everything in it was fixed before.
#[derive(Debug, Clone)]
pub struct Closing<'a> {
    /// What was asked, and what is scored: every indicator of it and no other.
    pub instrument: &'a Instrument,
    /// The sides in their order.
    pub sides: &'a [SideAsked],
    /// The responses, in any order; those of other sides are not counted.
    pub responses: &'a [Response],
    /// Mode, frozen when the cycle opened.
    pub mode: Mode,
    /// Floor, frozen when the cycle opened.
    pub floor_k: u32,
    /// Whether drift starts afresh with this cycle.
    pub rebaseline: bool,
    /// The facts that the scorecard carries.
    pub meta: &'a PublishMeta,
}

/// What a close made.
#[derive(Debug, Clone)]
pub struct Closed {
    /// The scorecard, with what it does to the flags.
    pub card: Scorecard,
    /// The same figures unrounded, where the mode hides nothing but digits (representative mode).
    pub exact: Option<Scorecard>,
    /// What the next close needs.
    pub basis: Basis,
}

impl Closed {
    /// The flags that stand after it.
    pub fn open_flags(&self) -> Vec<OpenFlag> {
        flags::standing(&self.card.flags)
    }
}

/// Scores, publishes and flags one cycle. `basis` and `open` are what the close before of the same partnership and
/// instrument left; new episodes of flags get identifiers of the closing instant.
pub fn close(cycle: &Closing<'_>, basis: &Basis, open: &[OpenFlag]) -> Closed {
    let Closing { instrument, mode, floor_k, meta, .. } = *cycle;
    let figures = scoring::score_cycle(instrument, &inputs(cycle), &basis.ratings);
    let mut card = publication::publish(&figures, instrument, mode, floor_k, meta);
    card.flags = flags::settle(open, flags::update(open, &card), || FlagId::mint(meta.closed_at));
    let exact = (mode == Mode::Representative).then(|| Scorecard {
        mode,
        flags: card.flags.clone(),
        ..publication::publish(&figures, instrument, Mode::Named, floor_k, meta)
    });
    Closed { basis: basis.after(&card), card, exact }
}

fn inputs(cycle: &Closing<'_>) -> Vec<SideInput> {
    let of = |side: &SideAsked| SideInput {
        side: side.side,
        name: side.name.clone(),
        invited: side.invited,
        respondents: cycle
            .responses
            .iter()
            .filter(|own| own.side_id == side.side)
            .map(|own| own.answers.clone())
            .collect(),
    };
    cycle.sides.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        flags::FlagState,
        ids::{CycleId, PartnershipId},
        instrument::tests::quarterly,
        samples::{person, side_id},
    };

    fn closed(mode: Mode, points: [[u8; 5]; 2], before: Option<&Closed>) -> Closed {
        let sides: Vec<SideAsked> = ["A", "B"]
            .iter()
            .enumerate()
            .map(|(n, name)| SideAsked { side: side_id(n), name: (*name).to_owned(), invited: 1 })
            .collect();
        let responses: Vec<Response> = points
            .into_iter()
            .enumerate()
            .map(|(n, points)| Response {
                side_id: side_id(n),
                who: Respondent::Nobody,
                answers: person(points),
            })
            .collect();
        let instant = chrono::DateTime::from_timestamp(1_796_112_000, 0).unwrap();
        let meta = PublishMeta {
            cycle_id: CycleId::mint_random(),
            partnership_id: PartnershipId::mint_random(),
            partnership: "A × B".to_owned(),
            period: "2026-Q4".to_owned(),
            opened_at: instant,
            closed_at: instant,
        };
        let closing = Closing {
            instrument: &quarterly(),
            sides: &sides,
            responses: &responses,
            mode,
            floor_k: mode.default_floor(),
            rebaseline: false,
            meta: &meta,
        };
        let open = before.map(Closed::open_flags).unwrap_or_default();
        close(&closing, &before.map(|own| own.basis.clone()).unwrap_or_default(), &open)
    }

    #[test]
    fn a_flag_is_raised_held_and_cleared_from_close_to_close() {
        let first = closed(Mode::Representative, [[2, 5, 5, 5, 5], [2, 5, 5, 5, 5]], None);
        let flag = &first.card.flags[0];
        assert_eq!((first.card.flags.len(), flag.state), (1, FlagState::Raised));
        let second = closed(Mode::Representative, [[3, 5, 5, 5, 5], [3, 5, 5, 5, 5]], Some(&first));
        assert_eq!((second.card.flags[0].id, second.card.flags[0].state), (flag.id, FlagState::Held));
        let third = closed(Mode::Representative, [[5; 5]; 2], Some(&second));
        assert_eq!((third.card.flags[0].id, third.card.flags[0].state), (flag.id, FlagState::Cleared));
        assert!(third.open_flags().is_empty());
    }

    #[test]
    fn representative_mode_keeps_its_exact_figures_beside_the_rounded_ones() {
        let points = [[4, 4, 4, 4, 3], [5, 5, 5, 5, 4]];
        let made = closed(Mode::Representative, points, None);
        let exact = made.exact.unwrap();
        assert_eq!((exact.mode, exact.overall.score), (Mode::Representative, Some(4.3)));
        assert!(exact.overall.interval.is_some() && !exact.overall.suppressed);
        assert!(made.card.overall.interval.is_none() && made.card.overall.suppressed);
        assert_eq!((&exact.flags, exact.overall.rating), (&made.card.flags, made.card.overall.rating));
        assert!(closed(Mode::Named, points, None).exact.is_none());
        assert!(closed(Mode::Confidential, points, None).exact.is_none());
    }
}
