//! A product of a seller.

use jangbogo_kernel::{BasisPoints, Currency, ErrorKind, Fault, Kind, Money, Timestamp};
use jangbogo_member::MemberId;
use unicode_normalization::UnicodeNormalization as _;

use crate::{Category, Price, PriceError, ProductId};

/// Something for sale. `OnSale → Withdrawn`, never back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Identity.
    pub id: ProductId,
    /// Who sells it; only they and admins may change it.
    pub seller: MemberId,
    /// Name, Korean first.
    pub name: String,
    /// English name; may be empty.
    pub name_en: String,
    /// Maker or brand.
    pub maker: String,
    /// Plain text.
    pub description: String,
    /// Where its picture is; may be empty.
    pub image_url: String,
    /// One to three.
    pub categories: Vec<Category>,
    /// The maker's statement.
    pub attributes: Attributes,
    /// What it costs.
    pub price: Price,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// 1 when added, one more with each change.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Whether a product can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductStatus {
    /// Listed and sold.
    OnSale,
    /// Gone from the shop; kept for the orders that name it.
    Withdrawn,
}

/// The maker's statement on a health food (columns of the Korean public register of health
/// functional foods). Every field is plain text and may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// Registration number of the statement.
    pub statement_number: String,
    /// Day of registration.
    pub registered_on: String,
    /// How long it keeps.
    pub shelf_life: String,
    /// Colour and texture.
    pub appearance: String,
    /// How much to take.
    pub serving_use: String,
    /// How to keep it.
    pub storage: String,
    /// Who must take care.
    pub intake_caution: String,
    /// What it does.
    pub main_function: String,
    /// Standards that it meets.
    pub base_standard: String,
}

/// What a seller gives for a new product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    name: String,
    name_en: String,
    maker: String,
    description: String,
    image_url: String,
    categories: Vec<Category>,
    attributes: Attributes,
    price: Price,
}

/// What a seller changes; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ProductChanges {
    /// Name.
    pub name: Option<String>,
    /// English name.
    pub name_en: Option<String>,
    /// Maker or brand.
    pub maker: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// Where its picture is.
    pub image_url: Option<String>,
    /// Slugs; empty means: classify from the function statement.
    pub categories: Option<Vec<String>>,
    /// The maker's statement.
    pub attributes: Option<Attributes>,
    /// Original price in minor units.
    pub original_price: Option<i64>,
    /// Discount in basis points.
    pub discount_bps: Option<u32>,
}

/// A field of a product is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct ProductError {
    /// The field, as the API names it.
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

impl Fault for ProductError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "validation-failed"
    }
}

impl Kind for Product {
    const PREFIX: &'static str = "pro";
}

impl ProductStatus {
    /// The status's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnSale => "on_sale",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Product {
    /// Whether it can be bought.
    pub fn is_on_sale(&self) -> bool {
        self.status == ProductStatus::OnSale
    }

    /// Applies a seller's changes.
    pub fn change(&mut self, changes: ProductChanges, now: Timestamp) -> Result<(), ProductError> {
        let new = NewProduct::parse(ProductChanges {
            name: changes.name.or_else(|| Some(self.name.clone())),
            name_en: changes.name_en.or_else(|| Some(self.name_en.clone())),
            maker: changes.maker.or_else(|| Some(self.maker.clone())),
            description: changes.description.or_else(|| Some(self.description.clone())),
            image_url: changes.image_url.or_else(|| Some(self.image_url.clone())),
            categories: changes.categories.or_else(|| Some(self.category_slugs())),
            attributes: changes.attributes.or_else(|| Some(self.attributes.clone())),
            original_price: changes.original_price.or(Some(self.price.original().minor())),
            discount_bps: changes.discount_bps.or(Some(self.price.discount().get())),
        })?;
        let version = self.version + 1;
        let (created_at, status) = (self.created_at, self.status);
        let changed = new.into_product(self.id, self.seller, now);
        *self = Self { status, version, created_at, ..changed };
        Ok(())
    }

    /// Takes the product out of the shop.
    pub fn withdraw(&mut self, now: Timestamp) {
        self.status = ProductStatus::Withdrawn;
        self.version += 1;
        self.updated_at = now;
    }

    /// The text that searches look into: names and maker, NFKC, lower case.
    pub fn search_text(&self) -> String {
        let text = format!("{} {} {}", self.name, self.name_en, self.maker);
        text.nfkc().collect::<String>().to_lowercase()
    }

    fn category_slugs(&self) -> Vec<String> {
        self.categories.iter().map(|category| category.slug().to_owned()).collect()
    }
}

impl NewProduct {
    /// A checked new product. Without categories it is classified from its function statement.
    pub fn parse(given: ProductChanges) -> Result<Self, ProductError> {
        let attributes = checked_attributes(given.attributes.unwrap_or_default())?;
        Ok(Self {
            name: line("name", given.name, 1, 200, "1 to 200 characters on one line")?,
            name_en: line("name_en", given.name_en, 0, 200, "at most 200 characters on one line")?,
            maker: line("maker", given.maker, 1, 100, "1 to 100 characters on one line")?,
            description: checked_description(given.description)?,
            image_url: checked_url(given.image_url)?,
            categories: checked_categories(given.categories, &attributes)?,
            attributes,
            price: checked_price(given.original_price, given.discount_bps)?,
        })
    }

    /// The product, from now on sold by `seller`.
    pub fn into_product(self, id: ProductId, seller: MemberId, now: Timestamp) -> Product {
        Product {
            id,
            seller,
            name: self.name,
            name_en: self.name_en,
            maker: self.maker,
            description: self.description,
            image_url: self.image_url,
            categories: self.categories,
            attributes: self.attributes,
            price: self.price,
            status: ProductStatus::OnSale,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

fn line(
    field: &'static str,
    text: Option<String>,
    min: usize,
    max: usize,
    rule: &'static str,
) -> Result<String, ProductError> {
    let text = text.unwrap_or_default();
    let text: String = text.trim().nfc().collect();
    if (min..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text)
    } else {
        Err(ProductError { field, rule })
    }
}

fn checked_description(text: Option<String>) -> Result<String, ProductError> {
    let text = text.unwrap_or_default();
    let allowed = |c: char| !c.is_control() || c == '\n' || c == '\t';
    if text.chars().count() <= 10_000 && text.chars().all(allowed) {
        Ok(text)
    } else {
        Err(ProductError { field: "description", rule: "at most 10000 characters of plain text" })
    }
}

fn checked_url(text: Option<String>) -> Result<String, ProductError> {
    let url = text.unwrap_or_default();
    let fits = url.is_empty()
        || (url.len() <= 500
            && (url.starts_with("https://") || url.starts_with("http://"))
            && !url.chars().any(|c| c.is_whitespace() || c.is_control() || "\"'<>".contains(c)));
    if fits {
        Ok(url)
    } else {
        Err(ProductError {
            field: "image_url",
            rule: "an http or https address of at most 500 bytes",
        })
    }
}

fn checked_attributes(attributes: Attributes) -> Result<Attributes, ProductError> {
    let fields = [
        &attributes.statement_number,
        &attributes.registered_on,
        &attributes.shelf_life,
        &attributes.appearance,
        &attributes.serving_use,
        &attributes.storage,
        &attributes.intake_caution,
        &attributes.main_function,
        &attributes.base_standard,
    ];
    if fields.iter().all(|text| text.chars().count() <= 2_000 && !text.contains('\0')) {
        Ok(attributes)
    } else {
        let rule = "each attribute has at most 2000 characters";
        Err(ProductError { field: "attributes", rule })
    }
}

fn checked_categories(
    slugs: Option<Vec<String>>,
    attributes: &Attributes,
) -> Result<Vec<Category>, ProductError> {
    let slugs = slugs.unwrap_or_default();
    if slugs.is_empty() {
        return Ok(Category::classify(&attributes.main_function));
    }
    let refused = ProductError { field: "categories", rule: "at most three known categories" };
    let mut categories: Vec<Category> = Vec::new();
    for slug in &slugs {
        let category = Category::from_slug(slug).ok_or(refused)?;
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    if categories.len() > Category::PER_PRODUCT_MAX { Err(refused) } else { Ok(categories) }
}

fn checked_price(original: Option<i64>, bps: Option<u32>) -> Result<Price, ProductError> {
    let out_of_range = ProductError { field: "original_price", rule: "between 1 and 1000000000" };
    let bad_discount =
        ProductError { field: "discount_bps", rule: "basis points that leave at least 1 to pay" };
    let original = original.ok_or(out_of_range)?;
    let discount = BasisPoints::try_new(bps.unwrap_or(0)).map_err(|_| bad_discount)?;
    Price::try_new(Money::new(original, Currency::Krw), discount).map_err(|error| match error {
        PriceError::OutOfRange => out_of_range,
        PriceError::Discount => bad_discount,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jangbogo_kernel::{Id, Uuid};

    fn given() -> ProductChanges {
        ProductChanges {
            name: Some("루테인 지아잔틴".to_owned()),
            maker: Some("참들녘".to_owned()),
            original_price: Some(12_900),
            ..ProductChanges::default()
        }
    }

    #[test]
    fn a_product_needs_name_maker_and_price() {
        assert!(NewProduct::parse(given()).is_ok());
        let refused = |given| NewProduct::parse(given).unwrap_err().field;
        assert_eq!(refused(ProductChanges { name: None, ..given() }), "name");
        assert_eq!(refused(ProductChanges { maker: Some(" ".into()), ..given() }), "maker");
        assert_eq!(refused(ProductChanges { original_price: None, ..given() }), "original_price");
        assert_eq!(
            refused(ProductChanges { discount_bps: Some(10_001), ..given() }),
            "discount_bps"
        );
        let shoes = Some(vec!["shoes".to_owned()]);
        assert_eq!(refused(ProductChanges { categories: shoes, ..given() }), "categories");
        let script = Some("javascript:alert(1)".to_owned());
        assert_eq!(refused(ProductChanges { image_url: script, ..given() }), "image_url");
    }

    #[test]
    fn a_change_leaves_the_rest() {
        let now = Timestamp::from_micros(1);
        let new = NewProduct::parse(given()).unwrap();
        let mut product = new.into_product(Id::new(Uuid::nil()), Id::new(Uuid::nil()), now);
        let later = Timestamp::from_micros(2);
        let changes = ProductChanges { discount_bps: Some(1_000), ..ProductChanges::default() };
        product.change(changes, later).unwrap();
        assert_eq!(product.name, "루테인 지아잔틴");
        assert_eq!(product.price.selling(), Money::won(11_610));
        assert_eq!((product.version, product.created_at, product.updated_at), (2, now, later));
    }
}
