//! Orders and their lines.

mod queries;
mod repository;

use std::collections::HashMap;

use jangbogo_kernel::{Currency, Money, StoreError, Uuid};
use jangbogo_member::{AddressDetails, Phone};
use jangbogo_ordering::{Order, OrderId, OrderLine, OrderOrigin, OrderState};

use crate::backend::Backend;
use crate::statement::{Record, Statement, composed};

pub(crate) use queries::{finding, listing, steps_of};

/// The columns that [`order`] reads; a macro, because constant statements are made of it.
macro_rules! order_columns {
    () => {
        "id, buyer_id, state, currency, total, refunded, receiver_name, receiver_phone, \
         receiver_postcode, receiver_address1, receiver_address2, placed_at, expires_at, \
         capture_in_flight, version, origin"
    };
}
use order_columns;

/// The orders of these rows, in their order, with all their lines by one more query.
async fn with_lines<DB: Backend>(
    on: &mut DB::Connection,
    rows: &[Record<DB>],
) -> Result<Vec<Order>, StoreError> {
    let mut orders = rows.iter().map(order).collect::<Result<Vec<_>, _>>()?;
    if orders.is_empty() {
        return Ok(orders);
    }
    let ids: Vec<_> = orders.iter().map(|order| order.id).collect();
    let rows = lines_of::<DB>("", &ids).rows(on, "find order lines").await?;
    let places: HashMap<Uuid, usize> = (0..).zip(&ids).map(|(n, id)| (id.uuid(), n)).collect();
    for row in &rows {
        let place = places.get(&row.get::<Uuid>("order_id")?);
        if let Some(order) = place.and_then(|n| orders.get_mut(*n)) {
            let line = line(row, order.total.currency())?;
            order.lines.push(line);
        }
    }
    Ok(orders)
}

/// The lines of these orders; `before` stands in front of the whole.
pub(crate) fn lines_of<DB: Backend>(before: &'static str, orders: &[OrderId]) -> Statement<DB> {
    composed::<DB>(before)
        .text(
            "SELECT order_id, number, product_id, seller_id, product_name, unit_price, quantity, \
                 total AS line_total, returned \
             FROM order_line WHERE order_id",
        )
        .any_of(orders)
        .text(" ORDER BY order_id, number")
        .finish()
}

fn order<DB: Backend>(row: &Record<DB>) -> Result<Order, StoreError> {
    let phone: String = row.get("receiver_phone")?;
    let receiver = AddressDetails {
        name: row.get("receiver_name")?,
        phone: Phone::parse(&phone).map_err(|error| row.impossible(error))?,
        postcode: row.get("receiver_postcode")?,
        address1: row.get("receiver_address1")?,
        address2: row.get("receiver_address2")?,
    };
    Ok(Order {
        id: row.id("id")?,
        buyer: row.id("buyer_id")?,
        origin: row.named("origin", OrderOrigin::from_name)?,
        state: row.named("state", OrderState::from_name)?,
        lines: Vec::new(),
        total: row.money("total")?,
        refunded: row.money("refunded")?,
        receiver,
        placed_at: row.time("placed_at")?,
        expires_at: row.time("expires_at")?,
        capture_in_flight: row.get("capture_in_flight")?,
        version: row.get("version")?,
    })
}

/// Lines have no currency of their own: it is the order's.
fn line<DB: Backend>(row: &Record<DB>, currency: Currency) -> Result<OrderLine, StoreError> {
    Ok(OrderLine {
        number: row.get("number")?,
        product: row.id("product_id")?,
        seller: row.id("seller_id")?,
        product_name: row.get("product_name")?,
        unit_price: Money::new(row.get("unit_price")?, currency),
        quantity: row.quantity("quantity")?,
        total: Money::new(row.get("line_total")?, currency),
        returned: row.get("returned")?,
    })
}
