//! `evenkeel admin`

use chrono::TimeDelta;
use clap::Subcommand;

use super::{Failure, code};
use crate::clock::real_now;
use crate::domain::partnership::EmailAddress;
use crate::settings::Settings;
use crate::store::people::{self, PersonDraft};
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
    /// Let mails leave again after the service paused sending: after a restore, or when a clock was set back.
    ResumeSending,
}

/// How long the printed link is good, in hours.
const HOURS: i64 = 1;

pub(super) async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create { email, name } => create(settings, &email, name).await,
        Command::ResumeSending => resume(settings).await,
    }
}

/// Looks first, so that a server which starts afterwards finds nothing new to pause for.
async fn resume(settings: Settings) -> Result<(), Failure> {
    let ctx = super::open(settings).await?;
    fork_guard::look(&ctx, None, real_now()).await?;
    match sending::resume(&ctx, "command line", real_now()).await? {
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
) -> Result<crate::domain::ids::PersonId, Failure> {
    let key = email.key();
    let Some(known) = ctx.store.read(move |conn| people::find_by_email(conn, &key)).await? else {
        let before_at = email.as_str().split('@').next().unwrap_or_default().to_owned();
        let input = set_up::PersonInput {
            email: email.as_str().to_owned(),
            name: name.unwrap_or(before_at),
            zone: ctx.settings.instance.zone.clone(),
            administrator: true,
        };
        return Ok(set_up::create_person(ctx, "command line", &input, real_now()).await?);
    };
    let draft = PersonDraft { email: known.email, name: known.name, zone: known.zone, administrator: true };
    ctx.store
        .write_tx(move |conn| -> Result<(), crate::store::StoreError> {
            people::update(conn, known.id, &draft)?;
            let object = known.id.to_string();
            crate::store::meta::audit(conn, "command line", "administrator named", &object, real_now())
        })
        .await?;
    Ok(known.id)
}
