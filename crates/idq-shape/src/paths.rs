//! The places of records: keys and array elements, each below another.

use hashbrown::HashMap;

use crate::roles::Roles;

/// A place in a record, whichever record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Path(pub(crate) u32);

/// A step down from a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Key(u32),
    Element,
}

/// Every place that has been seen, and for each object the order of its keys.
///
/// The order is what makes a walk safe from repeated keys: a literal may lead from one key of an object only to one
/// that is later in that object's order, so whoever walks never comes back. Where records disagree on the order, the
/// object is *loose*: a walk then ticks off each of its keys.
#[derive(Debug, Clone)]
pub(crate) struct Paths<R: Roles> {
    keys: HashMap<String, u32>,
    children: HashMap<(Path, Step), Path>,
    places: Vec<PathData<R::Role>>,
    loose: u8,
}

/// The most objects that may be loose; slot 0 is for the others.
pub(crate) const MAX_LOOSE: usize = 7;

/// Why a key cannot be learned where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The object has just become loose: nothing that was learned with its order holds.
    Loosened,
    /// It never will be.
    ForGood,
}

#[derive(Debug, Clone)]
struct PathData<R> {
    role: R,
    /// The keys of the object that stands here, in an order that every known record agrees with.
    order: Vec<Path>,
    /// Where a walk ticks off the keys of this object, if it is loose.
    loose: Option<u8>,
    /// The position among the keys of the object around it, in the order in which they were first seen.
    index: u32,
}

impl<R: Roles> Paths<R> {
    pub(crate) const ROOT: Path = Path(0);

    pub(crate) fn new(roles: &R) -> Self {
        let root = PathData {
            role: roles.root(),
            order: Vec::new(),
            loose: None,
            index: 0,
        };
        Self {
            keys: HashMap::new(),
            children: HashMap::new(),
            places: vec![root],
            loose: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn role(&self, path: Path) -> R::Role {
        self.places[path.0 as usize].role
    }

    /// The place of the elements of an array.
    pub(crate) fn element(&mut self, of: Path, roles: &mut R) -> Path {
        if let Some(&path) = self.children.get(&(of, Step::Element)) {
            return path;
        }
        let role = roles.element(self.role(of));
        self.add(of, Step::Element, role, 0)
    }

    /// The place of a key that comes behind another of the same object.
    pub(crate) fn key(
        &mut self,
        of: Path,
        key: &str,
        before: Option<Path>,
        roles: &mut R,
    ) -> Result<Path, Refused> {
        let count = self.keys.len() as u32;
        let step = Step::Key(*self.keys.entry_ref(key).or_insert(count));
        let known = self.children.get(&(of, step)).copied();
        let object = &self.places[of.0 as usize];
        if object.loose.is_none() {
            let place = |path: Path| object.order.iter().position(|&other| other == path);
            let next = before.and_then(place).map_or(0, |before| before + 1);
            match known {
                None => {
                    let path = self.add_key(of, step, key, roles);
                    self.places[of.0 as usize].order.insert(next, path);
                    return Ok(path);
                }
                Some(path) if object.order[next..].contains(&path) => return Ok(path),
                Some(_) if usize::from(self.loose) == MAX_LOOSE => return Err(Refused::ForGood),
                Some(_) => {
                    self.loose += 1;
                    self.places[of.0 as usize].loose = Some(self.loose);
                    return Err(Refused::Loosened);
                }
            }
        }
        Ok(known.unwrap_or_else(|| {
            let path = self.add_key(of, step, key, roles);
            self.places[of.0 as usize].order.push(path);
            path
        }))
    }

    /// Where a walk ticks off the keys of an object, if that is loose.
    pub(crate) fn loose(&self, object: Path) -> Option<u8> {
        self.places[object.0 as usize].loose
    }

    /// The position of a key among those of its object.
    pub(crate) fn index(&self, key: Path) -> u32 {
        self.places[key.0 as usize].index
    }

    fn add_key(&mut self, of: Path, step: Step, key: &str, roles: &mut R) -> Path {
        let role = roles.key(self.role(of), key);
        let index = self.places[of.0 as usize].order.len() as u32;
        self.add(of, step, role, index)
    }

    fn add(&mut self, of: Path, step: Step, role: R::Role, index: u32) -> Path {
        let path = Path(self.places.len() as u32);
        self.places.push(PathData {
            role,
            order: Vec::new(),
            loose: None,
            index,
        });
        self.children.insert((of, step), path);
        path
    }
}
