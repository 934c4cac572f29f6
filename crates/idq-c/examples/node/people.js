// Counts the matches of a request, and prints its first page, through the C interface.
//
//   LIBRARY=prefix/lib/libidq.so node people.js 'filter[state]=active&sort=email&per_page=2' fixtures/provisionr.ndjson
import koffi from "koffi";

const library = koffi.load(process.env.LIBRARY ?? "libidq.so.0");
const CONFORMANCE_STRICT = 0;
// koffi knows each type by its name from here on.
koffi.opaque("idq_snapshot");
koffi.opaque("idq_matches");
koffi.opaque("idq_options");
koffi.opaque("idq_records");
koffi.struct("idq_text", { data: "void *", length: "size_t" });
const Problem = koffi.struct("idq_problem", {
  message: "const char *",
  help: "const char *",
  text: "const char *",
  start: "size_t",
  end: "size_t",
});
const Failure = koffi.struct("idq_error", {
  status: "int",
  message: "const char *",
  file: "const char *",
  field: "const char *",
  record: "uint64_t",
  line: "uint64_t",
  offset: "uint64_t",
  problems: "void *",
  problem_count: "size_t",
});

const freeError = library.func("void idq_error_free(void *error)");
const freeText = library.func("void idq_text_free(_Inout_ idq_text *text)");
const freeMatches = library.func("void idq_matches_free(idq_matches *matches)");
const freeRecords = library.func("void idq_records_free(idq_records *records)");
const freeSnapshot = library.func("void idq_snapshot_free(idq_snapshot *snapshot)");
const open = library.func(
  "int idq_open(const char **paths, size_t path_count, idq_options *options, _Out_ idq_snapshot **snapshot, _Out_ void **error)",
);
const query = library.func(
  "int idq_query(idq_snapshot *snapshot, const char *request, uint32_t conformance, _Out_ idq_matches **matches, _Out_ void **error)",
);
const count = library.func("int idq_matches_count(idq_matches *matches, _Out_ uint64_t *count, _Out_ void **error)");
const page = library.func(
  "int idq_matches_page(idq_matches *matches, uint64_t page, uint64_t per_page, _Out_ idq_text *json, _Out_ void **error)",
);
const records = library.func(
  "int idq_matches_records(idq_matches *matches, _Out_ idq_records **records, _Out_ void **error)",
);
const next = library.func(
  "int idq_records_next(idq_records *records, _Out_ void **json, _Out_ size_t *length, _Out_ void **error)",
);

/** An error of the library, with the mistakes of a request. */
class IdqError extends Error {
  constructor(error) {
    super(error.message);
    this.status = error.status;
    this.record = Number(error.record);
    this.problems = error.problems
      ? koffi.decode(error.problems, Problem, Number(error.problem_count))
      : [];
  }
}

/** Calls a function of the library with a place for its error, which it throws. */
function call(work) {
  const error = [null];
  if (work(error) !== 0) {
    const failure = new IdqError(koffi.decode(error[0], Failure));
    freeError(error[0]);
    throw failure;
  }
}

/** Calls a function that returns an object, a number or bytes behind a pointer. */
function result(work, initial = null) {
  const out = [initial];
  call((error) => work(out, error));
  return out[0];
}

/** Calls `work` with an object, and frees the object. */
function using(object, free, work) {
  try {
    return work(object);
  } finally {
    free(object);
  }
}

/** Returns the text that a function returns in a structure. */
function textOf(work) {
  const text = { data: null, length: 0 };
  call((error) => work(text, error));
  return using(text, freeText, ({ data, length }) => koffi.decode(data, "char", Number(length)));
}

/** Prints the number of the matches, their first page, and the number of their records. */
function print(matches) {
  console.log(`${result((out, error) => count(matches, out, error))} match`);
  const envelope = JSON.parse(textOf((text, error) => page(matches, 1, 0, text, error)));
  console.log(`a page of ${envelope.data.length}, the first is ${envelope.data[0]?.id}`);
  using(result((out, error) => records(matches, out, error)), freeRecords, (cursor) => {
    const [json, length] = [[null], [0]];
    let read = 0;
    for (;;) {
      call((error) => next(cursor, json, length, error));
      if (json[0] === null) break;
      JSON.parse(koffi.decode(json[0], "char", Number(length[0])));
      read += 1;
    }
    console.log(`${read} records read`);
  });
}

const [request, ...paths] = process.argv.slice(2);
if (paths.length === 0) {
  console.error("usage: node people.js REQUEST FILE...");
  process.exit(2);
}
try {
  const snapshot = result((out, error) => open(paths, paths.length, null, out, error));
  using(snapshot, freeSnapshot, () => {
    const matches = result((out, error) => query(snapshot, request, CONFORMANCE_STRICT, out, error));
    using(matches, freeMatches, print);
  });
} catch (error) {
  console.error(error.message);
  for (const { text, start, end } of error.problems ?? []) {
    // The offsets are those of bytes.
    if (text) console.error(`wrong: ${Buffer.from(text).subarray(Number(start), Number(end))}`);
  }
  process.exitCode = 1;
}
