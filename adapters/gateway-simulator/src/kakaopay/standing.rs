//! `manage/subscription/status` and `…/inactive`: what is known of a SID, and its end.

use serde_json::{Value, json};

use super::fields::Fields;
use super::refusal::{CallError, Decline, Refusal};
use super::sid::{Sid, known_sid};
use super::{KakaoPay, answer};

/// A well-formed call about a SID.
#[derive(Debug)]
pub(super) struct Standing {
    cid: &'static str,
    pub(super) sid: String,
}

impl Standing {
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        Ok(Self { cid: fields.cid()?, sid: fields.text("sid", 20)? })
    }
}

/// What is known, in whole seconds and as late as the simulator is told to be.
pub(super) async fn status(
    kakaopay: &KakaoPay,
    request: Standing,
    decline: Option<&Decline>,
) -> Result<Value, CallError> {
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let sid = known_sid(&mut tx, request.cid, &request.sid).await?;
    if let Some(decline) = decline {
        return Err(decline.refusal().into());
    }
    let mut answer = common(kakaopay, &mut tx, &sid).await?;
    answer["available"] = json!(sid.is_active());
    answer["payment_method_type"] = json!(sid.method.as_str());
    answer["item_name"] = json!(sid.item_name);
    answer["use_point_status"] = json!("NOT_REGISTERED_USER");
    Ok(answer)
}

/// The merchant ends it.
pub(super) async fn inactive(
    kakaopay: &KakaoPay,
    request: Standing,
    decline: Option<&Decline>,
) -> Result<Value, CallError> {
    let mut tx = kakaopay.backstage.ledger.begin().await?;
    let mut sid = known_sid(&mut tx, request.cid, &request.sid).await?;
    if let Some(decline) = decline {
        return Err(decline.refusal().into());
    }
    sid.inactivate(&mut tx, kakaopay.backstage.clock.now_us()).await?;
    let answer = common(kakaopay, &mut tx, &sid).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn common(
    kakaopay: &KakaoPay,
    tx: &mut sqlx::SqliteConnection,
    sid: &Sid,
) -> sqlx::Result<Value> {
    let now_us = kakaopay.backstage.clock.now_us();
    let known_at_us = now_us.saturating_sub(kakaopay.backstage.witness_delay_us());
    let last_approved_us = sid.last_approved_us(tx, known_at_us).await?;
    Ok(json!({
        "cid": sid.cid,
        "sid": sid.token,
        "status": if sid.is_active() { "ACTIVE" } else { "INACTIVE" },
        "created_at": answer::korean_time(sid.created_at_us),
        "last_approved_at": answer::optional_time(last_approved_us),
        "inactivated_at": answer::optional_time(sid.inactivated_at_us),
    }))
}
