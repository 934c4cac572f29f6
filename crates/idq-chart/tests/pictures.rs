//! Pictures of whole charts: texts of the SVG, pixels of the PNG, and any charts at all.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use idq_chart::{Bar, Chart, Direction, Label, LabelKind, PictureFormat};
use proptest::prelude::*;
use resvg::tiny_skia::Pixmap;

/// Returns a chart without series.
fn chart(direction: Direction, bars: Vec<(Label, u64)>) -> Chart {
    Chart {
        title: "Records by state".to_owned(),
        conditions: "where email pr".to_owned(),
        population: "54 of 60 records; 6 deleted records are not counted".to_owned(),
        direction,
        series: Vec::new(),
        total: bars.iter().map(|(_, count)| count).sum(),
        bars: bars
            .into_iter()
            .map(|(label, count)| Bar {
                label,
                counts: vec![count],
            })
            .collect(),
        notes: Vec::new(),
    }
}

/// Returns the label of records without a value.
fn absent(kind: LabelKind, text: &str) -> Label {
    Label {
        text: text.to_owned(),
        kind,
    }
}

/// Returns the texts of an SVG in their order, one a line.
fn texts(svg: &str) -> String {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    let texts: Vec<&str> = texts.map(|node| node.text().unwrap_or_default()).collect();
    texts.join("\n")
}

#[test]
fn chart_of_two_bars_is_this_svg() {
    let bars = vec![
        (Label::value("<active>"), 44),
        (absent(LabelKind::Null, "(null)"), 10),
    ];
    insta::assert_snapshot!(chart(Direction::Horizontal, bars).draw().svg(), @r##"
    <svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720" font-family="sans-serif" role="img">
    <title>Records by state</title>
    <desc>54 of 60 records; 6 deleted records are not counted</desc>
    <defs>
    <pattern id="null" width="6" height="6" patternUnits="userSpaceOnUse">
    <rect width="6" height="6" fill="#F2F2F2"/>
    <path d="M-1,1 L1,-1 M0,6 L6,0 M5,7 L7,5" stroke="#7F7F7F" stroke-width="1.2"/>
    </pattern>
    <pattern id="missing" width="6" height="6" patternUnits="userSpaceOnUse">
    <rect width="6" height="6" fill="#F2F2F2"/>
    <path d="M-1,5 L1,7 M0,0 L6,6 M5,-1 L7,1" stroke="#7F7F7F" stroke-width="1.2"/>
    </pattern>
    <pattern id="empty" width="6" height="6" patternUnits="userSpaceOnUse">
    <rect width="6" height="6" fill="#F2F2F2"/>
    <path d="M0,3 L6,3" stroke="#7F7F7F" stroke-width="1.2"/>
    </pattern>
    </defs>
    <rect width="1280" height="720" fill="#FFFFFF"/>
    <text x="48" y="67.6" font-size="28" fill="#1A1A1A">Records by state</text>
    <text x="48" y="97.35" font-size="15" fill="#1A1A1A">where email pr</text>
    <text x="48" y="119.1" font-size="15" fill="#595959">54 of 60 records; 6 deleted records are not counted</text>
    <text x="134.57" y="187.58" font-size="18" fill="#1A1A1A" text-anchor="end">&lt;active&gt;</text>
    <rect x="144.57" y="153.74" width="975.58" height="54.72" fill="#0072B2" stroke="#FFFFFF" stroke-width="0.75"/>
    <text x="1130.15" y="187.58" font-size="18" fill="#1A1A1A">44 (81.5%)</text>
    <text x="134.57" y="293.98" font-size="18" fill="#595959" text-anchor="end">(null)</text>
    <rect x="144.57" y="260.14" width="221.72" height="54.72" fill="url(#null)" stroke="#7F7F7F" stroke-width="0.75"/>
    <text x="376.3" y="293.98" font-size="18" fill="#595959">10 (18.5%)</text>
    <line x1="144.57" y1="143.1" x2="144.57" y2="325.5" stroke="#8C8C8C"/>
    </svg>
    "##);
}

#[test]
fn columns_have_an_axis_and_marks_of_gaps() {
    let bars = vec![
        (Label::value("2024"), 1_200),
        (absent(LabelKind::Gap { values: 70 }, ""), 0),
        (Label::value("2095"), 800),
        (absent(LabelKind::Missing, "(missing)"), 9_000),
    ];
    insta::assert_snapshot!(texts(chart(Direction::Vertical, bars).draw().svg()), @"
    Records by state
    where email pr
    54 of 60 records; 6 deleted records are not counted
    ⋯ stands for 70 values without records.
    A bar with a break is longer than it is drawn.
    0
    500
    1,000
    1,200
    800
    9,000
    ⋯
    (missing)
    2024
    2095
    ");
}

#[test]
fn values_beyond_the_limits_are_drawn_as_other() {
    let bars = |count: u64| {
        (0..count)
            .map(|bar| (Label::value(format!("value {bar}")), 1_000 - bar))
            .collect()
    };
    let horizontal = texts(chart(Direction::Horizontal, bars(200)).draw().svg());
    assert!(horizontal.contains("(other: 170 values)"), "{horizontal}");
    assert!(
        horizontal.contains("value 29\n") && !horizontal.contains("value 30\n"),
        "{horizontal}"
    );
    // The earliest columns share one.
    let vertical = texts(chart(Direction::Vertical, bars(300)).draw().svg());
    assert!(vertical.contains("(other: 60 values)"), "{vertical}");
    let mut series = chart(Direction::Horizontal, Vec::new());
    series.series = (0..11)
        .map(|position| Label::value(format!("series {position}")))
        .collect();
    series.series.push(Label::other(4));
    series.bars = vec![Bar {
        label: Label::value("bar"),
        counts: (1..13).collect(),
    }];
    let series = texts(series.draw().svg());
    assert!(series.contains("(other: 7 values)"), "{series}");
    assert!(
        series.contains("series 10\n") && !series.contains("series 2\n"),
        "{series}"
    );
}

#[test]
fn counts_whose_sum_exceeds_any_number_stay_within_the_picture() {
    let mut chart = chart(Direction::Horizontal, Vec::new());
    chart.series = ["one", "two"].map(Label::value).to_vec();
    chart.bars = vec![Bar {
        label: Label::value("bar"),
        counts: vec![u64::MAX, u64::MAX],
    }];
    let picture = chart.draw();
    let document = roxmltree::Document::parse(picture.svg()).unwrap();
    let root = document.root_element();
    let bars = root.children().filter(|node| node.has_tag_name("rect"));
    let right_edge = |node: roxmltree::Node<'_, '_>| -> f64 {
        let number = |name| {
            node.attribute(name)
                .map_or(0.0, |text| text.parse().unwrap())
        };
        number("x") + number("width")
    };
    let edges: Vec<f64> = bars.map(right_edge).collect();
    assert!(edges.iter().all(|edge| *edge <= 1_280.0), "{edges:?}");
}

#[test]
fn picture_without_bars_says_so() {
    assert!(texts(chart(Direction::Vertical, Vec::new()).draw().svg()).contains("No records"));
}

#[test]
fn png_has_twice_the_size_and_the_colours_of_the_svg() {
    let bars = vec![(Label::value("active"), 44), (Label::value("orphan"), 4)];
    let picture = chart(Direction::Horizontal, bars).draw();
    let bytes = picture.encode(PictureFormat::Png).unwrap();
    assert_eq!(bytes, picture.encode(PictureFormat::Png).unwrap());
    let pixels = Pixmap::decode_png(&bytes).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (2_560, 1_440));
    let colour = |x, y| {
        let pixel = pixels.pixel(x, y).unwrap();
        (pixel.red(), pixel.green(), pixel.blue(), pixel.alpha())
    };
    assert_eq!(colour(0, 0), (255, 255, 255, 255));
    // A pixel of the first bar, in the blue of Okabe and Ito.
    let svg = roxmltree::Document::parse(picture.svg()).unwrap();
    let bar = svg
        .descendants()
        .find(|node| node.attribute("fill") == Some("#0072B2"))
        .unwrap();
    let number = |name| bar.attribute(name).unwrap().parse::<f64>().unwrap();
    let (x, y) = (
        number("x") + number("width") / 2.0,
        number("y") + number("height") / 2.0,
    );
    assert_eq!(colour(2 * x as u32, 2 * y as u32), (0, 0x72, 0xb2, 255));
    // The title is drawn, although the machine may have no fonts.
    let is_dark = |y| (96..600).any(|x| colour(x, y).0 < 100);
    assert!((100..140).any(is_dark));
}

#[test]
fn characters_that_the_font_lacks_are_counted_by_text() {
    for (label, expected) in [("Αθήνα", 0), ("الرياض", 0), ("北京", 1)] {
        let picture = chart(Direction::Horizontal, vec![(Label::value(label), 1)]).draw();
        assert_eq!(picture.uncovered_texts(), expected, "{label}");
        assert!(picture.svg().contains(label));
    }
}

#[test]
fn format_is_that_of_the_extension() {
    for (path, expected) in [
        ("a.svg", Some(PictureFormat::Svg)),
        ("a.b/c.PNG", Some(PictureFormat::Png)),
        ("svg", None),
        ("a.svgz", None),
        ("-", None),
    ] {
        assert_eq!(PictureFormat::from_path(path.as_ref()), expected, "{path}");
    }
}

/// Returns any label.
fn any_label() -> impl Strategy<Value = Label> {
    let kind = prop_oneof![
        8 => Just(LabelKind::Value),
        1 => Just(LabelKind::Null),
        1 => Just(LabelKind::Missing),
        1 => Just(LabelKind::Empty),
        1 => any::<u64>().prop_map(|values| LabelKind::Other { values }),
        1 => any::<u64>().prop_map(|values| LabelKind::Gap { values }),
    ];
    (".{0,60}|[0-9]{4}(-[0-9]{2})?", kind).prop_map(|(text, kind)| Label { text, kind })
}

/// Returns any count, small ones more often.
fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..100_u64, any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_chart_is_well_formed_and_within_the_picture(
        texts in (".{0,300}", ".{0,300}", ".{0,100}"),
        is_vertical in any::<bool>(),
        series in prop::collection::vec(any_label(), 0..14),
        bars in prop::collection::vec((any_label(), prop::collection::vec(any_count(), 0..14)), 0..400),
        notes in prop::collection::vec(".{0,400}", 0..6),
        total in any_count(),
    ) {
        let chart = Chart {
            title: texts.0,
            conditions: texts.1,
            population: texts.2,
            direction: if is_vertical { Direction::Vertical } else { Direction::Horizontal },
            series,
            bars: bars.into_iter().map(|(label, counts)| Bar { label, counts }).collect(),
            total,
            notes,
        };
        let picture = chart.draw();
        prop_assert_eq!(&picture, &chart.draw());
        let document = roxmltree::Document::parse(picture.svg());
        prop_assert!(document.is_ok(), "{:?}", document.err());
        let document = document.unwrap();
        for node in document.root_element().children().filter(|node| !node.has_tag_name("defs")) {
            for (name, limit) in [("x", 1_280.0), ("y", 720.0), ("width", 1_280.0), ("height", 720.0)] {
                let Some(text) = node.attribute(name) else { continue };
                let number: f64 = text.parse().unwrap();
                prop_assert!((0.0..=limit).contains(&number), "{name}={text} in {node:?}");
                let length = node.attribute(if name == "x" { "width" } else { "height" });
                if let (true, Some(length)) = (name.len() == 1, length) {
                    let end = number + length.parse::<f64>().unwrap();
                    prop_assert!(end <= limit + 0.1, "{name}={text} in {node:?}");
                }
            }
        }
    }
}
