//! The data through the program's own doors: members and history imported, a thirteenth cycle opened for everybody, the links
//! taken from the mails that the program sent, a session and a token as people and programs get them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::data::{CROWD, Files, OFFICE, PARTNERSHIPS, PEOPLE, response};
use crate::http::{Wire, request};
use crate::load::{self, Load};
use crate::server::{Program, Server, Setting};
use crate::stage::Stage;

/// Everything that is ready before anything is measured.
pub struct House {
    /// The program.
    pub program: Program,
    /// Its size.
    pub files: Files,
    /// Where the invented files lie, and where everything else may be put.
    pub folder: PathBuf,
    /// People and cadences, no history.
    pub people: Stage,
    /// Twelve quarters of history, no cycle open.
    pub history: Stage,
    /// The same with a thirteenth cycle open, unanswered.
    pub open: Stage,
    /// The same, everybody has answered.
    pub answered: Stage,
    /// What is sent through the links of `open`, each once.
    pub submissions: Vec<Vec<u8>>,
    /// More people, and a cycle open for all of them, unanswered.
    pub crowd: Stage,
    /// What is sent through the links of `crowd`, each once.
    pub many_submissions: Vec<Vec<u8>>,
    /// The partnerships.
    pub ids: Vec<String>,
    /// The header of programs.
    pub bearer: String,
    /// The header of the office's browser.
    pub cookie: String,
    /// Bytes of a survey mail.
    pub mail_size: usize,
}

impl House {
    /// Builds it in a folder.
    pub async fn build(
        program: Program,
        folder: &Path,
        partnerships: usize,
        postgres: Option<&str>,
    ) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (folder, files) = (folder.canonicalize()?, Files { partnerships });
        files.write(&folder)?;
        let path = |name: &str| folder.join(name);
        // Databases of one server need names of their own.
        let named = |name: &str| format!("{name}-{partnerships}");
        let people = Stage::empty(path(&named("people")), postgres)?;
        let history = |people: &Stage, members: &str, name: &str| -> Result<Stage> {
            program.run(people, &["import", "partnerships", &path(members).display().to_string()])?;
            let stage = people.copy(&named(name))?;
            program.run(&stage, &["import", "history", &path("history.json").display().to_string()])?;
            Ok(stage)
        };
        let past = history(&people, "partnerships.csv", "history")?;
        let bearer = bearer(&program, &past)?;
        let link = program.run(&past, &["admin", "create", OFFICE])?;

        let open = past.copy(&named("open"))?;
        let opening = Opening { program: &program, stage: &open, bearer: &bearer, files: &files };
        let (mut server, links) = opening.open(&path("mails"), (partnerships, PEOPLE)).await?;
        let cookie = sign_in(&server, link.rsplit('/').next().unwrap_or_default()).await?;
        let ids = partnerships_of(&server, &bearer).await?;
        server.end()?;
        let submissions = submissions(&links.secrets);

        let answered = open.copy(&named("answered"))?;
        server = program.serve(&answered, &Setting::files(&path("mails"))).await?;
        submit_all(&server, submissions.clone()).await?;
        server.end()?;

        let empty = Stage::empty(path(&named("crowd-people")), postgres)?;
        let crowd = history(&empty, "crowd.csv", "crowd")?;
        empty.remove()?;
        let own = self::bearer(&program, &crowd)?;
        let opening = Opening { program: &program, stage: &crowd, bearer: &own, files: &files };
        let (server, many) =
            opening.open(&path("crowd-mails"), (partnerships.min(PARTNERSHIPS), CROWD)).await?;
        server.end()?;
        Ok(Self {
            program,
            files,
            folder,
            people,
            history: past,
            open,
            answered,
            submissions,
            crowd,
            many_submissions: self::submissions(&many.secrets),
            ids,
            bearer,
            cookie,
            mail_size: links.size,
        })
    }

    /// Removes its stages; databases on a server would stay otherwise.
    pub fn remove(self) -> Result<()> {
        [self.people, self.history, self.open, self.answered, self.crowd]
            .into_iter()
            .try_for_each(Stage::remove)
    }

    /// A reading request of a program.
    pub fn get(&self, path: &str) -> Vec<u8> {
        request("GET", path, &self.bearer, None)
    }

    /// The same by a program that takes a packed body, as most clients do.
    pub fn get_packed(&self, path: &str) -> Vec<u8> {
        request("GET", path, &format!("{}Accept-Encoding: gzip\r\n", self.bearer), None)
    }

    /// A server on a copy of a stage whose mails become files.
    pub async fn serve(&self, stage: &Stage) -> Result<(Server, Stage)> {
        let copy = stage.copy(&format!("run-{}", self.files.partnerships))?;
        let mails = copy.folder.join("mails");
        std::fs::create_dir_all(&mails)?;
        Ok((self.program.serve(&copy, &Setting::files(&mails)).await?, copy))
    }
}

fn bearer(program: &Program, stage: &Stage) -> Result<String> {
    let token = program.run(stage, &["token", "create", "--name", "bench", "--scope", "all"])?;
    Ok(format!("Authorization: Bearer {token}\r\n"))
}

/// A cycle to be opened for everybody on a stage.
struct Opening<'a> {
    program: &'a Program,
    stage: &'a Stage,
    bearer: &'a str,
    files: &'a Files,
}

impl Opening<'_> {
    /// Opens it in so many partnerships and waits for the mails of so many people each; gives the server and the links.
    async fn open(&self, mails: &Path, (asked, people): (usize, usize)) -> Result<(Server, Links)> {
        std::fs::create_dir_all(mails)?;
        let server = self.program.serve(self.stage, &Setting::files(mails)).await?;
        let ids = partnerships_of(&server, self.bearer).await?;
        ensure!(ids.len() == self.files.partnerships, "{} partnerships are there", ids.len());
        // The first ones are those with a crowd.
        open_cycles(&server, self.bearer, &ids[..asked], "the thirteenth").await?;
        let links = links(mails, asked * people).await?;
        settle(self.stage).await?;
        std::fs::remove_dir_all(mails)?;
        std::fs::create_dir_all(mails)?;
        Ok((server, links))
    }
}

/// What the mails of an opened cycle hold.
struct Links {
    /// The secrets of the links, in the order of their names.
    secrets: Vec<String>,
    /// Bytes of a mail, in the mean.
    size: usize,
}

/// Opens the page behind a sign-in link and presses its button; gives the cookie's header.
async fn sign_in(server: &Server, secret: &str) -> Result<String> {
    let mut wire = Wire::new(server.address);
    let page = wire.fetch(&request("GET", &format!("/login/{secret}"), "", None)).await?;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let hidden = |name: &str| -> Result<String> {
        let tag = html.split('<').find(|tag| tag.contains(&format!("name=\"{name}\"")));
        let value = tag.and_then(|tag| tag.split("value=\"").nth(1)).and_then(|rest| rest.split('"').next());
        Ok(value.with_context(|| format!("no field {name} behind the sign-in link"))?.to_owned())
    };
    let form = format!("csrf={}&token={}", hidden("csrf")?, hidden("token")?);
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let entered = wire.fetch(&request("POST", "/login/confirm", headers, Some(form.as_bytes()))).await?;
    let set = entered.header("set-cookie").with_context(|| format!("not signed in: {}", entered.head))?;
    Ok(format!("Cookie: {}\r\n", set.split(';').next().unwrap_or_default()))
}

/// The partnerships in the order of their names.
async fn partnerships_of(server: &Server, bearer: &str) -> Result<Vec<String>> {
    let (mut wire, mut named) = (Wire::new(server.address), Vec::new());
    let mut path = "/api/v1/partnerships?limit=200".to_owned();
    loop {
        let page = wire.fetch(&request("GET", &path, bearer, None)).await?.json()?;
        let text = |own: &Value, key: &str| own[key].as_str().unwrap_or_default().to_owned();
        named.extend(items(&page)?.iter().map(|own| (text(own, "name"), text(own, "id"))));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    named.sort_unstable();
    Ok(named.into_iter().map(|own| own.1).collect())
}

/// Opens a cycle beside the schedule for each of these partnerships, for nine days.
pub async fn open_cycles(server: &Server, bearer: &str, ids: &[String], period: &str) -> Result<()> {
    let headers = format!("{bearer}Content-Type: application/json\r\n");
    let closes = closes_at();
    let body = serde_json::json!({
        "instrument": "quarterly-health-review", "period": period, "closes_at": closes,
    });
    let body = body.to_string();
    let open = |id: &String| {
        request("POST", &format!("/api/v1/partnerships/{id}/cycles"), &headers, Some(body.as_bytes()))
    };
    let requests = Arc::new(ids.iter().map(open).collect());
    let time = Duration::from_mins(10);
    let load = Load { requests, connections: 8, time, once: true, status: 201 };
    load::run(&load, &[server.address], &[]).await.map(drop)
}

#[expect(clippy::disallowed_methods, reason = "the measured program's clock is the real one")]
fn closes_at() -> String {
    (chrono::Utc::now() + chrono::TimeDelta::days(9)).format("%FT%TZ").to_string()
}

/// Waits for so many survey mails.
async fn links(mails: &Path, count: usize) -> Result<Links> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(15) {
        // The files are read when there are enough of them: looking must not take the time of writing.
        tokio::time::sleep(Duration::from_millis(200)).await;
        if std::fs::read_dir(mails)?.count() < count {
            continue;
        }
        let (mut links, mut bytes) = (Vec::with_capacity(count), 0);
        for entry in std::fs::read_dir(mails)? {
            let path = entry?.path();
            if path.extension().is_none_or(|own| own != "eml") {
                continue;
            }
            let text = std::fs::read_to_string(path)?;
            // The plain part has each link on a line of its own, short enough to stand unbroken.
            let own =
                text.lines().filter(|line| line.starts_with("http")).find_map(|line| line.split_once("/s/"));
            if let Some((_, secret)) = own {
                links.push(secret.trim().to_owned());
                bytes += text.len();
            }
        }
        if links.len() >= count {
            links.sort_unstable();
            return Ok(Links { secrets: links, size: bytes / count });
        }
    }
    bail!("the mails with the links have not come")
}

fn submissions(links: &[String]) -> Vec<Vec<u8>> {
    let submit = |(number, link): (usize, &String)| {
        let body = response(number);
        request(
            "PUT",
            &format!("/api/v1/responses/{link}"),
            "Content-Type: application/json\r\n",
            Some(body.as_bytes()),
        )
    };
    links.iter().enumerate().map(submit).collect()
}

async fn submit_all(server: &Server, requests: Vec<Vec<u8>>) -> Result<()> {
    let time = Duration::from_mins(10);
    let load = Load { requests: Arc::new(requests), connections: 32, time, once: true, status: 200 };
    load::run(&load, &[server.address], &[]).await.map(drop)
}

/// Waits until no letter is on its way.
pub async fn settle(stage: &Stage) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(10) {
        if stage.count("SELECT count(*) FROM letter WHERE state <> 'sent'")? == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bail!("letters do not leave")
}

/// The items of a list that the interface answers.
pub fn items(page: &Value) -> Result<&Vec<Value>> {
    page["items"].as_array().context("a list has items")
}
