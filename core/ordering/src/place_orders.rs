//! Place orders, a batch at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jangbogo_cart::CartItem;
use jangbogo_catalog::{ProductId, SaleTerms};
use jangbogo_inventory::{OutOfStock, Reservation, ReservationState, Stock};
use jangbogo_kernel::{
    Clock, Event, IdGenerator, IdempotencyKey, KeyError, Money, Recorded, Store, StoreError,
    Timestamp, Transition, Uuid, fault,
};
use jangbogo_member::{AccessError, AddressDetails, AddressId, MemberId};

use crate::{
    Order, OrderFacts, OrderId, OrderPlaced, OrderRefusal, RequestedLine, StockAccess, Transaction,
};

/// Decides orders in the order of their arrival, many in one transaction.
///
/// Each command has its own answer: one buyer's refusal is nobody else's. The stock rows are locked
/// once for the whole batch; the database's constraints stay the judge, so any number of processes
/// may do this at once.
pub struct PlaceOrders {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    settings: PlaceSettings,
}

/// How orders are placed.
#[derive(Debug, Clone, Copy)]
pub struct PlaceSettings {
    /// How long an unpaid order holds its pieces.
    pub payment_window: Duration,
}

/// One order to place.
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    /// Who orders.
    pub buyer: MemberId,
    /// What is wanted.
    pub wanted: Wanted,
    /// Where it goes.
    pub receiver: Receiver,
    /// Makes a repeated request harmless.
    pub key: IdempotencyKey,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// These lines.
    Lines(Vec<RequestedLine>),
    /// Everything in the buyer's cart.
    Cart,
}

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// To this address.
    Given(AddressDetails),
    /// To an entry of the buyer's own address book.
    Book(AddressId),
}

/// What a buyer is told of a placed order: the same now and when the request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedOrder {
    /// The order.
    pub id: OrderId,
    /// What to pay.
    pub total: Money,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceOrderError {
    /// A product does not exist or is no longer sold.
    #[error("there is no product {0}")]
    UnknownProduct(ProductId),
    /// Fewer pieces than wanted are left.
    #[error("{}", .0)]
    OutOfStock(OutOfStock),
    /// The address is not in the buyer's book.
    #[error("there is no such address in your address book")]
    UnknownAddress,
    /// The lines make no order.
    #[error(transparent)]
    Lines(#[from] OrderRefusal),
    /// The idempotency key belongs to another request.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
fault!(PlaceOrderError {
    UnknownProduct: Unprocessable = "product-not-found",
    OutOfStock: Conflict = "out-of-stock",
    UnknownAddress: Unprocessable = "address-not-found",
} passes on { Lines, Key, Store });

impl PlaceOrder {
    /// What the order competes for with others: orders with the same answer share a batch.
    pub fn competes_for(&self) -> Uuid {
        let first = match &self.wanted {
            Wanted::Lines(lines) => lines.iter().map(|line| line.product).min(),
            Wanted::Cart => None,
        };
        first.map_or_else(|| self.buyer.uuid(), ProductId::uuid)
    }
}

impl Default for PlaceSettings {
    fn default() -> Self {
        Self { payment_window: Duration::from_mins(5) }
    }
}

impl From<AccessError> for PlaceOrderError {
    fn from(_: AccessError) -> Self {
        Self::UnknownAddress
    }
}

type Answer = Result<PlacedOrder, PlaceOrderError>;

impl PlaceOrders {
    /// The operation that idempotency keys are recorded under.
    pub const OPERATION: &'static str = "place-order";

    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        settings: PlaceSettings,
    ) -> Self {
        Self { store, clock, ids, settings }
    }

    /// Places the orders; answers stand in the order of the commands.
    ///
    /// # Errors
    /// When storage fails nothing of the batch has happened, or (a failed commit) all of it: the
    /// commands can be tried again one by one, their keys tell what has happened.
    pub async fn run(&self, commands: &[PlaceOrder]) -> Result<Vec<Answer>, StoreError> {
        self.run_with(commands, StockAccess::RowLock).await
    }

    /// The same with another guard of the stock.
    ///
    /// # Errors
    /// As for [`run`](Self::run); retryable when the guard found another at work.
    pub async fn run_with(
        &self,
        commands: &[PlaceOrder],
        access: StockAccess,
    ) -> Result<Vec<Answer>, StoreError> {
        self.prepare(commands, access).await?.finish().await
    }

    /// The same while earlier batches of the same products may be under way. What nobody waits for
    /// is read and written at once; then `turn` is awaited, which comes when those batches are
    /// over, and keys and stock follow. So the first to come is the first to be served. What is
    /// not possible any more when the turn has come is decided anew.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub async fn run_in_turn(
        &self,
        commands: &[PlaceOrder],
        turn: impl Future<Output = ()> + Send,
    ) -> Result<Vec<Answer>, StoreError> {
        let prepared = self.prepare(commands, StockAccess::LateLock).await;
        turn.await;
        let finished = match prepared {
            Ok(prepared) => prepared.finish().await,
            Err(error) => Err(error),
        };
        match finished {
            Err(error) if error.is_retryable() => self.run(commands).await,
            finished => finished,
        }
    }

    /// Decides, and writes everything but the keys and the stock.
    async fn prepare(
        &self,
        commands: &[PlaceOrder],
        access: StockAccess,
    ) -> Result<Prepared, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut batch = Batch::load(&mut *tx, commands, self.settings, access, now).await?;
        let mut answers = Vec::with_capacity(commands.len());
        for (command, asked) in commands.iter().zip(std::mem::take(&mut batch.asked)) {
            answers.push(batch.decide(command, asked, &*self.ids));
        }
        refuse_nothing_that_was_placed(&mut *tx, commands, &answers).await?;
        if batch.orders.is_empty() {
            return Ok(Prepared { answers, rest: None });
        }
        batch.write(&mut *tx, &*self.ids).await?;
        Ok(Prepared { answers, rest: Some((tx, batch)) })
    }

    /// The products that a command is about, for whoever locks them before it is run. A cart may
    /// change afterwards, so this is not what the order is made of.
    pub async fn products_of(&self, command: &PlaceOrder) -> Result<Vec<ProductId>, StoreError> {
        let buyer = command.buyer;
        Ok(match &command.wanted {
            Wanted::Lines(lines) => lines.iter().map(|line| line.product).collect(),
            Wanted::Cart => {
                let mut tx = self.store.begin().await?;
                let cart = tx.carts().items(&[buyer]).await?.remove(&buyer).unwrap_or_default();
                cart.into_iter().map(|item| item.product).collect()
            }
        })
    }
}

/// What one command comes to once carts, addresses and keys are looked up.
struct Asked {
    lines: Vec<RequestedLine>,
    receiver: Option<AddressDetails>,
    recorded: Option<Recorded>,
}

/// Everything that a batch needs, and what it has decided so far.
struct Batch {
    now: Timestamp,
    expires_at: Timestamp,
    access: StockAccess,
    asked: Vec<Asked>,
    terms: HashMap<ProductId, SaleTerms>,
    stocks: HashMap<ProductId, Stock>,
    placed_before: HashMap<OrderId, PlacedOrder>,
    orders: Vec<Order>,
    keys: Vec<(IdempotencyKey, OrderId)>,
    reservations: Vec<Reservation>,
}

/// A batch that is decided and written; what is left when somebody ordered something is its stock
/// and its commit.
struct Prepared {
    answers: Vec<Answer>,
    rest: Option<(Box<dyn Transaction>, Batch)>,
}

impl Batch {
    async fn load(
        tx: &mut dyn Transaction,
        commands: &[PlaceOrder],
        settings: PlaceSettings,
        access: StockAccess,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let keys: Vec<IdempotencyKey> = commands.iter().map(|c| c.key.clone()).collect();
        let recorded = tx.idempotency().find(&keys).await?;
        let from_cart = commands.iter().filter(|command| command.wanted == Wanted::Cart);
        let from_cart: Vec<MemberId> = from_cart.map(|command| command.buyer).collect();
        let carts = if from_cart.is_empty() {
            HashMap::new()
        } else {
            tx.carts().items(&from_cart).await?
        };
        let mut asked = Vec::with_capacity(commands.len());
        for (command, recorded) in commands.iter().zip(recorded) {
            let lines = match &command.wanted {
                Wanted::Lines(lines) => lines.clone(),
                Wanted::Cart => carts.get(&command.buyer).map(|c| lines_of(c)).unwrap_or_default(),
            };
            let receiver = match &command.receiver {
                Receiver::Given(details) => Some(details.clone()),
                Receiver::Book(id) => {
                    let entry = tx.addresses().find(*id).await?;
                    entry.filter(|a| a.member == command.buyer).map(|a| a.details)
                }
            };
            asked.push(Asked { lines, receiver, recorded });
        }
        let repeated: Vec<OrderId> = asked
            .iter()
            .filter_map(|a| a.recorded.as_ref().map(|r| OrderId::new(r.effect)))
            .collect();
        if access == StockAccess::LateLock && !repeated.is_empty() {
            // The batch before may be repeating the same order, and would wait for its row.
            return Err(StoreError::conflict("repeat an order out of turn"));
        }
        let mut wanted: Vec<ProductId> =
            asked.iter().flat_map(|a| a.lines.iter().map(|line| line.product)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let terms = tx.products().terms(&wanted).await?;
        // Orders are locked before stock, as by everybody who cancels, expires or settles one.
        let before = tx.orders().find_many(&repeated).await?;
        let stocks = access.read(tx.stock(), &wanted).await?;
        Ok(Self {
            now,
            expires_at: now.plus(settings.payment_window),
            access,
            asked,
            terms: terms.into_iter().map(|t| (t.product, t)).collect(),
            stocks: stocks.into_iter().map(|s| (s.product(), s)).collect(),
            placed_before: before.iter().map(|o| (o.id, PlacedOrder::of(o))).collect(),
            orders: Vec::new(),
            keys: Vec::new(),
            reservations: Vec::new(),
        })
    }

    fn decide(&mut self, command: &PlaceOrder, asked: Asked, ids: &dyn IdGenerator) -> Answer {
        let recorded = asked.recorded.or_else(|| self.recorded_in_this_batch(&command.key));
        if let Some(effect) = command.key.repeats(recorded.as_ref())? {
            let before = self.placed_before.get(&OrderId::new(effect)).copied();
            return before.ok_or_else(|| {
                StoreError::new("repeat an order", "the key names no order").into()
            });
        }
        let receiver = asked.receiver.ok_or(PlaceOrderError::UnknownAddress)?;
        Order::check_lines(&asked.lines)?;
        let items = self.on_sale(&asked.lines)?;
        let order =
            Order::place(ids.next(), command.buyer, &items, receiver, self.now, self.expires_at)?;
        self.check_stock(&order)?;
        self.hold(&order, ids)?;
        let placed = PlacedOrder::of(&order);
        self.placed_before.insert(order.id, placed);
        self.keys.push((command.key.clone(), order.id));
        self.orders.push(order);
        Ok(placed)
    }

    fn recorded_in_this_batch(&self, key: &IdempotencyKey) -> Option<Recorded> {
        let same = |(k, _): &&(IdempotencyKey, OrderId)| {
            k.principal == key.principal && k.operation == key.operation && k.key == key.key
        };
        let (key, order) = self.keys.iter().find(same)?;
        Some(Recorded { fingerprint: key.fingerprint, effect: order.uuid() })
    }

    fn on_sale(
        &self,
        lines: &[RequestedLine],
    ) -> Result<Vec<(&SaleTerms, jangbogo_kernel::Quantity)>, PlaceOrderError> {
        lines
            .iter()
            .map(|line| {
                let terms = self.terms.get(&line.product).filter(|terms| terms.is_on_sale());
                let terms = terms.ok_or(PlaceOrderError::UnknownProduct(line.product))?;
                Ok((terms, line.quantity))
            })
            .collect()
    }

    /// All lines or none: nothing is held before every line has been checked.
    fn check_stock(&self, order: &Order) -> Result<(), PlaceOrderError> {
        for line in &order.lines {
            let stock = self.stocks.get(&line.product);
            let stock = stock.ok_or(PlaceOrderError::UnknownProduct(line.product))?;
            stock.check(line.quantity.get()).map_err(PlaceOrderError::OutOfStock)?;
        }
        Ok(())
    }

    fn hold(&mut self, order: &Order, ids: &dyn IdGenerator) -> Result<(), PlaceOrderError> {
        for line in &order.lines {
            let reservation = Reservation {
                id: ids.next(),
                order: order.id.uuid(),
                product: line.product,
                quantity: line.quantity,
                state: ReservationState::Held,
                expires_at: order.expires_at,
                is_second: false,
            };
            let stock = self.stocks.get_mut(&line.product);
            let stock = stock.ok_or(PlaceOrderError::UnknownProduct(line.product))?;
            stock.hold(line.quantity, reservation.id).map_err(PlaceOrderError::OutOfStock)?;
            self.reservations.push(reservation);
        }
        Ok(())
    }

    /// Writes what was decided and what nobody else waits for. On a server the contended rows are
    /// changed last, for the shortest time.
    async fn write(
        &self,
        tx: &mut dyn Transaction,
        ids: &dyn IdGenerator,
    ) -> Result<(), StoreError> {
        let now = self.now;
        let history: Vec<Transition> =
            self.orders.iter().map(|order| order.transition("", "placed", now)).collect();
        let mut events = Vec::with_capacity(self.orders.len());
        for order in &self.orders {
            events.push(Event::of(&OrderPlaced { facts: OrderFacts::of(order) }, ids, now)?);
        }
        tx.orders().add(&self.orders).await?;
        tx.stock().reserve(&self.reservations).await?;
        tx.history().add(history).await?;
        tx.outbox().append(events).await
    }

    /// Saves the keys and the stock.
    async fn save(mut self, tx: &mut dyn Transaction) -> Result<(), StoreError> {
        let keys = std::mem::take(&mut self.keys);
        let effects: Vec<_> = keys.into_iter().map(|(key, order)| (key, order.uuid())).collect();
        tx.idempotency().record(&effects, self.now).await?;
        let mut changed: Vec<Stock> =
            self.stocks.drain().map(|(_, s)| s).filter(|s| !s.unsaved().is_empty()).collect();
        changed.sort_unstable_by_key(Stock::product);
        let stock = tx.stock();
        let changed = self.access.before_saving(stock, changed, &self.reservations).await?;
        stock.save(&changed, self.now).await
    }
}

/// The keys were read before the stock. Whoever took the last piece in between may have been the
/// same request, sent twice: then its key is there by now.
async fn refuse_nothing_that_was_placed(
    tx: &mut dyn Transaction,
    commands: &[PlaceOrder],
    answers: &[Answer],
) -> Result<(), StoreError> {
    let refused: Vec<IdempotencyKey> = commands
        .iter()
        .zip(answers)
        .filter(|(_, answer)| matches!(answer, Err(PlaceOrderError::OutOfStock(_))))
        .map(|(command, _)| command.key.clone())
        .collect();
    if !refused.is_empty() && tx.idempotency().find(&refused).await?.iter().any(Option::is_some) {
        return Err(StoreError::conflict("refuse an order that was placed meanwhile"));
    }
    Ok(())
}

impl Prepared {
    /// Saves the stock and commits.
    async fn finish(self) -> Result<Vec<Answer>, StoreError> {
        if let Some((mut tx, batch)) = self.rest {
            batch.save(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(self.answers)
    }
}

impl PlacedOrder {
    fn of(order: &Order) -> Self {
        Self { id: order.id, total: order.total, expires_at: order.expires_at }
    }
}

fn lines_of(cart: &[CartItem]) -> Vec<RequestedLine> {
    let line = |item: &CartItem| RequestedLine { product: item.product, quantity: item.quantity };
    cart.iter().map(line).collect()
}
