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
        let (order, caller_rows) = (plan.order(&shard), plan.caller_rows(&shard));
        for t in 0..shard.steps {
            let start = plan.start(&shard, t);
            for lane in 0..plan.start(&shard, t + 1) - start {
                let row = caller_rows[start + lane] as usize;
                assert_eq!(row as i32, first_rows[order[lane] as usize] + t as i32);
                assert!(!std::mem::replace(&mut seen[row], true));
                let before = plan.tape_before(&shard, t) + lane;
                assert_eq!(plan.previous(&shard)[start + lane] as usize, before);
                if t > 0 {
                    assert_eq!(caller_rows[before - shard.sequences] as usize, row - 1);
                }
            }
        }
        for (position, &sequence) in order.iter().enumerate() {
            let last = plan.last(&shard, position);
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
