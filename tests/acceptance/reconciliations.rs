//! Our books beside the providers': what only they know is found every day, settled or raised, and
//! kept where an admin sees it.

use std::time::Duration;

use jangbogo_gateway_simulator::{Action, Call, Fault, When};
use jangbogo_job::{ItemNote, Progress, Ran, Run, RunState, RunWanted, Tally, Trigger};
use jangbogo_payment::{Period, ProviderName};
use jangbogo_setup::jobs::Jobs;
use jangbogo_tests::{Actor, Scene, TestShop};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const RECONCILIATIONS: &str = "/api/v1/reconciliations";
const DAY: Duration = Duration::from_hours(24);

struct Nobody;

impl Progress for Nobody {
    fn settled(&self, _: &str, _: Tally) {}

    fn noted(&self, _: &str, _: &ItemNote) {}
}

/// The job runs for the day that it is in Seoul, as its schedule or `batch run reconcile` has it.
async fn runs_the_job(shop: &TestShop) -> Run {
    let jobs = Jobs::of(shop.config(), shop.opened()).unwrap();
    let wanted = RunWanted { as_of: jobs.today().unwrap(), trigger: Trigger::Command };
    let runner = jobs.runner(CancellationToken::new());
    match runner.run(jobs.find("reconcile").unwrap(), wanted, &Nobody).await.unwrap() {
        Ran::Over(run, _) => run,
        other => unreachable!("{other:?}"),
    }
}

/// The newest comparison with this provider, as an admin who has just logged in sees it.
async fn newest(shop: &TestShop, provider: &str) -> Value {
    let admin = shop.admin().await;
    let listed = admin.gets(RECONCILIATIONS).await.expect(200);
    let runs = listed["items"].as_array().unwrap();
    let run = runs.iter().find(|run| run["provider"] == provider).unwrap();
    let path = format!("{RECONCILIATIONS}/{}", run["id"].as_str().unwrap());
    admin.gets(&path).await.expect(200).json
}

async fn agrees_at_tosspayments(buyer: &Actor, order: &str) -> String {
    let path = format!("/api/v1/orders/{order}/payments");
    let begun = buyer.posts(&path, json!({"provider": "tosspayments"})).await.expect(201);
    let page = jangbogo_tests::PaymentPage {
        payment: begun.text_at("/id"),
        url: begun.text_at("/redirect_url/pc"),
    };
    buyer.presses("pay", &page).await
}

#[tokio::test]
async fn what_only_the_provider_knew_is_settled_overnight() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(10).await;
    // A webhook would have told.
    shop.simulator().send_webhooks_to("http://127.0.0.1:9");
    let mut orders = Vec::new();
    for provider in ["kakaopay", "tosspayments"] {
        let sound = buyer.orders(&product, 1).await;
        let lost = buyer.orders(&product, 1).await;
        for (order, is_lost) in [(&sound, false), (&lost, true)] {
            let back = match provider {
                "kakaopay" => buyer.agrees_to_pay(order).await.1,
                _ => agrees_at_tosspayments(&buyer, order).await,
            };
            let cut = Fault::new(Call::Approve, When::After, Action::Reset).times(1);
            shop.faults(is_lost.then_some(cut).into_iter().collect()).await;
            buyer.comes_back(&back).await.expect(if is_lost { 202 } else { 200 });
        }
        orders.push(lost);
    }
    shop.faults(Vec::new()).await;
    shop.time_goes_by(DAY).await;
    let run = runs_the_job(&shop).await;
    assert_eq!(run.state, RunState::Done, "{run:?}");
    buyer.logs_in().await;
    for order in orders {
        assert_eq!(buyer.order(&order).await["status"], "paid");
    }
    for provider in ["kakaopay", "tosspayments"] {
        let found = newest(&shop, provider).await;
        let run = &found["reconciliation"];
        assert_eq!(run["status"], "done", "{found}");
        assert_eq!(
            (&run["compared"], &run["differences"], &run["open"]),
            (&2.into(), &1.into(), &0.into())
        );
        let difference = &found["differences"][0];
        assert_eq!(
            (&difference["class"], &difference["is_repaired"]),
            (&"other_state".into(), &true.into())
        );
        assert_eq!(difference["theirs"]["amount"], Scene::PRICE);
    }
    // Compared again the books agree.
    runs_the_job(&shop).await;
    let found = newest(&shop, "kakaopay").await;
    assert_eq!(found["differences"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn money_that_moved_behind_our_back_is_raised_and_nothing_is_guessed() {
    let Scene { shop, mut buyer, product, .. } = Scene::open(5).await;
    let order = buyer.orders(&product, 1).await;
    let (page, back) = buyer.agrees_to_pay(&order).await;
    // The provider says no, and takes the money all the same.
    let method_result_code = "NOT_ENOUGH_BALANCE".to_owned();
    let lie = Action::Decline { error_code: -780, method_result_code };
    shop.provider_fails_once(Call::Approve, When::After, lie).await;
    buyer.comes_back(&back).await.expect_problem(409, "payment-declined");
    shop.time_goes_by(DAY).await;
    let run = runs_the_job(&shop).await;
    assert_eq!(run.state, RunState::DoneWithAttention, "{run:?}");
    let found = newest(&shop, "kakaopay").await;
    assert_eq!(found["reconciliation"]["open"], 1);
    let difference = &found["differences"][0];
    assert_eq!(difference["class"], "missing_here");
    assert_eq!(difference["payment_id"], page.payment);
    assert_eq!((&difference["ours"], &difference["is_repaired"]), (&Value::Null, &false.into()));
    assert_eq!(difference["theirs"], json!({"amount": Scene::PRICE, "currency": "KRW"}));
    buyer.logs_in().await;
    assert_eq!(buyer.payment(&page.payment).await["status"], "declined");
    shop.close_in_the_middle().await;
}

#[tokio::test]
async fn a_comparison_that_broke_off_is_seen_and_made_again() {
    let Scene { shop, buyer, product, .. } = Scene::open(5).await;
    buyer.pays(&buyer.orders(&product, 1).await).await;
    shop.time_goes_by(DAY).await;
    let (compare, now) = (&shop.opened().shop.compare_books, shop.opened().around.clock.now());
    let kakaopay = ProviderName("kakaopay".to_owned());
    let period = Period { from: now.minus(DAY * 2), until: now };
    shop.faults(vec![Fault::new(Call::Order, When::Before, Action::Reset)]).await;
    compare.run(&kakaopay, period).await.unwrap_err();
    let found = newest(&shop, "kakaopay").await;
    let run = &found["reconciliation"];
    assert_eq!((&run["status"], &run["finished_at"]), (&"broken_off".into(), &Value::Null));
    assert!(run["problem"].is_string(), "{found}");
    shop.faults(Vec::new()).await;
    compare.run(&kakaopay, period).await.unwrap();
    let found = newest(&shop, "kakaopay").await;
    assert_eq!(found["reconciliation"]["status"], "done");
    assert_eq!(found["reconciliation"]["compared"], 1);

    // A period that makes no sense, and a provider that there is not, are refused.
    let backwards = Period { from: period.until, until: period.from };
    let endless = Period { from: now.minus(DAY * 32), until: now };
    for nonsense in [backwards, endless] {
        let refused = compare.run(&kakaopay, nonsense).await.unwrap_err();
        assert_eq!(jangbogo_kernel::Fault::code(&refused), "validation-failed");
    }
    let nobody = ProviderName("nobody".to_owned());
    let refused = compare.run(&nobody, period).await.unwrap_err();
    assert_eq!(jangbogo_kernel::Fault::code(&refused), "payment-provider-unknown");
    let admin = shop.admin().await;
    let path = format!("{RECONCILIATIONS}?cursor=x");
    admin.gets(&path).await.expect_problem(400, "cursor-invalid");
    let path = format!("{RECONCILIATIONS}?limit=101");
    admin.gets(&path).await.expect_problem(400, "validation-failed");
    for id in ["x", "rcn_0199f2a77c5e7d2c9d3f1d6a4c2b8e10"] {
        let path = format!("{RECONCILIATIONS}/{id}");
        admin.gets(&path).await.expect_problem(404, "not-found");
    }
    shop.close().await;
}
