use super::*;

#[test]
fn every_row_stands_once_and_knows_the_row_before_it() {
    let lengths = [3, 0, 5, 1, 5, 2, 7, 3, 4, 4];
    let mut plan = Plan::default();
    plan.layout(&lengths, 34).unwrap();
    let first_rows: Vec<i32> = lengths
        .iter()
        .scan(0, |sum, l| {
            *sum += l;
            Some(*sum - l)
        })
        .collect();
    let mut seen = [false; 34];
    assert_eq!(plan.len(), 2);
    for shard in plan.shards() {
        let whole = plan.segment(&shard, 0, shard.steps);
        let (order, caller_rows) = (plan.order(&shard), plan.caller_rows(&whole));
        for t in 0..shard.steps {
            let start = plan.start(&whole, t);
            assert_eq!(plan.alive(&shard, t), plan.start(&whole, t + 1) - start);
            for lane in 0..plan.alive(&shard, t) {
                let row = caller_rows[start + lane] as usize;
                assert_eq!(row as i32, first_rows[order[lane] as usize] + t as i32);
                assert!(!std::mem::replace(&mut seen[row], true));
                let before = plan.tape_before(&whole, t) + lane;
                assert_eq!(plan.previous(&shard)[start + lane] as usize, before);
                if t > 0 {
                    assert_eq!(caller_rows[before - shard.sequences] as usize, row - 1);
                }
            }
        }
        for (position, &sequence) in order.iter().enumerate() {
            let last = plan.last(&whole, position);
            let sequence = sequence as usize;
            match lengths[sequence] {
                0 => assert_eq!(last, position),
                n => assert_eq!(caller_rows[last - shard.sequences], first_rows[sequence] + n - 1),
            }
        }
    }
    assert!(seen.iter().all(|&row| row));
}

#[test]
fn segments_cut_a_shard_without_losing_or_moving_a_row() {
    let mut plan = Plan::default();
    plan.layout(&[3, 0, 5, 1, 7], 16).unwrap();
    let shard = plan.shard(0);
    let whole = plan.segment(&shard, 0, shard.steps);
    for steps in 1..=7 {
        let (mut rows, mut ended) = (Vec::new(), Vec::new());
        for first in (0..7).step_by(steps) {
            let segment = plan.segment(&shard, first, (first + steps).min(7));
            rows.extend_from_slice(plan.caller_rows(&segment));
            for position in plan.ended(&segment) {
                let last = plan.last(&segment, position);
                let rows = plan.caller_rows(&segment);
                match last.checked_sub(shard.sequences) {
                    Some(row) => ended.push((position, rows[row])),
                    None => ended.push((position, -1)),
                }
            }
            for t in segment.first + 1..segment.end {
                let (here, there) = (plan.tape_before(&segment, t), plan.tape_before(&whole, t));
                assert_eq!(here + segment.row, there);
            }
        }
        assert_eq!(rows, plan.caller_rows(&whole));
        ended.sort();
        // By position: lengths 7, 5, 3, 1, 0, given as sequences 4, 2, 0, 3, 1.
        assert_eq!(ended, [(0, 15), (1, 7), (2, 2), (3, 8), (4, -1)]);
    }
}

#[test]
fn lengths_that_do_not_fit_are_refused() {
    let mut plan = Plan::default();
    assert!(matches!(
        plan.layout(&[2, -1], 3).map_err(Error::cause),
        Err(Cause::BadShape { sequence: 1, .. })
    ));
    assert!(matches!(
        plan.layout(&[2, 2], 3).map_err(Error::cause),
        Err(Cause::BadShape { sequence: 1, .. })
    ));
    assert!(matches!(
        plan.layout(&[1, 1], 3).map_err(Error::cause),
        Err(Cause::BadShape { sequence: -1, got: 2, expected: 3 })
    ));
    assert_eq!(plan.len(), 0);
}
