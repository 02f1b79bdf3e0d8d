//! Members are told about the charges of their subscriptions.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{DomainEvent as _, Event};
use jangbogo_notification::{
    AnnouncedItem, ChargeAnnouncement, ChargeDeclinedNotice, ChargeNotice, DeliveryLeftOutNotice,
    Mail, SubscriptionEndedNotice,
};
use jangbogo_subscription::{
    ChargeAnnounced, CycleCharged, CycleDeclined, CycleLeftOut, SubscriptionEnded,
    SubscriptionFacts, SubscriptionState,
};

use super::post_office::{PostOffice, money};
use crate::{ConsumeError, Consumer, parse};

pub(super) struct SubscriptionMail(pub(super) Arc<PostOffice>);

#[async_trait]
impl Consumer for SubscriptionMail {
    fn name(&self) -> &'static str {
        "notification.subscription-mail"
    }

    fn subscriptions(&self) -> &'static [&'static str] {
        &[
            ChargeAnnounced::NAME,
            CycleCharged::NAME,
            CycleDeclined::NAME,
            CycleLeftOut::NAME,
            SubscriptionEnded::NAME,
        ]
    }

    async fn handle(&self, event: &Event) -> Result<(), ConsumeError> {
        let told = Told::parse(event)?;
        let member = told.facts().member;
        if told.is_not_worth_a_mail() {
            return Ok(self.0.inbox.record(self.name(), event.id).await?);
        }
        self.0.send(self.name(), event, member, |to| told.compose(to)).await
    }
}

/// What the member is told.
enum Told {
    Announced(ChargeAnnounced),
    Charged(CycleCharged),
    Declined(CycleDeclined),
    LeftOut(CycleLeftOut),
    Ended(SubscriptionEnded),
}

impl Told {
    fn parse(event: &Event) -> Result<Self, ConsumeError> {
        Ok(match event.name.as_str() {
            ChargeAnnounced::NAME => Self::Announced(parse(event)?),
            CycleCharged::NAME => Self::Charged(parse(event)?),
            CycleDeclined::NAME => Self::Declined(parse(event)?),
            CycleLeftOut::NAME => Self::LeftOut(parse(event)?),
            _ => Self::Ended(parse(event)?),
        })
    }

    fn facts(&self) -> &SubscriptionFacts {
        match self {
            Self::Announced(told) => &told.facts,
            Self::Charged(told) => &told.facts,
            Self::Declined(told) => &told.facts,
            Self::LeftOut(told) => &told.facts,
            Self::Ended(told) => &told.facts,
        }
    }

    /// While a charge is under way the end is not yet all that there is to tell.
    fn is_not_worth_a_mail(&self) -> bool {
        let is_ending = self.facts().state == SubscriptionState::Ending.name();
        matches!(self, Self::Ended(_)) && is_ending
    }

    fn compose(&self, to: &str) -> Result<Mail, ConsumeError> {
        let subscription = &self.facts().subscription.to_string();
        Ok(match self {
            Self::Announced(told) => {
                let mut items = Vec::with_capacity(told.lines.len());
                for line in &told.lines {
                    items.push(AnnouncedItem {
                        name: &line.name,
                        quantity: line.quantity,
                        price: money(line.unit_price, &told.currency)?,
                        price_before: money(line.unit_price_before, &told.currency)?,
                    });
                }
                let (day, total) = (&told.day, money(told.total, &told.currency)?);
                ChargeAnnouncement { to, subscription, day, items: &items, total }.compose()
            }
            Self::Charged(told) => {
                let order = &told.order.to_string();
                let total = money(told.total, &told.currency)?;
                let next_day = told.next_day.as_deref();
                ChargeNotice { to, subscription, order, total, next_day }.compose()
            }
            Self::Declined(told) => {
                let (total, next_day) = (money(told.total, &told.currency)?, &told.next_day);
                ChargeDeclinedNotice { to, subscription, total, next_day }.compose()
            }
            Self::LeftOut(told) => {
                let (day, next_day) = (&told.day, &told.next_day);
                DeliveryLeftOutNotice { to, subscription, day, next_day }.compose()
            }
            Self::Ended(told) => {
                let reason = &told.reason;
                SubscriptionEndedNotice { to, subscription, reason }.compose()
            }
        })
    }
}
