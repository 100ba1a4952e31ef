//! Generation-tagged handles: a number that was freed, or comes from elsewhere, is refused.

use alloc::vec::Vec;

use crate::arena::reserve;
use crate::error::{Cause, Error};
use crate::model::{Network, Optimizer, Stream, Workspace};

/// What a handle can stand for. All but networks know the network they were made for.
#[allow(clippy::large_enum_variant)] // a box would need an allocation that cannot report failure
pub enum Object {
    Network(Network),
    Workspace(i32, Workspace),
    Optimizer(i32, Optimizer),
    Stream(i32, Stream),
}

struct Entry {
    generation: i32,
    object: Option<Object>,
}

#[derive(Default)]
pub struct Handles {
    entries: Vec<Entry>,
}

const INDEX_BITS: u32 = 16;
const MOST: usize = 1 << INDEX_BITS;
const LAST_GENERATION: i32 = (1 << (31 - INDEX_BITS)) - 1;

fn index(handle: i32) -> usize {
    handle as usize & (MOST - 1)
}

impl Handles {
    pub const fn new() -> Self {
        Handles { entries: Vec::new() }
    }

    /// A place for one more object.
    #[inline(never)]
    pub fn reserve(&mut self) -> Result<usize, Error> {
        let free = |entry: &Entry| entry.object.is_none() && entry.generation < LAST_GENERATION;
        let length = self.entries.len();
        let place = self.entries.iter().position(free).unwrap_or(length);
        if place == MOST {
            return Err(crate::arena::out_of_memory(usize::MAX));
        }
        if place == length {
            reserve(&mut self.entries, 1)?;
            // Always so; it spares the code that would grow the list.
            if self.entries.len() < self.entries.capacity() {
                self.entries.push(Entry { generation: 0, object: None });
            }
        }
        Ok(place)
    }

    /// Into a place from `reserve`.
    #[inline(never)]
    pub fn insert(&mut self, place: usize, object: Object) -> i32 {
        let entry = &mut self.entries[place];
        entry.generation += 1;
        entry.object = Some(object);
        entry.generation << INDEX_BITS | place as i32
    }

    pub fn get(&mut self, handle: i32) -> Result<&mut Object, Error> {
        let entry =
            self.entries.get_mut(index(handle)).filter(|entry| entry.generation == handle >> INDEX_BITS);
        entry.and_then(|entry| entry.object.as_mut()).ok_or_else(unknown)
    }

    /// Frees an object that `kind` accepts.
    pub fn remove(&mut self, handle: i32, kind: fn(&Object) -> bool) -> Result<(), Error> {
        if !kind(self.get(handle)?) {
            return Err(unknown());
        }
        self.entries[index(handle)].object = None;
        Ok(())
    }

    pub fn network(&mut self, handle: i32) -> Result<&mut Network, Error> {
        match self.get(handle)? {
            Object::Network(network) => Ok(network),
            _ => Err(unknown()),
        }
    }

    /// The object and the network it was made for, which must still be there.
    pub fn with_network(&mut self, handle: i32) -> Result<(&mut Object, &mut Network), Error> {
        let owner = match self.get(handle)? {
            Object::Workspace(owner, _) | Object::Optimizer(owner, _) | Object::Stream(owner, _) => *owner,
            Object::Network(_) => return Err(unknown()),
        };
        self.network(owner)?;
        let pair = self.entries.get_disjoint_mut([index(handle), index(owner)]).map_err(|_| unknown())?;
        match pair.map(|entry| entry.object.as_mut()) {
            [Some(object), Some(Object::Network(network))] => Ok((object, network)),
            _ => Err(unknown()),
        }
    }
}

/// The error of a handle that is none, or of another kind.
pub fn unknown() -> Error {
    Cause::BadHandle { argument: 0 }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Options;

    #[test]
    fn stale_and_foreign_handles_are_refused() {
        let mut handles = Handles::new();
        let network = || {
            let options = Options { input_size: 1, hidden_size: 1, output_size: 1, ..Options::default() };
            Object::Network(Network::new(options).unwrap())
        };
        let place = handles.reserve().unwrap();
        let first = handles.insert(place, network());
        assert!(handles.network(first).is_ok());
        let place = handles.reserve().unwrap();
        let workspace = handles.insert(place, Object::Workspace(first, Workspace::new()));
        assert!(handles.with_network(workspace).is_ok());
        assert!(handles.remove(workspace, |object| matches!(object, Object::Network(_))).is_err());
        handles.remove(first, |object| matches!(object, Object::Network(_))).unwrap();
        let place = handles.reserve().unwrap();
        let second = handles.insert(place, network());
        assert_ne!(first, second);
        assert!(handles.network(first).is_err());
        assert!(handles.with_network(workspace).is_err());
        for handle in [0, -1, 1, i32::MIN, i32::MAX, second + 1, second + MOST as i32] {
            assert!(handles.get(handle).is_err() || handle == workspace, "{handle}");
        }
    }
}
