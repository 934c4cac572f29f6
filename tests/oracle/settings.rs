//! The ways to load a dump and to evaluate a query, all of which must give the same answer.

use std::sync::{Arc, OnceLock};

use idq::{Columns, Loader, PackOptions, Parser, Snapshot};
use idq_tests::Api;
use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::dumps::Dump;

/// Rayon pools of one, two and eight threads.
pub(crate) fn pools() -> &'static [ThreadPool] {
    static POOLS: OnceLock<Vec<ThreadPool>> = OnceLock::new();
    POOLS.get_or_init(|| {
        let pool = |threads| {
            ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
        };
        [1, 2, 8].into_iter().map(pool).collect()
    })
}

/// How to load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) pool: usize,
    pub(crate) parser: Parser,
    /// Many chunks, by the smallest blocks, or one.
    pub(crate) many_chunks: bool,
}

/// Every number of threads; parser and chunks as chance has it, but each of them once each way.
pub(crate) fn settings() -> impl Strategy<Value = Vec<Settings>> {
    const PARSERS: [Parser; 4] = [
        Parser::Shapes,
        Parser::Exact,
        Parser::PortableShapes,
        Parser::Simd,
    ];
    (0..PARSERS.len(), any::<(bool, bool)>()).prop_map(|(first, (many_chunks, other))| {
        let settings = |pool, many_chunks| Settings {
            pool,
            parser: PARSERS[(first + pool) % PARSERS.len()],
            many_chunks,
        };
        vec![
            settings(0, many_chunks),
            settings(1, other),
            settings(2, !many_chunks),
        ]
    })
}

impl Settings {
    pub(crate) fn pool(self) -> &'static ThreadPool {
        &pools()[self.pool]
    }

    pub(crate) fn load(self, dump: &Dump, columns: Columns) -> Snapshot {
        let sources = if self.many_chunks {
            dump.sources()
        } else {
            dump.one_source()
        };
        let loader = Loader::new(sources)
            .api(api(dump.api))
            .columns(columns)
            .parser(self.parser);
        let loader = if self.many_chunks {
            loader.block_size(1)
        } else {
            loader
        };
        self.pool().install(|| Snapshot::load(loader)).unwrap()
    }
}

pub(crate) fn api(api: Api) -> &'static Arc<idq::api::Api> {
    match api {
        Api::Provisionr => idq::api::Api::provisionr(),
        Api::PermissionAssist => idq::api::Api::permission_assist(),
    }
}

/// The same snapshot, packed into a file and opened.
pub(crate) fn packed(snapshot: &Snapshot) -> Snapshot {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.idq");
    snapshot.pack(&path, &PackOptions::default()).unwrap();
    // The map outlives the name.
    Snapshot::open([path.as_path()]).unwrap()
}
