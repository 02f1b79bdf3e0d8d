//! What belongs to an order as rows: lines, holds, stock movements, history and, where money moved,
//! intent, attempts and ledger. The provider's own books know nothing of them.

use std::collections::HashMap;

use jangbogo_kernel::Uuid;
use jangbogo_ordering::OrderState;
use jangbogo_sql::bulk::{Cell, Rows, STOCK_CHANGES};

use super::dice::id;
use super::orders::{Line, Seed};
use super::{Scale, number, text};

const INTENT: u8 = 6;
const ATTEMPT: u8 = 7;
const PROVIDER: &str = "kakaopay";

/// The rows of one chunk, and what they change of the stock.
pub(super) struct Chunk {
    orders: Rows,
    lines: Rows,
    reservations: Rows,
    movements: Rows,
    intents: Rows,
    attempts: Rows,
    entries: Rows,
    history: Rows,
    changes: HashMap<Uuid, (i64, i64, i64)>,
}

impl Chunk {
    pub(super) fn new() -> Self {
        Self {
            orders: Rows::into(
                "orders (id, buyer_id, state, currency, total, refunded, receiver_name, \
                 receiver_phone, receiver_postcode, receiver_address1, receiver_address2, \
                 placed_at, expires_at, version)",
            ),
            lines: Rows::into(
                "order_line (order_id, number, product_id, seller_id, product_name, unit_price, \
                 quantity, total, returned)",
            ),
            reservations: Rows::into(
                "reservation (id, order_id, product_id, quantity, state, expires_at)",
            ),
            movements: Rows::into(
                "stock_ledger (product_id, sequence, kind, pieces, reservation_id, at)",
            ),
            intents: Rows::into(
                "payment_intent (id, order_id, buyer_id, amount, currency, created_at)",
            ),
            attempts: Rows::into(
                "payment_attempt (id, intent_id, order_id, buyer_id, number, operation, provider, \
                 merchant_ref, amount, currency, state, version, provider_transaction, \
                 refund_request, refunded_before, captured, returned, reason, created_at, \
                 sent_at, settled_at, lookups)",
            ),
            entries: Rows::into(
                "ledger_entry (attempt_id, number, account, debit, credit, currency, at)",
            ),
            history: Rows::into(
                "state_history (entity, entity_id, version, from_state, to_state, reason, at)",
            ),
            changes: HashMap::new(),
        }
    }

    pub(super) fn order(&mut self, scale: &Scale, order: &Seed) {
        let path = order.path();
        self.orders.push([
            Cell::Id(order.id),
            Cell::Id(order.buyer),
            text(order.state.name()),
            text("KRW"),
            number(order.total),
            number(order.refunded()),
            text("장보고"),
            text("01012345678"),
            text("59100"),
            text("전라남도 완도군 완도읍 청해진로 1"),
            text(""),
            number(order.placed_at),
            number(order.expires_at(scale)),
            number(i64::try_from(path.len()).unwrap_or(0)),
        ]);
        for (line, place) in order.lines.iter().zip(1..) {
            let product = &line.seeded.product;
            self.lines.push([
                Cell::Id(order.id),
                number(place),
                Cell::Id(product.id.uuid()),
                Cell::Id(product.seller.uuid()),
                text(product.name.clone()),
                number(line.price()),
                number(line.quantity),
                number(line.total()),
                number(order.returned(line)),
            ]);
        }
        let names: Vec<&'static str> = path.into_iter().map(OrderState::name).collect();
        self.steps("order", order.id, &names, order);
        if order.was_paid() {
            self.money(scale, order);
        }
    }

    pub(super) fn reservation(
        &mut self,
        scale: &Scale,
        order: &Seed,
        line: &Line,
        state: &'static str,
    ) {
        self.reservations.push([
            Cell::Id(line.reservation),
            Cell::Id(order.id),
            Cell::Id(line.seeded.product.id.uuid()),
            number(line.quantity),
            text(state),
            number(order.expires_at(scale)),
        ]);
    }

    pub(super) fn movement(&mut self, line: &Line, sequence: i64, kind: &'static str, at: i64) {
        self.movements.push([
            Cell::Id(line.seeded.product.id.uuid()),
            number(sequence),
            text(kind),
            number(line.quantity),
            Cell::Id(line.reservation),
            number(at),
        ]);
    }

    /// What a line does to its product's stock, in so many steps.
    pub(super) fn change(&mut self, line: &Line, reserved: i64, sold: i64, steps: i64) {
        let product = line.seeded.product.id.uuid();
        let change = self.changes.entry(product).or_insert((0, 0, 0));
        *change = (change.0 + reserved, change.1 + sold, change.2 + steps);
    }

    fn steps(&mut self, entity: &'static str, of: Uuid, names: &[&'static str], order: &Seed) {
        let mut from = "";
        for (to, step) in names.iter().zip(0..) {
            self.history.push([
                text(entity),
                Cell::Id(of),
                number(step + 1),
                text(from),
                text(*to),
                text("seed"),
                number(order.at(step)),
            ]);
            from = to;
        }
    }

    fn money(&mut self, scale: &Scale, order: &Seed) {
        let intent = id(scale.seed, INTENT, order.number);
        self.intents.push([
            Cell::Id(intent),
            Cell::Id(order.id),
            Cell::Id(order.buyer),
            number(order.total),
            text("KRW"),
            number(order.placed_at),
        ]);
        self.attempt(scale, order, intent, None);
        if order.refunded() > 0 {
            self.attempt(scale, order, intent, Some(order.refunded()));
        }
    }

    /// A capture of the whole, or a refund of so much.
    fn attempt(&mut self, scale: &Scale, order: &Seed, intent: Uuid, refund: Option<i64>) {
        let capture = refund.is_none();
        let place = i64::from(!capture);
        let attempt = id(scale.seed, ATTEMPT, order.number * 2 + place);
        let amount = refund.unwrap_or(order.total);
        let only_refund = |cell| if capture { Cell::Null } else { cell };
        let reference = id(scale.seed, ATTEMPT, order.number * 2).as_simple().to_string();
        let sent = order.at(1 + place);
        self.attempts.push([
            Cell::Id(attempt),
            Cell::Id(intent),
            Cell::Id(order.id),
            Cell::Id(order.buyer),
            number(place + 1),
            text(if capture { "CAPTURE" } else { "REFUND" }),
            text(PROVIDER),
            text(reference),
            number(amount),
            text("KRW"),
            text("SUCCEEDED"),
            number(3),
            text(format!("SEED{}", attempt.as_simple())),
            only_refund(Cell::Id(attempt)),
            only_refund(number(0)),
            only_refund(number(order.total)),
            only_refund(text(returned(order))),
            only_refund(text("seed")),
            number(sent),
            number(sent),
            number(sent),
            number(0),
        ]);
        self.steps("attempt", attempt, &["CREATED", "SENT", "SUCCEEDED"], order);
        let receivable = format!("receivable:{PROVIDER}");
        let (debit, credit) = if capture {
            (receivable, "sales".to_owned())
        } else {
            ("sales".to_owned(), receivable)
        };
        let entry = |place, account, debit, credit| {
            let [debit, credit] = [debit, credit].map(number);
            let (at, currency) = (number(sent), text("KRW"));
            [Cell::Id(attempt), number(place), text(account), debit, credit, currency, at]
        };
        self.entries.push(entry(1, debit, amount, 0));
        self.entries.push(entry(2, credit, 0, amount));
    }

    /// In the order in which they refer to each other.
    pub(super) fn tables(self) -> Vec<Rows> {
        let mut stock = Rows::into(STOCK_CHANGES);
        for (product, (reserved, sold, steps)) in self.changes {
            stock.push([Cell::Id(product), number(reserved), number(sold), number(steps)]);
        }
        vec![
            self.orders,
            self.lines,
            self.reservations,
            self.movements,
            self.intents,
            self.attempts,
            self.entries,
            self.history,
            stock,
        ]
    }
}

/// The pieces that came back, as the payment repository writes them.
fn returned(order: &Seed) -> String {
    let back = order.lines.iter().filter(|line| order.returned(line) > 0);
    let back = back.map(|line| {
        let product = line.seeded.product.id.uuid();
        format!("[\"{product}\",{}]", order.returned(line))
    });
    format!("[{}]", back.collect::<Vec<_>>().join(","))
}
