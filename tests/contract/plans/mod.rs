//! The plans of every list: a page is read along an index, however long the list and however deep
//! the page. Checked at 100,000 products on both engines; `cargo xtask bench list-deep` checks the
//! same statements at ten million.

mod shelf;

use jangbogo_catalog::{Category, ListBrands, ListProducts, ProductSort};
use jangbogo_kernel::{Cursor, Id, PageRequest, Uuid};
use jangbogo_ordering::{OrderQueries, OrderState};
use jangbogo_sql::SqlStore;
use jangbogo_sql::plans::{self, Explains, Plan};

const SORTS: [(ProductSort, &str, i64); 5] = [
    // In the middle of each order.
    (ProductSort::Newest, "newest", 1_530_000_000_000_000),
    (ProductSort::PriceAsc, "price", 5_000_000),
    (ProductSort::PriceDesc, "price", 5_000_000),
    (ProductSort::Sales, "sales", 5_000),
    (ProductSort::Discount, "discount", 1_000),
];
const LIMIT: i64 = 20;

/// What is asked for besides an order.
#[derive(Debug, Clone, Copy)]
struct Filter {
    index: &'static str,
    category: Option<Category>,
    brand: Option<&'static str>,
    prices: (Option<i64>, Option<i64>),
}

const EVERYTHING: Filter =
    Filter { index: "product", category: None, brand: None, prices: (None, None) };
const OF_CATEGORY: Filter =
    Filter { index: "category", category: Some(Category::Eye), ..EVERYTHING };
const OF_BRAND: Filter = Filter { index: "brand", brand: Some("maker 7"), ..EVERYTHING };
/// Half of all prices; of the middle of the price orders as much before as behind.
const HALF: (Option<i64>, Option<i64>) = (Some(2_500_000), Some(7_500_000));

async fn every_list_walks_its_index<DB: Explains>(store: &SqlStore<DB>) {
    for filter in [EVERYTHING, OF_CATEGORY, OF_BRAND] {
        for (sort, order, middle) in SORTS {
            let index = format!("{}_{order}", filter.index);
            for (page, question) in pages(sort, middle, filter) {
                let plan = plans::products(store, &question).await.unwrap();
                let what = format!("{sort:?}, {filter:?}, {page}:\n{}", plan.text);
                assert!(!plan.sorts, "{what}");
                assert_eq!(plan.reads[0].index.as_deref(), Some(&*index), "{what}");
                reads_a_page(&plan, &what);
                begins_at_its_cursor(&plan, &question, &what);
            }
        }
    }
}

/// A price range under the order of prices is a part of the same index.
async fn a_price_range_in_order_of_prices_walks_its_part<DB: Explains>(store: &SqlStore<DB>) {
    for filter in [EVERYTHING, OF_CATEGORY, OF_BRAND] {
        let filter = Filter { prices: HALF, ..filter };
        for (sort, order, middle) in SORTS {
            if order != "price" {
                continue;
            }
            for (page, question) in pages(sort, middle, filter) {
                let plan = plans::products(store, &question).await.unwrap();
                let what = format!("{sort:?}, {filter:?}, {page}:\n{}", plan.text);
                assert!(!plan.sorts, "{what}");
                let index = format!("{}_price", filter.index);
                assert_eq!(plan.reads[0].index.as_deref(), Some(&*index), "{what}");
                reads_a_page(&plan, &what);
            }
        }
    }
}

/// Exception 1: no index is in two orders. A wide range is walked past in the index of the order
/// (the price stands in its entries), a narrow one is read along the prices and sorted; neither
/// walks through a table.
async fn a_price_range_in_another_order_walks_past<DB: Explains>(store: &SqlStore<DB>) {
    for filter in [EVERYTHING, OF_CATEGORY, OF_BRAND] {
        for (prices, narrow) in [(HALF, false), ((Some(5_000_000), Some(5_000_900)), true)] {
            let filter = Filter { prices, ..filter };
            for (sort, order, middle) in SORTS {
                if order == "price" {
                    continue;
                }
                for (page, question) in pages(sort, middle, filter) {
                    let plan = plans::products(store, &question).await.unwrap();
                    let what = format!("{sort:?}, {filter:?}, {page}:\n{}", plan.text);
                    let by_order = format!("{}_{order}", filter.index);
                    let by_price = format!("{}_price", filter.index);
                    let index = plan.reads[0].index.clone().unwrap_or_default();
                    assert!(index == by_order || index == by_price, "{what}");
                    // Of 100,000 products ten are in the narrow range.
                    let most = if narrow { 50 } else { 21 };
                    let rows = plan.reads[0].rows;
                    assert!(rows.is_none_or(|rows| rows <= most), "{what}");
                }
            }
        }
    }
}

/// Exception 2: of a brand and a category, the brand's order is walked and its products of other
/// categories are passed by; never more than the brand has.
async fn a_category_of_a_brand_walks_the_brand<DB: Explains>(store: &SqlStore<DB>) {
    let filter = Filter { category: OF_CATEGORY.category, ..OF_BRAND };
    for (sort, order, middle) in SORTS {
        for (page, question) in pages(sort, middle, filter) {
            let plan = plans::products(store, &question).await.unwrap();
            let what = format!("{sort:?}, {filter:?}, {page}:\n{}", plan.text);
            assert!(!plan.sorts, "{what}");
            let index = format!("brand_{order}");
            assert_eq!(plan.reads[0].index.as_deref(), Some(&*index), "{what}");
            // Every seventh of them is in the category.
            assert!(plan.reads[0].rows.is_none_or(|rows| rows <= 400), "{what}");
        }
    }
}

async fn brands_are_skipped_through<DB: Explains>(store: &SqlStore<DB>) {
    for cursor in [None, Some("maker 3")] {
        let question = ListBrands::parse(Some(LIMIT), cursor).unwrap();
        let plan = plans::brand_names(store, &question).await.unwrap();
        let rows: u64 = plan.reads.iter().filter_map(|read| read.rows).sum();
        assert!(rows <= 21, "{}", plan.text);
        // SQLite also says that it walks through what it has found.
        let walked = ["SCAN product", "Seq Scan"].iter().any(|walk| plan.text.contains(walk));
        assert!(!walked, "{}", plan.text);
    }
}

/// A buyer's orders come along one index; exception 3: with a state, the others are passed by.
async fn orders_are_read_along_an_index<DB: Explains>(store: &SqlStore<DB>) {
    let buyer = Id::new(shelf::buyer());
    let list = <dyn OrderQueries>::LIST;
    let middle = Cursor::new(list, shelf::ORDERED_AT + 500, Uuid::nil());
    for cursor in [None, Some(middle.clone()), Some(middle.turned())] {
        let cursor = cursor.map(|cursor| cursor.to_string());
        let page = PageRequest::try_new(list, Some(LIMIT), cursor.as_deref()).unwrap();
        for (state, most) in [(None, 21), (Some(OrderState::Expired), 42)] {
            let plan = plans::orders(store, buyer, state, &page).await.unwrap();
            assert!(!plan.sorts, "{}", plan.text);
            let [read] = &*plan.reads else { panic!("{}", plan.text) };
            assert_eq!(read.index.as_deref(), Some("orders_of_buyer"), "{}", plan.text);
            assert!(read.rows.is_none_or(|rows| rows <= most), "{}", plan.text);
        }
    }
}

/// Two statements, however many lines, and each knows where its rows are; lists of orders find
/// their lines by one more.
async fn an_order_is_read_by_two_statements<DB: Explains>(store: &SqlStore<DB>) {
    let id = Id::new(shelf::order());
    let mut plans = plans::order(store, id).await.unwrap();
    assert_eq!(plans.len(), 2);
    plans.push(plans::lines(store, &[id]).await.unwrap());
    for (plan, tables) in plans.iter().zip([2, 1, 1]) {
        assert_eq!(plan.reads.len(), tables, "{}", plan.text);
        for read in &plan.reads {
            assert!(read.index.is_some(), "{}", plan.text);
            assert!(read.rows.is_none_or(|rows| rows <= 10), "{}", plan.text);
        }
    }
}

/// First and deep, forward and backward.
fn pages(sort: ProductSort, middle: i64, filter: Filter) -> Vec<(&'static str, ListProducts)> {
    let forward = Cursor::new(sort.name(), middle, Uuid::nil());
    let backward = forward.clone().turned();
    [("the first page", None), ("forward", Some(forward)), ("backward", Some(backward))]
        .into_iter()
        .map(|(page, cursor)| {
            let cursor = cursor.map(|cursor| cursor.to_string());
            let category = filter.category.map(Category::slug);
            let question = ListProducts::parse(
                Some(sort.name()),
                category,
                filter.brand,
                filter.prices,
                None,
                Some(LIMIT),
                cursor.as_deref(),
            );
            (page, question.unwrap())
        })
        .collect()
}

/// SQLite does not count rows, but says where it begins.
fn begins_at_its_cursor(plan: &Plan, question: &ListProducts, what: &str) {
    if plan.text.contains("SEARCH") && question.page.cursor().is_some() {
        let lead = plan.text.lines().next().unwrap();
        assert!(lead.contains("id)<(?,?)") || lead.contains("id)>(?,?)"), "{what}");
    }
}

/// A page and the one row that tells of more, of the list and of each table beside it; of
/// categories a product has up to three.
fn reads_a_page(plan: &Plan, what: &str) {
    assert!(plan.reads.iter().all(|read| read.index.is_some()), "{what}");
    for (place, read) in plan.reads.iter().enumerate() {
        let most = if read.index.as_deref() == Some("category_of_product") { 63 } else { 21 };
        assert!(read.rows.is_none_or(|rows| rows <= most), "{place}: {what}");
        if place == 0 {
            assert!(read.rows.is_none_or(|rows| rows == 21), "the page is not full: {what}");
        }
    }
}

async fn every_plan<DB: Explains>(store: &SqlStore<DB>) {
    every_list_walks_its_index(store).await;
    a_price_range_in_order_of_prices_walks_its_part(store).await;
    a_price_range_in_another_order_walks_past(store).await;
    a_category_of_a_brand_walks_the_brand(store).await;
    brands_are_skipped_through(store).await;
    orders_are_read_along_an_index(store).await;
    an_order_is_read_by_two_statements(store).await;
}

/// All of them on one shelf of products, because filling it is what takes the time.
#[tokio::test]
async fn sqlite_reads_no_more_than_a_page() {
    // As long as nothing has counted the rows, and when something has.
    let shelf = shelf::sqlite().await;
    every_plan(&shelf.store).await;
    let shelf = shelf.counted().await;
    every_plan(&shelf.store).await;
    shelf.store.close().await;
}

#[tokio::test]
async fn postgres_reads_no_more_than_a_page() {
    let shelf = shelf::postgres().await;
    every_plan(&shelf.store).await;
    shelf.store.close().await;
}
