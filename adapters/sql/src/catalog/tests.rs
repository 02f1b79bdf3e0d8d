//! What only this adapter promises; the contracts are run by the tests package.

use jangbogo_catalog::{ListProducts, ProductQueries as _, ProductSort, contract};
use jangbogo_inventory::{Stock, Transaction as Inventory};
use jangbogo_kernel::{Cursor, Store, Uuid};
use jangbogo_member::contract::stored_member;
use sqlx::Sqlite;

use super::queries::listing;
use crate::fresh::Fresh;

/// The catalogue cannot make stock itself, so that its contract cannot ask for this.
#[tokio::test]
async fn cards_and_pages_show_the_stock() {
    let fresh = Fresh::open().await;
    let (store, ids) = (&fresh.store, &fresh.ids);
    let seller = stored_member(store, ids, fresh.now).await.unwrap().id;
    let product = contract::new_product(ids, seller, fresh.now).unwrap();
    let stock = Stock::opened(product.id, 17).unwrap();
    let store_of: &dyn Store<dyn Inventory> = store;
    let mut tx = store_of.begin().await.unwrap();
    let products = std::slice::from_ref(&product);
    tx.products().add(products).await.unwrap();
    tx.stock().add(&[stock], fresh.now).await.unwrap();
    tx.commit().await.unwrap();
    let detail = store.find(product.id).await.unwrap().unwrap();
    assert_eq!(detail.card.stock, 17);
    let all = ListProducts::parse(None, None, (None, None), None, None, None).unwrap();
    let page = store.list(&all).await.unwrap();
    assert_eq!(page.items, [detail.card]);
}

/// A long catalogue is never sorted for one page: each order is walked along its own index.
#[tokio::test]
async fn each_order_is_walked_along_its_index() {
    let fresh = Fresh::open().await;
    let mut connection = fresh.store.read().await.unwrap();
    for (sort, index) in [
        (ProductSort::Newest, "product_newest"),
        (ProductSort::PriceAsc, "product_price"),
        (ProductSort::PriceDesc, "product_price"),
        (ProductSort::Sales, "product_sales"),
        (ProductSort::Discount, "product_discount"),
    ] {
        let cursor = Cursor::new(sort.name(), 5, Uuid::nil()).to_string();
        for (category, cursor) in
            [(None, None), (None, Some(&*cursor)), (Some("eye"), Some(&*cursor))]
        {
            let name = Some(sort.name());
            let question =
                ListProducts::parse(name, category, (None, None), Some("a"), None, cursor);
            let plan = listing::<Sqlite>("EXPLAIN QUERY PLAN ", &question.unwrap())
                .rows(&mut connection, "explain")
                .await
                .unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get("detail").unwrap()).collect();
            let plan = plan.join("\n");
            assert!(plan.contains(&format!("USING INDEX {index}")), "{plan}");
            assert!(!plan.contains("FOR ORDER BY"), "{plan}");
            if cursor.is_some() {
                let search = format!("SEARCH p USING INDEX {index}");
                assert!(plan.contains(&search), "{plan}");
            }
        }
    }
}
