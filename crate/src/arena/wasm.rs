//! The module's own allocator: a free list from `__heap_base` to the end of linear memory.

use super::MAX_LIMIT;
use super::free_list::{FreeList, GRAIN, Region};
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::with_exposed_provenance_mut;

const PAGE: usize = 1 << 16;

unsafe extern "C" {
    /// The linker's: the first byte after data and stack.
    static __heap_base: u8;
}

struct LinearMemory;

impl Region for LinearMemory {
    fn origin(&self) -> usize {
        0
    }

    fn start(&self) -> usize {
        (&raw const __heap_base).expose_provenance().next_multiple_of(GRAIN)
    }

    fn reach(&mut self, end: usize, limit: usize) -> Option<usize> {
        // A host may have grown the memory further than the kernel ever would.
        let pages = memory_size(0).min(MAX_LIMIT / PAGE);
        let wanted = end.div_ceil(PAGE);
        if wanted <= pages {
            return Some(pages * PAGE);
        }
        if wanted > limit / PAGE || memory_grow(0, wanted - pages) == usize::MAX {
            return None;
        }
        Some(wanted * PAGE)
    }
}

struct Heap(UnsafeCell<FreeList<LinearMemory>>);

// SAFETY: the module is built without threads and shares its memory with no other instance.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(FreeList::new(LinearMemory, MAX_LIMIT)));

impl Heap {
    fn with<T>(&self, use_list: impl FnOnce(&mut FreeList<LinearMemory>) -> T) -> T {
        // SAFETY: one thread, and none of the closures below comes back here: there is one reference at a time.
        use_list(unsafe { &mut *self.0.get() })
    }
}

// SAFETY: the free list gives out blocks that do not overlap, are as long and as aligned as asked, and never unwinds.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Address 0 is null.
        with_exposed_provenance_mut(self.with(|list| list.allocate(layout.size(), layout.align())))
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller promises that `block` came from `alloc` with this layout and is not used any more.
        self.with(|list| unsafe { list.free(block.expose_provenance(), layout.size()) });
    }
}

pub fn used() -> usize {
    HEAP.with(|list| list.used())
}

pub fn limit() -> usize {
    HEAP.with(|list| list.limit())
}

pub fn set_limit(bytes: usize) {
    HEAP.with(|list| list.set_limit(bytes));
}

pub fn fits(bytes: usize) -> bool {
    HEAP.with(|list| list.fits(bytes))
}

/// The allocator itself counts.
pub fn count(_bytes: usize) {}

pub fn discount(_bytes: usize) {}
