//! Charge one cycle.

use std::sync::Arc;

use async_trait::async_trait;
use jangbogo_kernel::{Clock, IdGenerator, Store, StoreError, Timestamp, retried};
use jangbogo_ordering::{Order, OrderState};
use jangbogo_payment::{
    Agreement, AgreementState, Attempt, AttemptId, AttemptState, Charge, ChargeRequest, Charged,
    Firmness, Learnt, News, PaymentIntent, Providers, RecurringProvider, Settle, Standing, Witness,
};

use crate::cycle_order::{item_name, order_of};
use crate::steps::Stage;
use crate::{
    BillingCalendar, ChargeCycle, ChargeCycleError, Cycle, CycleId, CycleOutcome, CycleState,
    EndReason, Subscription, SubscriptionState, Transaction,
};

/// Charges one cycle of a subscription, at most once, whoever calls it how often.
///
/// Everything that the charge needs is written before the provider hears of it: the cycle's one
/// order with its pieces, the attempt as sent, and what the provider's register said before. A
/// subscription that was ended or paused meanwhile, or whose member has left, is refused by the
/// very statement that begins the charge. Whatever happens after that, the attempt's outcome is
/// found out, and the next call goes on from there.
pub struct BillCycle {
    store: Arc<dyn Store<dyn Transaction>>,
    providers: Providers,
    settle: Arc<Settle>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    calendar: BillingCalendar,
}

/// How long the order of a cycle holds its pieces: longer than any dunning.
const ORDER_LIFE: std::time::Duration = std::time::Duration::from_hours(24 * 60);

/// What is known of a cycle before it is charged.
enum Seen {
    Answer(CycleOutcome),
    Chargeable(Box<Agreement>),
}

enum Sending {
    Answer(CycleOutcome),
    Now(AttemptId, Box<ChargeRequest>),
}

impl BillCycle {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        providers: Providers,
        settle: Arc<Settle>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        calendar: BillingCalendar,
    ) -> Self {
        Self { store, providers, settle, clock, ids, calendar }
    }

    /// Charges the cycle if it is due, and takes in what has become of an earlier charge.
    ///
    /// Callers run this to its end even when nobody waits for the answer any more.
    pub async fn run(&self, id: CycleId) -> Result<CycleOutcome, ChargeCycleError> {
        let mut seen = retried(|| self.look(id)).await?;
        if matches!(seen, Seen::Answer(CycleOutcome::NotSent(_))) {
            // An earlier charge turned out never to have been sent: now it can be.
            seen = retried(|| self.look(id)).await?;
        }
        let agreement = match seen {
            Seen::Answer(outcome) => return Ok(outcome),
            Seen::Chargeable(agreement) => *agreement,
        };
        let provider = self.providers.recurring(&agreement.provider);
        let provider = provider.ok_or(ChargeCycleError::UnknownProvider)?;
        let witness = match self.standing(id, &*provider, &agreement).await? {
            Ok(witness) => witness,
            Err(outcome) => return Ok(outcome),
        };
        let (attempt, request) =
            match retried(|| self.send(id, &agreement, witness.clone())).await? {
                Sending::Answer(outcome) => return Ok(outcome),
                Sending::Now(attempt, request) => (attempt, request),
            };
        let Charged { outcome, reference, firmness } = provider.charge(&request).await;
        let learnt = Learnt { key: None, reference, firmness };
        let news = News::Answer(outcome);
        let settled = self.settle.run_learning(attempt, &news, &learnt).await?.attempt;
        // What became of the charge is told once, by whoever takes it in.
        Ok(match retried(|| self.look(id)).await? {
            Seen::Answer(CycleOutcome::AlreadyDone | CycleOutcome::NotDue) => {
                CycleOutcome::AlreadyDone
            }
            Seen::Answer(_) | Seen::Chargeable(_) => told(settled, firmness),
        })
    }

    /// Takes in what has become of a charge under way, and tells what can be done.
    async fn look(&self, id: CycleId) -> Result<Seen, ChargeCycleError> {
        let mut tx = self.store.begin().await?;
        let found = tx.subscriptions().of_cycle(id).await?;
        let (mut subscription, mut cycle) = found.ok_or(ChargeCycleError::UnknownCycle)?;
        if cycle.state == CycleState::Charging {
            let outcome = self.take_in(&mut *tx, &mut subscription, &mut cycle).await?;
            if outcome != CycleOutcome::Pending {
                tx.commit().await?;
            }
            return Ok(Seen::Answer(outcome));
        }
        Ok(match self.refusal(&subscription, &cycle) {
            Some(outcome) => Seen::Answer(outcome),
            None => match self.chargeable(&mut *tx, &subscription).await? {
                Some(agreement) => Seen::Chargeable(Box::new(agreement)),
                None => Seen::Answer(CycleOutcome::NotDue),
            },
        })
    }

    /// Why the cycle is not charged, if it is not.
    fn refusal(&self, subscription: &Subscription, cycle: &Cycle) -> Option<CycleOutcome> {
        match cycle.state {
            CycleState::Charging => Some(CycleOutcome::Pending),
            state if !state.is_open() => Some(CycleOutcome::AlreadyDone),
            _ if cycle.is_due(self.clock.now()) && subscription.state.is_chargeable() => None,
            _ => Some(CycleOutcome::NotDue),
        }
    }

    async fn chargeable(
        &self,
        tx: &mut dyn Transaction,
        subscription: &Subscription,
    ) -> Result<Option<Agreement>, StoreError> {
        let Some(id) = subscription.agreement else {
            return Ok(None);
        };
        let found = tx.agreements().find(id).await?;
        Ok(found.filter(|agreement| agreement.state == AgreementState::Active))
    }

    /// What the provider's register says before the charge, or why there is none.
    async fn standing(
        &self,
        id: CycleId,
        provider: &dyn RecurringProvider,
        agreement: &Agreement,
    ) -> Result<Result<Option<Witness>, CycleOutcome>, ChargeCycleError> {
        match provider.standing(&agreement.key).await {
            Ok(Standing { is_chargeable: true, witness }) => Ok(Ok(witness)),
            Ok(Standing { is_chargeable: false, .. }) => {
                Ok(Err(retried(|| self.is_refused(id)).await?))
            }
            Err(error) => Ok(Err(CycleOutcome::NotSent(error.to_string()))),
        }
    }

    /// The agreement has ended at the provider: nothing can be charged any more.
    async fn is_refused(&self, id: CycleId) -> Result<CycleOutcome, ChargeCycleError> {
        let mut tx = self.store.begin().await?;
        let found = tx.subscriptions().of_cycle(id).await?;
        let (mut subscription, mut cycle) = found.ok_or(ChargeCycleError::UnknownCycle)?;
        if let Some(outcome) = self.refusal(&subscription, &cycle) {
            return Ok(outcome);
        }
        let order = self.order(&mut *tx, &cycle).await?;
        let mut stage = self.stage(&mut *tx);
        let step = cycle.advance(CycleState::Failed, "the agreement has ended", stage.now);
        stage.save_cycle(&cycle, step).await?;
        if let Some(mut order) = order {
            stage.give_order_up(&mut order).await?;
        }
        stage.end(&mut subscription, EndReason::AgreementEnded, false).await?;
        tx.commit().await?;
        Ok(CycleOutcome::Declined(Firmness::Hard))
    }

    /// T1 and T2 in one: from here on the order waits for the outcome.
    async fn send(
        &self,
        id: CycleId,
        agreement: &Agreement,
        witness: Option<Witness>,
    ) -> Result<Sending, ChargeCycleError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let found = tx.subscriptions().of_cycle(id).await?;
        let (mut subscription, mut cycle) = found.ok_or(ChargeCycleError::UnknownCycle)?;
        if let Some(outcome) = self.refusal(&subscription, &cycle) {
            return Ok(Sending::Answer(outcome));
        }
        if self.chargeable(&mut *tx, &subscription).await?.is_none() {
            return Ok(Sending::Answer(CycleOutcome::NotDue));
        }
        let order = self.payable(&mut *tx, &mut subscription, &mut cycle).await?;
        let order = match order {
            Ok(order) => order,
            Err(outcome) => {
                tx.commit().await?;
                return Ok(Sending::Answer(outcome));
            }
        };
        let charge = Charge { agreement: agreement.id, witness, firmness: None };
        let Some(attempt) = self.attempt(&mut *tx, &order, agreement, charge, now).await? else {
            return Ok(Sending::Answer(CycleOutcome::Pending)); // the member pays it at this moment
        };
        let version = cycle.version;
        let step = cycle.charge(order.id, attempt.id, now);
        tx.history().add(step.into_iter().collect()).await?;
        if !tx.subscriptions().begin_charge(&cycle, version, now).await? {
            return Ok(Sending::Answer(CycleOutcome::NotDue)); // undone: nothing was committed
        }
        tx.commit().await?;
        Ok(Sending::Now(attempt.id, Box::new(request(agreement, &attempt, &order))))
    }

    /// The cycle's one order, awaiting its payment; or what the cycle came to instead.
    async fn payable(
        &self,
        tx: &mut dyn Transaction,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
    ) -> Result<Result<Order, CycleOutcome>, StoreError> {
        if let Some(order) = self.order(tx, cycle).await? {
            if order.state == OrderState::PendingPayment {
                return Ok(Ok(order));
            }
            let outcome = self.stage(tx).order_is_over(subscription, cycle, &order).await?;
            return Ok(Err(outcome));
        }
        if let Some(order) = self.place(tx, subscription, self.clock.now()).await? {
            return Ok(Ok(order));
        }
        Ok(Err(self.stage(tx).leave_out(subscription, cycle).await?))
    }

    /// The intent to pay the order; made when this is its first charge.
    async fn intent(
        &self,
        tx: &mut dyn Transaction,
        order: &Order,
        now: Timestamp,
    ) -> Result<PaymentIntent, StoreError> {
        if let Some(intent) = tx.payments().find_intent(order.id).await? {
            return Ok(intent);
        }
        let intent = PaymentIntent {
            id: self.ids.next(),
            order: order.id,
            buyer: order.buyer,
            amount: order.total,
            created_at: now,
            is_recurring: false,
        };
        tx.payments().add_intent(&intent).await?;
        Ok(intent)
    }

    /// The attempt, sent as far as anybody can see; `None` while the order is being paid otherwise.
    async fn attempt(
        &self,
        tx: &mut dyn Transaction,
        order: &Order,
        agreement: &Agreement,
        charge: Charge,
        now: Timestamp,
    ) -> Result<Option<Attempt>, StoreError> {
        let intent = self.intent(tx, order, now).await?;
        let mut earlier = tx.payments().attempts_of(intent.id).await?;
        for attempt in &mut earlier {
            let version = attempt.version;
            if let Some(step) = attempt.abort("it is charged under the agreement", now) {
                tx.payments().save(attempt, version).await?;
                tx.history().add(vec![step]).await?;
            }
        }
        if earlier.iter().any(|attempt| attempt.is_capture() && attempt.state.is_open()) {
            return Ok(None);
        }
        let number = earlier.last().map_or(1, |last| last.number + 1);
        let id: AttemptId = self.ids.next();
        let mut attempt = Attempt::charging(id, &intent, number, &agreement.provider, charge, now);
        if !tx.orders().begin_capture(order.id, id.uuid(), now).await? {
            return Ok(None);
        }
        let steps = [Some(attempt.created()), attempt.send(now)];
        tx.payments().add(&attempt).await?;
        tx.history().add(steps.into_iter().flatten().collect()).await?;
        Ok(Some(attempt))
    }

    async fn place(
        &self,
        tx: &mut dyn Transaction,
        subscription: &Subscription,
        now: Timestamp,
    ) -> Result<Option<Order>, StoreError> {
        let expires_at = now.plus(ORDER_LIFE);
        let id = self.ids.next();
        let Some(order) = order_of(tx, subscription, id, now, expires_at).await? else {
            return Ok(None);
        };
        let placed = jangbogo_ordering::place_within(tx, &order, &*self.ids, now).await?;
        Ok(placed.ok().map(|()| order))
    }

    async fn order(
        &self,
        tx: &mut dyn Transaction,
        cycle: &Cycle,
    ) -> Result<Option<Order>, StoreError> {
        match cycle.order {
            Some(id) => Ok(tx.orders().find_many(&[id]).await?.pop()),
            None => Ok(None),
        }
    }

    /// Takes in what is known of the charge under way.
    async fn take_in(
        &self,
        tx: &mut dyn Transaction,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
    ) -> Result<CycleOutcome, StoreError> {
        let lost = || StoreError::new("take a charge in", "a charging cycle has no attempt");
        let order = self.order(tx, cycle).await?;
        let mut order = order.ok_or_else(lost)?;
        let attempt = tx.payments().find(cycle.attempt.ok_or_else(lost)?).await?;
        let attempt = attempt.ok_or_else(lost)?;
        let mut stage = self.stage(tx);
        match attempt.state {
            AttemptState::Succeeded => {
                stage.charged(subscription, cycle, &order, Some(&attempt)).await
            }
            AttemptState::Declined => {
                stage.declined(subscription, cycle, &mut order, &attempt).await
            }
            AttemptState::NotSent | AttemptState::Aborted => {
                let why = attempt.problem.clone().unwrap_or_default();
                stage.put_back(subscription, cycle, &mut order, &why).await
            }
            AttemptState::Created
            | AttemptState::Sent
            | AttemptState::Unknown
            | AttemptState::Manual => Ok(CycleOutcome::Pending),
        }
    }

    fn stage<'a>(&'a self, tx: &'a mut dyn Transaction) -> Stage<'a> {
        Stage { tx, ids: &*self.ids, calendar: &self.calendar, now: self.clock.now() }
    }
}

#[async_trait]
impl ChargeCycle for BillCycle {
    async fn charge(&self, cycle: CycleId) -> Result<CycleOutcome, ChargeCycleError> {
        self.run(cycle).await
    }
}

/// What became of a charge.
fn told(attempt: Attempt, firmness: Option<Firmness>) -> CycleOutcome {
    match attempt.state {
        AttemptState::Succeeded => CycleOutcome::Charged,
        AttemptState::Declined => CycleOutcome::Declined(firmness.unwrap_or(Firmness::Soft)),
        AttemptState::NotSent | AttemptState::Aborted => {
            CycleOutcome::NotSent(attempt.problem.unwrap_or_default())
        }
        AttemptState::Created
        | AttemptState::Sent
        | AttemptState::Unknown
        | AttemptState::Manual => CycleOutcome::Pending,
    }
}

fn request(agreement: &Agreement, attempt: &Attempt, order: &Order) -> ChargeRequest {
    ChargeRequest {
        key: agreement.key.clone(),
        merchant_ref: attempt.merchant_ref.clone(),
        buyer_ref: attempt.buyer.to_string(),
        item_name: item_name(order),
        quantity: order.lines.iter().map(|line| line.quantity.get()).sum(),
        amount: attempt.amount,
    }
}

impl Stage<'_> {
    /// The cycle's order is no longer to be paid: the member paid it themselves, or gave it up.
    pub(crate) async fn order_is_over(
        &mut self,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
        order: &Order,
    ) -> Result<CycleOutcome, StoreError> {
        match order.state {
            OrderState::PendingPayment => Ok(CycleOutcome::Pending),
            OrderState::Expired | OrderState::Cancelled => {
                self.skipped(subscription, cycle, "its order was given up").await?;
                Ok(CycleOutcome::AlreadyDone)
            }
            _ => {
                self.charged(subscription, cycle, order, None).await?;
                Ok(CycleOutcome::AlreadyDone)
            }
        }
    }

    /// The member does not want this cycle; the next one is planned.
    pub(crate) async fn skipped(
        &mut self,
        subscription: &mut Subscription,
        cycle: &mut Cycle,
        why: &'static str,
    ) -> Result<(), StoreError> {
        let step = cycle.advance(CycleState::Skipped, why, self.now);
        self.save_cycle(cycle, step).await?;
        self.plan_next(subscription, cycle).await?;
        let state = match subscription.state {
            SubscriptionState::PastDue => SubscriptionState::Active,
            state => state,
        };
        let step = subscription.advance(state, why, self.now);
        let step = step.map_err(|error| StoreError::new("skip a cycle", error))?;
        let fact = crate::SubscriptionChanged {
            facts: crate::SubscriptionFacts::of(subscription),
            change: "skipped".to_owned(),
        };
        self.save(subscription, step, &fact).await
    }
}
