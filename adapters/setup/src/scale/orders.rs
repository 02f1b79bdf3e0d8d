//! Orders in every state, and what they do to the stock; a product's pieces are never oversold.

use std::collections::HashMap;
use std::ops::Range;

use jangbogo_kernel::Uuid;
use jangbogo_ordering::OrderState;
use jangbogo_sql::bulk::Rows;

use super::dice::{Dice, id};
use super::order_rows::Chunk;
use super::products::Seeded;
use super::{Scale, members};

const ORDER: u8 = 4;
const RESERVATION: u8 = 5;

/// Most lines of one order, and so the distance of the numbers of two orders' lines.
const LINES_MAX: i64 = 10;
/// Orders are spread over so many days.
const DAYS: i64 = 90;
const DAY: i64 = 86_400_000_000;

/// What the orders so far have done to the stock.
pub(super) struct Books<'a> {
    scale: &'a Scale,
    stocks: HashMap<i64, Shelf>,
}

/// One product's pieces.
struct Shelf {
    left: i64,
    sequence: i64,
}

/// An order and what has been decided about it.
pub(super) struct Seed {
    pub(super) number: i64,
    pub(super) id: Uuid,
    pub(super) buyer: Uuid,
    pub(super) state: OrderState,
    pub(super) placed_at: i64,
    pub(super) total: i64,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Line {
    pub(super) product: i64,
    pub(super) seeded: Seeded,
    pub(super) quantity: i64,
    pub(super) reservation: Uuid,
}

impl<'a> Books<'a> {
    pub(super) fn new(scale: &'a Scale) -> anyhow::Result<Self> {
        anyhow::ensure!(scale.orders == 0 || scale.products > 0, "orders need products");
        Ok(Self { scale, stocks: HashMap::new() })
    }

    /// The rows of these orders; they have to be asked for one after the other.
    pub(super) fn rows(&mut self, numbers: Range<i64>) -> anyhow::Result<Vec<Rows>> {
        let mut chunk = Chunk::new();
        for number in numbers {
            let order = self.order(number)?;
            self.pieces(&mut chunk, &order);
            chunk.order(self.scale, &order);
        }
        Ok(chunk.tables())
    }

    fn order(&mut self, number: i64) -> anyhow::Result<Seed> {
        let scale = self.scale;
        let mut dice = Dice::new(scale.seed, ORDER, number);
        let wanted = 1 + dice.below(dice.clone().below(LINES_MAX) + 1);
        let mut lines: Vec<Line> = Vec::new();
        let mut product = dice.below(scale.products);
        // A product that is sold out leaves its place to the next one.
        for _ in 0..scale.products.min(1_000) {
            if i64::try_from(lines.len())? == wanted {
                break;
            }
            let seeded = Seeded::new(scale, product)?;
            let quantity = 1 + dice.below(3);
            let shelf = self.stocks.entry(product);
            let shelf = shelf.or_insert(Shelf { left: seeded.stock, sequence: 1 });
            if shelf.left >= quantity && lines.iter().all(|line| line.product != product) {
                shelf.left -= quantity;
                let place = number * LINES_MAX + i64::try_from(lines.len())?;
                let reservation = id(scale.seed, RESERVATION, place);
                lines.push(Line { product, seeded, quantity, reservation });
                product = dice.below(scale.products);
            } else {
                product = (product + 1) % scale.products;
            }
        }
        anyhow::ensure!(!lines.is_empty(), "the shop is sold out: fewer orders or more products");
        let total = lines.iter().map(Line::total).sum();
        let buyer = id(scale.seed, members::BUYER, dice.below(scale.buyers()));
        let state = state(&mut dice, number * 100 >= scale.orders * 98);
        let apart = DAYS * DAY / scale.orders;
        let placed_at = scale.until.as_micros() - (scale.orders - number) * apart;
        let id = id(scale.seed, ORDER, number);
        Ok(Seed { number, id, buyer, state, placed_at, total, lines })
    }

    /// The holds of an order, how they ended, and what that does to the stock.
    fn pieces(&mut self, chunk: &mut Chunk, order: &Seed) {
        let (state, kinds): (_, &[&'static str]) = match order.state {
            OrderState::PendingPayment => ("HELD", &["HOLD"]),
            OrderState::Expired | OrderState::Cancelled => ("RELEASED", &["HOLD", "RELEASE"]),
            OrderState::Refunded => ("COMMITTED", &["HOLD", "COMMIT", "RESTOCK"]),
            _ => ("COMMITTED", &["HOLD", "COMMIT"]),
        };
        for line in &order.lines {
            let pieces = line.quantity;
            chunk.reservation(self.scale, order, line, state);
            let Some(shelf) = self.stocks.get_mut(&line.product) else { continue };
            for (kind, step) in kinds.iter().zip(0..) {
                shelf.sequence += 1;
                chunk.movement(line, shelf.sequence, kind, order.at(step));
            }
            let is_back = matches!(kinds.last(), Some(&"RELEASE" | &"RESTOCK"));
            let (reserved, sold) = match state {
                _ if is_back => (0, 0),
                "HELD" => (pieces, 0),
                _ => (0, pieces),
            };
            if is_back {
                shelf.left += pieces;
            }
            let steps = i64::try_from(kinds.len()).unwrap_or(0);
            chunk.change(line, reserved, sold, steps);
        }
    }
}

impl Line {
    pub(super) fn price(&self) -> i64 {
        self.seeded.product.price.selling().minor()
    }

    pub(super) fn total(&self) -> i64 {
        self.price() * self.quantity
    }
}

/// The youngest orders may await their payment; most of the others have been completed.
fn state(dice: &mut Dice, young: bool) -> OrderState {
    let percent = dice.below(100);
    if young && percent < 50 {
        return OrderState::PendingPayment;
    }
    match percent {
        0..20 => OrderState::Paid,
        20..25 => OrderState::Preparing,
        25..33 => OrderState::Shipped,
        33..43 => OrderState::Delivered,
        43..80 => OrderState::Completed,
        80..88 => OrderState::Expired,
        88..93 => OrderState::Cancelled,
        93..96 => OrderState::PartiallyRefunded,
        _ => OrderState::Refunded,
    }
}

impl Seed {
    /// The states that the order went through.
    pub(super) fn path(&self) -> Vec<OrderState> {
        use OrderState::{Completed, Delivered, Paid, PendingPayment, Preparing, Shipped};
        let mut path = vec![PendingPayment];
        match self.state {
            PendingPayment => {}
            Paid | Preparing | Shipped | Delivered | Completed => {
                let steps = [Paid, Preparing, Shipped, Delivered, Completed];
                let last = steps.iter().position(|step| *step == self.state).unwrap_or(0);
                path.extend(steps.into_iter().take(last + 1));
            }
            OrderState::Expired | OrderState::Cancelled => path.push(self.state),
            OrderState::PartiallyRefunded | OrderState::Refunded => path.extend([Paid, self.state]),
        }
        path
    }

    pub(super) fn refunded(&self) -> i64 {
        match self.state {
            OrderState::PartiallyRefunded => self.total / 2,
            OrderState::Refunded => self.total,
            _ => 0,
        }
    }

    pub(super) fn returned(&self, line: &Line) -> i64 {
        if self.state == OrderState::Refunded { line.quantity } else { 0 }
    }

    pub(super) fn was_paid(&self) -> bool {
        self.path().contains(&OrderState::Paid)
    }

    /// When a step was made: a minute after the one before.
    pub(super) fn at(&self, step: i64) -> i64 {
        self.placed_at + step * 60_000_000
    }

    /// Five minutes; what still awaits its payment may do so for thirty days more.
    pub(super) fn expires_at(&self, scale: &Scale) -> i64 {
        match self.state {
            OrderState::PendingPayment => scale.until.as_micros() + 30 * DAY,
            _ => self.at(5),
        }
    }
}
