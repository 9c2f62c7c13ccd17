//! What the services tell each other, and the census of 2020.

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Population {
    pub(crate) prefecture: String,
    pub(crate) population: i64,
}

/// Inhabitants per square kilometre.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Density {
    pub(crate) prefecture: String,
    pub(crate) density: f64,
}

/// Name and inhabitants, from north to south.
#[rustfmt::skip]
pub(crate) const PREFECTURES: [(&str, i64); 47] = [
    ("Hokkaido", 5_224_614), ("Aomori", 1_237_984), ("Iwate", 1_210_534), ("Miyagi", 2_301_996),
    ("Akita", 959_502), ("Yamagata", 1_068_027), ("Fukushima", 1_833_152), ("Ibaraki", 2_867_009),
    ("Tochigi", 1_933_146), ("Gunma", 1_939_110), ("Saitama", 7_344_765), ("Chiba", 6_284_480),
    ("Tokyo", 14_047_594), ("Kanagawa", 9_237_337), ("Niigata", 2_201_272), ("Toyama", 1_034_814),
    ("Ishikawa", 1_132_526), ("Fukui", 766_863), ("Yamanashi", 809_974), ("Nagano", 2_048_011),
    ("Gifu", 1_978_742), ("Shizuoka", 3_633_202), ("Aichi", 7_542_415), ("Mie", 1_770_254),
    ("Shiga", 1_413_610), ("Kyoto", 2_578_087), ("Osaka", 8_837_685), ("Hyogo", 5_465_002),
    ("Nara", 1_324_473), ("Wakayama", 922_584), ("Tottori", 553_407), ("Shimane", 671_126),
    ("Okayama", 1_888_432), ("Hiroshima", 2_799_702), ("Yamaguchi", 1_342_059), ("Tokushima", 719_559),
    ("Kagawa", 950_244), ("Ehime", 1_334_841), ("Kochi", 691_527), ("Fukuoka", 5_135_214),
    ("Saga", 811_442), ("Nagasaki", 1_312_317), ("Kumamoto", 1_738_301), ("Oita", 1_123_852),
    ("Miyazaki", 1_069_576), ("Kagoshima", 1_588_256), ("Okinawa", 1_467_480),
];

#[cfg(test)]
mod tests {
    use super::PREFECTURES;

    #[test]
    fn inhabitants_of_all_prefectures_add_up_to_the_census() {
        let total: i64 = PREFECTURES.iter().map(|(_, population)| population).sum();
        assert_eq!(total, 126_146_099);
    }
}
