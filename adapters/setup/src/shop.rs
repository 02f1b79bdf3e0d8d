//! The assembled shop: every use case over one store.

use std::sync::Arc;

use jangbogo_cache::{CacheSettings, CachedProducts, PlainProducts, Sharing};
use jangbogo_cart::{CartQueries, ChangeCarts, RemoveBought};
use jangbogo_catalog::{
    CountSales, EditProduct, FlushSales, FlushViews, ProductPages, ProductQueries, RecordView,
    ViewQueries, VisitorNames, VisitorSketch, WithdrawProduct,
};
use jangbogo_inventory::{AddProduct, AdjustStock};
use jangbogo_kernel::{
    Clock, IdGenerator, LockService, LockTimes, PublicationQueue, Store, StoreError,
};
use jangbogo_member::{
    AccessTokens, AddressBook, Authenticate, ChangePassword, EditProfile, LogIn, LogOut,
    MemberQueries, PasswordHasher, RefreshSecrets, RefreshSession, SessionSettings, SignUp,
    TokenIssuer, Withdraw,
};
use jangbogo_notification::Mailer;
use jangbogo_ordering::{CancelOrder, ExpireOrders, OrderQueries, PlaceOrders, PlaceSettings};
use jangbogo_payment::{
    ApprovePayment, CloseSession, CompareBooks, DecideAttempt, EndAgreement, ExecuteRefund,
    FollowHint, PaymentQueries, ProviderBooks, Providers, Reconcile, RequestRefund,
    ResolveAttempts, Settle, StartPayment,
};
use jangbogo_runtime::CombinerSettings;
use jangbogo_subscription::{
    AnnounceCharges, BillCycle, BillingCalendar, ChangeRecurringCart, ChangeSubscription,
    FollowMember, FollowOrder, RecurringCartQueries, Subscribe, SubscriptionQueries,
    SubscriptionSettings,
};

use crate::{Announced, CartCombiner, OrderPlacer, OrderStrategy, Pools, carts};

/// A store that every use case can work on.
pub trait ShopStore:
    Store<dyn jangbogo_kernel::Transaction>
    + Store<dyn jangbogo_member::Transaction>
    + Store<dyn jangbogo_catalog::Transaction>
    + Store<dyn jangbogo_inventory::Transaction>
    + Store<dyn jangbogo_cart::Transaction>
    + Store<dyn jangbogo_ordering::Transaction>
    + Store<dyn jangbogo_payment::Transaction>
    + Store<dyn jangbogo_job::Transaction>
    + jangbogo_job::JobQueries
    + Store<dyn jangbogo_subscription::Transaction>
    + jangbogo_kernel::Retention
    + jangbogo_catalog::RankingQueries
    + MemberQueries
    + ProductQueries
    + ViewQueries
    + CartQueries
    + OrderQueries
    + PaymentQueries
    + jangbogo_payment::ReconciliationQueries
    + SubscriptionQueries
    + RecurringCartQueries
    + PublicationQueue
    + Pools
    + 'static
{
}

impl<S> ShopStore for S where
    S: Store<dyn jangbogo_kernel::Transaction>
        + Store<dyn jangbogo_member::Transaction>
        + Store<dyn jangbogo_catalog::Transaction>
        + Store<dyn jangbogo_inventory::Transaction>
        + Store<dyn jangbogo_cart::Transaction>
        + Store<dyn jangbogo_ordering::Transaction>
        + Store<dyn jangbogo_payment::Transaction>
        + Store<dyn jangbogo_job::Transaction>
        + jangbogo_job::JobQueries
        + Store<dyn jangbogo_subscription::Transaction>
        + jangbogo_kernel::Retention
        + jangbogo_catalog::RankingQueries
        + MemberQueries
        + ProductQueries
        + ViewQueries
        + CartQueries
        + OrderQueries
        + PaymentQueries
        + jangbogo_payment::ReconciliationQueries
        + SubscriptionQueries
        + RecurringCartQueries
        + PublicationQueue
        + Pools
        + 'static
{
}

/// What surrounds the store.
#[derive(Clone)]
pub struct Surroundings {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Issues access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// Makes refresh tokens.
    pub refresh_secrets: Arc<dyn RefreshSecrets>,
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Locks across processes.
    pub locks: Arc<dyn LockService>,
    /// Moves money.
    pub providers: Providers,
    /// Lists what it moved, if the provider does that.
    pub provider_books: Vec<Arc<dyn ProviderBooks>>,
    /// What all processes of the shop share beside the database, when there is such a thing.
    pub sharing: Option<Sharing>,
    /// Counts visitors.
    pub visitors: Arc<dyn VisitorSketch>,
    /// Takes the names off visitors.
    pub visitor_names: Arc<dyn VisitorNames>,
}

/// Numbers and addresses that the use cases need.
#[derive(Debug, Clone)]
pub struct ShopSettings {
    /// How long tokens last.
    pub session: SessionSettings,
    /// How orders are placed.
    pub place: PlaceSettings,
    /// How subscriptions are kept.
    pub subscriptions: SubscriptionSettings,
    /// Which days there are to bill on.
    pub calendar: BillingCalendar,
    /// How stock is reserved.
    pub strategy: OrderStrategy,
    /// How orders are combined.
    pub combiner: CombinerSettings,
    /// How many batches may be under way at once; at least 1.
    pub lanes: usize,
    /// How long orders that are not combined wait for their turn, and hold a lock.
    pub lock: LockTimes,
    /// How products are cached; `None`: not at all.
    pub cache: Option<CacheSettings>,
    /// Where buyers' browsers reach the shop, without a slash at the end.
    pub public_url: String,
}

/// Every use case and query of the shop.
#[derive(Clone)]
pub struct Shop {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Who is calling.
    pub authenticate: Arc<Authenticate>,
    /// Make an account.
    pub sign_up: Arc<SignUp>,
    /// Open a session.
    pub log_in: Arc<LogIn>,
    /// End a session.
    pub log_out: Arc<LogOut>,
    /// Rotate tokens.
    pub refresh_session: Arc<RefreshSession>,
    /// Change nickname and phone.
    pub edit_profile: Arc<EditProfile>,
    /// Change the password.
    pub change_password: Arc<ChangePassword>,
    /// Leave the shop.
    pub withdraw: Arc<Withdraw>,
    /// Keep addresses.
    pub address_book: Arc<AddressBook>,
    /// Add a product with stock.
    pub add_product: Arc<Announced<AddProduct>>,
    /// Change a product.
    pub edit_product: Arc<Announced<EditProduct>>,
    /// Take a product out of the shop.
    pub withdraw_product: Arc<Announced<WithdrawProduct>>,
    /// Correct stock.
    pub adjust_stock: Arc<Announced<AdjustStock>>,
    /// Keep sold pieces for the counters.
    pub count_sales: Arc<CountSales>,
    /// Add them to the counters.
    pub flush_sales: Arc<FlushSales>,
    /// Count somebody who looks at a product.
    pub record_view: Arc<RecordView>,
    /// Write counted visitors down.
    pub flush_views: Arc<FlushViews>,
    /// Change carts, combined.
    pub change_carts: Arc<CartCombiner>,
    /// What was paid for leaves the cart.
    pub remove_bought: Arc<RemoveBought>,
    /// Place orders, by the configured strategy.
    pub place_orders: Arc<OrderPlacer>,
    /// Give up an unpaid order.
    pub cancel_order: Arc<CancelOrder>,
    /// Sweep unpaid orders.
    pub expire_orders: Arc<ExpireOrders>,
    /// Begin to pay.
    pub start_payment: Arc<StartPayment>,
    /// Take the money.
    pub approve_payment: Arc<ApprovePayment>,
    /// Come back without paying.
    pub close_session: Arc<CloseSession>,
    /// Ask for money back.
    pub request_refund: Arc<RequestRefund>,
    /// Carry out a refund.
    pub execute_refund: Arc<ExecuteRefund>,
    /// The janitor.
    pub resolve_attempts: Arc<ResolveAttempts>,
    /// A person says what became of a payment.
    pub decide_attempt: Arc<DecideAttempt>,
    /// Compare our books with a provider's and keep what was found.
    pub compare_books: Arc<CompareBooks>,
    /// Read what was found.
    pub reconciliations: Arc<dyn jangbogo_payment::ReconciliationQueries>,
    /// Compare our books with a provider's.
    pub reconcile: Arc<Reconcile>,
    /// Tell providers of ended agreements.
    pub end_agreement: Arc<EndAgreement>,
    /// Keep what is meant to be subscribed to.
    pub change_recurring_cart: Arc<ChangeRecurringCart>,
    /// Begin a subscription.
    pub subscribe: Arc<Subscribe>,
    /// Take in that a member has left.
    pub follow_member: Arc<FollowMember>,
    /// Take in what became of a subscription's order.
    pub follow_order: Arc<FollowOrder>,
    /// Charge one cycle.
    pub bill_cycle: Arc<BillCycle>,
    /// Change, skip, pause, resume or end a subscription.
    pub change_subscription: Arc<ChangeSubscription>,
    /// Tell members what will be charged.
    pub announce_charges: Arc<AnnounceCharges>,
    /// Which days there are to bill on.
    pub calendar: BillingCalendar,
    /// Read recurring carts.
    pub recurring_carts: Arc<dyn RecurringCartQueries>,
    /// Read subscriptions, and what is due.
    pub subscriptions: Arc<dyn SubscriptionQueries>,
    /// Read accounts.
    pub members: Arc<dyn MemberQueries>,
    /// Show products.
    pub products: Arc<dyn ProductPages>,
    /// The cache behind `products`, when there is one.
    pub cache: Option<Arc<CachedProducts>>,
    /// Read carts.
    pub carts: Arc<dyn CartQueries>,
    /// Read orders.
    pub orders: Arc<dyn OrderQueries>,
    /// Read payments.
    pub payments: Arc<dyn PaymentQueries>,
    /// Those through whom buyers pay.
    pub providers: Providers,
    /// Follow a provider's hint.
    pub follow_hint: Arc<FollowHint>,
    /// The outbox, for the relay.
    pub publications: Arc<dyn PublicationQueue>,
    /// Plain transactions, for consumers that only record what they handled.
    pub inbox: Arc<dyn Store<dyn jangbogo_kernel::Transaction>>,
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Rank products.
    pub catalogue_store: Arc<dyn Store<dyn jangbogo_catalog::Transaction>>,
    /// Read rankings.
    pub rankings: Arc<dyn jangbogo_catalog::RankingQueries>,
    /// Let go of what has served its time.
    pub retention: Arc<dyn jangbogo_kernel::Retention>,
    /// Runs of jobs and their schedules.
    pub job_store: Arc<dyn Store<dyn jangbogo_job::Transaction>>,
    /// Read them.
    pub job_queries: Arc<dyn jangbogo_job::JobQueries>,
    /// The pools of connections, to be measured.
    pub pools: Arc<dyn Pools>,
}

impl Shop {
    /// Assembles every use case over one store. Must be called inside a tokio runtime: the order
    /// combiner starts its task here.
    #[expect(clippy::too_many_lines, reason = "a line for each use case")]
    pub fn assemble<S: ShopStore>(
        store: &Arc<S>,
        around: Surroundings,
        settings: ShopSettings,
    ) -> Self {
        let s = || Arc::clone(store);
        let clock = || Arc::clone(&around.clock);
        let ids = || Arc::clone(&around.ids);
        let hasher = || Arc::clone(&around.hasher);
        let settle = Settle::new(s(), around.providers.clone(), clock(), ids());
        let settle = Arc::new(settle);
        let billing = Billing::assemble(s(), &around, &settings, &settle);
        let money = Money::assemble(store, &around, &settle, settings.public_url.clone());
        let tokens = around.access_tokens.clone();
        let issuer = TokenIssuer::new(tokens, around.refresh_secrets, settings.session);
        let (products, cache) = shown(s(), around.sharing, clock(), settings.cache);
        macro_rules! announced {
            ($use_case:expr) => {
                Arc::new(Announced::new($use_case, cache.as_ref()))
            };
        }
        let place = PlaceOrders::new(s(), clock(), ids(), settings.place);
        let place_orders = OrderPlacer::new(place, &around.locks, &settings);
        let change_carts = carts::changed_together(ChangeCarts::new(s(), clock()), &settings);
        let carts = carts::read_together(s(), &settings);
        let record_view = RecordView::new(around.visitors.clone(), around.visitor_names, clock());
        Self {
            clock: clock(),
            authenticate: Arc::new(Authenticate::new(around.access_tokens, s(), clock())),
            sign_up: Arc::new(SignUp::new(s(), hasher(), clock(), ids())),
            log_in: Arc::new(LogIn::new(s(), hasher(), issuer.clone(), clock(), ids())),
            log_out: Arc::new(LogOut::new(s(), clock())),
            refresh_session: Arc::new(RefreshSession::new(s(), issuer, clock())),
            edit_profile: Arc::new(EditProfile::new(s(), clock(), ids())),
            change_password: Arc::new(ChangePassword::new(s(), hasher(), clock(), ids())),
            withdraw: Arc::new(Withdraw::new(s(), hasher(), clock(), ids())),
            address_book: Arc::new(AddressBook::new(s(), clock(), ids())),
            add_product: announced!(AddProduct::new(s(), clock(), ids())),
            edit_product: announced!(EditProduct::new(s(), clock(), ids())),
            withdraw_product: announced!(WithdrawProduct::new(s(), clock(), ids())),
            adjust_stock: announced!(AdjustStock::new(s(), clock(), ids())),
            count_sales: Arc::new(CountSales::new(s(), clock())),
            flush_sales: Arc::new(FlushSales::new(s())),
            record_view: Arc::new(record_view),
            flush_views: Arc::new(FlushViews::new(s(), s(), around.visitors, clock())),
            change_carts: Arc::new(change_carts),
            remove_bought: Arc::new(RemoveBought::new(s(), clock())),
            place_orders: Arc::new(place_orders),
            cancel_order: Arc::new(CancelOrder::new(s(), clock(), ids())),
            expire_orders: Arc::new(ExpireOrders::new(s(), clock(), ids())),
            start_payment: money.start_payment,
            approve_payment: money.approve_payment,
            close_session: Arc::new(CloseSession::new(s(), clock())),
            request_refund: Arc::new(RequestRefund::new(s(), clock(), ids())),
            execute_refund: money.execute_refund,
            resolve_attempts: money.resolve_attempts,
            decide_attempt: money.decide_attempt,
            reconcile: money.reconcile,
            compare_books: money.compare_books,
            reconciliations: s(),
            end_agreement: billing.end_agreement,
            change_recurring_cart: billing.change_recurring_cart,
            subscribe: billing.subscribe,
            follow_member: billing.follow_member,
            follow_order: billing.follow_order,
            bill_cycle: billing.bill_cycle,
            change_subscription: billing.change_subscription,
            announce_charges: billing.announce_charges,
            calendar: settings.calendar,
            recurring_carts: s(),
            subscriptions: s(),
            members: s(),
            products,
            cache,
            carts,
            orders: s(),
            payments: s(),
            providers: around.providers,
            follow_hint: money.follow_hint,
            publications: s(),
            inbox: s(),
            mailer: around.mailer,
            catalogue_store: s(),
            rankings: s(),
            retention: s(),
            job_store: s(),
            job_queries: s(),
            pools: s(),
        }
    }

    /// Writes every counter down that is behind; for the end of a process.
    pub async fn flush_counters(&self) -> Result<(), StoreError> {
        while self.flush_views.run().await? {}
        while self.flush_sales.run().await? > 0 {}
        Ok(())
    }
}

/// What recurring orders take.
struct Billing {
    end_agreement: Arc<EndAgreement>,
    change_recurring_cart: Arc<ChangeRecurringCart>,
    subscribe: Arc<Subscribe>,
    follow_member: Arc<FollowMember>,
    follow_order: Arc<FollowOrder>,
    bill_cycle: Arc<BillCycle>,
    change_subscription: Arc<ChangeSubscription>,
    announce_charges: Arc<AnnounceCharges>,
}

impl Billing {
    fn assemble<S: ShopStore>(
        store: Arc<S>,
        around: &Surroundings,
        settings: &ShopSettings,
        settle: &Arc<Settle>,
    ) -> Self {
        let s = || Arc::clone(&store);
        let clock = || Arc::clone(&around.clock);
        let ids = || Arc::clone(&around.ids);
        let providers = || around.providers.clone();
        let calendar = || settings.calendar.clone();
        let bill_cycle =
            BillCycle::new(s(), providers(), settle.clone(), clock(), ids(), calendar());
        let terms = settings.subscriptions;
        let change = ChangeSubscription::new(s(), clock(), ids(), calendar(), terms);
        let announce = AnnounceCharges::new(s(), clock(), ids(), calendar(), terms);
        Self {
            end_agreement: Arc::new(EndAgreement::new(s(), providers(), clock())),
            change_recurring_cart: Arc::new(ChangeRecurringCart::new(s(), clock(), terms)),
            subscribe: Arc::new(Subscribe::new(s(), clock(), ids(), terms)),
            follow_member: Arc::new(FollowMember::new(s(), clock(), ids(), calendar())),
            follow_order: Arc::new(FollowOrder::new(s(), clock(), ids(), calendar())),
            bill_cycle: Arc::new(bill_cycle),
            change_subscription: Arc::new(change),
            announce_charges: Arc::new(announce),
        }
    }
}

/// What stands on the providers.
struct Money {
    start_payment: Arc<StartPayment>,
    approve_payment: Arc<ApprovePayment>,
    execute_refund: Arc<ExecuteRefund>,
    resolve_attempts: Arc<ResolveAttempts>,
    decide_attempt: Arc<DecideAttempt>,
    reconcile: Arc<Reconcile>,
    compare_books: Arc<CompareBooks>,
    follow_hint: Arc<FollowHint>,
}

impl Money {
    fn assemble<S: ShopStore>(
        store: &Arc<S>,
        around: &Surroundings,
        settle: &Arc<Settle>,
        public_url: String,
    ) -> Self {
        let s = || Arc::clone(store);
        let clock = || Arc::clone(&around.clock);
        let ids = || Arc::clone(&around.ids);
        let providers = || around.providers.clone();
        let books = around.provider_books.clone();
        let settle = || Arc::clone(settle);
        let execute = Arc::new(ExecuteRefund::new(s(), providers(), settle(), clock()));
        let resolve =
            ResolveAttempts::new(s(), providers(), settle(), Arc::clone(&execute), clock());
        let start = StartPayment::new(s(), providers(), clock(), ids(), public_url);
        let reconcile = Arc::new(Reconcile::new(s(), providers(), books, settle()));
        let compare = CompareBooks::new(s(), providers(), reconcile.clone(), clock(), ids());
        Self {
            start_payment: Arc::new(start),
            approve_payment: Arc::new(ApprovePayment::new(s(), providers(), settle(), clock())),
            execute_refund: execute,
            resolve_attempts: Arc::new(resolve),
            decide_attempt: Arc::new(DecideAttempt::new(s(), settle())),
            reconcile,
            compare_books: Arc::new(compare),
            follow_hint: Arc::new(FollowHint::new(s(), providers(), settle())),
        }
    }
}

/// Products as shoppers are shown them, and the cache, if that is where they come from.
fn shown(
    queries: Arc<dyn ProductQueries>,
    sharing: Option<Sharing>,
    clock: Arc<dyn Clock>,
    settings: Option<CacheSettings>,
) -> (Arc<dyn ProductPages>, Option<Arc<CachedProducts>>) {
    match settings {
        None => (Arc::new(PlainProducts::new(queries, clock)), None),
        Some(settings) => {
            let cache = Arc::new(CachedProducts::new(queries, sharing, clock, settings));
            (cache.clone(), Some(cache))
        }
    }
}
