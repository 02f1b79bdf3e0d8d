//! One KakaoPay payment: its states, what it may do next, and its row.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::refusal::Code;
use crate::ledger::Ledger;
use crate::summary::Summary;

/// A payment page and its tid live 15 minutes from `ready`.
const LIFETIME_US: i64 = 15 * 60 * 1_000_000;

/// Where a payment stands, by KakaoPay's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    OpenPayment,
    AuthPassword,
    SuccessPayment,
    PartCancelPayment,
    CancelPayment,
    QuitPayment,
    FailPayment,
}

impl State {
    const ALL: [Self; 8] = [
        Self::Ready,
        Self::OpenPayment,
        Self::AuthPassword,
        Self::SuccessPayment,
        Self::PartCancelPayment,
        Self::CancelPayment,
        Self::QuitPayment,
        Self::FailPayment,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::OpenPayment => "OPEN_PAYMENT",
            Self::AuthPassword => "AUTH_PASSWORD",
            Self::SuccessPayment => "SUCCESS_PAYMENT",
            Self::PartCancelPayment => "PART_CANCEL_PAYMENT",
            Self::CancelPayment => "CANCEL_PAYMENT",
            Self::QuitPayment => "QUIT_PAYMENT",
            Self::FailPayment => "FAIL_PAYMENT",
        }
    }

    /// Whether the buyer or the merchant may still finish the payment.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::OpenPayment | Self::AuthPassword)
    }
}

/// What the buyer pays with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Card,
    Money,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Card => "CARD",
            Self::Money => "MONEY",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Card, Self::Money].into_iter().find(|method| method.as_str() == text)
    }
}

/// An amount and its parts, in won.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) total: i64,
    pub(super) tax_free: i64,
    pub(super) vat: i64,
    pub(super) green_deposit: i64,
}

impl Amount {
    /// KakaoPay's default: a rounded eleventh of the taxable part. (Eleven is odd, so there is no
    /// half to round.)
    pub(super) fn default_vat(total: i64, tax_free: i64) -> i64 {
        (total - tax_free + 5) / 11
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            tax_free: self.tax_free + other.tax_free,
            vat: self.vat + other.vat,
            green_deposit: self.green_deposit + other.green_deposit,
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            total: self.total - other.total,
            tax_free: self.tax_free - other.tax_free,
            vat: self.vat - other.vat,
            green_deposit: self.green_deposit - other.green_deposit,
        }
    }
}

/// A payment as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) tid: String,
    /// The 64 hexadecimal digits of its page.
    pub(super) page: String,
    pub(super) cid: String,
    pub(super) partner_order_id: String,
    pub(super) partner_user_id: String,
    pub(super) item_name: String,
    pub(super) item_code: Option<String>,
    pub(super) quantity: i64,
    pub(super) amount: Amount,
    pub(super) approval_url: String,
    pub(super) cancel_url: String,
    pub(super) fail_url: String,
    pub(super) wanted_method: Option<Method>,
    pub(super) install_month: Option<i64>,
    pub(super) created_at_us: i64,
    pub(super) state: State,
    pub(super) pg_token: Option<String>,
    pub(super) method: Option<Method>,
    pub(super) capture_aid: Option<String>,
    pub(super) approved_at_us: Option<i64>,
    pub(super) canceled: Amount,
    pub(super) canceled_at_us: Option<i64>,
}

impl Payment {
    /// Whether an open payment has outlived its 15 minutes.
    pub(super) fn is_expired(&self, now_us: i64) -> bool {
        self.state.is_open() && now_us - self.created_at_us >= LIFETIME_US
    }

    /// What can still be cancelled; nothing before the money has moved.
    pub(super) fn cancellable(&self) -> Amount {
        if self.capture_aid.is_some() {
            self.amount.minus(self.canceled)
        } else {
            Amount::default()
        }
    }

    pub(super) async fn find(tx: &mut SqliteConnection, tid: &str) -> sqlx::Result<Option<Self>> {
        let row = sqlx::query("SELECT * FROM kakaopay_payment WHERE tid = ?")
            .bind(tid.to_owned())
            .fetch_optional(tx)
            .await?;
        row.as_ref().map(payment).transpose()
    }

    pub(super) async fn find_by_page(
        tx: &mut SqliteConnection,
        page: &str,
    ) -> sqlx::Result<Option<Self>> {
        let row = sqlx::query("SELECT * FROM kakaopay_payment WHERE page = ?")
            .bind(page.to_owned())
            .fetch_optional(tx)
            .await?;
        row.as_ref().map(payment).transpose()
    }

    pub(super) async fn add(&self, tx: &mut SqliteConnection) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO kakaopay_payment
                (tid, page, cid, partner_order_id, partner_user_id, item_name, item_code, quantity,
                 total, tax_free, vat, green_deposit, approval_url, cancel_url, fail_url,
                 wanted_method, install_month, created_at_us, state)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.tid.clone())
        .bind(self.page.clone())
        .bind(self.cid.clone())
        .bind(self.partner_order_id.clone())
        .bind(self.partner_user_id.clone())
        .bind(self.item_name.clone())
        .bind(self.item_code.clone())
        .bind(self.quantity)
        .bind(self.amount.total)
        .bind(self.amount.tax_free)
        .bind(self.amount.vat)
        .bind(self.amount.green_deposit)
        .bind(self.approval_url.clone())
        .bind(self.cancel_url.clone())
        .bind(self.fail_url.clone())
        .bind(self.wanted_method.map(Method::as_str))
        .bind(self.install_month)
        .bind(self.created_at_us)
        .bind(self.state.as_str())
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Writes what may change after `ready`.
    pub(super) async fn save(&self, tx: &mut SqliteConnection) -> sqlx::Result<()> {
        sqlx::query(
            "UPDATE kakaopay_payment SET state = ?, pg_token = ?, method = ?, capture_aid = ?,
                approved_at_us = ?, canceled_total = ?, canceled_tax_free = ?, canceled_vat = ?,
                canceled_green_deposit = ?, canceled_at_us = ?
             WHERE tid = ?",
        )
        .bind(self.state.as_str())
        .bind(self.pg_token.clone())
        .bind(self.method.map(Method::as_str))
        .bind(self.capture_aid.clone())
        .bind(self.approved_at_us)
        .bind(self.canceled.total)
        .bind(self.canceled.tax_free)
        .bind(self.canceled.vat)
        .bind(self.canceled.green_deposit)
        .bind(self.canceled_at_us)
        .bind(self.tid.clone())
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// The payment a call names, or the answer that there is none.
pub(super) async fn known(
    tx: &mut SqliteConnection,
    cid: &str,
    tid: &str,
) -> Result<Payment, super::refusal::CallError> {
    let payment = Payment::find(tx, tid).await?.ok_or(Code::UnknownTid)?;
    // One merchant code's payments are not another one's, be it the same merchant's.
    if payment.cid == cid { Ok(payment) } else { Err(Code::UnknownCid.into()) }
}

fn payment(row: &SqliteRow) -> sqlx::Result<Payment> {
    let state: String = row.try_get("state")?;
    let method = |column: &str| -> sqlx::Result<Option<Method>> {
        Ok(row.try_get::<Option<String>, _>(column)?.as_deref().and_then(Method::parse))
    };
    Ok(Payment {
        tid: row.try_get("tid")?,
        page: row.try_get("page")?,
        cid: row.try_get("cid")?,
        partner_order_id: row.try_get("partner_order_id")?,
        partner_user_id: row.try_get("partner_user_id")?,
        item_name: row.try_get("item_name")?,
        item_code: row.try_get("item_code")?,
        quantity: row.try_get("quantity")?,
        amount: Amount {
            total: row.try_get("total")?,
            tax_free: row.try_get("tax_free")?,
            vat: row.try_get("vat")?,
            green_deposit: row.try_get("green_deposit")?,
        },
        approval_url: row.try_get("approval_url")?,
        cancel_url: row.try_get("cancel_url")?,
        fail_url: row.try_get("fail_url")?,
        wanted_method: method("wanted_method")?,
        install_month: row.try_get("install_month")?,
        created_at_us: row.try_get("created_at_us")?,
        state: State::ALL
            .into_iter()
            .find(|known| known.as_str() == state)
            .ok_or_else(|| sqlx::Error::Decode(format!("unknown state {state}").into()))?,
        pg_token: row.try_get("pg_token")?,
        method: method("method")?,
        capture_aid: row.try_get("capture_aid")?,
        approved_at_us: row.try_get("approved_at_us")?,
        canceled: Amount {
            total: row.try_get("canceled_total")?,
            tax_free: row.try_get("canceled_tax_free")?,
            vat: row.try_get("canceled_vat")?,
            green_deposit: row.try_get("canceled_green_deposit")?,
        },
        canceled_at_us: row.try_get("canceled_at_us")?,
    })
}

/// Every payment, oldest first.
pub(crate) async fn summaries(ledger: &Ledger, now_us: i64) -> sqlx::Result<Vec<Summary>> {
    let mut tx = ledger.begin().await?;
    let rows =
        sqlx::query("SELECT * FROM kakaopay_payment ORDER BY seq").fetch_all(&mut *tx).await?;
    let summary = |row: &SqliteRow| -> sqlx::Result<Summary> {
        let payment = payment(row)?;
        Ok(Summary {
            provider: super::PROVIDER,
            state: payment.state.as_str(),
            amount: payment.amount.total,
            canceled_amount: payment.canceled.total,
            cancel_available_amount: payment.cancellable().total,
            is_expired: payment.is_expired(now_us),
            tid: payment.tid,
            merchant_ref: payment.partner_order_id,
        })
    };
    rows.iter().map(summary).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_vat_is_a_rounded_eleventh_of_the_taxable_part() {
        assert_eq!(Amount::default_vat(2_200, 0), 200);
        assert_eq!(Amount::default_vat(1_000, 0), 91); // 90.9
        assert_eq!(Amount::default_vat(990, 0), 90);
        assert_eq!(Amount::default_vat(16, 0), 1); // 1.45
        assert_eq!(Amount::default_vat(17, 0), 2); // 1.55
        assert_eq!(Amount::default_vat(1_000, 1_000), 0);
    }
}
