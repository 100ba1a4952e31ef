//! Owned memory for numbers.

use super::{out_of_memory, system};
use crate::error::Error;
use alloc::alloc::{alloc_zeroed, dealloc};
use core::alloc::Layout;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::slice::{from_raw_parts, from_raw_parts_mut};

/// A cache line: no two blocks share one, and vector loads from a block's start do not cross one.
#[repr(align(64))]
struct Line;

const ALIGN: usize = align_of::<Line>();

/// Floats of its own, zero at first, beginning at a multiple of 64 bytes. The same bytes can be seen as i32 or f64.
pub struct Block {
    start: NonNull<Line>,
    len: usize,
}

// SAFETY: a block owns its bytes like a Vec<f32> does.
unsafe impl Send for Block {}
// SAFETY: as above; a shared block can only be read.
unsafe impl Sync for Block {}

impl Block {
    /// A block of `len` zeros, or `OutOfMemory`. No length panics.
    #[inline(never)]
    pub fn new(len: usize) -> Result<Block, Error> {
        if len == 0 {
            return Ok(Block::empty());
        }
        let too_large = || out_of_memory(len.saturating_mul(size_of::<f32>()));
        let layout = layout(len).ok_or_else(too_large)?;
        if !system::fits(layout.size()) {
            return Err(too_large());
        }
        // SAFETY: the layout's size is not 0.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or_else(too_large)?;
        system::count(layout.size());
        Ok(Block { start: start.cast(), len })
    }

    /// No floats, no memory.
    pub const fn empty() -> Block {
        Block { start: NonNull::dangling(), len: 0 }
    }

    /// Where it begins: on wasm, the offset in linear memory.
    pub fn address(&self) -> usize {
        self.start.addr().get()
    }

    /// The same elements as i32.
    pub fn as_i32(&self) -> &[i32] {
        // SAFETY: `len` elements of 4 bytes are ours, initialised, aligned; every pattern of bits is an i32.
        unsafe { from_raw_parts(self.start.as_ptr().cast(), self.len) }
    }

    /// The same elements as i32, to write.
    pub fn as_i32_mut(&mut self) -> &mut [i32] {
        // SAFETY: as in `as_i32`, and `self` is borrowed alone; every i32 is also an f32.
        unsafe { from_raw_parts_mut(self.start.as_ptr().cast(), self.len) }
    }

    /// Pairs of elements as f64: half as many, rounded down.
    pub fn as_f64(&self) -> &[f64] {
        // SAFETY: `len / 2` elements of 8 bytes are ours, initialised, aligned to 64; every pattern of bits is an f64.
        unsafe { from_raw_parts(self.start.as_ptr().cast(), self.len / 2) }
    }

    /// Pairs of elements as f64, to write.
    pub fn as_f64_mut(&mut self) -> &mut [f64] {
        // SAFETY: as in `as_f64`, and `self` is borrowed alone; every f64 is also two f32.
        unsafe { from_raw_parts_mut(self.start.as_ptr().cast(), self.len / 2) }
    }
}

/// `len` floats rounded up to whole cache lines; `None` if no memory could hold them.
fn layout(len: usize) -> Option<Layout> {
    let bytes = len.checked_mul(size_of::<f32>())?.checked_next_multiple_of(ALIGN)?;
    Layout::from_size_align(bytes, ALIGN).ok()
}

impl Deref for Block {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: `len` floats from `start` are ours and initialised, or `len` is 0 and `start` aligned and not null.
        unsafe { from_raw_parts(self.start.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`, and `self` is borrowed alone.
        unsafe { from_raw_parts_mut(self.start.as_ptr().cast(), self.len) }
    }
}

impl Default for Block {
    fn default() -> Block {
        Block::empty()
    }
}

impl Drop for Block {
    #[inline(never)]
    fn drop(&mut self) {
        if self.len == 0 {
            return;
        }
        if let Some(layout) = layout(self.len) {
            system::discount(layout.size());
            // SAFETY: allocated in `new` with this very layout, and freed only here.
            unsafe { dealloc(self.start.as_ptr().cast(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::{limit, set_limit, used};
    use crate::error::Cause;

    #[test]
    fn blocks_are_zero_aligned_and_counted() {
        let before = used();
        for len in (1..70).chain([1000, 4097]) {
            let mut block = Block::new(len).unwrap();
            assert_eq!(block.len(), len);
            assert_eq!(block.address() % 64, 0);
            assert!(block.iter().all(|x| x.to_bits() == 0));
            assert_eq!(used() - before, (len * 4).next_multiple_of(64));
            // The next one may get the same memory, and must find it zero again.
            block.fill(f32::NAN);
        }
        assert_eq!(used(), before);
    }

    #[test]
    fn views_show_the_same_bytes() {
        let mut block = Block::new(7).unwrap();
        block[0] = 1.0;
        assert_eq!(block.as_i32()[0], 0x3F80_0000);
        block.as_i32_mut()[6] = -1;
        assert_eq!(block[6].to_bits(), u32::MAX);
        assert_eq!((block.as_i32().len(), block.as_f64().len()), (7, 3));
        block.as_f64_mut()[1] = -2.5;
        assert_eq!(block.as_f64(), [f64::from_bits(0x3F80_0000), -2.5, 0.0]);
        assert_eq!(block.as_i32()[2..4], [0, 0xC004_0000_u32 as i32]);
    }

    #[test]
    fn an_empty_block_takes_nothing() {
        let before = used();
        for mut block in [Block::new(0).unwrap(), Block::empty(), Block::default()] {
            assert!(block.is_empty() && block.as_i32_mut().is_empty() && block.as_f64_mut().is_empty());
        }
        assert_eq!(used(), before);
    }

    #[test]
    fn the_limit_is_met_exactly_and_named() {
        let old = limit();
        let kept = Block::new(16).unwrap();
        set_limit(used() + 128);
        let error = Block::new(33).err().map(Error::cause);
        assert_eq!(error, Some(Cause::OutOfMemory { requested: 132, limit: limit(), used: used() }));
        let block = Block::new(32).unwrap();
        assert!(Block::new(1).is_err());
        drop(block);
        assert!(Block::new(17).is_ok());
        // A limit below what is in use takes nothing away.
        set_limit(0);
        assert!(Block::new(1).is_err() && kept.iter().all(|&x| x == 0.0));
        set_limit(old);
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        for len in [usize::MAX, usize::MAX / 4, usize::MAX / 4 + 1, isize::MAX as usize / 4, 1 << 62] {
            assert!(matches!(Block::new(len).map_err(Error::cause), Err(Cause::OutOfMemory { .. })), "{len}");
        }
    }
}
