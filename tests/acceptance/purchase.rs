//! A whole purchase.

use jangbogo_tests::TestShop;

#[tokio::test]
async fn a_buyer_pays_and_the_pieces_are_sold() {
    let shop = TestShop::open().await;
    let seller = shop.seller().await;
    let lutein = seller.lists("루테인", 12_900, 3).await;
    let buyer = shop.buyer().await;
    buyer.puts_into_cart(&lutein, 2).await.expect(200);

    let order = buyer.orders(&lutein, 2).await;
    assert_eq!(buyer.stock_of(&lutein).await, 1);
    buyer.pays(&order).await;
    assert_eq!(buyer.order(&order).await["status"], "paid");

    shop.delivers_events().await;
    let cart = buyer.gets("/api/v1/cart").await.expect(200);
    assert_eq!(cart["lines"].as_array().unwrap().len(), 0);
    let product = buyer.gets(&format!("/api/v1/products/{lutein}")).await.expect(200);
    assert_eq!((&product["sales"], &product["stock"]), (&2.into(), &1.into()));
    shop.close().await;
}
