//! Categories of health food, and the classification of a product from its own words.

/// What a product is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Eyes.
    Eye,
    /// Bones and joints.
    Bone,
    /// Memory and blood flow.
    Brain,
    /// Intestines.
    Intestine,
    /// Liver.
    Liver,
    /// Skin.
    Skin,
    /// Antioxidation.
    Antioxidant,
    /// Fatigue and immunity.
    Fatigue,
    /// Everything else.
    Etc,
}

impl Category {
    /// All categories, in the order in which shops show them.
    pub const ALL: [Self; 9] = [
        Self::Eye,
        Self::Bone,
        Self::Brain,
        Self::Intestine,
        Self::Liver,
        Self::Skin,
        Self::Antioxidant,
        Self::Fatigue,
        Self::Etc,
    ];

    /// The most categories of one product.
    pub const PER_PRODUCT_MAX: usize = 3;

    /// The category's stable name in the API and the database.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Eye => "eye",
            Self::Bone => "bone",
            Self::Brain => "brain",
            Self::Intestine => "intestine",
            Self::Liver => "liver",
            Self::Skin => "skin",
            Self::Antioxidant => "antioxidant",
            Self::Fatigue => "fatigue",
            Self::Etc => "etc",
        }
    }

    /// The category of a stable name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.slug() == slug)
    }

    /// The name that Korean shoppers read.
    pub const fn name_ko(self) -> &'static str {
        match self {
            Self::Eye => "눈 건강",
            Self::Bone => "뼈·관절",
            Self::Brain => "두뇌·혈행",
            Self::Intestine => "장 건강",
            Self::Liver => "간 건강",
            Self::Skin => "피부",
            Self::Antioxidant => "항산화",
            Self::Fatigue => "피로 개선",
            Self::Etc => "기타",
        }
    }

    /// The name that English readers read.
    pub const fn name_en(self) -> &'static str {
        match self {
            Self::Eye => "Eye health",
            Self::Bone => "Bones and joints",
            Self::Brain => "Memory and blood flow",
            Self::Intestine => "Gut health",
            Self::Liver => "Liver health",
            Self::Skin => "Skin",
            Self::Antioxidant => "Antioxidants",
            Self::Fatigue => "Energy",
            Self::Etc => "Other",
        }
    }

    /// Words of a function statement that name the category.
    const fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Eye => &["눈", "시력", "루테인", "황반"],
            Self::Bone => &["뼈", "관절", "연골", "칼슘", "비타민d"],
            Self::Brain => &["기억력", "두뇌", "혈행", "오메가", "인지"],
            Self::Intestine => &["장 건강", "유산균", "배변", "장내", "프로바이오틱스"],
            Self::Liver => &["간 건강", "밀크씨슬", "간 기능", "간세포"],
            Self::Skin => &["피부", "콜라겐", "보습", "히알루론"],
            Self::Antioxidant => &["항산화", "비타민c", "코엔자임", "유해산소"],
            Self::Fatigue => &["피로", "홍삼", "에너지", "비타민b", "면역"],
            Self::Etc => &[],
        }
    }

    /// The categories that a function statement names, at most three; [`Category::Etc`] when none.
    pub fn classify(statement: &str) -> Vec<Self> {
        let text = statement.to_lowercase().replace("비타민 ", "비타민");
        let named = |category: &Self| category.keywords().iter().any(|word| text.contains(word));
        let mut found: Vec<Self> = Self::ALL.into_iter().filter(named).collect();
        found.truncate(Self::PER_PRODUCT_MAX);
        if found.is_empty() {
            found.push(Self::Etc);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_names_of_their_own() {
        for category in Category::ALL {
            assert_eq!(Category::from_slug(category.slug()), Some(category));
        }
        assert_eq!(Category::from_slug("shoes"), None);
    }

    #[test]
    fn a_statement_names_its_categories() {
        let eyes =
            Category::classify("노화로 인해 감소될 수 있는 황반색소밀도를 유지하여 눈 건강에 도움");
        assert_eq!(eyes, [Category::Eye]);
        let two = Category::classify("비타민 D: 뼈의 형성과 유지에 필요 / 유산균 증식");
        assert_eq!(two, [Category::Bone, Category::Intestine]);
        assert_eq!(Category::classify(""), [Category::Etc]);
    }
}
