//! Address books.

use async_trait::async_trait;
use jangbogo_kernel::StoreError;
use jangbogo_member::{Address, AddressDetails, AddressId, AddressRepository, MemberId, Phone};

use crate::backend::Backend;
use crate::statement::{Record, assembled, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> AddressRepository for SqlTransaction<DB> {
    async fn count(&mut self, member: MemberId) -> Result<u32, StoreError> {
        lock_book(self, member).await?;
        let row = sql::<DB>("SELECT COUNT(*) AS entries FROM address WHERE member_id = $1")
            .bind(member.uuid())
            .row(self.on(), "count addresses")
            .await?;
        let Some(row) = row else { return Ok(0) };
        u32::try_from(row.get::<i64>("entries")?).map_err(|error| row.impossible(error))
    }

    async fn find(&mut self, id: AddressId) -> Result<Option<Address>, StoreError> {
        let row = sql::<DB>(
            "SELECT id, member_id, name, phone, postcode, address1, address2, is_default, \
                 created_at \
             FROM address WHERE id = $1",
        )
        .bind(id.uuid())
        .row(self.on(), "find an address")
        .await?;
        row.as_ref().map(address).transpose()
    }

    async fn save(&mut self, address: &Address) -> Result<(), StoreError> {
        if address.is_default {
            lock_book(self, address.member).await?;
            sql::<DB>(
                "UPDATE address SET is_default = FALSE \
                 WHERE member_id = $1 AND id <> $2 AND is_default",
            )
            .bind(address.member.uuid())
            .bind(address.id.uuid())
            .execute(self.on(), "make room for a default address")
            .await?;
        }
        let details = &address.details;
        sql::<DB>(
            "INSERT INTO address (id, member_id, name, phone, postcode, address1, address2, \
                 is_default, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone = excluded.phone, \
                 postcode = excluded.postcode, address1 = excluded.address1, \
                 address2 = excluded.address2, is_default = excluded.is_default",
        )
        .bind(address.id.uuid())
        .bind(address.member.uuid())
        .bind(details.name.clone())
        .bind(details.phone.as_str().to_owned())
        .bind(details.postcode.clone())
        .bind(details.address1.clone())
        .bind(details.address2.clone())
        .bind(address.is_default)
        .bind(address.created_at.as_micros())
        .execute(self.on(), "save an address")
        .await?;
        Ok(())
    }

    async fn remove(&mut self, id: AddressId) -> Result<(), StoreError> {
        sql::<DB>("DELETE FROM address WHERE id = $1")
            .bind(id.uuid())
            .execute(self.on(), "remove an address")
            .await?;
        Ok(())
    }

    async fn remove_all(&mut self, member: MemberId) -> Result<(), StoreError> {
        sql::<DB>("DELETE FROM address WHERE member_id = $1")
            .bind(member.uuid())
            .execute(self.on(), "remove a member's addresses")
            .await?;
        Ok(())
    }
}

/// The member's addresses, outside a transaction.
pub(super) async fn of_member<DB: Backend>(
    on: &mut DB::Connection,
    member: MemberId,
) -> Result<Vec<Address>, StoreError> {
    let rows = sql::<DB>(
        "SELECT id, member_id, name, phone, postcode, address1, address2, is_default, created_at \
         FROM address WHERE member_id = $1 ORDER BY is_default DESC, created_at, id",
    )
    .bind(member.uuid())
    .rows(on, "list addresses")
    .await?;
    rows.iter().map(address).collect()
}

/// Two writers of one book take turns, so that neither the number of entries nor the one default
/// is decided on what the other is about to change.
async fn lock_book<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    member: MemberId,
) -> Result<(), StoreError> {
    let text = format!("SELECT id FROM member WHERE id = $1{}", DB::FOR_UPDATE);
    assembled::<DB>(text).bind(member.uuid()).rows(tx.on(), "lock an address book").await?;
    Ok(())
}

fn address<DB: Backend>(row: &Record<DB>) -> Result<Address, StoreError> {
    let phone = Phone::parse(&row.get::<String>("phone")?);
    Ok(Address {
        id: row.id("id")?,
        member: row.id("member_id")?,
        details: AddressDetails {
            name: row.get("name")?,
            phone: phone.map_err(|error| row.impossible(error))?,
            postcode: row.get("postcode")?,
            address1: row.get("address1")?,
            address2: row.get("address2")?,
        },
        is_default: row.get("is_default")?,
        created_at: row.time("created_at")?,
    })
}
