use super::*;
use crate::random::Key;
use std::collections::BTreeMap;

/// A region inside a vector, which grows in pages of 4096 bytes.
struct Fake {
    memory: Vec<u128>,
    reached: usize,
}

const PAGE: usize = 4096;

impl Fake {
    fn new(bytes: usize) -> Fake {
        // Written all over, so that nothing relies on fresh memory being zero.
        let mut memory = vec![0xA5A5_A5A5_A5A5_A5A5_A5A5_A5A5_A5A5_A5A5_u128; bytes / 16];
        memory.as_mut_ptr().expose_provenance();
        Fake { memory, reached: 0 }
    }
}

impl Region for Fake {
    fn origin(&self) -> usize {
        self.start()
    }

    fn start(&self) -> usize {
        self.memory.as_ptr().addr()
    }

    fn reach(&mut self, end: usize, limit: usize) -> Option<usize> {
        let wanted = (end - self.start()).next_multiple_of(PAGE).max(self.reached);
        if wanted > limit - self.start() || wanted > size_of_val(&*self.memory) {
            return None;
        }
        self.reached = wanted;
        Some(self.start() + wanted)
    }
}

/// A list over `bytes` of memory, with as much for limit.
fn list(bytes: usize) -> FreeList<Fake> {
    FreeList::new(Fake::new(bytes), bytes)
}

/// Address and size of every free block.
fn free_blocks(list: &FreeList<Fake>) -> Vec<(usize, usize)> {
    let mut blocks = Vec::new();
    let mut at = list.first;
    while at != 0 {
        blocks.push((at, read(at).size));
        at = read(at).next;
    }
    blocks
}

fn free(list: &mut FreeList<Fake>, address: usize, size: usize) {
    // SAFETY: the tests free what they allocated, once, with its size.
    unsafe { list.free(address, size) }
}

/// Fills a block with bytes that tell it from others.
fn mark(address: usize, size: usize) {
    // SAFETY: the block is in use by the test, and inside the vector, whose provenance was exposed.
    unsafe { with_exposed_provenance_mut::<u8>(address).write_bytes((address / GRAIN) as u8, size) }
}

fn marked(address: usize, size: usize) -> bool {
    // SAFETY: as in `mark`.
    let bytes = unsafe { core::slice::from_raw_parts(with_exposed_provenance::<u8>(address), size) };
    bytes.iter().all(|&byte| byte == (address / GRAIN) as u8)
}

/// A hundred thousand random operations against a map of what is in use (fewer under Miri).
#[test]
fn blocks_never_overlap_keep_their_bytes_and_join_again() {
    let seed = 11;
    println!("seed {seed}");
    let key = Key { seed, purpose: 16, id: 0, update: 0 };
    let total = 1 << 20;
    let mut list = list(total);
    let mut live = BTreeMap::new();
    let mut bytes = 0;
    let mut refused = 0;
    for step in 0..if cfg!(miri) { 500 } else { 100_000 } {
        let [what, size, align, which] = key.words(step);
        if what % 100 < 52 {
            // Sizes from 1 to 32768, small ones as often as large ones; alignments from 1 to 1024.
            let size = 1 + (size >> 12) as usize % (1 << (size % 16));
            let align = 1 << (align % 11);
            let used = list.used();
            let address = list.allocate(size, align);
            if address == 0 {
                refused += 1;
                assert_eq!(list.used(), used);
                continue;
            }
            assert!(address.is_multiple_of(align.max(GRAIN)));
            assert!(address >= list.region.start() && address + size <= list.region.start() + total);
            if let Some((&below, &length)) = live.range(..=address).next_back() {
                assert!(below + length <= address, "overlap at step {step}");
            }
            if let Some((&above, _)) = live.range(address..).next() {
                assert!(address + size <= above, "overlap at step {step}");
            }
            mark(address, size);
            live.insert(address, size);
            bytes += size.next_multiple_of(GRAIN);
        } else if !live.is_empty() {
            let address = *live.keys().nth(which as usize % live.len()).unwrap();
            let size = live.remove(&address).unwrap();
            assert!(marked(address, size), "someone wrote into a block before step {step}");
            bytes -= size.next_multiple_of(GRAIN);
            free(&mut list, address, size);
        }
        assert_eq!(list.used(), bytes);
        if step % 1000 == 0 {
            let blocks = free_blocks(&list);
            assert!(blocks.is_sorted() && blocks.windows(2).all(|w| w[0].0 + w[0].1 < w[1].0), "not joined");
            assert_eq!(bytes + blocks.iter().map(|b| b.1).sum::<usize>(), list.region.reached, "lost bytes");
        }
    }
    assert!(cfg!(miri) || refused > 100, "the limit was hardly met: {refused}");
    for (address, size) in live {
        free(&mut list, address, size);
    }
    assert_eq!(free_blocks(&list), [(list.region.start(), list.region.reached)]);
    assert_eq!(list.used(), 0);
}

#[test]
fn cycles_do_not_grow_memory() {
    let mut list = list(1 << 20);
    let sizes = [100, 70_000, 64, 3000, 16];
    let mut reached = 0;
    for round in 0..50 {
        let addresses = sizes.map(|size| list.allocate(size, 64));
        assert!(addresses.iter().all(|&address| address != 0));
        // Another order each time.
        for i in 0..sizes.len() {
            let i = (i * (1 + round % 4) + round) % sizes.len();
            free(&mut list, addresses[i], sizes[i]);
        }
        if round == 0 {
            reached = list.region.reached;
        }
        assert_eq!(list.region.reached, reached);
    }
}

#[test]
fn growth_continues_the_free_block_at_the_end() {
    let mut list = list(4 * PAGE);
    let small = list.allocate(16, 16);
    assert_eq!(list.region.reached, PAGE);
    let large = list.allocate(3 * PAGE, 16);
    assert_eq!(large, small + 16);
    assert_eq!(list.region.reached, 4 * PAGE);
}

#[test]
fn what_is_cut_off_for_alignment_is_used() {
    let mut list = list(PAGE);
    let first = list.allocate(16, 16);
    let aligned = list.allocate(64, 1024);
    let between = list.allocate(16, 16);
    assert!(aligned.is_multiple_of(1024) && aligned > first);
    assert_eq!(between, if aligned == first + 16 { aligned + 64 } else { first + 16 });
}

#[test]
fn the_limit_is_exact_and_can_be_moved() {
    let mut list = list(4 * PAGE);
    list.set_limit(2 * PAGE);
    assert_eq!(list.limit(), 2 * PAGE);
    let block = list.allocate(PAGE, 16);
    assert_eq!(list.allocate(PAGE + 1, 16), 0);
    let rest = list.allocate(PAGE, 16);
    assert!(rest != 0 && list.used() == 2 * PAGE);
    assert_eq!(list.allocate(1, 1), 0);
    // A lower limit takes nothing away, and nothing is given until use is below it.
    list.set_limit(PAGE / 2);
    assert_eq!(list.used(), 2 * PAGE);
    free(&mut list, block, PAGE);
    assert_eq!(list.allocate(16, 16), 0);
    free(&mut list, rest, PAGE);
    assert_ne!(list.allocate(16, 16), 0);
    list.set_limit(4 * PAGE);
    assert_ne!(list.allocate(3 * PAGE, 16), 0);
}

#[test]
fn absurd_requests_are_refused() {
    let mut list = list(4 * PAGE);
    for size in [usize::MAX, usize::MAX - 14, isize::MAX as usize, usize::MAX / 2 + 1, 4 * PAGE + 1] {
        for align in [1, 64, 1 << 20, 1 << (usize::BITS - 1)] {
            assert_eq!(list.allocate(size, align), 0, "{size} bytes at multiples of {align}");
        }
    }
    assert_eq!(list.allocate(16, 1 << (usize::BITS - 1)), 0);
    assert_eq!(list.used(), 0);
    assert_ne!(list.allocate(4 * PAGE, 16), 0, "a refusal cost memory");
}
