//! Two api-servers, an event-outbox and a batch process share one database and nothing else.

use futures::future::join;
use jangbogo_gateway_simulator::{Simulator, SimulatorConfig};
use jangbogo_kernel::Clock as _;
use jangbogo_runtime::SystemClock;
use jangbogo_setup::Database;
use jangbogo_sql::invariants::{Moment, ProviderMovement};
use jangbogo_tests::servers;
use jangbogo_tests::{Actor, ProcessSettings, Scratch, ShopProcess, Worker, eventually, movement};

use crate::{BATCH, EVENT_OUTBOX, SHOP};

const KEY: &str = "the-simulators-key";
/// Ed25519 in PKCS#8, of this test alone.
const SIGNING_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
const SEALING_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What stands around the processes: a provider, and a folder for each of them.
struct Street {
    simulator: Simulator,
    scratch: Scratch,
    database: String,
}

impl Street {
    async fn open(database: impl FnOnce(&Scratch) -> String) -> Self {
        let scratch = Scratch::new();
        let simulator = Simulator::start(SimulatorConfig::new(KEY));
        let database = database(&scratch);
        Self { simulator: simulator.await.unwrap(), scratch, database }
    }

    /// A process with a folder of its own, that does nothing in the background.
    fn settings(&self, name: &str) -> ProcessSettings {
        ProcessSettings::new(SHOP, &self.scratch.path().join(name))
            .with("DATABASE_URL", &self.database)
            .with("JANGBOGO__SESSION__SIGNING_KEY", SIGNING_KEY)
            .with("JANGBOGO__SEALING__KEY", SEALING_KEY)
            .with("JANGBOGO__SIMULATOR__ENABLED", "false")
            .with("JANGBOGO__KAKAOPAY__BASE_URL", &self.simulator.base_url())
            .with("JANGBOGO__KAKAOPAY__SECRET_KEY", KEY)
            .with("JANGBOGO__BACKGROUND__ENABLED", "false")
    }

    fn seller(&self, folder: &str) -> (String, String) {
        let file = self.scratch.path().join(folder).join("demo-accounts.txt");
        let accounts = std::fs::read_to_string(file).unwrap();
        let line = accounts.lines().find_map(|line| line.strip_prefix("seller ")).unwrap();
        let (email, password) = line.split_once(' ').unwrap();
        (email.to_owned(), password.to_owned())
    }

    fn mails_to(&self, folder: &str, email: &str) -> usize {
        let folder = self.scratch.path().join(folder).join("outbox-mail");
        let Ok(files) = std::fs::read_dir(folder) else { return 0 };
        let mails = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        mails.filter(|mail| mail.contains(&format!("To: {email}\r\n"))).count()
    }

    /// Nothing is broken, and nothing is left to be done.
    async fn is_at_rest(&self, settings: &ProcessSettings) {
        let ledger = self.simulator.ledger().await.unwrap();
        let books: Vec<ProviderMovement> = ledger.into_iter().map(movement).collect();
        let database = Database::open(&settings.config()).await.unwrap();
        let report = database.check(Moment::Quiet, SystemClock.now(), Some(&books)).await.unwrap();
        assert!(report.is_clean() && report.not_checked.is_empty(), "{report}");
        database.close().await;
    }
}

async fn waiting_events(visitor: &Actor) -> u64 {
    visitor.gets("/readyz").await.expect(200)["outbox"]["waiting"].as_u64().unwrap()
}

/// A purchase at the first server, an order left unpaid at the second.
async fn a_day_of_business(street: &Street) {
    let first = street.settings("first");
    let first = first.with("JANGBOGO__DEMO__ENABLED", "true").with("JANGBOGO__DEMO__PRODUCTS", "9");
    let second = street.settings("second").with("JANGBOGO__ORDERS__PAYMENT_WINDOW_S", "1");
    let shop = ShopProcess::start(&first).await;
    let neighbour = ShopProcess::start(&second).await;
    let (email, password) = street.seller("first");
    let seller = shop.member(&email, &password).await;
    let lutein = seller.lists("루테인", 12_900, 5).await;
    let buyer = shop.buyer("everywhere").await;
    buyer.puts_into_cart(&lutein, 2).await;
    let order = buyer.orders(&lutein, 2).await;
    buyer.pays(&order).await;
    let next_door = buyer.at(neighbour.url());
    assert_eq!(next_door.order(&order).await["status"], "paid", "one key signs for both servers");
    let unpaid = next_door.orders(&lutein, 3).await;
    assert_eq!(buyer.stock_of(&lutein).await, 0);
    assert!(waiting_events(&shop.visitor()).await > 0, "no server delivers");

    let relay = street.settings("relay").program(EVENT_OUTBOX, &[]);
    let relays = [Worker::start(&relay).await, Worker::start(&relay).await];
    eventually(async || waiting_events(&shop.visitor()).await == 0).await;
    assert_eq!(street.mails_to("relay", buyer.email()), 1);
    assert_eq!(next_door.order(&unpaid).await["status"], "pending_payment", "no server sweeps");

    let batch = street.settings("batch").program(BATCH, &["serve"]);
    let batches = [Worker::start(&batch).await, Worker::start(&batch).await];
    eventually(async || buyer.order(&unpaid).await["status"] == "expired").await;
    eventually(async || buyer.product(&lutein).await["sales"] == 2).await;
    eventually(async || waiting_events(&neighbour.visitor()).await == 0).await;
    assert_eq!(buyer.stock_of(&lutein).await, 3, "the pieces are back, once");
    eventually(async || street.mails_to("relay", buyer.email()) == 2).await;

    for worker in relays.into_iter().chain(batches) {
        let ended = worker.stop().await;
        assert_eq!((ended.code, ended.output.lines().last()), (Some(0), Some("stopped.")));
    }
    assert_eq!(shop.stop().await.code, Some(0));
    assert_eq!(neighbour.stop().await.code, Some(0));
    street.is_at_rest(&first).await;
}

#[tokio::test]
async fn four_kinds_of_processes_share_one_embedded_database() {
    let file = |scratch: &Scratch| format!("sqlite:{}", scratch.path().join("one.db").display());
    a_day_of_business(&Street::open(file).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_kinds_of_processes_share_one_server() {
    let database = servers::Database::fresh();
    a_day_of_business(&Street::open(|_| database.url()).await).await;
}

/// Two servers that begin at once on an empty database both come up, and one of them fills it.
async fn an_empty_shop_is_filled_once(street: &Street) {
    let filling = |name: &str| {
        let settings = street.settings(name).with("JANGBOGO__DEMO__ENABLED", "true");
        settings.with("JANGBOGO__DEMO__PRODUCTS", "9")
    };
    let (first, second) = (filling("first"), filling("second"));
    let (shop, neighbour) = join(ShopProcess::start(&first), ShopProcess::start(&second)).await;
    let has_accounts =
        |name: &&str| street.scratch.path().join(name).join("demo-accounts.txt").exists();
    let fillers: Vec<&str> = ["first", "second"].into_iter().filter(has_accounts).collect();
    assert_eq!(fillers.len(), 1, "{fillers:?}");
    let (email, password) = street.seller(fillers[0]);
    for server in [&shop, &neighbour] {
        server.member(&email, &password).await;
        let listed = server.visitor().pages_through("/api/v1/products", 100).await;
        assert_eq!(listed.len(), 9);
    }
    assert_eq!((shop.stop().await.code, neighbour.stop().await.code), (Some(0), Some(0)));
}

#[tokio::test]
async fn an_empty_embedded_database_is_filled_once() {
    let file = |scratch: &Scratch| format!("sqlite:{}", scratch.path().join("one.db").display());
    an_empty_shop_is_filled_once(&Street::open(file).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_server_is_filled_once() {
    let database = servers::Database::fresh();
    an_empty_shop_is_filled_once(&Street::open(|_| database.url()).await).await;
}

#[tokio::test]
async fn a_data_folder_has_one_simulator() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path());
    let shop = ShopProcess::start(&settings).await;
    let second = settings.run().await;
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("simulator.enabled"), "{said}");
    shop.kill9().await;
    // A lock that outlived its holder would keep the shop closed after a power cut.
    assert_eq!(ShopProcess::start(&settings).await.stop().await.code, Some(0));
}

#[tokio::test]
async fn a_worker_names_the_setting_that_it_needs() {
    let scratch = Scratch::new();
    let settings = ProcessSettings::new(SHOP, scratch.path());
    for (program, arguments) in [(EVENT_OUTBOX, &[][..]), (BATCH, &["serve"])] {
        let keyless = settings.clone().program(program, arguments).run().await;
        let said = String::from_utf8(keyless.stderr).unwrap();
        assert_eq!(keyless.status.code(), Some(78), "{said}");
        assert!(said.contains("kakaopay.secret_key"), "{said}");
        let printed = settings.clone().program(program, arguments);
        let printed = printed.with_argument("--print-config").run().await;
        assert_eq!(printed.status.code(), Some(0), "{printed:?}");
        assert!(String::from_utf8(printed.stdout).unwrap().contains("[session]"));
    }
}
