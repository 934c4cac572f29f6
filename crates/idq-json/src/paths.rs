/// Which places of a record are wanted: a tree of keys whose leaves are numbered.
///
/// A leaf may itself lie below another leaf (`profile` and `profile.department`).
#[derive(Debug, Clone)]
pub struct PathTree {
    nodes: Vec<NodeData>,
    leaves: usize,
}

/// A place in the tree; [`PathTree::ROOT`] is the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node(u32);

#[derive(Debug, Clone, Default)]
struct NodeData {
    children: Vec<(Box<str>, Node)>,
    leaf: Option<usize>,
    /// The leaves at or below this node: what a second value for the same key replaces.
    below: Vec<usize>,
}

impl PathTree {
    /// The record itself.
    pub const ROOT: Node = Node(0);

    /// A tree whose leaf `i` is the place that `paths[i]` names: keys joined by dots.
    ///
    /// A path that occurs twice keeps its first number.
    pub fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Self {
        let mut tree = Self {
            nodes: vec![NodeData::default()],
            leaves: 0,
        };
        for path in paths {
            let leaf = tree.leaves;
            tree.leaves += 1;
            let mut node = Self::ROOT;
            let mut trail = vec![node];
            for key in path.as_ref().split('.') {
                node = tree.child_or_insert(node, key);
                trail.push(node);
            }
            if tree.nodes[node.0 as usize].leaf.is_none() {
                tree.nodes[node.0 as usize].leaf = Some(leaf);
                for step in trail {
                    tree.nodes[step.0 as usize].below.push(leaf);
                }
            }
        }
        tree
    }

    /// How many paths the tree was made from.
    pub fn leaves(&self) -> usize {
        self.leaves
    }

    /// The node under `key`, if that place or one below it is wanted.
    ///
    /// `hint` is where the search starts: records repeat their order of keys, so the next child is the likely one.
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

    /// The number of the path that ends at this node.
    #[inline]
    pub fn leaf(&self, node: Node) -> Option<usize> {
        self.nodes[node.0 as usize].leaf
    }

    /// Whether any path goes on below this node.
    #[inline]
    pub fn has_children(&self, node: Node) -> bool {
        !self.nodes[node.0 as usize].children.is_empty()
    }

    /// The numbers of the paths that end at this node or below it.
    #[inline]
    pub fn below(&self, node: Node) -> &[usize] {
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
