//! `evenkeel schedule`

use clap::Subcommand;

use super::Failure;
use crate::clock::real_now;
use crate::settings::Settings;
use crate::store::{StoreError, cadences, partnerships};
use crate::workflow::in_zone;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show which cycles open next.
    Next {
        /// How many.
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=1000))]
        count: u16,
    },
}

pub(super) async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    let Command::Next { count } = command;
    let ctx = super::open(settings).await?;
    let (all, named) = ctx
        .store
        .read(|conn| -> Result<_, StoreError> {
            let all = cadences::all_active(conn)?;
            let ids: Vec<_> = all.iter().map(|c| c.partnership_id).collect();
            Ok((all, partnerships::find_many(conn, &ids)?))
        })
        .await?;
    let now = real_now();
    let mut coming = Vec::new();
    for cadence in &all {
        let Some(partnership) = named.iter().find(|p| p.id == cadence.partnership_id) else { continue };
        if !partnership.state.opens_cycles() {
            continue;
        }
        let zone = partnership.zone.parse().unwrap_or(chrono_tz::Tz::UTC);
        for window in cadence.rule.upcoming(zone, now, usize::from(count)) {
            coming.push((window, zone, partnership.name.as_str()));
        }
    }
    coming.sort_by(|a, b| a.0.opens.cmp(&b.0.opens).then(a.2.cmp(b.2)));
    if coming.is_empty() {
        println!("No cycle is scheduled: no active partnership has a cadence.");
    }
    for (window, zone, name) in coming.iter().take(usize::from(count)) {
        let (opens, closes) = (in_zone(window.opens, *zone, now), in_zone(window.closes, *zone, now));
        println!("{:<10} opens {opens:<30} closes {closes:<30} {name}", window.period_key);
    }
    Ok(())
}
