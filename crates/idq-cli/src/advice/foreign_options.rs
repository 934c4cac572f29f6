//! Options of other tools, and the options of idq that have their meaning.

use super::words::Words;

/// Options of other tools with one meaning.
struct ForeignOptions {
    spellings: &'static [&'static str],
    /// The options of idq; the first that the command has is the answer.
    answers: &'static [Answer],
    /// The answer in a command without any of these options.
    otherwise: Option<&'static str>,
}

/// An option of idq.
struct Answer {
    /// The long name.
    long: &'static str,
    /// The option as it is written, as part of a message.
    write: &'static str,
}

/// Returns an answer.
const fn answer(long: &'static str, write: &'static str) -> Answer {
    Answer { long, write }
}

/// Every option of another tool that has an answer.
const FOREIGN_OPTIONS: &[ForeignOptions] = &[
    ForeignOptions {
        spellings: &[
            "--limit",
            "-n",
            "--head",
            "--first",
            "--take",
            "--max",
            "--max-results",
            "--size",
            "--page-size",
            "--top",
            "--rows",
            "-l",
        ],
        answers: &[
            answer("limit", "`--limit N`"),
            answer("top", "`--top N` with `--by`"),
            answer("show", "`--show N`"),
            answer("rows", "`--rows N`"),
        ],
        otherwise: Some("every record is read; `idq query … --limit N` prints the first ones"),
    },
    ForeignOptions {
        spellings: &["--count", "--total"],
        answers: &[],
        otherwise: Some("`idq count …` prints the number of matches"),
    },
    ForeignOptions {
        spellings: &["--offset", "--skip", "--start", "--tail"],
        answers: &[answer("page", "`--page N` with `--per-page N`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &[
            "--format",
            "--fmt",
            "-F",
            "--to",
            "--as",
            "--type",
            "--out-format",
        ],
        answers: &[answer("output", "`-o FORMAT`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &[
            "--json", "--csv", "--table", "--ndjson", "--jsonl", "--tsv", "--yaml",
        ],
        answers: &[answer("output", "`-o FORMAT`; `--help` lists the formats")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &[
            "--fields",
            "--field",
            "--select",
            "--cols",
            "--column",
            "--attributes",
            "--keys",
            "--include",
            "--properties",
            "-c",
        ],
        answers: &[
            answer("columns", "`--columns NAME,…`"),
            answer("by", "`--by NAME,…`"),
            answer("paths", "`--paths`"),
        ],
        otherwise: Some("`idq query … --columns NAME,…` chooses columns"),
    },
    ForeignOptions {
        spellings: &[
            "--expression",
            "--expr",
            "--condition",
            "--jq",
            "--search",
            "--grep",
            "-e",
        ],
        answers: &[answer(
            "where",
            "`-w EXPRESSION`, as in `-w 'email co \"smith\"'`",
        )],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--filters", "--state", "--status", "--email"],
        answers: &[answer(
            "filter",
            "`-f NAME=VALUE`; `idq fields` lists the filters",
        )],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--url", "--request"],
        answers: &[answer("query", "`-q QUERY_OR_URL`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--group-by", "--groupby", "--group", "-g", "--per"],
        answers: &[answer("by", "`--by NAME`")],
        otherwise: Some("`idq count … --by NAME` counts by the values of a field"),
    },
    ForeignOptions {
        spellings: &["--order-by", "--orderby", "--order", "--sort-by"],
        answers: &[answer("sort", "`-s KEY`, and `-s -KEY` to descend")],
        otherwise: Some("`idq query … -s KEY` prints records in an order"),
    },
    ForeignOptions {
        spellings: &["--reverse", "--desc", "--descending", "-r"],
        answers: &[answer("sort", "`-s -KEY`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--distinct", "--unique", "--uniq", "--dedup"],
        answers: &[answer(
            "dedupe",
            "`--dedupe`, which keeps the newest record of each id",
        )],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &[
            "--deleted",
            "--with-deleted",
            "--include-deleted",
            "--trashed",
        ],
        answers: &[answer(
            "filter",
            "`-f trashed=with` for deleted records too",
        )],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--key", "--root", "--json-path", "--path"],
        answers: &[answer("records", "`--records PATH`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &[
            "--skip-errors",
            "--ignore-errors",
            "--skip-invalid",
            "--lenient",
        ],
        answers: &[answer("on-bad-record", "`--on-bad-record skip`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--no-color", "--no-colour", "--colour", "--monochrome"],
        answers: &[answer("color", "`--color always` or `--color never`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--jobs", "-j", "--parallel", "--workers", "--cores"],
        answers: &[answer("threads", "`--threads N`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--tz", "--time-zone"],
        answers: &[answer("timezone", "`--timezone ZONE`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--silent", "--no-progress"],
        answers: &[answer("quiet", "`--quiet`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--verbose", "-v", "--debug"],
        answers: &[answer(
            "quiet",
            "the default: messages are printed unless there is `--quiet`",
        )],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--no-header", "--no-headers", "--raw"],
        answers: &[answer("output", "`-o ndjson` for records alone")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--indent", "--beautify"],
        answers: &[answer("pretty", "`--pretty`")],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--id"],
        answers: &[],
        otherwise: Some("`idq get … --id ID` prints the records with an id"),
    },
    ForeignOptions {
        spellings: &["--input", "--file", "--in", "-i", "--from", "--data"],
        answers: &[],
        otherwise: Some("a source is written without an option, as in `idq query people.json`"),
    },
    ForeignOptions {
        spellings: &[
            "--out",
            "--outfile",
            "--output-file",
            "--out-file",
            "--save",
        ],
        answers: &[answer(
            "output",
            "`-o`: a file for commands that write one, a format for those that print",
        )],
        otherwise: None,
    },
    ForeignOptions {
        spellings: &["--stats", "--summary", "--describe"],
        answers: &[],
        otherwise: Some("`idq info` describes a file"),
    },
];

/// Returns the advice on an option of another tool that the command does not have.
pub(super) fn advice_on_foreign_option(option: &str, words: &Words) -> Option<String> {
    let mut rows = FOREIGN_OPTIONS.iter();
    let row = rows.find(|row| row.spellings.contains(&option))?;
    let option = idq::quote(option);
    let mut answers = row.answers.iter();
    match answers.find(|answer| words.command_has(answer.long)) {
        Some(answer) => Some(format!("{option} is here {}", answer.write)),
        None => Some(row.otherwise?.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::FOREIGN_OPTIONS;
    use crate::arguments::Arguments;

    #[test]
    fn spelling_of_a_foreign_option_occurs_once() {
        let mut spellings: Vec<&str> = (FOREIGN_OPTIONS.iter())
            .flat_map(|row| row.spellings)
            .copied()
            .collect();
        let count = spellings.len();
        spellings.sort_unstable();
        spellings.dedup();
        assert_eq!(spellings.len(), count);
    }

    #[test]
    fn answer_to_a_foreign_option_is_an_option_of_a_command() {
        let mut root = Arguments::command();
        root.build();
        for answer in FOREIGN_OPTIONS.iter().flat_map(|row| row.answers) {
            let mut commands = root.get_subcommands();
            let is_known = commands.any(|command| {
                let mut arguments = command.get_arguments();
                arguments.any(|argument| argument.get_long() == Some(answer.long))
            });
            assert!(is_known, "--{}", answer.long);
            assert!(!answer.write.is_empty());
        }
    }

    #[test]
    fn foreign_option_of_every_row_has_an_answer() {
        for row in FOREIGN_OPTIONS {
            assert!(!row.answers.is_empty() || row.otherwise.is_some());
        }
    }
}
