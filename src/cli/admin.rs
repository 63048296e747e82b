//! `evenkeel admin`

use chrono::TimeDelta;
use clap::Subcommand;

use super::{Failure, code};
use crate::clock::real_now;
use crate::domain::ids::PersonId;
use crate::domain::partnership::EmailAddress;
use crate::settings::Settings;
use crate::store::people::{self, PersonDraft};
use crate::workflow::erase_person::{self, Erased};
use crate::workflow::{Context, fork_guard, sending, set_up, sign_in};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an administrator, or make somebody one, and print a link that signs them in once.
    Create {
        /// The address.
        email: String,
        /// The name; what stands before the @ when left out.
        #[arg(long)]
        name: Option<String>,
    },
    /// Erase a person: name and address go from everywhere, answers stay as values of somebody unknown. Cannot be undone.
    ErasePerson {
        /// The address, or the identifier that the interface gives.
        person: String,
        /// Really do it; without this, only what would be erased is told.
        #[arg(long)]
        yes: bool,
    },
    /// Let mails leave again after the service paused sending: after a restore, or when a clock was set back.
    ResumeSending,
}

/// Who acts, in the audit log.
const ACTOR: &str = "command line";
/// How long the printed link is good, in hours.
const HOURS: i64 = 1;

pub(super) async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create { email, name } => create(settings, &email, name).await,
        Command::ErasePerson { person, yes } => erase(settings, &person, yes).await,
        Command::ResumeSending => resume(settings).await,
    }
}

/// Looks first, so that a server which starts afterwards finds nothing new to pause for.
async fn resume(settings: Settings) -> Result<(), Failure> {
    let ctx = super::open(settings).await?;
    fork_guard::look(&ctx, None, real_now()).await?;
    match sending::resume(&ctx, ACTOR, real_now()).await? {
        Some(pause) => {
            println!(
                "Sending goes on. It was paused since {}: {}.",
                pause.since.format("%Y-%m-%d %H:%M UTC"),
                pause.reason
            );
            println!("What is past its time expires; the rest leaves with the next tick of the service.");
        }
        None => println!("Sending is not paused."),
    }
    Ok(())
}

/// The files of the database are written anew at once, so that the command has not ended before nothing is left.
async fn erase(settings: Settings, who: &str, yes: bool) -> Result<(), Failure> {
    let ctx = super::open(settings).await?;
    let key = who.trim().to_lowercase();
    let found = ctx
        .store
        .read(move |conn| match key.parse::<PersonId>() {
            Ok(id) => people::known(conn, id),
            Err(_) => people::find_by_email(conn, &key),
        })
        .await?
        .ok_or_else(|| Failure::new(code::DATA, format!("There is no person \"{who}\".")))?;
    if !yes {
        println!(
            "{} ({}) would be erased. This cannot be undone; repeat it with --yes.",
            found.name, found.email
        );
        return Ok(());
    }
    let erased = erase_person::erase_person(&ctx, ACTOR, found.id, None, real_now()).await?;
    match erased {
        Erased::Removed => println!("Removed: nothing knew this person."),
        Erased::Unknown(left) if left.is_empty() => println!("Erased."),
        Erased::Unknown(left) => {
            println!("Erased. {} of their sides had no other active manager; see /admin.", left.len());
        }
    }
    let look = erase_person::compact(&ctx).await?;
    if look.done == 0 {
        println!(
            "The files of the database could not be written anew yet; a running service does it with its next tick."
        );
    }
    Ok(())
}

async fn create(settings: Settings, email: &str, name: Option<String>) -> Result<(), Failure> {
    let email = EmailAddress::parse(email).map_err(|e| Failure::new(code::USAGE, e.to_string()))?;
    let ctx = super::open(settings).await?;
    let person = administrator(&ctx, &email, name).await?;
    let token = sign_in::one_time_token(&ctx, person, TimeDelta::hours(HOURS), real_now()).await?;
    println!("{} is an administrator. This link signs in once, within the hour:", email.as_str());
    println!("{}", ctx.settings.link(&format!("/login/{token}")));
    Ok(())
}

async fn administrator(
    ctx: &Context,
    email: &EmailAddress,
    name: Option<String>,
) -> Result<PersonId, Failure> {
    let key = email.key();
    let Some(known) = ctx.store.read(move |conn| people::find_by_email(conn, &key)).await? else {
        let before_at = email.as_str().split('@').next().unwrap_or_default().to_owned();
        let input = set_up::PersonInput {
            email: email.as_str().to_owned(),
            name: name.unwrap_or(before_at),
            zone: ctx.settings.instance.zone.clone(),
            administrator: true,
        };
        return Ok(set_up::create_person(ctx, ACTOR, &input, real_now()).await?);
    };
    let draft = PersonDraft { email: known.email, name: known.name, zone: known.zone, administrator: true };
    ctx.store
        .write_tx(move |conn| -> Result<(), crate::store::StoreError> {
            people::update(conn, known.id, &draft)?;
            let object = known.id.to_string();
            crate::store::meta::audit(conn, ACTOR, "administrator named", &object, real_now())
        })
        .await?;
    Ok(known.id)
}
