//! scratch
#[tokio::test]
async fn timing() {
    use jangbogo_kernel::Store;
    let f = crate::fresh::Fresh::open().await;
    let m = jangbogo_member::contract::stored_member(&f.store, &f.ids, f.now).await.unwrap();
    let ps: Vec<_> = (0..1700).map(|_| jangbogo_catalog::contract::new_product(&f.ids, m.id, f.now).unwrap()).collect();
    let s: &dyn Store<dyn jangbogo_catalog::Transaction> = &f.store;
    let mut tx = s.begin().await.unwrap();
    let t = std::time::Instant::now();
    tx.products().add(&ps).await.unwrap();
    println!("add 1700: {:?}", t.elapsed());
    for n in [1000, 5000, 10000, 30000] {
        let ids: Vec<_> = (0..n).map(|_| f.ids_next()).collect();
        let t = std::time::Instant::now();
        tx.products().find_many(&ids).await.unwrap();
        println!("find {n}: {:?}", t.elapsed());
    }
}
impl crate::fresh::Fresh { fn ids_next<T>(&self) -> jangbogo_kernel::Id<T> { let i: &dyn jangbogo_kernel::IdGenerator = &self.ids; i.next() } }
