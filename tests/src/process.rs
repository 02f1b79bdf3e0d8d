//! The shop as a process of its own, to be interrupted and killed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jangbogo_setup::Config;
use reqwest::redirect;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Actor;
use crate::servers::{Database, Engine};

/// How a process is started: with nothing of the environment but what is said here.
#[derive(Debug, Clone)]
pub struct ProcessSettings {
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    /// Removed with the last copy of the settings.
    database: Option<Arc<Database>>,
}

/// A running shop. Dropping it kills it.
#[derive(Debug)]
pub struct ShopProcess {
    running: Running,
    url: String,
    http: reqwest::Client,
}

/// A running process that serves nobody: `event-outbox` or `batch`. Dropping it kills it.
#[derive(Debug)]
pub struct Worker(Running);

/// A running process that ends by itself: `batch run`. Dropping it kills it.
#[derive(Debug)]
pub struct Runner(Running);

/// A child and all that it says.
#[derive(Debug)]
struct Running {
    child: Child,
    output: JoinHandle<String>,
}

/// What is left of a process that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// All that it said on standard output.
    pub output: String,
}

/// A start that takes longer has failed; on a busy machine it takes a second.
const START_MAX: Duration = Duration::from_mins(1);

impl ProcessSettings {
    /// A shop without limits and demo catalogue, on free ports, with the simulator inside, on a
    /// database of its own on the engine of the run.
    /// `program` is `env!("CARGO_BIN_EXE_shop-under-test")`, which only a test can say.
    pub fn new(program: &str, data_dir: &Path) -> Self {
        let bare = Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            database: None,
        };
        let placed = match Engine::of_the_run() {
            Engine::Sqlite => bare,
            Engine::Postgres => bare.on(Database::fresh()),
        };
        placed
            .with("JANGBOGO__DATA_DIR", &data_dir.display().to_string())
            .with("JANGBOGO__SERVER__BIND", "127.0.0.1:0")
            .with("JANGBOGO__SIMULATOR__BIND", "127.0.0.1:0")
            .with("JANGBOGO__SIMULATOR__ADMIN_BIND", "127.0.0.1:0")
            .with("JANGBOGO__LIMITS__ENABLED", "false")
            .with("JANGBOGO__DEMO__ENABLED", "false")
            .with("JANGBOGO__LOG__FILTER", "warn")
    }

    /// The same with this variable in the environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same without this variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// The same program with an empty environment and no arguments.
    #[must_use]
    pub fn alone(&self) -> Self {
        let (arguments, environment) = (Vec::new(), BTreeMap::new());
        Self { arguments, environment, ..self.clone() }
    }

    /// The same on this database, which is removed with the last copy of the settings.
    #[must_use]
    pub fn on(mut self, database: Database) -> Self {
        self.environment.insert("DATABASE_URL".to_owned(), database.url());
        self.database = Some(Arc::new(database));
        self
    }

    /// The same with this argument at the end of the command line.
    #[must_use]
    pub fn with_argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Another program in the same environment: a worker beside the shop.
    #[must_use]
    pub fn program(mut self, program: &str, arguments: &[&str]) -> Self {
        self.program = program.into();
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self
    }

    /// What the process will be configured with, for a shop of the same kind in the test.
    pub fn config(&self) -> Config {
        Config::load(None, self.environment.clone()).unwrap()
    }

    /// Where the shop's database is, as its configuration has it.
    pub fn database_url(&self) -> String {
        let config = self.config();
        let file = config.data_dir.join("shop.db");
        let url = config.database.url.map(|url| url.expose_secret().to_owned());
        url.unwrap_or_else(|| format!("sqlite:{}", file.display()))
    }

    /// Runs a command line that ends by itself.
    pub async fn run(&self) -> Output {
        let run = tokio::time::timeout(START_MAX, self.command().output());
        run.await.expect("the process ends by itself").unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs(&self.environment);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

impl ShopProcess {
    /// Starts a shop and waits until it says where it is.
    pub async fn start(settings: &ProcessSettings) -> Self {
        let (running, url) = Running::start(settings, address_in).await;
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        Self { running, url, http }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Somebody who is not logged in.
    pub fn visitor(&self) -> Actor {
        Actor::new(self.http.clone(), self.url.clone(), String::new())
    }

    /// Somebody with an account and its password, logged in.
    pub async fn member(&self, email: &str, password: &str) -> Actor {
        let mut actor = Actor::new(self.http.clone(), self.url.clone(), email.to_owned());
        actor.logs_in_with(password).await;
        actor
    }

    /// A new buyer, logged in.
    pub async fn buyer(&self, nickname: &str) -> Actor {
        let email = format!("{nickname}@example.com");
        let person = json!({"email": email, "password": Actor::PASSWORD, "nickname": nickname});
        self.visitor().posts("/api/v1/members", person).await.expect(201);
        self.member(&email, Actor::PASSWORD).await
    }

    /// Kills it with SIGKILL, which no process hears coming.
    pub async fn kill9(mut self) {
        self.running.child.start_kill().unwrap();
        self.wait().await;
    }

    /// Sends it SIGINT, as Ctrl-C does.
    pub async fn interrupt(&self) {
        self.running.interrupt().await;
    }

    /// Waits for its end.
    pub async fn wait(self) -> Ended {
        self.running.wait().await
    }

    /// Asks it to stop, as Ctrl-C does, and waits for its end.
    pub async fn stop(self) -> Ended {
        self.interrupt().await;
        self.wait().await
    }
}

impl Worker {
    /// Starts a worker and waits until it says that it is running.
    pub async fn start(settings: &ProcessSettings) -> Self {
        let is_ready = |line: &str| line.contains(" is running").then(|| line.to_owned());
        Self(Running::start(settings, is_ready).await.0)
    }

    /// Kills it with SIGKILL.
    pub async fn kill9(mut self) {
        self.0.child.start_kill().unwrap();
        self.0.wait().await;
    }

    /// Asks it to stop, as Ctrl-C does, and waits for its end.
    pub async fn stop(self) -> Ended {
        self.0.interrupt().await;
        self.0.wait().await
    }
}

impl Runner {
    /// Starts it, and waits for nothing.
    pub fn start(settings: &ProcessSettings) -> Self {
        let (tell, _) = oneshot::channel();
        Self(Running::spawn(settings, tell, |_: &str| None))
    }

    /// Kills it with SIGKILL.
    pub async fn kill9(mut self) {
        self.0.child.start_kill().unwrap();
        self.0.wait().await;
    }

    /// Sends it SIGINT, as Ctrl-C does.
    pub async fn interrupt(&self) {
        self.0.interrupt().await;
    }

    /// Waits for its end.
    pub async fn wait(self) -> Ended {
        self.0.wait().await
    }
}

impl Running {
    fn spawn(
        settings: &ProcessSettings,
        tell: oneshot::Sender<String>,
        told: impl Fn(&str) -> Option<String> + Send + 'static,
    ) -> Self {
        let mut child = settings.command().stdout(Stdio::piped()).spawn().unwrap();
        let output = tokio::spawn(listen(child.stdout.take().unwrap(), tell, told));
        Self { child, output }
    }

    /// Starts a process and waits for the first line that says what `told` looks for.
    async fn start(
        settings: &ProcessSettings,
        told: impl Fn(&str) -> Option<String> + Send + 'static,
    ) -> (Self, String) {
        let (tell, hear) = oneshot::channel();
        let running = Self::spawn(settings, tell, told);
        let said = tokio::time::timeout(START_MAX, hear).await;
        let said = said.expect("the process is ready in time").expect("it says that it is");
        (running, said)
    }

    async fn interrupt(&self) {
        let id = self.child.id().expect("it is running").to_string();
        let mut shell = Command::new("sh");
        let sent = shell.args(["-c", "kill -INT \"$0\"", &id]).status().await.unwrap();
        assert!(sent.success(), "{sent}");
    }

    async fn wait(mut self) -> Ended {
        let status = self.child.wait().await.unwrap();
        let output = (&mut self.output).await.unwrap();
        Ended { code: status.code(), output }
    }
}

/// Reads to the end, and tells the first thing that is looked for on the way.
async fn listen(
    stdout: ChildStdout,
    tell: oneshot::Sender<String>,
    told: impl Fn(&str) -> Option<String> + Send,
) -> String {
    let (mut lines, mut all) = (BufReader::new(stdout).lines(), String::new());
    let mut tell = Some(tell);
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(said) = told(&line)
            && let Some(tell) = tell.take()
        {
            let _ = tell.send(said);
        }
        all += &line;
        all.push('\n');
    }
    all
}

/// `http://127.0.0.1:PORT` without what follows.
fn address_in(line: &str) -> Option<String> {
    let host = "http://127.0.0.1:";
    let (_, rest) = line.split_once(host)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("{host}{port}"))
}
