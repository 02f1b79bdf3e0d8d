//! A simulator, an adapter that talks to it, and a buyer with a browser.

use std::collections::BTreeMap;

use jangbogo_gateway::{KakaoPay, KakaoPaySettings};
use jangbogo_gateway_simulator::{Action, Call, Fault, Simulator, SimulatorConfig, When};
use jangbogo_kernel::Money;
use jangbogo_payment::{
    CaptureRequest, OpenRequest, Outcome, PaymentProvider as _, ProviderSession,
    ProviderTransaction, RefundRequest, ReturnUrls,
};

const KEY: &str = "simulator-secret-key";
/// What every payment costs.
pub(crate) const PRICE: i64 = 22_000;

pub(crate) struct Shop {
    pub(crate) simulator: Simulator,
    pub(crate) kakaopay: KakaoPay,
    browser: reqwest::Client,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    pub(crate) async fn open_with(change: impl FnOnce(&mut KakaoPaySettings)) -> Self {
        let simulator = Simulator::start(SimulatorConfig::new(KEY)).await.unwrap();
        let kakaopay = adapter(&simulator.base_url(), change);
        let browser = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { simulator, kakaopay, browser }
    }

    /// A session that the buyer has agreed to; how to capture it.
    pub(crate) async fn agreed(&self) -> CaptureRequest {
        let request = open_request();
        let session = self.kakaopay.open(&request).await.unwrap();
        let pg_token = self.agree(&session).await;
        CaptureRequest {
            reference: session.reference,
            merchant_ref: request.merchant_ref,
            buyer_ref: request.buyer_ref,
            amount: request.amount,
            proof: BTreeMap::from([("pg_token".to_owned(), pg_token)]),
        }
    }

    /// A captured payment and its movement.
    pub(crate) async fn captured(&self) -> (CaptureRequest, ProviderTransaction) {
        let request = self.agreed().await;
        let (transaction, _) = done(self.kakaopay.capture(&request).await);
        (request, transaction)
    }

    /// The buyer opens the page and presses a button; where the browser is sent to.
    pub(crate) async fn press(&self, session: &ProviderSession, button: &str) -> String {
        let page = &session.redirects.pc;
        self.browser.get(page).send().await.unwrap();
        let pressed = self.browser.post(format!("{page}/{button}")).send().await;
        let pressed = pressed.unwrap();
        pressed.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn agree(&self, session: &ProviderSession) -> String {
        let back = self.press(session, "pay").await;
        back.split_once("pg_token=").unwrap().1.to_owned()
    }

    /// One fault that always strikes.
    pub(crate) async fn fault(&self, call: Call, when: When, action: Action) {
        self.simulator.faults(vec![Fault::new(call, when, action)]).await;
    }

    /// The next calls are answered with this, whatever they ask.
    pub(crate) async fn answers(&self, call: Call, code: u16, body: &str) {
        let body = body.to_owned();
        self.fault(call, When::Before, Action::Status { code, body }).await;
    }

    pub(crate) async fn movements(&self) -> usize {
        self.simulator.ledger().await.unwrap().len()
    }
}

pub(crate) fn adapter(base_url: &str, change: impl FnOnce(&mut KakaoPaySettings)) -> KakaoPay {
    let mut settings = KakaoPaySettings::new(base_url, KEY.into());
    change(&mut settings);
    KakaoPay::new(settings).unwrap()
}

pub(crate) fn open_request() -> OpenRequest {
    OpenRequest {
        merchant_ref: "pay_1".to_owned(),
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

pub(crate) fn refund_of(payment: &CaptureRequest, amount: i64, refundable: i64) -> RefundRequest {
    RefundRequest {
        refund_ref: format!("refund-{amount}-{refundable}"),
        reference: payment.reference.clone(),
        merchant_ref: payment.merchant_ref.clone(),
        amount: Money::won(amount),
        refundable: Money::won(refundable),
    }
}

pub(crate) fn done(outcome: Outcome) -> (ProviderTransaction, String) {
    match outcome {
        Outcome::Done { transaction, raw } => (transaction, raw),
        other => panic!("not done: {other:?}"),
    }
}

pub(crate) fn declined(outcome: Outcome) -> (String, String) {
    match outcome {
        Outcome::Declined { code, message } => (code, message),
        other => panic!("not declined: {other:?}"),
    }
}

pub(crate) fn unknown(outcome: Outcome) -> String {
    match outcome {
        Outcome::Unknown { reason, .. } => reason,
        other => panic!("not unknown: {other:?}"),
    }
}

pub(crate) fn not_sent(outcome: Outcome) -> String {
    match outcome {
        Outcome::NotSent { reason, .. } => reason,
        other => panic!("not \"not sent\": {other:?}"),
    }
}

pub(crate) fn decline(error_code: i64, method_result_code: &str) -> Action {
    Action::Decline { error_code, method_result_code: method_result_code.to_owned() }
}
