//! Draws from a counter-based generator: a draw depends on what it is for, never on what was drawn before it or on
//! what else is in the batch.
//!
//! Philox 4x32-10 of J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

use core::hint::black_box;

use crate::math;

/// Purposes: which part of the program draws. Different purposes never share a draw.
pub const INITIALIZE: u8 = 0;
pub const NOISE: u8 = 1;
pub const TEACHER: u8 = 2;
pub const FEEDBACK: u8 = 3;
pub const SAMPLE: u8 = 4;
/// From here up to 255 the host's own.
pub const HOST: u8 = 16;

/// 2⁻³²: one word becomes a number in [0, 1).
const WORD: f64 = 1.0 / 4_294_967_296.0;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Weyl steps of the key: the golden ratio and √3 − 1, as fractions of 2³².
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Ten rounds of Philox: `counter` enciphered under `key`.
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut k0, mut k1] = key;
    // A number that the compiler does not know, or it would write the rounds out ten times.
    for _ in 0..black_box(10) {
        let p = u64::from(MULTIPLIERS[0]) * u64::from(a);
        let q = u64::from(MULTIPLIERS[1]) * u64::from(c);
        (a, b, c, d) = ((q >> 32) as u32 ^ b ^ k0, q as u32, (p >> 32) as u32 ^ d ^ k1, p as u32);
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    [a, b, c, d]
}

/// What a draw is for. `id` names a sequence, lane or tensor; `update` counts optimizer updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub seed: u64,
    pub purpose: u8,
    pub id: u32,
    pub update: u32,
}

impl Key {
    /// Four independent words for this step. Steps of up to 56 bits are all different.
    #[inline(never)]
    pub fn words(self, step: u64) -> [u32; 4] {
        let counter =
            [step as u32, self.id, self.update, u32::from(self.purpose) | ((step >> 32) as u32) << 8];
        philox(counter, [self.seed as u32, (self.seed >> 32) as u32])
    }

    /// Uniform in [0, 1), 32 bits: the first word.
    pub fn uniform(self, step: u64) -> f64 {
        f64::from(self.words(step)[0]) * WORD
    }

    /// Draw number `index` from the open interval (0, 1), at the middles of its 2³² cells: symmetric around ½. Each
    /// step gives four.
    #[inline(never)]
    pub fn open_uniform(self, index: u64) -> f64 {
        (f64::from(self.words(index / 4)[index as usize % 4]) + 0.5) * WORD
    }

    /// Standard normal draw number `index` (Box–Muller). Each step gives two.
    #[inline(never)]
    pub fn normal(self, index: u64) -> f64 {
        math::normal(self.open_uniform(2 * index), self.open_uniform(2 * index + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the file `kat_vectors` of Random123, lines `philox4x32 10`: counter, key, answer.
    #[test]
    fn philox_gives_the_published_answers() {
        let known = [
            ([0; 4], [0; 2], [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]),
            (
                [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344],
                [0xA409_3822, 0x299F_31D0],
                [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1],
            ),
        ];
        for (counter, key, answer) in known {
            assert_eq!(philox(counter, key), answer);
        }
    }

    #[test]
    fn keys_fill_counter_and_key_as_documented() {
        let key = Key { seed: 0x299F_31D0_A409_3822, purpose: 0x44, id: 0x85A3_08D3, update: 0x1319_8A2E };
        assert_eq!(
            key.words(0x0003_7073_243F_6A88),
            philox([0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0])
        );
        assert_eq!(key.words(0x0003_7073_243F_6A88)[0], 0xD16C_FE09);
    }

    #[test]
    fn every_part_of_a_key_changes_the_draw() {
        let key = Key { seed: 1, purpose: NOISE, id: 2, update: 3 };
        let others = [
            Key { seed: 1 | 1 << 40, ..key },
            Key { seed: 2, ..key },
            Key { purpose: TEACHER, ..key },
            Key { id: 3, ..key },
            Key { update: 4, ..key },
        ];
        let steps = [5, 6, 5 | 1 << 32, 5 | 1 << 52];
        let mut seen: Vec<_> = steps.iter().map(|&step| key.words(step)).collect();
        seen.extend(others.map(|other| other.words(5)));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), steps.len() + others.len());
    }

    #[test]
    fn uniform_draws_lie_in_the_unit_interval_and_are_even() {
        let key = Key { seed: 3, purpose: HOST, id: 0, update: 0 };
        let count = 40_000;
        let mut bins = [0; 16];
        for step in 0..count {
            let u = key.uniform(step);
            assert!((0.0..1.0).contains(&u));
            assert_eq!(u * 2f64.powi(32), f64::from(key.words(step)[0]));
            for u in (0..4).map(|i| key.open_uniform(4 * step + i)) {
                assert!(0.0 < u && u < 1.0);
                bins[(u * 16.0) as usize] += 1;
            }
        }
        // 10000 expected in each; 5 standard deviations of a binomial are 484.
        assert!(bins.iter().all(|&bin| (9516..=10484).contains(&bin)), "{bins:?}");
    }

    #[test]
    fn normal_draws_have_the_moments_of_a_standard_normal() {
        let key = Key { seed: 4, purpose: HOST, id: 0, update: 0 };
        let count = 100_000;
        let (mut sums, mut product) = ([0.0; 4], 0.0);
        for step in 0..count {
            let [a, b] = [key.normal(2 * step), key.normal(2 * step + 1)];
            product += a * b;
            for x in [a, b] {
                for (power, sum) in sums.iter_mut().enumerate() {
                    *sum += x.powi(power as i32 + 1);
                }
            }
        }
        let n = 2.0 * count as f64;
        // 5 standard deviations: the variances of x, x², x³, x⁴ are 1, 2, 15, 96, that of a·b is 1.
        for ((sum, moment), variance) in sums.iter().zip([0.0, 1.0, 0.0, 3.0]).zip([1.0, 2.0, 15.0, 96.0]) {
            let error = (sum / n - moment).abs();
            assert!(error < 5.0 * f64::sqrt(variance / n), "moment {moment}: off by {error}");
        }
        assert!((product / count as f64).abs() < 5.0 / f64::sqrt(count as f64));
    }
}
