//! The set of wanted paths as a trie of keys.

/// A trie of the keys of dotted paths; the number of a path is its position in the input.
///
/// One path may be the prefix of another (`profile` and `profile.department`).
#[derive(Debug, Clone)]
pub struct PathTree {
    nodes: Vec<NodeData>,
    leaves: usize,
    /// The number of each path that equals an earlier one, and the number of that one.
    repeats: Vec<(usize, usize)>,
}

/// A node of a [`PathTree`]; [`PathTree::ROOT`] is the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Node(u32);

#[derive(Debug, Clone, Default)]
struct NodeData {
    children: Vec<(Box<str>, Node)>,
    /// The number of the path that ends here.
    leaf: Option<usize>,
    /// The numbers of the paths that end at this node or below it, all of which a second value for the same key
    /// replaces.
    below: Vec<usize>,
}

impl PathTree {
    /// The node of the record itself.
    pub const ROOT: Node = Node(0);

    /// Builds the trie of paths, which are keys joined by dots. A path that occurs twice keeps its first number:
    /// [`copy_repeats`](Self::copy_repeats) fills in the others.
    pub fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self::from_keys(paths.into_iter().map(|path| {
            let keys = path.as_ref().split('.').map(str::to_owned);
            keys.collect::<Vec<String>>()
        }))
    }

    /// Builds the trie of paths, each of which is a list of keys that may contain dots.
    pub fn from_keys<P: AsRef<[K]>, K: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Self {
        let mut tree = Self {
            nodes: vec![NodeData::default()],
            leaves: 0,
            repeats: Vec::new(),
        };
        for path in paths {
            let leaf = tree.leaves;
            tree.leaves += 1;
            let mut node = Self::ROOT;
            // The nodes from the root to the end of the path.
            let mut trail = vec![node];
            for key in path.as_ref() {
                node = tree.child_or_insert(node, key.as_ref());
                trail.push(node);
            }
            match tree.nodes[node.0 as usize].leaf {
                Some(first) => tree.repeats.push((leaf, first)),
                None => {
                    tree.nodes[node.0 as usize].leaf = Some(leaf);
                    for step in trail {
                        tree.nodes[step.0 as usize].below.push(leaf);
                    }
                }
            }
        }
        tree
    }

    /// Gives each path that equals an earlier one the value of that one.
    #[inline]
    pub fn copy_repeats<T: Copy>(&self, values: &mut [T]) {
        for &(repeat, first) in &self.repeats {
            values[repeat] = values[first];
        }
    }

    /// Returns the number of paths that the trie was built from.
    pub fn path_count(&self) -> usize {
        self.leaves
    }

    /// Returns the child of a node for a key, if a wanted path has it.
    ///
    /// `hint` is the index at which the search starts, and is set to the index after the found child: records repeat
    /// their order of keys, so the next child usually matches in one comparison.
    #[inline]
    pub fn child(&self, node: Node, key: &str, hint: &mut usize) -> Option<Node> {
        let children = &self.nodes[node.0 as usize].children;
        let count = children.len();
        let start = if *hint < count { *hint } else { 0 };
        for index in (start..count).chain(0..start) {
            if &*children[index].0 == key {
                *hint = index + 1;
                return Some(children[index].1);
            }
        }
        None
    }

    /// Returns the number of the path that ends at a node.
    #[inline]
    pub fn leaf(&self, node: Node) -> Option<usize> {
        self.nodes[node.0 as usize].leaf
    }

    /// Returns whether a path continues below a node.
    #[inline]
    pub fn has_children(&self, node: Node) -> bool {
        !self.nodes[node.0 as usize].children.is_empty()
    }

    /// Returns the numbers of the paths that end at a node or below it.
    #[inline]
    pub fn leaves_below(&self, node: Node) -> &[usize] {
        &self.nodes[node.0 as usize].below
    }

    fn child_or_insert(&mut self, node: Node, key: &str) -> Node {
        if let Some(child) = self.child(node, key, &mut 0) {
            return child;
        }
        let child = Node(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(NodeData::default());
        self.nodes[node.0 as usize]
            .children
            .push((key.into(), child));
        child
    }
}
