//! A simulator, an adapter that talks to it, and a buyer with a browser.

use jangbogo_gateway::{TossPayments, TossPaymentsSettings};
use jangbogo_gateway_simulator::{Action, Call, Fault, Simulator, SimulatorConfig, When};
use jangbogo_kernel::Money;
use jangbogo_payment::{
    CaptureRequest, OpenRequest, PaymentProvider as _, RefundRequest, ReturnUrls,
};
use reqwest::Url;

const KEY: &str = "test_sk_simulator";
/// What every payment costs.
pub(crate) const PRICE: i64 = 22_000;

pub(crate) struct Shop {
    pub(crate) simulator: Simulator,
    pub(crate) toss: TossPayments,
    browser: reqwest::Client,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let simulator = Simulator::start(SimulatorConfig::new(KEY)).await.unwrap();
        let settings = TossPaymentsSettings::new(simulator.base_url(), KEY.into());
        let toss = TossPayments::new(settings).unwrap();
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { simulator, toss, browser: browser.no_proxy().build().unwrap() }
    }

    /// A session that the buyer has agreed to; how to capture it.
    pub(crate) async fn agreed(&self) -> CaptureRequest {
        let request = open_request();
        let session = self.toss.open(&request).await.unwrap();
        let page = format!("{}/pay", session.redirects.pc);
        let pressed = self.browser.post(page).send().await.unwrap();
        let back: Url = pressed.headers()["location"].to_str().unwrap().parse().unwrap();
        CaptureRequest {
            reference: session.reference,
            merchant_ref: request.merchant_ref,
            buyer_ref: request.buyer_ref,
            amount: request.amount,
            proof: back.query_pairs().into_owned().collect(),
        }
    }

    /// The next such call goes wrong.
    pub(crate) async fn fault(&self, call: Call, when: When, action: Action) {
        self.simulator.faults(vec![Fault::new(call, when, action).times(1)]).await;
    }

    pub(crate) async fn movements(&self) -> usize {
        self.simulator.ledger().await.unwrap().len()
    }
}

pub(crate) fn open_request() -> OpenRequest {
    OpenRequest {
        merchant_ref: "pay_0190a0a0".to_owned(),
        buyer_ref: "mem_1".to_owned(),
        item_name: "제주 감귤 3kg 외 2건".to_owned(),
        quantity: 3,
        amount: Money::won(PRICE),
        urls: ReturnUrls {
            approve: "http://shop.test/payments/pay_1/approve".to_owned(),
            cancel: "http://shop.test/payments/pay_1/cancel".to_owned(),
            fail: "http://shop.test/payments/pay_1/fail".to_owned(),
        },
    }
}

pub(crate) fn refund_of(
    payment: &CaptureRequest,
    name: &str,
    amount: i64,
    refundable: i64,
) -> RefundRequest {
    RefundRequest {
        refund_ref: name.to_owned(),
        reference: payment.reference.clone(),
        merchant_ref: payment.merchant_ref.clone(),
        amount: Money::won(amount),
        refundable: Money::won(refundable),
    }
}
