//! Money that went back, all of it or a part: the events differ in name only.

use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_ordering::{EventLine, OrderFacts, OrderPartiallyRefunded, OrderRefunded};

use crate::{ConsumeError, parse};

/// What both events tell.
pub(super) struct Refunded {
    pub(super) facts: OrderFacts,
    pub(super) amount: i64,
    pub(super) returned: Vec<EventLine>,
}

impl Refunded {
    pub(super) fn parse(event: &Event) -> Result<Self, ConsumeError> {
        if event.name == OrderPartiallyRefunded::NAME {
            let part: OrderPartiallyRefunded = parse(event)?;
            return Ok(Self { facts: part.facts, amount: part.amount, returned: part.returned });
        }
        let all: OrderRefunded = parse(event)?;
        Ok(Self { facts: all.facts, amount: all.amount, returned: all.returned })
    }
}
