//! Groups as CSV.

use std::io::{self, Write};

use idq_engine::{GroupValue, Groups, ValueType};

use super::text::plain_text;
use crate::format::csv::{end_line, write_field};
use crate::format::formula::FormulaPolicy;

/// Writes groups as CSV: a header, then a line a group.
///
/// Each key has two columns, its value and `NAME.presence` (`value`, `null`, `missing`, `empty`); the last column is
/// `count`. The records of values that are not among the top ones are a line with the presence `other`, those of groups
/// that a comparison has left out one with `left_out`.
///
/// # Errors
/// The output cannot be written.
pub fn write_groups_csv(
    groups: &Groups,
    formulas: FormulaPolicy,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    for key in groups.keys() {
        write_field(&mut writer, &formulas.apply(key.name()))?;
        write_field(
            &mut writer,
            &formulas.apply(&format!("{}.presence", key.name())),
        )?;
    }
    write_field(&mut writer, "count")?;
    end_line(&mut writer)?;
    for group in groups.iter() {
        for value in group.values() {
            let (text, formulas) = match value {
                // A JSON number such as -5 is data, not text that could be a formula.
                GroupValue::Value(text, ValueType::Number | ValueType::Boolean) => {
                    (text.into(), FormulaPolicy::Keep)
                }
                GroupValue::Value(text, value_type) => (plain_text(text, value_type), formulas),
                _ => ("".into(), formulas),
            };
            write_field(&mut writer, &formulas.apply(&text))?;
            write_field(&mut writer, value.presence())?;
        }
        write_field(&mut writer, &group.count.to_string())?;
        end_line(&mut writer)?;
    }
    let rest = [
        ("other", groups.other()),
        ("left_out", groups.left_out().records),
    ];
    for (presence, count) in rest.into_iter().filter(|(_, count)| *count > 0) {
        for _ in groups.keys() {
            write_field(&mut writer, "")?;
            write_field(&mut writer, presence)?;
        }
        write_field(&mut writer, &count.to_string())?;
        end_line(&mut writer)?;
    }
    writer.flush()
}
