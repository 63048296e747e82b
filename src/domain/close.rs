//! What a close makes of the answers: scorecard, flags, and what the next close needs. Pure, and the only way there is.
//!
//! Law: a review that was imported is scored, published and flagged exactly as one that closed here; the live close
//! ([`crate::workflow::close_cycles`]) and the import of past reviews ([`crate::workflow::import_history`]) call this one
//! function, cycle by cycle in the order of time, each with the basis and the open flags that the one before left.

use super::{
    answers::Answers,
    drift::{self, CycleAnswers, Drift, NotLoaded, SideSums, Tested, Tracker},
    flags::{self, OpenFlag},
    ids::{FlagId, SideId},
    instrument::Instrument,
    mode::Mode,
    publication::{self, Basis, PublishMeta, Scorecard},
    scoring::{self, CycleFigures, SideInput, Status, Subject},
};

pub use super::answers::Respondent;

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

/// A closed cycle, as the drift test reads it again.
#[derive(Debug, Clone)]
pub struct ClosedCycle {
    /// The period's key.
    pub period: String,
    /// What was asked.
    pub instrument: Instrument,
    /// Whether its scorecard publishes side figures.
    pub sides_shown: bool,
    /// Whether its scorecard shows the mean of the indicators in the place of the overall score.
    pub overall_is_mean: bool,
    /// The responses.
    pub responses: Vec<Response>,
    /// What is left of responses that nobody could be linked to, and that were reduced to sums.
    pub sums: Vec<SideSums>,
}

impl ClosedCycle {
    /// As the drift test takes it. That a cycle started afresh is carried by the basis.
    pub fn answers(&self) -> CycleAnswers<'_> {
        CycleAnswers {
            period: &self.period,
            instrument: &self.instrument,
            rebaseline: false,
            sides_shown: self.sides_shown,
            overall_is_mean: self.overall_is_mean,
            responses: self.responses.iter().map(Response::given).collect(),
            sums: &self.sums,
        }
    }
}

impl Response {
    fn given(&self) -> drift::Response<'_> {
        drift::Response { side: self.side_id, person: self.who, answers: &self.answers }
    }
}

/// How many of the last closed cycles the drift test has to read before the next close.
pub fn looks_back(basis: &Basis, next: &Instrument) -> u32 {
    // Scorecards from before there was a test carry nothing: then the whole history is read, once.
    let carries_nothing = basis.drift.closed == 0 && *basis != Basis::default();
    if carries_nothing { u32::MAX } else { basis.drift.reach(next) }
}

/// The drift test as the close before left it. `loaded` are the last closed cycles, oldest first, as many as
/// [`looks_back`] says.
///
/// # Errors
/// When they are too few.
pub fn resume(
    sides: &[SideId],
    basis: &Basis,
    next: &Instrument,
    loaded: &[ClosedCycle],
) -> Result<Tracker, NotLoaded> {
    let loaded: Vec<CycleAnswers<'_>> = loaded.iter().map(ClosedCycle::answers).collect();
    if basis.drift.closed > 0 {
        return Tracker::resume(sides, basis.drift.clone(), next, &loaded);
    }
    let mut tracker = Tracker::new(sides);
    for cycle in &loaded {
        tracker.close(cycle);
    }
    Ok(tracker)
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

/// What is answered in a cycle that is about to close, as the drift test takes it; what it publishes is not known yet.
pub fn given<'a>(instrument: &'a Instrument, period: &'a str, responses: &'a [Response]) -> CycleAnswers<'a> {
    let responses = responses.iter().map(Response::given).collect();
    CycleAnswers {
        period,
        instrument,
        rebaseline: false,
        sides_shown: false,
        overall_is_mean: false,
        responses,
        sums: &[],
    }
}

/// Scores, tests, publishes and flags one cycle. `basis` and `open` are what the close before of the same partnership and
/// instrument left, `tracker` the drift test as it left it ([`resume`]); new episodes of flags get identifiers of the
/// closing instant.
pub fn close(cycle: &Closing<'_>, basis: &Basis, open: &[OpenFlag], tracker: &mut Tracker) -> Closed {
    let Closing { instrument, mode, floor_k, meta, .. } = *cycle;
    let figures = scoring::score_cycle(instrument, &inputs(cycle), &basis.ratings);
    let mut card = publication::publish(&figures, instrument, mode, floor_k, meta);
    // People answer otherwise where others see other things: what they said before is no measure any more.
    card.rebaseline = cycle.rebaseline || basis.mode.is_some_and(|before| before != mode);
    let answers = given(instrument, &meta.period, cycle.responses);
    let found = tracker.close(&CycleAnswers {
        rebaseline: card.rebaseline,
        sides_shown: card.sides_shown,
        overall_is_mean: card.overall_is_mean,
        ..answers
    });
    for (subject, tested) in &found {
        let Some(cell) = card.cell_mut(subject) else { continue };
        // The overall score of a single question would test the same answers by another prior: two verdicts on one answer
        // tell more of it than one.
        let twice = mode.has_floor() && instrument.indicators.len() == 1 && *subject == Subject::Overall;
        let shown = (!twice).then(|| tested.publish(mode, cycle.sides.len(), &instrument.thresholds));
        cell.drift = shown.flatten();
        let withheld = cell.drift.as_ref().is_none_or(Drift::withholds);
        cell.suppressed |= withheld && cell.status != Status::NoData;
    }
    card.flags = flags::settle(open, flags::update(open, &card), || FlagId::mint(meta.closed_at));
    card.unseen = Some(basis.unseen_on(&card));
    let exact = (mode == Mode::Representative).then(|| exact(cycle, &figures, &card, &found));
    Closed { basis: Basis { drift: tracker.carried().clone(), ..basis.after(&card) }, card, exact }
}

/// The scorecard without rounding.
fn exact(
    cycle: &Closing<'_>,
    figures: &CycleFigures,
    card: &Scorecard,
    found: &[(Subject, Tested)],
) -> Scorecard {
    let mut exact = publication::publish(figures, cycle.instrument, Mode::Named, cycle.floor_k, cycle.meta);
    for (subject, tested) in found {
        if let Some(cell) = exact.cell_mut(subject) {
            cell.drift = Some(tested.exact());
        }
    }
    let (flags, unseen) = (card.flags.clone(), card.unseen.clone());
    Scorecard { mode: card.mode, rebaseline: card.rebaseline, flags, unseen, ..exact }
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
        closed_by(&quarterly(), 1, mode, points, before)
    }

    /// `people` of each side answer alike.
    fn closed_by(
        instrument: &Instrument,
        people: usize,
        mode: Mode,
        points: [[u8; 5]; 2],
        before: Option<&Closed>,
    ) -> Closed {
        let sides: Vec<SideAsked> = ["A", "B"]
            .iter()
            .enumerate()
            .map(|(n, name)| SideAsked { side: side_id(n), name: (*name).to_owned(), invited: 1 })
            .collect();
        let responses: Vec<Response> = points
            .into_iter()
            .enumerate()
            .flat_map(|own| std::iter::repeat_n(own, people))
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
            instrument,
            sides: &sides,
            responses: &responses,
            mode,
            floor_k: mode.default_floor(),
            rebaseline: false,
            meta: &meta,
        };
        let open = before.map(Closed::open_flags).unwrap_or_default();
        let basis = before.map(|own| own.basis.clone()).unwrap_or_default();
        let ids: Vec<_> = sides.iter().map(|own| own.side).collect();
        // Nobody is linked here, so what the segments hold does not matter.
        let past = ClosedCycle {
            period: "2026-Q3".to_owned(),
            instrument: instrument.clone(),
            sides_shown: true,
            overall_is_mean: false,
            responses: Vec::new(),
            sums: Vec::new(),
        };
        let loaded = vec![past; basis.drift.closed as usize];
        close(&closing, &basis, &open, &mut resume(&ids, &basis, instrument, &loaded).unwrap())
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

    #[test]
    fn a_single_question_is_not_tested_twice_where_answers_are_confidential() {
        let mut one = quarterly();
        one.indicators.truncate(1);
        let shows = |instrument: &Instrument, mode| {
            let card = closed_by(instrument, 3, mode, [[4; 5]; 2], None).card;
            (card.overall.drift.is_some(), card.indicators[0].cell.drift.is_some())
        };
        assert_eq!(shows(&one, Mode::Confidential), (false, true));
        assert_eq!(shows(&one, Mode::Representative), (true, true));
        assert_eq!(shows(&quarterly(), Mode::Confidential), (true, true));
    }
}
