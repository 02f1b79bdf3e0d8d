//! `manage/subscription/…`: what KakaoPay's register says of a SID, and the end of one.
//!
//! It is also the only witness of a charge whose answer was lost: `last_approved_at` of the SID,
//! compared with what it was before. It has whole seconds and may lag behind, so a witness that has
//! not moved proves something only long after.

use std::time::Duration;

use jangbogo_kernel::Timestamp;
use jangbogo_payment::{
    AgreementKey, ProviderError, ProviderTransaction, SentCharge, Sought, Standing, Witness,
};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

use super::body::SidBody;
use super::{KakaoPay, Terms};
use crate::wire::failure::{CodeClass, Failure};
use crate::wire::json;

/// How far KakaoPay's clock and ours may differ.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);
/// Two approvals that are closer than this may look like one.
const RESOLUTION: Duration = Duration::from_secs(2);

/// What is written when the SID was never charged.
const NEVER: &str = "never";

/// Whether a SID can be charged now.
pub(super) async fn standing(
    kakaopay: &KakaoPay,
    key: &AgreementKey,
) -> Result<Standing, ProviderError> {
    let ended = Standing { is_chargeable: false, witness: None };
    let answer = match ask(kakaopay, "manage/subscription/status", key).await {
        Ok(answer) => answer,
        Err(Failure::Refused(refusal)) if refusal.class == CodeClass::Hard => return Ok(ended),
        Err(failure) => return Err(failure.into_error()),
    };
    let is_available = answer.get("available").and_then(Value::as_bool);
    let status = json::text_at(&answer, "/status");
    match (status.as_deref(), is_available) {
        (Some("ACTIVE"), Some(true)) => {
            Ok(Standing { is_chargeable: true, witness: Some(Witness(last_approved(&answer))) })
        }
        (Some("INACTIVE"), _) => Ok(ended),
        (Some("ACTIVE"), Some(false)) => {
            let reason = "the SID cannot be charged just now".to_owned();
            Err(Failure::NoProof(reason).into_error())
        }
        _ => Err(Failure::NoAnswer("the SID's standing makes no sense".to_owned()).into_error()),
    }
}

/// Ends a SID.
pub(super) async fn deactivate(
    kakaopay: &KakaoPay,
    key: &AgreementKey,
) -> Result<(), ProviderError> {
    match ask(kakaopay, "manage/subscription/inactive", key).await {
        Ok(_) => Ok(()),
        // It is not known, or has ended already.
        Err(Failure::Refused(refusal)) if refusal.class == CodeClass::Hard => Ok(()),
        Err(failure) => Err(failure.into_error()),
    }
}

/// What the register says of a charge whose answer was lost.
pub(super) async fn seek(
    kakaopay: &KakaoPay,
    charge: &SentCharge,
) -> Result<Sought, ProviderError> {
    let answer = match ask(kakaopay, "manage/subscription/status", &charge.key).await {
        Ok(answer) => answer,
        Err(Failure::Refused(refusal)) if refusal.class == CodeClass::Hard => {
            return Ok(Sought::Odd("KakaoPay does not know the SID any more".to_owned()));
        }
        Err(failure) => return Err(failure.into_error()),
    };
    Ok(compare(charge, &last_approved(&answer)))
}

async fn ask(
    kakaopay: &KakaoPay,
    name: &'static str,
    key: &AgreementKey,
) -> Result<Value, Failure> {
    let merchant = kakaopay.merchant(Terms::Recurring);
    let body = SidBody { merchant, sid: key.expose() };
    let deadline = kakaopay.client.deadline();
    // The SID is a secret: it is not what the call is about in the log.
    let answer = kakaopay.client.post(name, "a SID", deadline, &body).await?;
    if !json::is_about(&answer, &[("/sid", key.expose())]) {
        return Err(Failure::NoAnswer("KakaoPay answered about another SID".to_owned()));
    }
    Ok(answer)
}

fn last_approved(answer: &Value) -> String {
    json::text_at(answer, "/last_approved_at").unwrap_or_else(|| NEVER.to_owned())
}

/// Only one charge is under way for a SID, and the register had said `before` when it was sent.
fn compare(charge: &SentCharge, after: &str) -> Sought {
    let odd = |why: &str| Sought::Odd(format!("the SID's register {why}"));
    let Some(Witness(before)) = &charge.witness else {
        return odd("was not read before the charge");
    };
    let (before, after) = (moment(before), moment(after));
    match (before, after) {
        (Moment::Odd, _) | (_, Moment::Odd) => odd("makes no sense"),
        (Moment::At(before), _) if charge.sent_at.since(before) < RESOLUTION => {
            odd("cannot tell the charge from the one before")
        }
        (before, after) if before == after => Sought::Nothing,
        (_, Moment::Never) => odd("has forgotten an approval"),
        (Moment::At(before), Moment::At(after)) if after < before => odd("went back"),
        (_, Moment::At(after)) if after < charge.sent_at.minus(CLOCKS_DIFFER) => {
            odd("shows a charge from before ours")
        }
        // It moved, nothing else was under way, and the amount was ours. The payment's own name
        // is not told; until it is, the movement is known by ours.
        (_, Moment::At(_)) => Sought::Done {
            transaction: ProviderTransaction {
                id: format!("witnessed:{}", charge.merchant_ref),
                amount: charge.amount,
            },
            reference: None,
        },
    }
}

/// When a SID was last charged, as the register writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Never,
    At(Timestamp),
    Odd,
}

/// Korean time without an offset.
fn moment(text: &str) -> Moment {
    if text == NEVER {
        return Moment::Never;
    }
    let korea = TimeZone::fixed(Offset::constant(9));
    let zoned = text.parse::<DateTime>().ok().and_then(|time| time.to_zoned(korea).ok());
    zoned.map_or(Moment::Odd, |zoned| {
        Moment::At(Timestamp::from_micros(zoned.timestamp().as_microsecond()))
    })
}

#[cfg(test)]
mod tests {
    use jangbogo_kernel::Money;

    use super::*;

    fn charge(before: &str) -> SentCharge {
        SentCharge {
            key: AgreementKey::new("S1"),
            merchant_ref: "pay_1".to_owned(),
            amount: Money::won(12_900),
            witness: Some(Witness(before.to_owned())),
            sent_at: "2026-12-21T00:00:10Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_register_that_moved_proves_the_charge() {
        // 09:00:10 in Korea; whole seconds, and clocks that differ a little.
        for after in ["2026-12-21T09:00:10", "2026-12-21T09:00:12", "2026-12-21T08:59:58"] {
            for before in ["2026-11-21T10:00:00", NEVER] {
                let Sought::Done { transaction, reference } = compare(&charge(before), after)
                else {
                    panic!("{before} → {after}");
                };
                assert_eq!(transaction.id, "witnessed:pay_1");
                assert_eq!(transaction.amount, Money::won(12_900));
                assert_eq!(reference, None);
            }
        }
    }

    #[test]
    fn a_register_that_stands_still_has_seen_nothing() {
        for before in ["2026-11-21T10:00:00", NEVER] {
            assert_eq!(compare(&charge(before), before), Sought::Nothing, "{before}");
        }
    }

    #[test]
    fn an_odd_register_is_a_person_s_business() {
        for (before, after) in [
            ("2026-11-21T10:00:00", "2026-11-20T10:00:00"), // went back
            ("2026-11-21T10:00:00", NEVER),                 // forgot
            ("2026-11-21T10:00:00", "2026-12-21T08:50:00"), // somebody else's, before ours
            ("2026-12-21T09:00:09", "2026-12-21T09:00:09"), // too close to tell
            ("2026-12-21T09:00:09", "2026-12-21T09:00:10"),
            ("2026-11-21T10:00:00", "soon"),
        ] {
            let sought = compare(&charge(before), after);
            assert!(matches!(sought, Sought::Odd(_)), "{before} → {after}: {sought:?}");
        }
        let unread = SentCharge { witness: None, ..charge(NEVER) };
        assert!(matches!(compare(&unread, NEVER), Sought::Odd(_)));
    }
}
