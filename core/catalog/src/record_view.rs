//! Count somebody who looks at a product.

use std::sync::Arc;

use jangbogo_kernel::{Clock, StoreError};

use crate::{ProductId, ViewDay, ViewsOf, VisitorNames, VisitorSketch, Who};

/// Takes visitors into the sketch; the database learns of them with the next flush.
pub struct RecordView {
    sketch: Arc<dyn VisitorSketch>,
    names: Arc<dyn VisitorNames>,
    clock: Arc<dyn Clock>,
}

impl RecordView {
    /// Assembles the use case.
    pub fn new(
        sketch: Arc<dyn VisitorSketch>,
        names: Arc<dyn VisitorNames>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { sketch, names, clock }
    }

    /// Counts a view of a product that exists; the same visitor counts once a day.
    pub async fn run(&self, product: ProductId, who: &Who<'_>) -> Result<(), StoreError> {
        let day = ViewDay::of(self.clock.now());
        let visitor = self.names.name(day, who);
        self.sketch.record(ViewsOf { product, day }, visitor).await
    }
}
