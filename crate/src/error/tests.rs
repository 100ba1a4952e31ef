use super::Cause;

const ALL: [Cause; 8] = [
    Cause::BadHandle { argument: 3 },
    Cause::BadOption { argument: 2, got: -1.5, min: 0.0, max: 9.0 },
    Cause::BadShape { sequence: -1, got: 7, expected: 8 },
    Cause::BadIndex { slot: 1, position: 5, got: -4, bound: 6 },
    Cause::OutOfMemory { requested: 1000, limit: 65536, used: 65000 },
    Cause::Unsupported { argument: 4 },
    Cause::OutOfOrder,
    Cause::NonFinite,
];

#[test]
fn statuses_are_those_of_the_header() {
    let header = include_str!("../../include/recurra.h");
    let names = [
        "BAD_HANDLE",
        "BAD_OPTION",
        "BAD_SHAPE",
        "BAD_INDEX",
        "OUT_OF_MEMORY",
        "UNSUPPORTED",
        "OUT_OF_ORDER",
        "NON_FINITE",
    ];
    for (error, name) in ALL.iter().zip(names) {
        let found = header.lines().find_map(|line| {
            let mut words = line.strip_prefix("#define RECURRA_")?.split_whitespace();
            (words.next()? == name).then(|| words.next()?.parse::<i32>().ok())?
        });
        assert_eq!(found, Some(error.status()), "{name}");
    }
}

#[test]
fn details_come_in_the_order_of_the_header() {
    let expected = [
        [3.0, 0.0, 0.0, 0.0],
        [2.0, -1.5, 0.0, 9.0],
        [-1.0, 7.0, 8.0, 0.0],
        [1.0, 5.0, -4.0, 6.0],
        [1000.0, 65536.0, 65000.0, 0.0],
        [4.0, 0.0, 0.0, 0.0],
        [0.0; 4],
        [0.0; 4],
    ];
    assert_eq!(ALL.map(Cause::details), expected);
}

#[test]
fn messages_say_what_was_expected_and_what_came() {
    for error in ALL {
        let text = error.to_string();
        assert!(text.contains(": expected ") && text.contains(", got "), "{text}");
    }
    assert_eq!(ALL[1].to_string(), "argument 2: expected a value from 0 to 9, got -1.5");
    assert_eq!(ALL[2].to_string(), "lengths: expected a sum of 8 rows, got 7");
    let one = Cause::BadShape { sequence: 0, got: 0, expected: 1 };
    assert_eq!(one.to_string(), "sequence 0: expected length 1, got 0");
}
