//! Queries of lists.

use jangbogo_tests::Scene;
use serde_json::json;

use super::Before;

#[tokio::test]
async fn bad_list_queries_are_refused() {
    let before = Before::open().await;
    let Scene { buyer, seller, .. } = &before.scene;
    seller.lists("오메가3", 1_000, 1).await;
    let products = seller.gets("/api/v1/products?limit=1").await.expect(200);
    let foreign = products.text_at("/next_cursor");
    buyer.cancels(&buyer.orders(&before.scene.product, 1).await).await.expect(200);
    let newest = buyer.gets("/api/v1/orders?limit=1").await.expect(200).text_at("/next_cursor");
    let cut = &newest[..newest.len() - 4];
    for (query, code) in [
        ("limit=0", "validation-failed"),
        ("limit=101", "validation-failed"),
        ("limit=-1", "validation-failed"),
        ("limit=ten", "validation-failed"),
        ("limit=1.5", "validation-failed"),
        ("limit=99999999999999999999", "validation-failed"),
        ("limit=1&limit=2", "validation-failed"),
        ("status=lost", "validation-failed"),
        ("status=PAID", "validation-failed"),
        ("status=paid&status=paid", "validation-failed"),
        ("offset=10", "validation-failed"),
        ("buyer=somebody", "validation-failed"),
        ("cursor=x", "cursor-invalid"),
        ("cursor=%00", "cursor-invalid"),
        ("cursor=bm9uc2Vuc2U", "cursor-invalid"),
        (&format!("cursor={cut}"), "cursor-invalid"),
        (&format!("cursor={foreign}"), "cursor-invalid"),
    ] {
        let reply = buyer.gets(&format!("/api/v1/orders?{query}")).await;
        reply.expect_problem(400, code);
    }
    // A cursor that has grown old, or that somebody else was given, shows only what is one's own.
    let stranger = before.scene.shop.buyer().await;
    let theirs = stranger.gets(&format!("/api/v1/orders?cursor={newest}")).await.expect(200);
    assert_eq!(theirs["items"], json!([]));
    let older = buyer.gets(&format!("/api/v1/orders?cursor={newest}")).await.expect(200);
    assert_eq!(older["items"][0]["id"], before.order);
    before.scene.shop.close().await;
}
