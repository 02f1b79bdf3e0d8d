//! The rows that orders stand on.

use std::time::Duration;

use jangbogo_catalog::{Product, SaleTerms};
use jangbogo_inventory::contract::add_product;
use jangbogo_kernel::{IdGenerator, Quantity, StoreError, Timestamp};
use jangbogo_member::contract::new_member;
use jangbogo_member::{AddressDetails, Member, MemberId, Role};

use crate::{Order, Transaction};

/// Stored members and products, for orders to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// Who orders.
    pub buyer: MemberId,
    /// Somebody else who orders.
    pub other_buyer: MemberId,
    /// Who sells.
    pub seller: MemberId,
    /// What is sold, with stock.
    pub products: [Product; 2],
}

impl Ground {
    /// How long after placing the example's orders expire.
    pub const WINDOW: Duration = Duration::from_mins(5);

    /// Adds the rows inside a transaction.
    pub async fn lay(
        tx: &mut dyn Transaction,
        ids: &dyn IdGenerator,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let buyer = add_member(tx, Role::Buyer, ids, now).await?;
        let other_buyer = add_member(tx, Role::Buyer, ids, now).await?;
        let seller = add_member(tx, Role::Seller, ids, now).await?;
        let products = [
            add_product(tx, seller, 100, ids, now).await?,
            add_product(tx, seller, 100, ids, now).await?,
        ];
        Ok(Self { buyer, other_buyer, seller, products })
    }

    /// A new order of two pieces of one product and three of the other; not yet added.
    pub fn order(
        &self,
        buyer: MemberId,
        ids: &dyn IdGenerator,
        placed_at: Timestamp,
    ) -> Result<Order, StoreError> {
        let [one, other] = &self.products;
        let (two, three) = (Quantity::try_new(2), Quantity::try_new(3));
        let (one, other) = (SaleTerms::from(one), SaleTerms::from(other));
        let items = [(&other, made(two, "count pieces")?), (&one, made(three, "count pieces")?)];
        let receiver = AddressDetails::parse(
            "장보고",
            "010-1234-5678",
            "59104",
            "전남 완도군 완도읍 청해진남로 51",
            "101호",
        );
        let receiver = made(receiver, "write an address")?;
        let expires_at = placed_at.plus(Self::WINDOW);
        let order = Order::place(ids.next(), buyer, &items, receiver, placed_at, expires_at);
        made(order, "make an order")
    }

    /// Adds an order of the buyer, placed at this time.
    pub async fn place(
        &self,
        tx: &mut dyn Transaction,
        ids: &dyn IdGenerator,
        placed_at: Timestamp,
    ) -> Result<Order, StoreError> {
        let order = self.order(self.buyer, ids, placed_at)?;
        tx.orders().add(std::slice::from_ref(&order)).await?;
        Ok(order)
    }
}

async fn add_member(
    tx: &mut dyn Transaction,
    role: Role,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<MemberId, StoreError> {
    let member = Member { role, ..new_member(ids, now)? };
    tx.members().add(&member).await?;
    Ok(member.id)
}

/// What the example's own values make possible.
fn made<T, E>(result: Result<T, E>, what: &'static str) -> Result<T, StoreError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    result.map_err(|error| StoreError::new(what, error))
}
