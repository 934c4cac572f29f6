//! Paths that a comparison leaves out, is limited to, or compares as sets.

use idq::AttributePath;
use idq::api::Api;

/// The names of the paths of a comparison: of those that are left out, to which it is limited, and that hold sets.
///
/// ```
/// use idq::api::Api;
/// use idq_compare::ComparedPaths;
///
/// let paths = ComparedPaths {
///     only: vec!["timestamp".to_owned()],
///     ..ComparedPaths::default()
/// };
/// assert_eq!(paths.left_out(Api::provisionr()), ["timestamp.updated_at"]);
/// let rules = paths.rules(Api::provisionr());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComparedPaths {
    /// Paths that are left out.
    pub ignore: Vec<String>,
    /// Paths that alone are compared; all if there are none.
    pub only: Vec<String>,
    /// Paths of arrays that are compared as sets.
    pub as_set: Vec<String>,
    /// Whether [`Api::volatile`] paths are compared, which are left out otherwise.
    pub volatile: bool,
}

impl ComparedPaths {
    /// Returns the rules for records of an API.
    pub fn rules(&self, api: &Api) -> PathRules {
        let path = |text: &String| AttributePath::from(text.as_str());
        let rules = self
            .ignore
            .iter()
            .chain(&self.left_out(api))
            .map(path)
            .fold(PathRules::new(), PathRules::ignore);
        let rules = self.only.iter().map(path).fold(rules, PathRules::only);
        self.as_set.iter().map(path).fold(rules, PathRules::as_set)
    }

    /// Returns the volatile paths that are left out: those that are among the compared ones, and that are not named.
    pub fn left_out(&self, api: &Api) -> Vec<String> {
        if self.volatile {
            return Vec::new();
        }
        let only = &self.only;
        let is_left_out = |path: &&String| {
            let is_named = only.iter().any(|named| is_within(named, path));
            !is_named && (only.is_empty() || only.iter().any(|named| is_within(path, named)))
        };
        api.volatile.iter().filter(is_left_out).cloned().collect()
    }
}

/// Returns whether a path is another one or below it.
fn is_within(path: &str, outer: &str) -> bool {
    let keys = |path: &str| AttributePath::from(path).keys;
    keys(path).starts_with(&keys(outer))
}

/// The rules of a comparison by path. A rule for a path holds for everything below it, and for all elements of an array
/// on the way: `profile.emails.primary` is a path of each element of `profile.emails`.
///
/// ```
/// use idq_compare::PathRules;
///
/// let rules = PathRules::new().ignore("links".into()).as_set("profile.groups".into());
/// ```
#[derive(Debug, Clone)]
pub struct PathRules {
    /// The trie of all paths; the first node is the record.
    nodes: Vec<RuleNode>,
    /// Whether only some paths are compared.
    has_only: bool,
}

/// A node of the trie of paths.
#[derive(Debug, Clone, Default)]
struct RuleNode {
    children: Vec<(String, usize)>,
    is_ignored: bool,
    is_only: bool,
    is_set: bool,
    /// Whether a path below is ignored, or one of those to which the comparison is limited.
    selects_below: bool,
}

/// The position of a value in the trie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RulePosition {
    /// The node; `None` for a value that no path leads to or through.
    node: Option<usize>,
    /// Whether the value, or one around it, is one of those to which the comparison is limited.
    is_within_only: bool,
}

impl PathRules {
    /// Creates rules that compare everything, arrays by position.
    pub fn new() -> Self {
        Self {
            nodes: vec![RuleNode::default()],
            has_only: false,
        }
    }

    /// Leaves a path out of the comparison.
    #[must_use]
    pub fn ignore(mut self, path: AttributePath) -> Self {
        let node = self.insert(path, Selects::Yes);
        self.nodes[node].is_ignored = true;
        self
    }

    /// Limits the comparison to a path, and to others that are added in the same way.
    #[must_use]
    pub fn only(mut self, path: AttributePath) -> Self {
        let node = self.insert(path, Selects::Yes);
        self.nodes[node].is_only = true;
        self.has_only = true;
        self
    }

    /// Compares the arrays at a path as sets: the order of their elements is no difference, and their numbers are.
    #[must_use]
    pub fn as_set(mut self, path: AttributePath) -> Self {
        let node = self.insert(path, Selects::No);
        self.nodes[node].is_set = true;
        self
    }

    /// Returns the node of a path, and inserts the missing ones.
    fn insert(&mut self, path: AttributePath, selects: Selects) -> usize {
        let mut node = 0;
        for key in path.keys {
            self.nodes[node].selects_below |= selects == Selects::Yes;
            node = match self.child_node(node, &key) {
                Some(child) => child,
                None => {
                    let child = self.nodes.len();
                    self.nodes.push(RuleNode::default());
                    self.nodes[node].children.push((key, child));
                    child
                }
            };
        }
        node
    }

    fn child_node(&self, node: usize, key: &str) -> Option<usize> {
        let children = &self.nodes[node].children;
        let found = children.iter().find(|(name, _)| name == key);
        found.map(|&(_, child)| child)
    }

    /// Returns the position of the record.
    pub(crate) fn root(&self) -> RulePosition {
        RulePosition {
            node: Some(0),
            is_within_only: !self.has_only,
        }
    }

    /// Returns the position of the member of an object.
    pub(crate) fn member(&self, position: RulePosition, key: &str) -> RulePosition {
        let node = position.node.and_then(|node| self.child_node(node, key));
        RulePosition {
            node,
            is_within_only: position.is_within_only
                || node.is_some_and(|node| self.nodes[node].is_only),
        }
    }

    /// Returns whether a value can contain something that is compared.
    pub(crate) fn may_compare(&self, position: RulePosition) -> bool {
        !self.node(position, |node| node.is_ignored)
            && (position.is_within_only || self.selects_below(position))
    }

    /// Returns whether a value is compared as a whole.
    pub(crate) fn is_compared(&self, position: RulePosition) -> bool {
        position.is_within_only && !self.node(position, |node| node.is_ignored)
    }

    /// Returns whether a rule selects values below.
    fn selects_below(&self, position: RulePosition) -> bool {
        self.node(position, |node| node.selects_below)
    }

    /// Returns whether an array is compared as a set.
    pub(crate) fn is_set(&self, position: RulePosition) -> bool {
        self.node(position, |node| node.is_set)
    }

    fn node(&self, position: RulePosition, test: impl Fn(&RuleNode) -> bool) -> bool {
        position.node.is_some_and(|node| test(&self.nodes[node]))
    }
}

impl Default for PathRules {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a rule decides what is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Selects {
    Yes,
    No,
}
