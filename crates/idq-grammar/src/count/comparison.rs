//! Comparisons of a count with a number: `>1`.

use std::fmt;
use std::str::FromStr;

use super::error::CountErrorKind;

/// A comparison of a count with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountComparison {
    /// The operator between the count and the number.
    pub operator: CountOperator,
    /// The number.
    pub number: u64,
}

/// The operator of a [`CountComparison`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountOperator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The spellings of the operators; those of two characters come before their first characters.
const SPELLINGS: [(&str, CountOperator); 7] = [
    ("!=", CountOperator::NotEqual),
    ("<=", CountOperator::LessOrEqual),
    (">=", CountOperator::GreaterOrEqual),
    ("==", CountOperator::Equal),
    ("=", CountOperator::Equal),
    ("<", CountOperator::Less),
    (">", CountOperator::Greater),
];

impl CountComparison {
    /// Returns whether a count satisfies the comparison.
    ///
    /// ```
    /// let comparison: idq_grammar::CountComparison = ">= 10".parse()?;
    /// assert!(comparison.holds_for(10) && !comparison.holds_for(9));
    /// # Ok::<(), idq_grammar::CountErrorKind>(())
    /// ```
    pub fn holds_for(self, count: u64) -> bool {
        match self.operator {
            CountOperator::Equal => count == self.number,
            CountOperator::NotEqual => count != self.number,
            CountOperator::Less => count < self.number,
            CountOperator::LessOrEqual => count <= self.number,
            CountOperator::Greater => count > self.number,
            CountOperator::GreaterOrEqual => count >= self.number,
        }
    }
}

impl FromStr for CountComparison {
    type Err = CountErrorKind;

    /// Parses an operator and a whole number; blanks around either are ignored.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        let parse = |(spelling, operator): &(&str, CountOperator)| {
            let digits = trimmed.strip_prefix(spelling)?.trim_start();
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            let number = digits.parse().ok().filter(|_| is_number)?;
            Some(Self {
                operator: *operator,
                number,
            })
        };
        let comparison = SPELLINGS.iter().find_map(parse);
        comparison.ok_or_else(|| CountErrorKind::NotAComparison {
            found: text.to_owned(),
        })
    }
}

/// Writes the spelling of a request: `>=10`.
impl fmt::Display for CountComparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut spellings = SPELLINGS.iter().rev();
        let spelling = spellings.find(|(_, operator)| *operator == self.operator);
        let spelling = spelling.map_or("", |(spelling, _)| spelling);
        write!(formatter, "{spelling}{}", self.number)
    }
}
