use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::Result;
use idq_generate::{Generator, Options, Shape, write};
use indicatif::DecimalBytes;

use crate::arguments::{DumpShape, GenerateArguments, api_named};
use crate::failure::cannot_write;
use crate::output::{json_stdout, say};
use crate::session::{counted, on_threads};

/// Writes a synthetic dump.
pub(crate) fn run(arguments: &GenerateArguments) -> Result<ExitCode> {
    // The parser has accepted the name, so an API without a generator is the one case left.
    let generator = api_named(&arguments.api).and_then(|api| api.generator.as_deref());
    let generator = Generator::by_name(generator.unwrap_or(&arguments.api))?;
    let shape = match arguments.shape {
        DumpShape::Array => Shape::Array,
        DumpShape::Ndjson => Shape::Ndjson,
        DumpShape::Pages => Shape::Pages,
    };
    let options = Options::new(generator)
        .rows(arguments.rows)
        .seed(arguments.seed)
        .shape(shape);
    let output = arguments.output.as_deref();
    let bytes = match output.filter(|path| path.as_os_str() != "-") {
        Some(path) => {
            let create = || -> std::io::Result<u64> {
                let mut out = BufWriter::new(File::create(path)?);
                let bytes = write(&options, &mut out)?;
                out.flush()?;
                Ok(bytes)
            };
            let written = on_threads(arguments.threads, || Ok(create()));
            written?.map_err(|error| cannot_write(path, &error))?
        }
        None => {
            let written = on_threads(arguments.threads, || {
                let mut out = json_stdout();
                let bytes = write(&options, &mut out)?;
                out.flush()?;
                Ok(bytes)
            });
            written?
        }
    };
    if !arguments.quiet {
        say(&format!(
            "wrote {} ({})",
            counted(arguments.rows, "record"),
            DecimalBytes(bytes)
        ));
    }
    Ok(ExitCode::SUCCESS)
}
