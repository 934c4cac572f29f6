//! Settings of loading and evaluation under which every answer must be the same.

use std::sync::Arc;
use std::sync::OnceLock;

use idq::{Columns, Engine, Loader, PackOptions, Parser, Source};
use idq_tests::OracleApi;
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

/// Settings of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) pool: usize,
    pub(crate) parser: Parser,
    /// Block size: the smallest for many chunks, or one chunk.
    pub(crate) many_chunks: bool,
}

/// Returns settings with each number of threads; parser and block size are random, but each occurs at least once.
pub(crate) fn settings() -> impl Strategy<Value = Vec<Settings>> {
    const PARSERS: [Parser; 4] = [
        Parser::Shapes,
        Parser::Reference,
        Parser::PortableShapes,
        Parser::Tape,
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

    pub(crate) fn load(self, dump: &Dump, columns: Columns) -> Engine {
        let sources = if self.many_chunks {
            dump.sources()
        } else {
            dump.one_source()
        };
        self.load_sources(dump.api, sources, columns)
    }

    /// Loads a dump of which some parts are snapshot files: the first, the second, or both ends.
    pub(crate) fn load_mixed(self, dump: &Dump) -> Engine {
        let packed_parts: &[usize] = match self.pool {
            0 => &[0],
            1 => &[1],
            _ => &[0, 2],
        };
        let folder = tempfile::tempdir().unwrap();
        let mut sources = dump.parts(packed_parts.len() + 1);
        for &part in packed_parts {
            let path = folder.path().join(format!("{part}.idq"));
            let source = sources[part].clone();
            let engine = self.load_sources(dump.api, vec![source], Columns::default());
            engine.pack(&path, &PackOptions::default()).unwrap();
            sources[part] = path.into();
        }
        // Mapped files stay readable after their names are removed.
        self.load_sources(dump.api, sources, Columns::default())
    }

    fn load_sources(self, dump_api: OracleApi, sources: Vec<Source>, columns: Columns) -> Engine {
        let loader = Loader::new(sources)
            .api(api(dump_api))
            .columns(columns)
            .parser(self.parser);
        let loader = if self.many_chunks {
            loader.block_size(1)
        } else {
            loader
        };
        self.pool().install(|| Engine::load(loader)).unwrap()
    }
}

pub(crate) fn api(api: OracleApi) -> &'static Arc<idq::api::Api> {
    match api {
        OracleApi::Provisionr => idq::api::Api::provisionr(),
        OracleApi::PermissionAssist => idq::api::Api::permission_assist(),
    }
}

/// Packs a snapshot into a file and opens that.
pub(crate) fn packed(engine: &Engine) -> Engine {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.idq");
    engine.pack(&path, &PackOptions::default()).unwrap();
    // The map remains valid after the file is deleted.
    Engine::open([path.as_path()]).unwrap()
}
