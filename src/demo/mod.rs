//! The demo: a throw-away service with a portfolio that has a past, captured mail, and a clock that can jump.
//!
//! The past is made by the product's own verbs: cycles open, people answer, cycles close. Nothing is written that the real
//! service would not write.

mod fill;
mod people;
mod reviews;
mod stories;

pub use people::DemoPeople;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};

use crate::app;
use crate::clock::{Clock, real_now};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::PersonId;
use crate::mail::transport::{Memory, Transport};
use crate::settings::{Log, Settings};
use crate::web::{DemoDoors, Step};
use crate::workflow::tokens::{self, Giver, TokenInput};
use crate::workflow::{Context, sign_in};

/// Options of `evenkeel demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Keep the data there, or go on with what is there.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another seed gives other answers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one line of JSON once ready, for scripts.
    #[arg(long)]
    quiet: bool,
}

/// Links to print, all of which open without a password.
struct Doors {
    leader: String,
    managers: Vec<String>,
    respondents: Vec<String>,
    api_token: String,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// When the port or the folder cannot be used, or a part of the service failed.
pub async fn run(options: Options) -> anyhow::Result<()> {
    crate::telemetry::start(&Log { level: "warn".to_owned(), ..Settings::defaults().log })
        .map_err(anyhow::Error::msg)?;
    let listener = TcpListener::bind(("127.0.0.1", options.port))
        .with_context(|| format!("cannot listen on port {}; choose another one with --port", options.port))?;
    let port = listener.local_addr()?.port();
    let folder = Folder::choose(options.data.clone());
    let settings = settings(&folder.path, port);
    let lock = app::lock(&settings)?;
    if !options.quiet {
        eprintln!("Filling a portfolio with eight quarters…");
    }
    let ctx = app::open(settings).await?;
    let mailbox = Memory::default();
    let clock = Clock::shifted_to(fill::present());
    let people = Arc::new(DemoPeople::new(options.seed));
    let doors = DemoDoors { mailbox: mailbox.clone(), people: people.clone(), steps: Arc::default() };
    let state = app::assemble(ctx.clone(), clock.clone(), Transport::Memory(mailbox), Some(doors));
    let filled = fill::fill(&state, &people).await.map_err(anyhow::Error::new)?;
    let links = doors_of(&ctx, &filled, clock.now()).await?;
    if let Some(doors) = &state.demo {
        // Nobody can have set them: the doors are not open yet.
        drop(doors.steps.set(steps(&links)));
    }
    let running = app::start(state, listener).await?;
    tell(&options, &running.state.ctx, &links);
    let ended = running.until_stopped().await;
    drop(lock);
    folder.clear();
    ended
}

/// The data directory; a throw-away one is removed at the end.
struct Folder {
    path: PathBuf,
    throw_away: bool,
}

impl Folder {
    fn choose(given: Option<PathBuf>) -> Self {
        if let Some(path) = given {
            return Self { path, throw_away: false };
        }
        let name = format!("evenkeel-demo-{}", &crate::secrets::random_token()[..12]);
        Self { path: std::env::temp_dir().join(name), throw_away: true }
    }

    fn clear(&self) {
        if self.throw_away
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, folder = %self.path.display(), "the demo's folder was not removed");
        }
    }
}

fn settings(folder: &std::path::Path, port: u16) -> Settings {
    let mut settings = Settings::defaults();
    folder.clone_into(&mut settings.data_dir);
    settings.http.bind = format!("127.0.0.1:{port}");
    settings.http.public_url = format!("http://127.0.0.1:{port}");
    "the Evenkeel demo".clone_into(&mut settings.instance.operator);
    "health@evenkeel.example".clone_into(&mut settings.mail.from);
    settings.mail.per_minute = 60_000;
    settings.schedule.tick_seconds = 5;
    settings
}

async fn doors_of(ctx: &Context, filled: &fill::Filled, now: DateTime<Utc>) -> anyhow::Result<Doors> {
    let mut managers = Vec::new();
    for manager in &filled.managers {
        managers.push(login(ctx, *manager).await?);
    }
    let person = filled.respondent;
    let open = ctx.store.read(move |conn| crate::store::invitations::open_of(conn, person, now)).await?;
    let respondents = open
        .iter()
        .filter_map(|(invitation, _)| invitation.salt.as_deref())
        .map(|salt| ctx.settings.link(&format!("/s/{}", ctx.key.survey_token(salt))))
        .collect();
    let input = TokenInput {
        name: "the demo's token".to_owned(),
        scopes: Scope::all_but_voices(),
        binding: Binding::Instance,
        days: Some(7),
    };
    let giver = Giver { actor: "demo".to_owned(), token: None };
    let (_, api_token) = tokens::create(ctx, giver, input, now, real_now()).await?;
    Ok(Doors { api_token, leader: login(ctx, filled.leader).await?, managers, respondents })
}

/// What a newcomer might do first, in this order.
fn steps(doors: &Doors) -> Vec<Step> {
    let step = |title: &str, text: &str, href: &str| Step {
        title: title.to_owned(),
        text: text.to_owned(),
        href: href.to_owned(),
    };
    let mut all = vec![step(
        "Find who needs you",
        "Who needs you stands first. A cell in colour leads to its flag and the reason.",
        "/?need=act",
    )];
    all.extend(doors.respondents.first().map(|link| {
        let text = "Five questions behind one link, without an account. Each choice is saved at once.";
        step("Answer as somebody who was asked", text, link)
    }));
    all.push(step(
        "Jump to the close",
        "Press “Jump to the close”: reminders leave, people answer, and all sides learn the result at once.",
        "/dev/clock",
    ));
    all.push(step("Read the mails", "Every letter that would have left, as text and as HTML.", "/dev/mail"));
    for (place, link) in doors.managers.iter().take(2).enumerate() {
        let (title, text) = match place {
            0 => (
                "Hold the review as a manager",
                "Open a partnership and its review: note, action or acceptance for each flag, then confirm.",
            ),
            _ => (
                "Look from the other side",
                "The partner’s manager sees the same, and confirms for their side.",
            ),
        };
        all.push(step(title, text, link));
    }
    all.push(step(
        "Come back as leadership",
        "The portfolio over all partnerships, and the set-up.",
        &doors.leader,
    ));
    all
}

async fn login(ctx: &Context, person: PersonId) -> anyhow::Result<String> {
    let token = sign_in::one_time_token(ctx, person, TimeDelta::days(7), real_now()).await?;
    Ok(ctx.settings.link(&format!("/login/{token}")))
}

fn tell(options: &Options, ctx: &Context, doors: &Doors) {
    let (mailbox, clock) = (ctx.settings.link("/dev/mail"), ctx.settings.link("/dev/clock"));
    let docs = ctx.settings.link("/docs/");
    if options.quiet {
        let line = serde_json::json!({
            "base_url": ctx.settings.http.public_url,
            "leader_login": doors.leader,
            "manager_logins": doors.managers,
            "respondent_links": doors.respondents,
            "mailbox": mailbox,
            "clock": clock,
            "api_docs": docs,
            "api_token": doors.api_token,
        });
        println!("{line}");
        return;
    }
    println!("Evenkeel is ready. Everything here is invented, and gone when you stop it.\n");
    println!("  Dashboard, as leadership     {}", doors.leader);
    for (side, link) in ["one side's manager  ", "the other's manager "].iter().zip(&doors.managers) {
        println!("  As {side}      {link}");
    }
    for link in &doors.respondents {
        println!("  Answer, as a respondent      {link}");
    }
    println!("  Every mail                   {mailbox}");
    println!("  Time machine                 {clock}");
    println!("  REST interface               {docs}");
    println!("  Token for it                 {}\n\nStop with Ctrl-C.", doors.api_token);
}
