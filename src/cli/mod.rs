//! The command line: reads it, runs the command, and ends with an exit code that scripts can rely on (sysexits).

mod admin;
mod backup;
mod check;
mod export;
mod import;
mod lean;
mod migrate_data;
mod schedule;
mod serve;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::secrets::KeyError;
use crate::settings::{Settings, SettingsError};
use crate::store::{StoreError, Unusable};
use crate::workflow::{Context, Refusal};

/// Partnership health checks that run by themselves.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, about, max_term_width = 110)]
struct Arguments {
    /// Configuration file (TOML); environment variables `EVENKEEL__SECTION__KEY` go over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    Serve,
    /// Run a throw-away service with a portfolio, captured mail and a clock that can jump.
    Demo(crate::demo::Options),
    /// Bring the database up to date and stop.
    Migrate,
    /// Check configuration, database, key and mail relay.
    CheckConfig {
        /// Send a test mail there and show what the relay answers.
        #[arg(long, value_name = "ADDRESS")]
        send_test: Option<String>,
    },
    /// Administrators.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Schedules.
    #[command(subcommand)]
    Schedule(schedule::Command),
    /// Access for programs.
    #[command(subcommand)]
    Token(token::Command),
    /// Data from files.
    #[command(subcommand)]
    Import(import::Command),
    /// Data to standard output.
    #[command(subcommand)]
    Export(export::Command),
    /// Copy the SQLite database into one file, also while the service runs.
    Backup {
        /// Where to; the folder must be there.
        file: PathBuf,
        /// Overwrite the file.
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in the place of the database; the service must be stopped.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Look a backup through from end to end; changes nothing.
    Verify {
        /// The backup.
        file: PathBuf,
    },
    /// Move everything from a SQLite database to an empty PostgreSQL database, and compare.
    MigrateData {
        /// The SQLite database, such as `sqlite:///var/lib/evenkeel/evenkeel.db`; no server may run on it.
        #[arg(long, value_name = "URL")]
        from: String,
        /// The empty PostgreSQL database, such as `postgres://user:password@host/name`.
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Print the OpenAPI document of the REST interface.
    Openapi,
}

/// How long work in the background may take to end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Why a command ended without having done its work.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    sentence: String,
}

/// Exit codes of sysexits.h.
mod code {
    pub(super) const USAGE: u8 = 64;
    pub(super) const DATA: u8 = 65;
    pub(super) const NO_INPUT: u8 = 66;
    pub(super) const SOFTWARE: u8 = 70;
    pub(super) const CANNOT_CREATE: u8 = 73;
    pub(super) const TEMPORARY: u8 = 75;
    pub(super) const CONFIG: u8 = 78;
}

impl Failure {
    fn new(code: u8, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let code = if matches!(error, SettingsError::NoFile(_)) { code::NO_INPUT } else { code::CONFIG };
        Self::new(code, error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => error.into(),
            other => Self::new(code::DATA, other.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Busy(_) => code::TEMPORARY,
            StoreError::Full(_) => code::CANNOT_CREATE,
            StoreError::Unusable(why, _) => match why {
                Unusable::Unwritable => code::CANNOT_CREATE,
                Unusable::NoDatabase => code::DATA,
                Unusable::Newer | Unusable::Refused => code::CONFIG,
                Unusable::Unreachable | Unusable::Taken => code::TEMPORARY,
            },
            StoreError::Conflict(_) | StoreError::Broken(_) => code::SOFTWARE,
        };
        Self::new(code, error.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        if error.downcast_ref::<KeyError>().is_some() {
            return Self::new(code::CONFIG, error.to_string());
        }
        let error = match error.downcast::<StoreError>() {
            Ok(error) => return error.into(),
            Err(error) => error,
        };
        match error.downcast::<Refusal>() {
            Ok(refusal) => refusal.into(),
            Err(error) => Self::new(code::SOFTWARE, format!("{error:#}")),
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let failed = error.use_stderr();
            // Nothing more can be said when the terminal is gone.
            drop(error.print());
            return if failed { ExitCode::from(code::USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let serves = matches!(arguments.command, Command::Serve | Command::Demo(_));
    let as_it_was = if serves { lean::start_over() } else { None };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&Failure::new(code::SOFTWARE, format!("cannot start: {error}"))),
    };
    let ended = runtime.block_on(run(arguments, as_it_was));
    // A piece of work that hangs must not hold up the end.
    runtime.shutdown_timeout(FAREWELL);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &Failure) -> ExitCode {
    eprintln!("evenkeel: {}", failure.sentence);
    ExitCode::from(failure.code)
}

async fn run(arguments: Arguments, as_it_was: Option<std::io::Error>) -> Result<(), Failure> {
    if let Some(error) = &as_it_was {
        lean::go_on_without(error);
    }
    if let Command::Demo(options) = arguments.command {
        return Ok(crate::demo::run(options).await?);
    }
    if let Command::Openapi = arguments.command {
        return openapi();
    }
    let settings = Settings::load(arguments.config.as_deref())?;
    crate::telemetry::start(&settings.log).map_err(|e| Failure::new(code::CONFIG, e))?;
    match arguments.command {
        Command::Serve => serve::run(settings).await,
        Command::Migrate => migrate(settings).await,
        Command::CheckConfig { send_test } => check::run(settings, send_test).await,
        Command::Admin(command) => admin::run(settings, command).await,
        Command::Schedule(command) => schedule::run(settings, command).await,
        Command::Token(command) => token::run(settings, command).await,
        Command::Import(command) => import::run(settings, command).await,
        Command::Export(command) => export::run(settings, command).await,
        Command::MigrateData { from, to } => migrate_data::run(settings, from, to).await,
        Command::Backup { file, force } => backup::make(settings, file, force).await,
        Command::Restore { file } => backup::restore(settings, file).await,
        Command::Verify { file } => backup::verify(settings, file).await,
        Command::Demo(_) | Command::Openapi => unreachable!("handled above"),
    }
}

fn openapi() -> Result<(), Failure> {
    let document = crate::web::api::document::document();
    let text = document.to_pretty_json().map_err(|e| Failure::new(code::SOFTWARE, e.to_string()))?;
    println!("{text}");
    Ok(())
}

/// Opens database and key, migrating first.
async fn open(settings: Settings) -> Result<Context, Failure> {
    Ok(crate::app::open(settings).await?)
}

async fn migrate(settings: Settings) -> Result<(), Failure> {
    let location = settings.database_url();
    open(settings).await?;
    println!("The database is up to date ({}).", check::without_password(&location));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_cannot_go_on_ends_with_seventy() {
        let failure = Failure::from(anyhow::anyhow!("the clockwork failed with a panic"));
        assert_eq!((failure.code, failure.sentence.as_str()), (70, "the clockwork failed with a panic"));
    }
}
