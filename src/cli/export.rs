//! `evenkeel export`: everything that is stored, for the one who runs the server. Printed partnership by partnership.

mod responses;

use std::io::{BufWriter, Write};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::{Failure, code};
use crate::domain::ids::PartnershipId;
use crate::settings::Settings;
use crate::store::partnerships::{self, Partnership};
use crate::store::{Conn, StoreError, scorecards};
use crate::web::api::card::Scorecard;
use crate::web::api::exports::ExportedPartnership;
use crate::web::api::flat;
use crate::workflow::Context;

/// Partnerships of one read.
const AT_ONCE: i64 = 20;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Every scorecard: unrounded and complete in named and representative mode, as published in the others.
    Scorecards(Wanted),
    /// Answers with names, of closed cycles in named mode only: as a history document, which `import history` takes.
    Responses(Wanted),
}

#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The kind of file.
    #[arg(long)]
    format: Format,
    /// Of this partnership only, by identifier or name.
    #[arg(long, value_name = "ID|NAME")]
    partnership: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

pub(super) async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    let ctx = super::open(settings).await?;
    match command {
        Command::Scorecards(wanted) => {
            let csv = |own: &ExportedPartnership| {
                flat::csv(own.scorecards.iter().flat_map(|card| flat::rows(&own.partnership, card)))
            };
            print(&ctx, &wanted, flat::header(), |conn, own| Ok(vec![cards(conn, own)?]), csv).await
        }
        Command::Responses(wanted) => {
            print(&ctx, &wanted, responses::header(), responses::of, responses::rows).await
        }
    }
}

fn cards(conn: &mut Conn, partnership: &Partnership) -> Result<ExportedPartnership, StoreError> {
    let all = scorecards::all_exact(conn, partnership.id)?;
    Ok(ExportedPartnership {
        partnership: partnership.name.clone(),
        scorecards: all.into_iter().map(Scorecard::frozen).collect(),
    })
}

/// Prints what `of` gives for each partnership: a JSON object with `partnerships`, or rows under a header.
async fn print<T: Serialize + Send + 'static>(
    ctx: &Context,
    wanted: &Wanted,
    header: Vec<String>,
    of: fn(&mut Conn, &Partnership) -> Result<Vec<T>, StoreError>,
    rows: impl Fn(&T) -> Vec<u8>,
) -> Result<(), Failure> {
    let only = match &wanted.partnership {
        Some(text) => Some(find(ctx, text).await?),
        None => None,
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let json = wanted.format == Format::Json;
    out.write_all(&if json { b"{\"partnerships\": [".to_vec() } else { flat::csv([header]) })
        .map_err(|error| gone(&error))?;
    let (mut after, mut first) = (None, true);
    loop {
        let read = move |conn: &mut Conn| {
            let page = match only {
                Some(id) => partnerships::find(conn, id)?.into_iter().collect(),
                None => partnerships::after(conn, after, AT_ONCE)?,
            };
            let last = page.last().map(|own| own.id);
            let mut all = Vec::new();
            for own in &page {
                all.extend(of(conn, own)?);
            }
            Ok::<_, StoreError>((all, last))
        };
        let (all, last) = ctx.store.read(read).await?;
        for own in &all {
            if json {
                out.write_all(if first { b"\n" } else { b",\n" }).map_err(|error| gone(&error))?;
                serde_json::to_writer(&mut out, own).map_err(|error| gone(&error))?;
            } else {
                out.write_all(&rows(own)).map_err(|error| gone(&error))?;
            }
            first = false;
        }
        after = last;
        if last.is_none() || only.is_some() {
            break;
        }
    }
    out.write_all(if json { b"\n]}\n" } else { b"" }).and_then(|()| out.flush()).map_err(|error| gone(&error))
}

/// Whoever reads has gone away, or the disk is full.
fn gone(error: &impl std::fmt::Display) -> Failure {
    Failure::new(code::CANNOT_CREATE, format!("the export could not be written: {error}"))
}

/// The partnership with this identifier or name.
pub(super) async fn find(ctx: &Context, text: &str) -> Result<PartnershipId, Failure> {
    let wanted = text.to_owned();
    let found = ctx
        .store
        .read(move |conn| {
            if let Ok(id) = wanted.parse::<PartnershipId>() {
                return Ok(partnerships::find(conn, id)?.into_iter().collect());
            }
            partnerships::called(conn, &wanted)
        })
        .await
        .map_err(|error: StoreError| Failure::from(error))?;
    match found.as_slice() {
        [own] => Ok(own.id),
        [] => Err(Failure::new(code::DATA, format!("there is no partnership \"{text}\""))),
        several => {
            let ids: Vec<String> = several.iter().map(|own| own.id.to_string()).collect();
            let sentence = format!(
                "several partnerships are called \"{text}\"; name one by its identifier: {}",
                ids.join(", ")
            );
            Err(Failure::new(code::DATA, sentence))
        }
    }
}
