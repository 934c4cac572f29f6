use crate::{Idq, folder, large};

#[test]
fn any_number_of_threads_prints_the_same_bytes() {
    let folder = folder();
    // More than one block for each thread.
    let dump = large(&folder, 14_000);
    let dump = dump.to_str().unwrap();
    let mut damaged = std::fs::read(dump).unwrap();
    damaged.truncate(damaged.len() - 10);
    std::fs::write(folder.path().join("damaged.ndjson"), damaged).unwrap();
    for line in [
        "query DUMP --all -o ndjson -s -email -f state=active",
        "query DUMP --all -o csv -f profile_search=engineer --columns id,email",
        "query DUMP -p 7 -s user_full-name",
        "count DUMP -f trashed=only",
        "info DUMP",
        "info DUMP DUMP -o json --dedupe",
        "count damaged.ndjson",
        "count damaged.ndjson --on-bad-record skip",
    ] {
        let ran = |threads: &str| {
            let words = line
                .split(' ')
                .map(|word| if word == "DUMP" { dump } else { word });
            let ran = Idq::new(words)
                .args(["--threads", threads])
                .within(&folder)
                .run();
            (ran.said(), ran.stdout, ran.status)
        };
        let (one, eight) = (ran("1"), ran("8"));
        assert!(one == eight, "{line}: {} {}", one.0, eight.0);
    }
}
