/*
 * idq: questions over exported identity snapshots, from C.
 *
 * Rules of all functions:
 *
 * - A function that can fail returns an idq_status and takes an `error`, which may be null. After a failure *error is a
 *   structure that idq_error_free frees; after a success it is null. A result of a failed call is null, or 0.
 * - A null argument that must not be null, and a text that is no UTF-8, are errors. Other wrong pointers (freed, of another
 *   type, not aligned) are not detected.
 * - Objects are freed by the function of their type, once, in any order: each keeps what it needs. Freeing null does nothing.
 * - idq_snapshot and idq_matches may be used by any number of threads at the same time; idq_options and idq_records by one
 *   thread at a time. An object may be used and freed by another thread than the one that has made it.
 * - No panic of Rust leaves a function: it becomes IDQ_STATUS_PANICKED. Its message is on standard error as well.
 * - A process that has called idq should not fork and go on in the child without exec: threads do not cross a fork.
 */


#ifndef IDQ_H
#define IDQ_H

/* Printed by `UPDATE_HEADER=1 cargo test -p idq-c`, from the functions of crates/idq-c. */

#include <stddef.h>
#include <stdint.h>

/*
 * The Arrow C data and stream interfaces, by their official definitions. The macros keep them from being defined twice where
 * another header has them.
 */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

// The strict reading of a request: everything that could be a mistake is one.
#define IDQ_CONFORMANCE_STRICT 0

// The API's own reading of a request: everything that the API accepts is accepted, and read as it reads it.
#define IDQ_CONFORMANCE_API 1

// The version of the interface of the header. The library with that number in its name has every function of the
// header, with the same meaning. It grows when a function, a structure or a constant changes or goes, and not when
// some are added.
#define IDQ_ABI_VERSION 0

// The result of a call.
typedef enum {
    // The call has done its work.
    IDQ_STATUS_OK = 0,
    // An argument is null or no UTF-8, or a setting has a wrong name or value.
    IDQ_STATUS_INVALID_ARGUMENT = 1,
    // A source does not exist, or a pattern or folder has no dumps.
    IDQ_STATUS_MISSING_SOURCE = 2,
    // A source cannot be read, a record is malformed, or a file has changed since it was loaded.
    IDQ_STATUS_LOAD_FAILED = 3,
    // The request has mistakes: `problems` lists all of them.
    IDQ_STATUS_INVALID_REQUEST = 4,
    // The request needs a field that was not loaded.
    IDQ_STATUS_NOT_LOADED = 5,
    // The callback of the progress has stopped the load.
    IDQ_STATUS_CANCELLED = 6,
    // The system failed: a file cannot be written, a thread cannot start.
    IDQ_STATUS_SYSTEM_FAILED = 7,
    // A fault of idq, which should be reported. The objects of the call can be freed.
    IDQ_STATUS_PANICKED = 8,
} idq_status;

// The matches of a request. They are evaluated by each function that needs them. Any number of threads may use them at
// the same time.
typedef struct idq_matches idq_matches;

// The options of a load. One thread at a time may use them, for any number of loads.
typedef struct idq_options idq_options;

// Records in order. One thread at a time may use them.
typedef struct idq_records idq_records;

// A loaded snapshot. Any number of threads may use it at the same time.
typedef struct idq_snapshot idq_snapshot;

// A mistake of a request.
typedef struct {
    // One line: "expected X, found Y".
    const char *message;
    // Advice, or null.
    const char *help;
    // The text with the mistake: the request, an expression, a key. Null where the mistake has no place.
    const char *text;
    // The offset of the first wrong byte of the text.
    size_t start;
    // The offset of the byte behind the last wrong one; `start` where something is missing.
    size_t end;
} idq_problem;

// An error. `idq_error_free` frees it, with all its texts.
typedef struct {
    // The kind.
    idq_status status;
    // The whole message for a person, with place and advice; several lines, without a line feed at the end.
    const char *message;
    // Of a load: the source; null without one.
    const char *file;
    // Of a load: the dotted name of the field; null without one.
    const char *field;
    // Of a load: the number of the record in its source, from 1; 0 without one.
    uint64_t record;
    // Of a load: the line, from 1; 0 without one.
    uint64_t line;
    // Of a load: the offset of the byte in the decompressed source; `UINT64_MAX` without one.
    uint64_t offset;
    // Of a request: its mistakes; null without one.
    const idq_problem *problems;
    // The number of `problems`.
    size_t problem_count;
} idq_error;

// A callback of the progress of a load: the numbers of records and of bytes so far, and the number of bytes of all
// sources, which is 0 where a source is a pipe. It is called from threads of the library, one call at a time. A result
// other than 0 stops the load, which then fails with `IDQ_STATUS_CANCELLED`.
typedef int (*idq_progress)(void *data, uint64_t records, uint64_t bytes, uint64_t total_bytes);

// Bytes of the library: UTF-8 without a zero byte, followed by one that `length` does not count. `idq_bytes_free` frees
// them.
typedef struct {
    // The first byte; null without bytes.
    char *data;
    // The number of bytes.
    size_t length;
} idq_bytes;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Creates options: those of a load by default.
idq_status idq_options_new(idq_options **options, idq_error **error);

// Changes a setting. Names and values are those of the command's options:
//
// - `api`: the name of the API, where it cannot be detected: `provisionr`, `permission-assist`
// - `columns`: `all` (the default), `queried` (those of the API's filters and sort keys), or fields, separated by commas:
//   fewer load faster
// - `on-bad-record`: `stop` (the default), or `skip`: malformed records are counted, and described by
//   `idq_snapshot_describe`
// - `dedupe`: `false` (the default), or `true`: only the newest record of each id is kept
// - `records`: the keys around the records, such as `response.users`
// - `dates`: forms of dates besides RFC 3339, separated by commas: `epoch-s`, `epoch-ms`, `dotnet`
// - `timezone`: the zone of dates without one; UTC by default
// - `ids`: `strict` (the default), or `as-text`: ids may be numbers
idq_status idq_options_set(idq_options *options,
                           const char *name,
                           const char *value,
                           idq_error **error);

// Sets the number of threads of a load and of all work on its snapshot, which are then its own. By default all snapshots
// share one thread for each core.
idq_status idq_options_set_threads(idq_options *options,
                                   size_t threads,
                                   idq_error **error);

// Sets the callback of the progress of a load, and the pointer that it gets; a null callback sets none.
idq_status idq_options_set_progress(idq_options *options,
                                    idq_progress progress,
                                    void *data,
                                    idq_error **error);

// Frees options. Null does nothing.
void idq_options_free(idq_options *options);

// Loads sources, in this order, into a snapshot. A path is that of a dump, a snapshot file, a folder or an archive, a
// pattern, or `-` for standard input, as for the command. Null options are those by default.
idq_status idq_open(const char *const *paths,
                    size_t path_count,
                    const idq_options *options,
                    idq_snapshot **snapshot,
                    idq_error **error);

// Loads the bytes of a dump, which are copied. Errors call it `name`.
idq_status idq_open_bytes(const char *name,
                          const uint8_t *data,
                          size_t length,
                          const idq_options *options,
                          idq_snapshot **snapshot,
                          idq_error **error);

// Returns the number of records, deleted ones included; 0 for null.
uint64_t idq_snapshot_count(const idq_snapshot *snapshot);

// Returns the name of the API of the records, such as `provisionr`, which lives as long as the snapshot; null for null.
const char *idq_snapshot_api(const idq_snapshot *snapshot);

// Describes a snapshot as a JSON object: `api`; `records`; `sources`, each with `name` and `records`; `rejected`, the
// number of malformed records that were skipped, and `rejects` with the place and the reason of each, which a packed
// snapshot no longer has; `ignored`, the entries of folders and archives that are no dumps, each with the reason. Later
// versions may add keys.
idq_status idq_snapshot_describe(const idq_snapshot *snapshot,
                                 idq_bytes *json,
                                 idq_error **error);

// Frees a snapshot. Its matches and records can still be used, and keep what they need. Null does nothing.
void idq_snapshot_free(idq_snapshot *snapshot);

// Returns the matches of a request of the API: a query string such as `filter[state]=active&sort=-created_at`, or a whole
// URL. `conformance` is `IDQ_CONFORMANCE_STRICT` or `IDQ_CONFORMANCE_API`.
idq_status idq_query(const idq_snapshot *snapshot,
                     const char *request,
                     uint32_t conformance,
                     idq_matches **matches,
                     idq_error **error);

// Returns those of the matches that satisfy an expression as well, such as `email pr and not profile.department eq
// "Sales"`. `matches` stay as they are.
idq_status idq_matches_where(const idq_matches *matches,
                             const char *expression,
                             idq_matches **narrower,
                             idq_error **error);

// Counts the matches.
idq_status idq_matches_count(const idq_matches *matches, uint64_t *count, idq_error **error);

// Returns a page of the matches in the envelope of the API, as JSON on one line. Pages are counted from 1; a `page` or
// `per_page` of 0 is that of the request, or the API's default.
idq_status idq_matches_page(const idq_matches *matches,
                            uint64_t page,
                            uint64_t per_page,
                            idq_bytes *json,
                            idq_error **error);

// Frees matches. Null does nothing.
void idq_matches_free(idq_matches *matches);

// Returns the records of all matches in order, whatever the page.
idq_status idq_matches_records(const idq_matches *matches, idq_records **records, idq_error **error);

// Returns the records with an id, in load order. There are several where pages were saved while the directory changed.
idq_status idq_snapshot_get(const idq_snapshot *snapshot,
                            const char *id,
                            idq_records **records,
                            idq_error **error);

// Returns the next record: JSON, byte for byte as in the dump, followed by a zero byte that `length` does not count. It
// lives until the next call for these records. After the last record, `json` is null, and the status is `IDQ_STATUS_OK`.
idq_status idq_records_next(idq_records *records,
                            const char **json,
                            size_t *length,
                            idq_error **error);

// Frees records. Null does nothing.
void idq_records_free(idq_records *records);

// Writes all matches, whatever the page, as a stream of the Arrow C stream interface. The columns are fields of the API
// and paths in free-form objects, such as `profile.department`; without any, every documented field. The reader releases
// the stream, and everything that it gets from it; nothing of it belongs to the snapshot.
idq_status idq_matches_arrow_stream(const idq_matches *matches,
                                    const char *const *columns,
                                    size_t column_count,
                                    struct ArrowArrayStream *stream,
                                    idq_error **error);

// Writes the counts of the matches by keys, `FIELD` or `FIELD:BUCKET` such as `timestamp.created_at:year`, as a stream of
// one batch. Each key has two columns: its values, null for a group without a value, and `NAME.presence` with `value`,
// `null`, `missing` or `empty`. The last column is `count`. The counts sum to the number of matches.
idq_status idq_matches_count_by(const idq_matches *matches,
                                const char *const *keys,
                                size_t key_count,
                                struct ArrowArrayStream *stream,
                                idq_error **error);

// Frees bytes, and sets them to none. Null, and no bytes, do nothing.
void idq_bytes_free(idq_bytes *bytes);

// Frees an error. Null does nothing.
void idq_error_free(idq_error *error);

// Returns the version of the interface of the library: compare it with `IDQ_ABI_VERSION` where the library is loaded by
// name.
uint32_t idq_abi_version(void);

// Returns the version of idq, such as `0.1.0`. The text is never freed.
const char *idq_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IDQ_H */
