//! Carts are combined: changes, because a commit is dear, and readings, because going to the
//! database is.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_cart::{Cart, CartQueries, ChangeCart, ChangeCartError, ChangeCarts};
use jangbogo_kernel::StoreError;
use jangbogo_member::MemberId;
use jangbogo_runtime::{BatchHandler, CombinerSettings, Lanes, SubmitError, Turn};

use crate::ShopSettings;

/// Changes carts through combiners.
pub type CartCombiner = Lanes<ChangeCart, Changed>;

type Changed = Result<(), ChangeCartError>;

/// Starts the combiners that change carts. Must be called inside a tokio runtime.
pub(crate) fn changed_together(change: ChangeCarts, settings: &ShopSettings) -> CartCombiner {
    let handler: Arc<dyn BatchHandler<_, _>> = Arc::new(Change(change));
    Lanes::spawn(settings.lanes, one_by_one(settings), &handler, ChangeCart::competes_for)
}

/// Carts that are read by many at once, in few questions. A reading that is asked for after a
/// change was committed begins after it. Must be called inside a tokio runtime.
pub(crate) fn read_together(
    queries: Arc<dyn CartQueries>,
    settings: &ShopSettings,
) -> Arc<dyn CartQueries> {
    if settings.combiner.batch_max == 1 {
        return queries;
    }
    let handler: Arc<dyn BatchHandler<_, _>> = Arc::new(Read(Arc::clone(&queries)));
    let of_member = |member: &MemberId| member.uuid();
    let readings = Lanes::spawn(settings.lanes, one_by_one(settings), &handler, of_member);
    Arc::new(ReadTogether { queries, readings })
}

/// A lane has one batch under way.
fn one_by_one(settings: &ShopSettings) -> CombinerSettings {
    CombinerSettings { parallel_max: 1, ..settings.combiner }
}

struct Change(ChangeCarts);

#[async_trait]
impl BatchHandler<ChangeCart, Changed> for Change {
    async fn handle(&self, batch: &[ChangeCart], _: Turn) -> Result<Vec<Changed>, StoreError> {
        self.0.run(batch).await
    }
}

struct Read(Arc<dyn CartQueries>);

#[async_trait]
impl BatchHandler<MemberId, Cart> for Read {
    async fn handle(&self, batch: &[MemberId], _: Turn) -> Result<Vec<Cart>, StoreError> {
        match batch {
            [member] => Ok(vec![self.0.get(*member).await?]),
            members => self.0.get_many(members).await,
        }
    }
}

struct ReadTogether {
    queries: Arc<dyn CartQueries>,
    readings: Lanes<MemberId, Cart>,
}

#[async_trait]
impl CartQueries for ReadTogether {
    async fn get(&self, member: MemberId) -> Result<Cart, StoreError> {
        self.readings.submit(member).await.map_err(|refused| match refused {
            SubmitError::Store(error) => error,
            refused => StoreError::retryable("read a cart", refused),
        })
    }

    async fn get_many(&self, members: &[MemberId]) -> Result<Vec<Cart>, StoreError> {
        self.queries.get_many(members).await
    }
}
