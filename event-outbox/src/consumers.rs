//! The shop's consumers: each reads an event of one crate and calls a use case of another.
//!
//! | consumer | gets | does |
//! |---|---|---|
//! | `cart.remove-bought` | order paid | takes what was paid for out of the cart |
//! | `catalog.count-sales` | order paid, (partially) refunded | keeps sold and returned pieces |
//! | `subscription.follow-order` | order paid, expired, cancelled | makes it active, or ends it |
//! | `subscription.follow-member` | member withdrew | empties carts, ends subscriptions |
//! | `payment.end-agreement` | subscription ended | tells the agreement's provider |
//! | `payment.execute-refund` | refund requested | sends the refund to its provider |
//! | `notification.confirmation-mail` | order paid | tells the buyer |
//! | `notification.expiry-mail` | order expired | tells the buyer |
//! | `notification.refund-mail` | order (partially) refunded | tells the buyer |
//! | `notification.subscription-mail` | charge announced, made, declined … | tells the member |
//! | `notification.sign-up-mail` | sign-up repeated | tells the member whose address it is |

mod cart;
mod confirmation_mail;
mod ended_agreement;
mod expiry_mail;
mod member;
mod post_office;
mod refund;
mod refund_mail;
mod refunded;
mod sales;
mod sign_up_mail;
mod subscription;
mod subscription_mail;

use std::sync::Arc;

use jangbogo_cart::RemoveBought;
use jangbogo_catalog::CountSales;
use jangbogo_kernel::{Clock, EventKind, Id, Store, StoreError, Transaction};
use jangbogo_member::MemberQueries;
use jangbogo_notification::Mailer;
use jangbogo_payment::{EndAgreement, ExecuteRefund};
use jangbogo_subscription::{FollowMember, FollowOrder};

use crate::Consumer;

/// What the consumers work with.
#[derive(Clone)]
pub struct ConsumerParts {
    /// What was paid for leaves the cart.
    pub remove_bought: Arc<RemoveBought>,
    /// Counts sold pieces.
    pub count_sales: Arc<CountSales>,
    /// Carries out refunds.
    pub execute_refund: Arc<ExecuteRefund>,
    /// Takes in what became of subscriptions' orders.
    pub follow_order: Arc<FollowOrder>,
    /// Takes in that members have left.
    pub follow_member: Arc<FollowMember>,
    /// Tells providers of ended agreements.
    pub end_agreement: Arc<EndAgreement>,
    /// Knows the addresses that mails go to.
    pub members: Arc<dyn MemberQueries>,
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Where consumers without a transaction of their own record what they have handled.
    pub inbox: Arc<dyn Store<dyn Transaction>>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Every consumer of the shop.
pub fn all(parts: ConsumerParts) -> Vec<Arc<dyn Consumer>> {
    let inbox = Handled { store: parts.inbox, clock: parts.clock };
    let post_office = Arc::new(post_office::PostOffice {
        members: parts.members,
        mailer: parts.mailer,
        inbox: inbox.clone(),
    });
    vec![
        Arc::new(cart::Cart(parts.remove_bought)),
        Arc::new(sales::Sales(parts.count_sales)),
        Arc::new(subscription::FollowedOrder(parts.follow_order)),
        Arc::new(member::FollowedMember(parts.follow_member)),
        Arc::new(ended_agreement::EndedAgreement {
            end_agreement: parts.end_agreement,
            inbox: inbox.clone(),
        }),
        Arc::new(refund::Refund { execute_refund: parts.execute_refund, inbox }),
        Arc::new(confirmation_mail::ConfirmationMail(Arc::clone(&post_office))),
        Arc::new(expiry_mail::ExpiryMail(Arc::clone(&post_office))),
        Arc::new(refund_mail::RefundMail(Arc::clone(&post_office))),
        Arc::new(subscription_mail::SubscriptionMail(Arc::clone(&post_office))),
        Arc::new(sign_up_mail::SignUpMail(post_office)),
    ]
}

/// The inbox of consumers whose effect is outside the database. It is written after the effect, in
/// a transaction of its own: a crash between the two repeats the effect, never loses it.
#[derive(Clone)]
struct Handled {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
}

impl Handled {
    /// Whether the consumer has handled the event; leaves no trace.
    async fn has(&self, consumer: &str, event: Id<EventKind>) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let fresh = tx.inbox().record(consumer, event, self.clock.now()).await?;
        // Dropped, not committed: the effect comes first, and outside of any transaction.
        drop(tx);
        Ok(!fresh)
    }

    /// Records that the consumer has handled the event.
    async fn record(&self, consumer: &str, event: Id<EventKind>) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.inbox().record(consumer, event, self.clock.now()).await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests;
