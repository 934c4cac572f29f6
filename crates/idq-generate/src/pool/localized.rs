//! Titles, departments and places with characters beyond ASCII.

/// Titles and departments.
pub(crate) static POSITIONS: &[&str] = &[
    "Geschäftsführung",
    "Größen & Gewichte",
    "Qualitätsprüfung",
    "Ingénieure réseau",
    "Développement durable",
    "Señalización",
    "Gestão de crédito",
    "Účetní oddělení",
    "Zarządzanie jakością",
    "Üretim müdürlüğü",
    "Økonomi og drift",
    "Käyttöpalvelut",
    "Μηχανικός λογισμικού",
    "Τμήμα πωλήσεων",
    "Отдел кадров",
    "Ведущий инженер",
    "人力资源部",
    "软件工程师",
    "営業部 第一課",
    "品質管理",
    "소프트웨어 개발팀",
    "قسم المحاسبة",
    "מחלקת שיווק",
    "कार्यालय प्रबंधक",
    "Lead “Platform” – Tools",
    "Support 🛠️ & Betrieb",
];

/// Cities and streets.
pub(crate) static PLACES: &[&str] = &[
    "Zürich, Löwenstraße",
    "Malmö, Östra Förstadsgatan",
    "Kraków, Świętego Jana",
    "São Paulo, Praça da Sé",
    "Besançon, rue de l’Église",
    "A Coruña, Avenida de Peñarredonda",
    "İstanbul, Çarşı Caddesi",
    "Reykjavík, Þingholtsstræti",
    "Αθήνα, Οδός Ερμού",
    "Москва, Тверская улица",
    "北京市朝阳区",
    "東京都千代田区",
    "서울 종로구",
    "القاهرة، شارع النيل",
    "תל אביב, רוטשילד",
    "Đà Nẵng, Bạch Đằng",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localized_texts_have_characters_beyond_ascii() {
        for text in [POSITIONS, PLACES].concat() {
            assert!(!text.is_ascii(), "{text}");
        }
    }
}
