//! The words all demo products share: makers, shops, series, forms and standing phrases.

use super::DemoSeller;

/// The shops of the demo.
pub const SELLERS: [DemoSeller; 5] = [
    DemoSeller { nickname: "새벽약초방", name: "새벽약초방", name_en: "Dawn Herb House" },
    DemoSeller {
        nickname: "오늘의비타민", name: "오늘의 비타민", name_en: "Vitamin of the Day"
    },
    DemoSeller { nickname: "건강나루터", name: "건강나루터", name_en: "Wellness Ferry" },
    DemoSeller {
        nickname: "삼대인삼상회",
        name: "삼대 인삼상회",
        name_en: "Three Generations Ginseng",
    },
    DemoSeller {
        nickname: "햇살영양제", name: "햇살 영양제 가게", name_en: "Sunny Supplements"
    },
];

/// Makers in Korean and in English letters; all invented.
pub(crate) const MAKERS: [(&str, &str); 46] = [
    ("참들녘", "Chamdeulnyeok"),
    ("새벽숲결", "Saebyeoksupgyeol"),
    ("달여울헬스", "Daryeoul Health"),
    ("늘해밀바이오", "Neulhaemil Bio"),
    ("솔마루담", "Solmarudam"),
    ("한누림뜰", "Hannurimtteul"),
    ("온빛담", "Onbitdam"),
    ("물보라랩", "Mulbora Lab"),
    ("고운결연구소", "Goungyeol Institute"),
    ("별무리뉴트리", "Byeolmuri Nutri"),
    ("다온샘결", "Daonsaemgyeol"),
    ("미르숲헬스케어", "Mireusup Healthcare"),
    ("가온들바이오", "Gaondeul Bio"),
    ("푸새담", "Pusaedam"),
    ("하늬골농원", "Hanuigol Farm"),
    ("이든누림", "Ideunnurim"),
    ("여담푸드랩", "Yeodam Food Lab"),
    ("산들여울", "Sandeul Yeoul"),
    ("초롱뜰", "Chorongtteul"),
    ("바른숨뉴트리션", "Bareunsum Nutrition"),
    ("해담결", "Haedamgyeol"),
    ("무지개샘바이오", "Mujigaesaem Bio"),
    ("아라누림", "Aranurim"),
    ("벼리움", "Byeorium"),
    ("도담숲", "Dodamsup"),
    ("새론빛결", "Saeronbitgyeol"),
    ("나린터", "Narinteo"),
    ("윤슬담웰니스", "Yunseuldam Wellness"),
    ("그루터기샘", "Geuruteogisaem"),
    ("두레여울", "Dure Yeoul"),
    ("마루한결", "Maruhangyeol"),
    ("청솔모루", "Cheongsolmoru"),
    ("포근담", "Pogeundam"),
    ("한결뜨락", "Hangyeol Tteurak"),
    ("비타라움", "Vitaraum"),
    ("뉴트리모아름", "Nutri Moareum"),
    ("셀루미온", "Cellumion"),
    ("오르비엘헬스", "Orbiel Health"),
    ("엘리노아랩", "Elinoa Lab"),
    ("바이오세온", "Bioseon"),
    ("케이든누림", "Kaydennurim"),
    ("모아솔", "Moasol"),
    ("사계담뜰", "Sagyedamtteul"),
    ("느루바이오텍", "Neuru Biotech"),
    ("너울가온", "Neoulgaon"),
    ("꿈여울팜", "Kkumyeoul Farm"),
];

/// What a product line is called; most carry no such word.
pub(super) const SERIES: [(&str, &str); 12] = [
    ("", ""),
    ("", ""),
    ("", ""),
    ("플러스", "Plus"),
    ("프리미엄", "Premium"),
    ("데일리", "Daily"),
    ("골드", "Gold"),
    ("맥스", "Max"),
    ("포르테", "Forte"),
    ("에센셜", "Essential"),
    ("베이직", "Basic"),
    ("퍼펙트", "Perfect"),
];

/// Prices of the most precious sets, in won.
pub(super) const LUXURY_PRICES: [i64; 9] =
    [490_000, 690_000, 980_000, 1_350_000, 1_980_000, 2_900_000, 4_800_000, 7_500_000, 10_000_000];

/// Markers that the standard lets range from 80 to 150 per cent, as nutrients do.
pub(super) const NUTRIENTS: [&str; 8] =
    ["비타민", "칼슘", "마그네슘", "아연", "철", "엽산", "셀렌", "비오틴"];

/// A second ingredient that some products carry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Supplement {
    pub(super) name: &'static str,
    pub(super) name_en: &'static str,
    pub(super) claim: &'static str,
    pub(super) content: &'static str,
    /// The category its claim belongs to, unless that is none of the named ones.
    pub(super) category: Option<&'static str>,
}

pub(super) const SUPPLEMENTS: [Supplement; 6] = [
    Supplement {
        name: "아연",
        name_en: "Zinc",
        claim: "정상적인 면역기능에 필요, 정상적인 세포분열에 필요",
        content: "8.5 mg",
        category: None,
    },
    Supplement {
        name: "셀렌",
        name_en: "Selenium",
        claim: "유해산소로부터 세포를 보호하는데 필요",
        content: "55 ㎍",
        category: None,
    },
    Supplement {
        name: "비타민D",
        name_en: "Vitamin D",
        claim: "칼슘과 인이 흡수되고 이용되는데 필요, 뼈의 형성과 유지에 필요, \
                골다공증발생 위험 감소에 도움을 줌",
        content: "10 ㎍",
        category: Some("bone"),
    },
    Supplement {
        name: "비타민E",
        name_en: "Vitamin E",
        claim: "항산화 작용을 하여 유해산소로부터 세포를 보호하는데 필요",
        content: "11 mg α-TE",
        category: Some("antioxidant"),
    },
    Supplement {
        name: "비타민C",
        name_en: "Vitamin C",
        claim: "결합조직 형성과 기능유지에 필요, 철의 흡수에 필요, \
                항산화 작용을 하여 유해산소로부터 세포를 보호하는데 필요",
        content: "100 mg",
        category: Some("antioxidant"),
    },
    Supplement {
        name: "비타민B1",
        name_en: "Vitamin B1",
        claim: "탄수화물과 에너지 대사에 필요",
        content: "1.2 mg",
        category: Some("fatigue"),
    },
];

/// The form a product comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Soft capsule.
    Capsule,
    /// Coated tablet.
    Tablet,
    /// Powder in sachets.
    Powder,
    /// Jelly in squeezable sachets.
    Jelly,
    /// Liquid in small bottles.
    Liquid,
    /// Small round herbal pills in sachets.
    Pill,
    /// Granules or concentrate in stick sachets.
    Stick,
}

/// How a form is spoken of.
pub(super) struct FormWords {
    /// Unit of the size of one piece.
    pub(super) unit: &'static str,
    /// Korean counter of one piece, and its English plural.
    pub(super) counter: &'static str,
    pub(super) counter_en: &'static str,
    /// The same counter with the particles "with" and "if only".
    pub(super) with: &'static str,
    pub(super) if_only: &'static str,
    /// Korean counter of the outer pack, and its English plural.
    pub(super) outer: &'static str,
    pub(super) outer_en: &'static str,
    /// The word in the product name, empty where the counter says it already.
    pub(super) label: &'static str,
    pub(super) label_en: &'static str,
    /// The end of "… in the colour and shape of …".
    pub(super) shape: &'static str,
    /// The end of "once a day, … ".
    pub(super) taking: &'static str,
    /// Why people like the form.
    pub(super) praise: &'static str,
    /// Months it keeps.
    pub(super) months: i64,
}

impl Form {
    /// The words for this form.
    pub(super) const fn words(self) -> &'static FormWords {
        match self {
            Self::Capsule => &CAPSULE,
            Self::Tablet => &TABLET,
            Self::Powder => &POWDER,
            Self::Jelly => &JELLY,
            Self::Liquid => &LIQUID,
            Self::Pill => &PILL,
            Self::Stick => &STICK,
        }
    }
}

const CAPSULE: FormWords = FormWords {
    unit: "mg",
    counter: "캡슐",
    counter_en: "capsules",
    with: "캡슐로",
    if_only: "캡슐이면",
    outer: "통",
    outer_en: "bottles",
    label: "",
    label_en: "",
    shape: "타원형 캡슐",
    taking: "캡슐을 충분한 물과 함께 섭취하십시오.",
    praise: "부드러운 캡슐이라 목 넘김이 편안합니다.",
    months: 24,
};

const TABLET: FormWords = FormWords {
    unit: "mg",
    counter: "정",
    counter_en: "tablets",
    with: "정으로",
    if_only: "정이면",
    outer: "통",
    outer_en: "bottles",
    label: "",
    label_en: "",
    shape: "장방형 필름코팅정",
    taking: "정을 충분한 물과 함께 섭취하십시오.",
    praise: "표면을 매끄럽게 코팅해 특유의 냄새와 쓴맛을 줄였습니다.",
    months: 36,
};

const POWDER: FormWords = FormWords {
    unit: "g",
    counter: "포",
    counter_en: "sachets",
    with: "포로",
    if_only: "포면",
    outer: "박스",
    outer_en: "boxes",
    label: "분말",
    label_en: "Powder",
    shape: "고운 분말",
    taking: "포를 물이나 음료에 타서 섭취하십시오.",
    praise: "물에 잘 녹아 요구르트나 주스에 섞어 드시기에도 좋습니다.",
    months: 24,
};

const JELLY: FormWords = FormWords {
    unit: "g",
    counter: "포",
    counter_en: "sachets",
    with: "포로",
    if_only: "포면",
    outer: "박스",
    outer_en: "boxes",
    label: "젤리",
    label_en: "Jelly",
    shape: "말랑말랑한 젤리",
    taking: "포를 물 없이 그대로 섭취하십시오.",
    praise: "상큼한 맛의 젤리라 물 없이 언제 어디서나 즐길 수 있습니다.",
    months: 18,
};

const LIQUID: FormWords = FormWords {
    unit: "mL",
    counter: "병",
    counter_en: "bottles",
    with: "병으로",
    if_only: "병이면",
    outer: "박스",
    outer_en: "boxes",
    label: "액상",
    label_en: "Liquid",
    shape: "액상",
    taking: "병을 잘 흔들어 섭취하십시오.",
    praise: "한 병씩 나누어 담아 출근길에도 가볍게 마실 수 있습니다.",
    months: 18,
};

const PILL: FormWords = FormWords {
    unit: "g",
    counter: "포",
    counter_en: "sachets",
    with: "포로",
    if_only: "포면",
    outer: "박스",
    outer_en: "boxes",
    label: "환",
    label_en: "Herbal Pills",
    shape: "구형의 환",
    taking: "포를 충분한 물과 함께 섭취하십시오.",
    praise: "전통 방식으로 둥글게 빚은 작은 환이라 삼키기 쉽습니다.",
    months: 24,
};

const STICK: FormWords = FormWords {
    unit: "g",
    counter: "포",
    counter_en: "sticks",
    with: "포로",
    if_only: "포면",
    outer: "박스",
    outer_en: "boxes",
    label: "스틱",
    label_en: "Stick",
    shape: "과립",
    taking: "포를 그대로 또는 물에 타서 섭취하십시오.",
    praise: "휴대가 간편한 스틱 포장이라 여행이나 출장 때도 챙기기 좋습니다.",
    months: 24,
};
