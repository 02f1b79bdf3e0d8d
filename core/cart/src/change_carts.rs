//! Change carts, a batch at a time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jangbogo_catalog::{ProductId, SaleTerms};
use jangbogo_inventory::{OutOfStock, Stock};
use jangbogo_kernel::{Clock, Quantity, Store, StoreError, Timestamp, Uuid, fault};
use jangbogo_member::MemberId;

use crate::{Cart, CartItem, Transaction};

/// Decides changes in the order of their arrival, many in one transaction.
///
/// Each command has its own answer. Nothing is held for a cart: the order decides.
pub struct ChangeCarts {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

/// One line of somebody's cart as it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeCart {
    /// Whose cart.
    pub member: MemberId,
    /// Which product.
    pub product: ProductId,
    /// So many pieces; `None` takes the product out.
    pub quantity: Option<Quantity>,
}

/// The cart was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeCartError {
    /// No such product, or it is no longer sold.
    #[error("there is no such product")]
    UnknownProduct,
    /// Fewer pieces than wanted can be ordered now.
    #[error(transparent)]
    OutOfStock(OutOfStock),
    /// The cart has [`Cart::LINES_MAX`] lines.
    #[error("a cart has at most 100 lines")]
    Full,
}
fault!(ChangeCartError {
    UnknownProduct: NotFound = "product-not-found",
    OutOfStock: Conflict = "out-of-stock",
    Full: Unprocessable = "cart-full",
});

type Answer = Result<(), ChangeCartError>;

impl ChangeCart {
    /// What the change competes for with others: those with the same answer share a batch.
    pub fn competes_for(&self) -> Uuid {
        self.member.uuid()
    }
}

impl ChangeCarts {
    /// Assembles the use case.
    pub fn new(store: Arc<dyn Store<dyn Transaction>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Changes the carts; answers stand in the order of the commands. A change that is repeated
    /// changes nothing more.
    ///
    /// # Errors
    /// When storage fails nothing of the batch has happened, or (a failed commit) all of it.
    pub async fn run(&self, commands: &[ChangeCart]) -> Result<Vec<Answer>, StoreError> {
        let mut tx = self.store.begin().await?;
        let mut batch = Batch::load(&mut *tx, commands, self.clock.now()).await?;
        let answers = commands.iter().map(|command| batch.decide(command)).collect();
        if !batch.changed.is_empty() {
            batch.save(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(answers)
    }
}

/// What a batch needs, and what it has decided so far.
struct Batch {
    now: Timestamp,
    on_sale: HashSet<ProductId>,
    stocks: HashMap<ProductId, Stock>,
    carts: HashMap<MemberId, Vec<CartItem>>,
    /// The last word on each line, in the one order in which everybody writes them.
    changed: BTreeMap<(MemberId, ProductId), Option<CartItem>>,
}

impl Batch {
    async fn load(
        tx: &mut dyn Transaction,
        commands: &[ChangeCart],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let put = commands.iter().filter(|command| command.quantity.is_some());
        let mut products: Vec<ProductId> = put.map(|command| command.product).collect();
        products.sort_unstable();
        products.dedup();
        let mut members: Vec<MemberId> = commands.iter().map(|command| command.member).collect();
        members.sort_unstable();
        members.dedup();
        tx.carts().lock(&members).await?;
        let found = tx.products().terms(&products).await?;
        let stocks = tx.stock().find(&products).await?;
        Ok(Self {
            now,
            on_sale: found.iter().filter(|p| SaleTerms::is_on_sale(p)).map(|p| p.product).collect(),
            stocks: stocks.into_iter().map(|stock| (stock.product(), stock)).collect(),
            carts: tx.carts().items(&members).await?,
            changed: BTreeMap::new(),
        })
    }

    fn decide(&mut self, command: &ChangeCart) -> Answer {
        let cart = self.carts.entry(command.member).or_default();
        let line = (command.member, command.product);
        let Some(quantity) = command.quantity else {
            cart.retain(|item| item.product != command.product);
            self.changed.insert(line, None);
            return Ok(());
        };
        if !self.on_sale.contains(&command.product) {
            return Err(ChangeCartError::UnknownProduct);
        }
        let stock = self.stocks.get(&command.product).ok_or(ChangeCartError::UnknownProduct)?;
        stock.check(quantity.get()).map_err(ChangeCartError::OutOfStock)?;
        let item = CartItem { product: command.product, quantity, added_at: self.now };
        let is_full = cart.len() >= Cart::LINES_MAX;
        match cart.iter_mut().find(|item| item.product == command.product) {
            // Who only changes the quantity keeps the place in the cart.
            Some(kept) => kept.quantity = quantity,
            None if is_full => return Err(ChangeCartError::Full),
            None => cart.push(item),
        }
        self.changed.insert(line, Some(item));
        Ok(())
    }

    async fn save(self, tx: &mut dyn Transaction) -> Result<(), StoreError> {
        let (mut put, mut removed) = (Vec::new(), Vec::new());
        for ((member, product), item) in self.changed {
            match item {
                Some(item) => put.push((member, item)),
                None => removed.push((member, product)),
            }
        }
        tx.carts().remove(&removed).await?;
        tx.carts().put(&put).await
    }
}
