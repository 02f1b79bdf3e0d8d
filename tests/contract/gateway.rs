//! KakaoPay and TossPayments against the simulator's wire formats, with a buyer who presses its
//! buttons.

use async_trait::async_trait;
use jangbogo_gateway::{KakaoPay, KakaoPaySettings, TossPayments, TossPaymentsSettings};
use jangbogo_gateway_simulator::{Simulator, SimulatorConfig};
use jangbogo_kernel::Clock as _;
use jangbogo_payment::contract::{self, PayingBuyer};
use jangbogo_payment::{Proof, ProviderSession};
use jangbogo_runtime::SystemClock;
use reqwest::{Url, redirect};

/// A browser that presses a button of the pay page and looks where it is sent.
struct Browser(reqwest::Client);

impl Browser {
    fn new() -> Self {
        let client = reqwest::Client::builder().redirect(redirect::Policy::none());
        Self(client.build().unwrap())
    }

    async fn presses(&self, button: &str, session: &ProviderSession) -> Url {
        let page = format!("{}/{button}", session.redirects.pc);
        let answer = self.0.post(page).send().await.unwrap();
        let location = answer.headers().get("location").unwrap();
        location.to_str().unwrap().parse().unwrap()
    }
}

#[async_trait]
impl PayingBuyer for Browser {
    async fn agrees(&self, session: &ProviderSession) -> Proof {
        let back = self.presses("pay", session).await;
        back.query_pairs().into_owned().collect()
    }

    async fn gives_up(&self, session: &ProviderSession) {
        self.presses("cancel", session).await;
    }
}

async fn simulator() -> Simulator {
    Simulator::start(SimulatorConfig::new("secret")).await.unwrap()
}

macro_rules! behaviours {
    ($($name:ident,)+) => {
        pub(crate) const LISTED: &[&str] =
            &[$(stringify!($name)),+, "the_books_list_every_movement_of_a_period"];

        mod kakaopay {
            use super::*;

            $(
                #[tokio::test]
                async fn $name() {
                    let simulator = simulator().await;
                    let settings = KakaoPaySettings::new(simulator.base_url(), "secret".into());
                    let kakaopay = KakaoPay::new(settings).unwrap();
                    contract::$name(&kakaopay, &Browser::new()).await.unwrap();
                    simulator.shutdown().await;
                }
            )+
        }

        mod tosspayments {
            use super::*;

            $(
                #[tokio::test]
                async fn $name() {
                    let simulator = simulator().await;
                    let settings = TossPaymentsSettings::new(simulator.base_url(), "secret".into());
                    let tosspayments = TossPayments::new(settings).unwrap();
                    contract::$name(&tosspayments, &Browser::new()).await.unwrap();
                    simulator.shutdown().await;
                }
            )+
        }
    };
}

behaviours! {
    an_agreed_amount_is_taken_once,
    a_forged_proof_takes_nothing,
    who_gives_up_is_not_charged,
    refunds_never_exceed_the_capture,
    an_unknown_session_is_refused,
}

#[tokio::test]
async fn the_books_list_every_movement_of_a_period() {
    let simulator = simulator().await;
    let settings = TossPaymentsSettings::new(simulator.base_url(), "secret".into());
    let tosspayments = TossPayments::new(settings).unwrap();
    let (buyer, now) = (Browser::new(), SystemClock.now());
    contract::the_books_list_every_movement_of_a_period(&tosspayments, &buyer, &tosspayments, now)
        .await
        .unwrap();
    simulator.shutdown().await;
}
