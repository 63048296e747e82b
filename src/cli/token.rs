//! `evenkeel token`

use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use super::{Failure, code};
use crate::clock::real_now;
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::TokenId;
use crate::settings::Settings;
use crate::store::tokens::{self as store, ApiToken};
use crate::workflow::Context;
use crate::workflow::tokens::{self, Giver, TokenInput};

const ACTOR: &str = "command line";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token and print it, once.
    Create(Create),
    /// List the tokens: never their texts.
    List,
    /// Revoke a token at once, with every token that it made.
    Revoke {
        /// The identifier that `list` shows.
        id: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct Create {
    /// What it is for.
    #[arg(long)]
    name: String,
    /// What it may do, such as `scorecards:read`; several times or with commas. `all`: everything but
    /// answers and comments, which are named.
    #[arg(long = "scope", value_name = "SCOPE", required = true, num_args = 1.., value_delimiter = ',')]
    scopes: Vec<String>,
    #[command(flatten)]
    binding: Bound,
    /// Days it lives, 1 to 365; 90 when left out.
    #[arg(long = "expires", value_name = "DAYS", allow_negative_numbers = true)]
    days: Option<i64>,
}

#[derive(Args, Debug)]
#[group(multiple = false)]
struct Bound {
    /// Reach this partnership only, for no side.
    #[arg(long, value_name = "ID")]
    partnership: Option<String>,
    /// Reach the partnerships of this organisation only, and speak for its sides.
    #[arg(long, value_name = "ID")]
    organisation: Option<String>,
    /// Speak for this side only.
    #[arg(long, value_name = "ID")]
    side: Option<String>,
}

pub(super) async fn run(settings: Settings, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(create) => make(settings, create).await,
        Command::List => list(&super::open(settings).await?).await,
        Command::Revoke { id } => {
            let id: TokenId = usable(&id)?;
            let ctx = super::open(settings).await?;
            match tokens::revoke(&ctx, ACTOR, id, None, real_now()).await {
                Err(crate::workflow::Refusal::NotFound) => Err(Failure::new(
                    code::DATA,
                    format!("there is no token {id}; `evenkeel token list` shows them"),
                )),
                done => Ok(done?),
            }
        }
    }
}

async fn make(settings: Settings, create: Create) -> Result<(), Failure> {
    let input = TokenInput {
        name: create.name,
        scopes: scopes(&create.scopes)?,
        binding: create.binding.read()?,
        days: create.days,
    };
    let ctx = super::open(settings).await?;
    let giver = Giver { actor: ACTOR.to_owned(), token: None };
    let (_, text) = tokens::create(&ctx, giver, input, real_now(), real_now()).await?;
    println!("{text}");
    Ok(())
}

fn scopes(words: &[String]) -> Result<BTreeSet<Scope>, Failure> {
    if words.iter().any(|word| word == "all") {
        return Ok(Scope::all_but_voices());
    }
    words.iter().map(|word| usable(word)).collect()
}

fn usable<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: T::Err| Failure::new(code::USAGE, error.to_string()))
}

impl Bound {
    fn read(&self) -> Result<Binding, Failure> {
        Ok(match (&self.partnership, &self.organisation, &self.side) {
            (Some(id), ..) => Binding::Partnership(usable(id)?),
            (_, Some(id), _) => Binding::Organisation(usable(id)?),
            (.., Some(id)) => Binding::Side(usable(id)?),
            _ => Binding::Instance,
        })
    }
}

async fn list(ctx: &Context) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = ctx.store.read(move |conn| store::list(conn, Binding::Instance, after, 200)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for token in &page {
            println!("{}", line(token));
        }
    }
}

fn line(token: &ApiToken) -> String {
    let scopes: Vec<&str> = token.scopes().into_iter().map(Scope::as_str).collect();
    let bound = match token.binding().map(|binding| binding.stored()) {
        Some((word, Some(id))) => format!("{word} {id}"),
        Some((word, None)) => word.to_owned(),
        None => "nothing".to_owned(),
    };
    let state = match token.revoked_at {
        Some(at) => format!("revoked {}", at.format("%F")),
        None if !token.is_good(real_now()) => format!("ended {}", token.expires_at.format("%F")),
        None => format!("until {}", token.expires_at.format("%F")),
    };
    let used = token.last_used_at.map_or_else(|| "never".to_owned(), |t| t.format("%F %H:%MZ").to_string());
    format!("{}  {}  {state}  last used {used}  {bound}  {}", token.id, token.name, scopes.join(","))
}
