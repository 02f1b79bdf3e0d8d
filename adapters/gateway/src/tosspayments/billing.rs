//! Billing keys: a buyer's consent, its key, charges by it, and its end.
//!
//! Every charge has an idempotency key of its own and can be looked up by our name for it, so no
//! witness is needed.

use jangbogo_payment::{
    AgreementKey, CaptureRequest, ChargeRequest, Charged, Granted, Looked, NotSentCause,
    OpenRequest, Outcome, ProviderError, ProviderSession, ProviderTransaction, Redirects, Sought,
};
use reqwest::Url;
use serde_json::{Value, json};

use super::client::{Post, is_key};
use super::{TossPayments, lookup, record};
use crate::wire::failure::{CodeClass, Failure, Refusal};
use crate::wire::json;

/// What the buyer's browser brings back when they agree.
pub(super) const AUTH_KEY: &str = "authKey";
pub(super) const CUSTOMER_KEY: &str = "customerKey";

/// Stands before our own name for a payment whose key is not known when it is begun.
const BY_ORDER: &str = "billing:";
/// The longest name of what is bought.
const NAME_CHARS_MAX: usize = 100;
/// What the first charge is called on the buyer's statement.
const FIRST_CHARGE: &str = "정기결제 첫 결제";

/// Our own name for the payment, if it is known by that.
pub(super) fn order_of(reference: &str) -> Option<&str> {
    reference.strip_prefix(BY_ORDER)
}

/// The window in which the buyer lets the shop charge a card again and again. No money moves.
pub(super) fn open(
    toss: &TossPayments,
    request: &OpenRequest,
) -> Result<ProviderSession, ProviderError> {
    let unfit =
        |what: &str| Failure::Unfit(format!("TossPayments cannot take {what}")).into_error();
    let window = toss.billing_window.as_deref().ok_or_else(|| unfit("recurring payments here"))?;
    if !is_key(&request.merchant_ref) {
        return Err(unfit("the payment's reference"));
    }
    let query = [
        (CUSTOMER_KEY, request.buyer_ref.as_str()),
        ("successUrl", &request.urls.approve),
        ("failUrl", &request.urls.fail),
    ];
    let page = Url::parse_with_params(window, query).map_err(|_| unfit("the window's address"))?;
    let page = page.to_string();
    Ok(ProviderSession {
        reference: format!("{BY_ORDER}{}", request.merchant_ref),
        redirects: Redirects { pc: page.clone(), mobile: page.clone(), app: page },
    })
}

/// Exchanges the consent for its key and charges it for the first time.
pub(super) async fn capture(toss: &TossPayments, request: &CaptureRequest) -> Granted {
    let nothing = |outcome| Granted { outcome, key: None };
    let brought = |name: &str| request.proof.get(name).map_or("", String::as_str);
    if brought(CUSTOMER_KEY) != request.buyer_ref {
        let why = "the buyer's browser brought another buyer".to_owned();
        return nothing(Failure::Unfit(why).into_outcome());
    }
    let key = match issue(toss, request, brought(AUTH_KEY)).await {
        Ok(key) => key,
        Err(failure) => return nothing(before_charging(failure)),
    };
    let charge = ChargeRequest {
        key: key.clone(),
        merchant_ref: request.merchant_ref.clone(),
        buyer_ref: request.buyer_ref.clone(),
        item_name: FIRST_CHARGE.to_owned(),
        quantity: 1,
        amount: request.amount,
    };
    Granted { outcome: self::charge(toss, &charge).await.outcome, key: Some(key) }
}

async fn issue(
    toss: &TossPayments,
    request: &CaptureRequest,
    auth_key: &str,
) -> Result<AgreementKey, Failure> {
    let body = json!({"authKey": auth_key, "customerKey": request.buyer_ref});
    let post = Post {
        path: "/v1/billing/authorizations/issue",
        name: "issue",
        subject: &request.merchant_ref,
        // A repeat gets the same key again.
        idempotency_key: &format!("issue-{}", request.merchant_ref),
    };
    let answer = toss.client.post(post, toss.client.deadline(), &body).await?;
    let key = json::text_at(&answer, "/billingKey").filter(|key| is_key(key));
    let is_it = json::is_about(&answer, &[("/customerKey", &request.buyer_ref)]);
    match key.filter(|_| is_it) {
        Some(key) => Ok(AgreementKey::new(key)),
        None => Err(Failure::NoAnswer("the billing key makes no sense".to_owned())),
    }
}

/// Whatever became of the key: no charge was sent.
fn before_charging(failure: Failure) -> Outcome {
    match failure.into_outcome() {
        Outcome::Unknown { reason, .. } => {
            Outcome::NotSent { cause: NotSentCause::Unreachable, reason }
        }
        outcome => outcome,
    }
}

/// Charges a key once; only "already done" and "under way" are followed by a question.
pub(super) async fn charge(toss: &TossPayments, request: &ChargeRequest) -> Charged {
    let nothing = |failure: Failure| {
        let firmness = failure.firmness();
        Charged { outcome: failure.into_outcome(), reference: None, firmness }
    };
    let Some(amount) = json::won(request.amount) else {
        return nothing(Failure::Unfit("TossPayments takes only won".to_owned()));
    };
    if !is_key(request.key.expose()) {
        return nothing(Failure::Unfit("this is no billing key".to_owned()));
    }
    let order_name: String = request.item_name.chars().take(NAME_CHARS_MAX).collect();
    let body = json!({
        "amount": amount,
        "customerKey": request.buyer_ref,
        "orderId": request.merchant_ref,
        "orderName": order_name,
    });
    let post = Post {
        path: &format!("/v1/billing/{}", request.key.expose()),
        name: "charge",
        subject: &request.merchant_ref,
        idempotency_key: &format!("charge-{}", request.merchant_ref),
    };
    match toss.client.post(post, toss.client.deadline(), &body).await {
        Ok(answer) => match done(&request.merchant_ref, answer) {
            Ok(Some(charged)) => charged,
            Ok(None) => nothing(Failure::NoProof("the payment is not done yet".to_owned())),
            Err(why) => nothing(Failure::NoAnswer(why.to_owned())),
        },
        Err(Failure::Refused(refusal))
            if matches!(refusal.class, CodeClass::AlreadyDone | CodeClass::Raced) =>
        {
            look(toss, request, refusal).await
        }
        Err(failure) => nothing(failure),
    }
}

/// An earlier request has been carried out, or is being: the books may have it.
async fn look(toss: &TossPayments, request: &ChargeRequest, refusal: Refusal) -> Charged {
    if let Ok(answer) = ask(toss, &request.merchant_ref).await
        && let Ok(Some(charged)) = done(&request.merchant_ref, answer)
    {
        return charged;
    }
    // No proof: the words of the refusal are the reason.
    let outcome = Failure::Refused(refusal).into_outcome();
    Charged { outcome, reference: None, firmness: None }
}

/// The charge in an answer about this order.
fn done(order: &str, answer: Value) -> Result<Option<Charged>, &'static str> {
    let Some(transaction) = read(order, &answer)?.captured else {
        return Ok(None);
    };
    let reference = Some(transaction.id.clone());
    let outcome = Outcome::Done { transaction, raw: record::of(answer) };
    Ok(Some(Charged { outcome, reference, firmness: None }))
}

fn read(order: &str, answer: &Value) -> Result<Looked, &'static str> {
    if !json::is_about(answer, &[("/orderId", order)]) {
        return Err("TossPayments answered about another payment");
    }
    lookup::read(answer)
}

async fn ask(toss: &TossPayments, order: &str) -> Result<Value, Failure> {
    if !is_key(order) {
        return Err(Failure::Unfit("this is no payment's reference".to_owned()));
    }
    let path = format!("/v1/payments/orders/{order}");
    toss.client.get(&path, order, toss.client.deadline()).await
}

/// What the books say of a charge whose answer was lost.
pub(super) async fn seek(toss: &TossPayments, order: &str) -> Result<Sought, ProviderError> {
    let looked = lookup(toss, order).await?;
    Ok(match looked.captured {
        Some(ProviderTransaction { id, amount }) => {
            let reference = Some(id.clone());
            Sought::Done { transaction: ProviderTransaction { id, amount }, reference }
        }
        None => Sought::Nothing,
    })
}

/// What the books say of a payment by our own name for it; nothing when they do not have it.
pub(super) async fn lookup(toss: &TossPayments, order: &str) -> Result<Looked, ProviderError> {
    match ask(toss, order).await {
        Ok(answer) => {
            read(order, &answer).map_err(|why| Failure::NoAnswer(why.to_owned()).into_error())
        }
        Err(Failure::Refused(refusal)) if refusal.code == "NOT_FOUND_PAYMENT" => {
            Ok(Looked { captured: None, refunds: Vec::new(), is_over: false })
        }
        Err(failure) => Err(failure.into_error()),
    }
}

/// The payment's own key, by which money is given back; asked for when only our name is known.
pub(super) async fn key_of(toss: &TossPayments, reference: &str) -> Result<String, Outcome> {
    let Some(order) = order_of(reference) else {
        return Ok(reference.to_owned());
    };
    let unsent = |reason| Outcome::NotSent { cause: NotSentCause::Unreachable, reason };
    let looked = lookup(toss, order).await.map_err(|error| unsent(error.to_string()))?;
    let captured = looked.captured.map(|movement| movement.id);
    captured.ok_or_else(|| unsent("the books have no such payment".to_owned()))
}

/// Ends a key; one that has ended, or never was, is a success.
pub(super) async fn remove(toss: &TossPayments, key: &AgreementKey) -> Result<(), ProviderError> {
    if !is_key(key.expose()) {
        return Err(Failure::Unfit("this is no billing key".to_owned()).into_error());
    }
    let path = format!("/v1/billing/{}", key.expose());
    // The key is a secret: it is not what the call is about in the log.
    match toss.client.delete(&path, "a billing key", toss.client.deadline()).await {
        Ok(()) => Ok(()),
        Err(Failure::Refused(refusal)) if refusal.class == CodeClass::Hard => Ok(()),
        Err(failure) => Err(failure.into_error()),
    }
}
