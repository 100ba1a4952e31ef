//! A free list over memory that grows at its end: first fit in order of addresses, neighbours joined when freed.
//!
//! Free blocks hold their own size and the next one's address; blocks in use hold nothing, since whoever frees one
//! says its size. Every block begins and ends at a multiple of `GRAIN`. The list stays short (some dozens of
//! blocks), so walking it costs less than a cleverer structure would in code.

use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

/// Blocks are multiples of this and aligned to it. Two words must fit, of 8 bytes on the hosts of the tests.
pub const GRAIN: usize = 16;

/// Memory from a fixed start that can be made longer.
pub trait Region {
    /// Address from which used bytes are counted.
    fn origin(&self) -> usize;

    /// Address of the first byte: not 0, a multiple of `GRAIN`, `origin` or more.
    fn start(&self) -> usize;

    /// Makes the region reach to `end` or further, and returns the address where it now ends, a multiple of `GRAIN`;
    /// or `None`, and all is as before, if that would pass the address `limit` or there is no more memory. The bytes
    /// between start and end are the free list's alone; their addresses have exposed provenance.
    fn reach(&mut self, end: usize, limit: usize) -> Option<usize>;
}

/// The head of a free block. `next` is 0 in the last one.
#[derive(Clone, Copy)]
#[repr(C)]
struct Head {
    size: usize,
    next: usize,
}

/// Invariant: `first` and each `next` are 0 or the address of a free block inside the region, in rising order; free
/// blocks neither overlap nor touch, and nobody else uses their bytes.
pub struct FreeList<R> {
    region: R,
    /// Address of the first free block, 0 if there is none.
    first: usize,
    /// Where the list's memory ends; 0 before the first allocation.
    end: usize,
    /// Bytes given out.
    live: usize,
    /// What `used` must not exceed.
    limit: usize,
}

impl<R: Region> FreeList<R> {
    pub const fn new(region: R, limit: usize) -> Self {
        FreeList { region, first: 0, end: 0, live: 0, limit }
    }

    /// Bytes in use: all between the origin and the region's start, and what was given out.
    pub fn used(&self) -> usize {
        self.region.start() - self.region.origin() + self.live
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// What is in use stays.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Whether the limit leaves room for so many more bytes.
    pub fn fits(&self, bytes: usize) -> bool {
        self.used().checked_add(bytes).is_some_and(|sum| sum <= self.limit)
    }

    /// Address of a block of `size` bytes at a multiple of `align`, a power of two; or 0, and nothing has changed.
    pub fn allocate(&mut self, size: usize, align: usize) -> usize {
        let Some(size) = whole_grains(size) else {
            return 0;
        };
        let align = align.max(GRAIN);
        if !self.fits(size) {
            return 0;
        }
        let mut address = self.carve(size, align);
        if address == 0 && self.grow(size, align) {
            address = self.carve(size, align);
        }
        if address != 0 {
            self.live += size;
        }
        address
    }

    /// Takes back what `allocate` gave for this size.
    ///
    /// # Safety
    /// - `address` came from `allocate` of this list with the same `size`, and was not freed since.
    /// - Nobody uses the block any more.
    pub unsafe fn free(&mut self, address: usize, size: usize) {
        if let Some(size) = whole_grains(size) {
            self.live -= size;
            self.insert(address, size);
        }
    }

    /// First fit. The block is cut out of a free one; what is left before and after it stays free.
    fn carve(&mut self, size: usize, align: usize) -> usize {
        let mut previous = 0;
        let mut at = self.first;
        while at != 0 {
            let head = read(at);
            let end = at + head.size;
            // Addresses and alignments both stay below half of what a usize holds.
            let address = (at + (align - 1)) & !(align - 1);
            if address <= end && end - address >= size {
                let mut next = head.next;
                let rest = address + size;
                if rest < end {
                    write(rest, Head { size: end - rest, next });
                    next = rest;
                }
                if address > at {
                    write(at, Head { size: address - at, next });
                } else {
                    self.link(previous, next);
                }
                return address;
            }
            previous = at;
            at = head.next;
        }
        0
    }

    /// Lengthens the region by what a block of this size needs after the free block at its end, if there is one.
    fn grow(&mut self, size: usize, align: usize) -> bool {
        if self.end == 0 {
            self.end = self.region.start();
        }
        let mut tail = self.first;
        while tail != 0 && read(tail).next != 0 {
            tail = read(tail).next;
        }
        let from = if tail != 0 && tail + read(tail).size == self.end { tail } else { self.end };
        let Some(end) = from.checked_next_multiple_of(align).and_then(|address| address.checked_add(size))
        else {
            return false;
        };
        let Some(end) = self.region.reach(end, self.region.origin().saturating_add(self.limit)) else {
            return false;
        };
        let start = core::mem::replace(&mut self.end, end);
        self.insert(start, end - start);
        true
    }

    /// Puts a block into the list, joined with the free neighbours it touches.
    fn insert(&mut self, address: usize, mut size: usize) {
        let mut previous = 0;
        let mut next = self.first;
        while next != 0 && next < address {
            previous = next;
            next = read(next).next;
        }
        if next == address + size {
            let joined = read(next);
            size += joined.size;
            next = joined.next;
        }
        if previous != 0 && previous + read(previous).size == address {
            write(previous, Head { size: address + size - previous, next });
        } else {
            write(address, Head { size, next });
            self.link(previous, address);
        }
    }

    /// Makes `next` follow `previous`, or be the first if `previous` is 0.
    fn link(&mut self, previous: usize, next: usize) {
        if previous == 0 {
            self.first = next;
        } else {
            write(previous, Head { next, ..read(previous) });
        }
    }
}

/// `size` rounded up to whole grains, at least one; `None` if that is not a number.
fn whole_grains(size: usize) -> Option<usize> {
    size.max(1).checked_next_multiple_of(GRAIN)
}

/// The head of the free block at `address`, which the caller has from the list.
fn read(address: usize) -> Head {
    // SAFETY: by the list's invariant a free block of at least one grain begins here, inside the region, aligned to a
    // grain, and its head was written when it became free.
    unsafe { with_exposed_provenance::<Head>(address).read() }
}

/// Writes a head to `address`, where the caller has at least one free grain.
fn write(address: usize, head: Head) {
    // SAFETY: as in `read`, and free bytes are the list's alone, so nobody else reads them meanwhile.
    unsafe { with_exposed_provenance_mut::<Head>(address).write(head) }
}

#[cfg(test)]
mod tests;
