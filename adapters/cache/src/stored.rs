//! The form in which answers are stored in the shared cache: JSON with short names. What does not
//! read as one of ours is a miss.

use std::borrow::Cow;

use jangbogo_catalog::{
    Attributes, Category, MainPage, Price, Product, ProductCard, ProductDetail, ProductStatus,
};
use jangbogo_kernel::{BasisPoints, Cursor, Id, Money, Page, Timestamp, Uuid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// An answer and when the database was asked for it.
#[derive(Serialize, Deserialize)]
struct Dated<T> {
    at: i64,
    it: T,
}

/// What can be stored.
pub(crate) trait Store: Sized {
    type Form<'a>: Serialize + DeserializeOwned
    where
        Self: 'a;
    fn form(&self) -> Self::Form<'_>;
    fn of(form: Self::Form<'static>) -> Option<Self>;
}

pub(crate) fn write<T: Store>(it: &T, asked_at: Timestamp) -> Option<Vec<u8>> {
    serde_json::to_vec(&Dated { at: asked_at.as_micros(), it: it.form() }).ok()
}

pub(crate) fn read<T: Store + 'static>(bytes: &[u8]) -> Option<(Timestamp, T)> {
    let dated: Dated<T::Form<'static>> = serde_json::from_slice(bytes).ok()?;
    Some((Timestamp::from_micros(dated.at), T::of(dated.it)?))
}

#[derive(Serialize, Deserialize)]
pub(crate) struct CardForm<'a> {
    id: Uuid,
    seller: Uuid,
    name: Cow<'a, str>,
    name_en: Cow<'a, str>,
    maker: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    description: Cow<'a, str>,
    image: Cow<'a, str>,
    categories: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attributes: Option<Cow<'a, Attributes>>,
    price: (i64, Cow<'a, str>, u32),
    version: i64,
    times: (i64, i64),
    stock: i64,
    sales: i64,
    /// Missing in what an older process wrote.
    #[serde(default)]
    views: i64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PageForm<'a> {
    items: Vec<CardForm<'a>>,
    /// The cursor's list and text.
    next: Option<(Cow<'a, str>, String)>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct MainForm<'a> {
    sales: Vec<CardForm<'a>>,
    discount: Vec<CardForm<'a>>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct DetailForm<'a> {
    card: CardForm<'a>,
    seller: Cow<'a, str>,
}

fn cards(cards: &[ProductCard]) -> Vec<CardForm<'_>> {
    cards.iter().map(Store::form).collect()
}

fn cards_of(forms: Vec<CardForm<'static>>) -> Option<Vec<ProductCard>> {
    forms.into_iter().map(Store::of).collect()
}

impl Store for ProductCard {
    type Form<'a> = CardForm<'a>;

    fn form(&self) -> CardForm<'_> {
        let it = &self.product;
        let (price, some) = (it.price.original(), it.attributes != Attributes::default());
        CardForm {
            id: it.id.uuid(),
            seller: it.seller.uuid(),
            name: (&it.name).into(),
            name_en: (&it.name_en).into(),
            maker: (&it.maker).into(),
            description: (&it.description).into(),
            image: (&it.image_url).into(),
            categories: it.categories.iter().map(|category| category.slug().into()).collect(),
            attributes: some.then_some(Cow::Borrowed(&it.attributes)),
            price: (price.minor(), price.currency().code().into(), it.price.discount().get()),
            version: it.version,
            times: (it.created_at.as_micros(), it.updated_at.as_micros()),
            stock: self.stock,
            sales: self.sales,
            views: self.views,
        }
    }

    fn of(form: CardForm<'static>) -> Option<Self> {
        let (minor, currency, discount) = form.price;
        let original = Money::new(minor, currency.parse().ok()?);
        let price = Price::try_new(original, BasisPoints::try_new(discount).ok()?).ok()?;
        let categories = form.categories.iter().map(|slug| Category::from_slug(slug));
        let product = Product {
            id: Id::new(form.id),
            seller: Id::new(form.seller),
            name: form.name.into_owned(),
            name_en: form.name_en.into_owned(),
            maker: form.maker.into_owned(),
            description: form.description.into_owned(),
            image_url: form.image.into_owned(),
            categories: categories.collect::<Option<_>>()?,
            attributes: form.attributes.map(Cow::into_owned).unwrap_or_default(),
            price,
            // Only what is on sale is shown, so only that is stored.
            status: ProductStatus::OnSale,
            version: form.version,
            created_at: Timestamp::from_micros(form.times.0),
            updated_at: Timestamp::from_micros(form.times.1),
        };
        Some(Self { product, stock: form.stock, sales: form.sales, views: form.views })
    }
}

impl Store for Page<ProductCard> {
    type Form<'a> = PageForm<'a>;

    fn form(&self) -> PageForm<'_> {
        let next = self.next.as_ref().map(|next| (next.list().into(), next.to_string()));
        PageForm { items: cards(&self.items), next }
    }

    fn of(form: PageForm<'static>) -> Option<Self> {
        let next = form.next.map(|(list, text)| Cursor::parse(&list, &text).ok());
        let next = match next {
            Some(cursor) => Some(cursor?),
            None => None,
        };
        // Only first pages are stored, and nothing is before them.
        Some(Self { items: cards_of(form.items)?, next, previous: None })
    }
}

impl Store for MainPage {
    type Form<'a> = MainForm<'a>;

    fn form(&self) -> MainForm<'_> {
        MainForm { sales: cards(&self.top_sales), discount: cards(&self.top_discount) }
    }

    fn of(form: MainForm<'static>) -> Option<Self> {
        let top_sales = cards_of(form.sales)?;
        Some(Self { top_sales, top_discount: cards_of(form.discount)? })
    }
}

impl Store for ProductDetail {
    type Form<'a> = DetailForm<'a>;

    fn form(&self) -> DetailForm<'_> {
        DetailForm { card: self.card.form(), seller: (&self.seller_name).into() }
    }

    fn of(form: DetailForm<'static>) -> Option<Self> {
        let card = ProductCard::of(form.card)?;
        Some(Self { card, seller_name: form.seller.into_owned() })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A product of which every field is filled.
    pub(crate) fn card(n: u128) -> ProductCard {
        let price = Price::try_new(Money::won(12_900), BasisPoints::try_new(1_500).unwrap());
        let attributes =
            Attributes { storage: "실온 \"25℃\"".to_owned(), ..Attributes::default() };
        let product = Product {
            id: Id::new(Uuid::from_u128(n)),
            seller: Id::new(Uuid::from_u128(7)),
            name: format!("루테인 {n}"),
            name_en: "Lutein".to_owned(),
            maker: "참들녘".to_owned(),
            description: "첫째 줄\n둘째 줄".to_owned(),
            image_url: "https://example.com/1.png".to_owned(),
            categories: vec![Category::Skin, Category::Eye],
            attributes,
            price: price.unwrap(),
            status: ProductStatus::OnSale,
            version: 3,
            created_at: Timestamp::from_micros(1),
            updated_at: Timestamp::from_micros(2),
        };
        ProductCard { product, stock: 5, sales: 9, views: 7 }
    }

    #[test]
    fn what_is_stored_comes_back() {
        let at = Timestamp::from_micros(77);
        let next = Some(Cursor::new("newest", -5, Uuid::from_u128(2)));
        let page = Page { items: vec![card(1), card(2)], next, previous: None };
        assert_eq!(read(&write(&page, at).unwrap()), Some((at, page)));
        let main = MainPage { top_sales: vec![card(1)], top_discount: vec![] };
        assert_eq!(read(&write(&main, at).unwrap()), Some((at, main)));
        let detail = ProductDetail { card: card(1), seller_name: "장보고".to_owned() };
        assert_eq!(read(&write(&detail, at).unwrap()), Some((at, detail)));
    }

    #[test]
    fn what_is_not_ours_is_a_miss() {
        let at = Timestamp::from_micros(77);
        let page = Page { items: vec![card(1)], ..Page::empty() };
        let text = String::from_utf8(write(&page, at).unwrap()).unwrap();
        for broken in [
            String::new(),
            "null".to_owned(),
            text[1..].to_owned(),
            text.replace("eye", "shoes"),
            text.replace("KRW", "XXX"),
            text.replace("1500", "10001"),
            text.replace("\"stock\"", "\"pieces\""),
        ] {
            assert_eq!(read::<Page<ProductCard>>(broken.as_bytes()), None, "{broken}");
        }
        assert_eq!(read::<MainPage>(text.as_bytes()), None, "another kind");
    }
}
