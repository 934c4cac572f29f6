/* Checks every function: null, invalid UTF-8, results of failed calls, members of errors, objects that are freed in any order,
 * several threads.
 *
 *   ffi FILE
 */
#include <idq.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                     \
    do {                                                                                     \
        if (!(condition)) {                                                                  \
            fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition);       \
            exit(1);                                                                         \
        }                                                                                    \
    } while (0)

/* Checks that a call has failed with a status and a message, and frees the error. */
static void check_error(idq_status returned, idq_error *error, idq_status status, const char *message) {
    if (returned != status) {
        fprintf(stderr, "expected status %d (%s), found %d: %s\n", (int)status, message, (int)returned,
                error != NULL ? error->message : "");
        exit(1);
    }
    CHECK(error != NULL && error->status == status);
    if (strstr(error->message, message) == NULL) {
        fprintf(stderr, "expected \"%s\" in: %s\n", message, error->message);
        exit(1);
    }
    idq_error_free(error);
}

#define FAILS(call, status, message)            \
    do {                                        \
        idq_error *error = NULL;                \
        idq_status returned = call;             \
        check_error(returned, error, status, message); \
    } while (0)

#define SUCCEEDS(call)                                                   \
    do {                                                                 \
        idq_error *error = NULL;                                         \
        idq_status returned = call;                                      \
        if (error != NULL) {                                             \
            fprintf(stderr, "%s\n", error->message);                     \
        }                                                                \
        CHECK(returned == IDQ_STATUS_OK && error == NULL);               \
    } while (0)

static const char not_utf8[] = "\xff\xfe";

static idq_snapshot *open_file(const char *path, const idq_options *options) {
    idq_snapshot *snapshot = NULL;
    SUCCEEDS(idq_open(&path, 1, options, &snapshot, &error));
    return snapshot;
}

static idq_matches *matches_of(const idq_snapshot *snapshot, const char *request) {
    idq_matches *matches = NULL;
    SUCCEEDS(idq_query(snapshot, request, IDQ_CONFORMANCE_STRICT, &matches, &error));
    return matches;
}

static uint64_t count_of(const idq_matches *matches) {
    uint64_t count = 99;
    SUCCEEDS(idq_matches_count(matches, &count, &error));
    return count;
}

static void null_arguments_are_errors(const char *path) {
    idq_snapshot *snapshot = (idq_snapshot *)1;
    FAILS(idq_open(NULL, 1, NULL, &snapshot, &error), IDQ_STATUS_INVALID_ARGUMENT, "paths");
    CHECK(snapshot == NULL);
    FAILS(idq_open(&path, 0, NULL, &snapshot, &error), IDQ_STATUS_INVALID_ARGUMENT, "found none");
    FAILS(idq_open(&path, 1, NULL, NULL, &error), IDQ_STATUS_INVALID_ARGUMENT, "snapshot");
    const char *null_path = NULL;
    FAILS(idq_open(&null_path, 1, NULL, &snapshot, &error), IDQ_STATUS_INVALID_ARGUMENT, "paths[0]");
    /* A path is any bytes. */
    const char *other_path = not_utf8;
    FAILS(idq_open(&other_path, 1, NULL, &snapshot, &error), IDQ_STATUS_MISSING_SOURCE, "");
    FAILS(idq_open_bytes(NULL, NULL, 0, NULL, &snapshot, &error), IDQ_STATUS_INVALID_ARGUMENT, "name");
    FAILS(idq_open_bytes("x", NULL, 5, NULL, &snapshot, &error), IDQ_STATUS_INVALID_ARGUMENT, "data");
    FAILS(idq_open_bytes("x", (const uint8_t *)"[]", SIZE_MAX, NULL, &snapshot, &error), IDQ_STATUS_INVALID_ARGUMENT, "data");
    FAILS(idq_open(&path, SIZE_MAX, NULL, &snapshot, &error), IDQ_STATUS_INVALID_ARGUMENT, "paths");

    FAILS(idq_options_new(NULL, &error), IDQ_STATUS_INVALID_ARGUMENT, "options");
    FAILS(idq_options_set(NULL, "api", "provisionr", &error), IDQ_STATUS_INVALID_ARGUMENT, "options");
    FAILS(idq_options_set_threads(NULL, 1, &error), IDQ_STATUS_INVALID_ARGUMENT, "options");
    FAILS(idq_options_set_progress(NULL, NULL, NULL, &error), IDQ_STATUS_INVALID_ARGUMENT, "options");

    idq_matches *matches = (idq_matches *)1;
    FAILS(idq_query(NULL, "", 0, &matches, &error), IDQ_STATUS_INVALID_ARGUMENT, "snapshot");
    CHECK(matches == NULL);
    FAILS(idq_matches_where(NULL, "email pr", &matches, &error), IDQ_STATUS_INVALID_ARGUMENT, "matches");
    uint64_t count = 99;
    FAILS(idq_matches_count(NULL, &count, &error), IDQ_STATUS_INVALID_ARGUMENT, "matches");
    CHECK(count == 0);
    idq_text bytes = {"x", 5};
    FAILS(idq_matches_page(NULL, 1, 0, &bytes, &error), IDQ_STATUS_INVALID_ARGUMENT, "matches");
    CHECK(bytes.data == NULL && bytes.length == 0);
    FAILS(idq_snapshot_describe(NULL, &bytes, &error), IDQ_STATUS_INVALID_ARGUMENT, "snapshot");
    idq_records *records = NULL;
    FAILS(idq_matches_records(NULL, &records, &error), IDQ_STATUS_INVALID_ARGUMENT, "matches");
    FAILS(idq_snapshot_get(NULL, "1", &records, &error), IDQ_STATUS_INVALID_ARGUMENT, "snapshot");
    const char *json = "x";
    size_t length = 5;
    FAILS(idq_records_next(NULL, &json, &length, &error), IDQ_STATUS_INVALID_ARGUMENT, "records");
    CHECK(json == NULL && length == 0);
    length = 5;
    FAILS(idq_records_next(NULL, NULL, &length, &error), IDQ_STATUS_INVALID_ARGUMENT, "json");
    CHECK(length == 0);
    struct ArrowArrayStream stream;
    FAILS(idq_matches_arrow_stream(NULL, NULL, 0, &stream, &error), IDQ_STATUS_INVALID_ARGUMENT, "matches");
    CHECK(stream.release == NULL);
    FAILS(idq_matches_count_by(NULL, NULL, 0, &stream, &error), IDQ_STATUS_INVALID_ARGUMENT, "matches");

    /* No place for the error either. */
    CHECK(idq_open(NULL, 1, NULL, NULL, NULL) == IDQ_STATUS_INVALID_ARGUMENT);
    CHECK(idq_snapshot_count(NULL) == 0);
    CHECK(idq_snapshot_api(NULL) == NULL);
    idq_error_free(NULL);
    idq_text_free(NULL);
    idq_text_free(&bytes);
    idq_options_free(NULL);
    idq_snapshot_free(NULL);
    idq_matches_free(NULL);
    idq_records_free(NULL);
}

static void errors_have_fields(const char *path) {
    idq_snapshot *snapshot = NULL;
    const char *missing = "no/such/file.ndjson";
    FAILS(idq_open(&missing, 1, NULL, &snapshot, &error), IDQ_STATUS_MISSING_SOURCE, "no/such/file.ndjson");

    const char dump[] = "{\"id\":\"a\",\"vendor_id\":\"7\",\"state\":\"active\"}\n{\"id\":\"b\",\"state\":7}\n";
    idq_error *error = NULL;
    idq_status status = idq_open_bytes("answer", (const uint8_t *)dump, strlen(dump), NULL, &snapshot, &error);
    CHECK(status == IDQ_STATUS_LOAD_FAILED);
    CHECK(strcmp(error->file, "answer") == 0);
    CHECK(strcmp(error->field, "state") == 0);
    CHECK(error->record == 2 && error->line == 2 && error->offset != UINT64_MAX);
    CHECK(error->problems == NULL && error->problem_count == 0);
    idq_error_free(error);

    snapshot = open_file(path, NULL);
    idq_matches *matches = NULL;
    const char *request = "filter[stat]=active&sort=created";
    status = idq_query(snapshot, request, IDQ_CONFORMANCE_STRICT, &matches, &error);
    CHECK(status == IDQ_STATUS_INVALID_REQUEST && matches == NULL);
    CHECK(error->file == NULL && error->record == 0 && error->offset == UINT64_MAX);
    CHECK(error->problem_count == 2);
    const idq_problem *problem = &error->problems[0];
    CHECK(strcmp(problem->text, request) == 0);
    CHECK(problem->end - problem->start == 4 && strncmp(problem->text + problem->start, "stat", 4) == 0);
    CHECK(strstr(problem->help, "state") != NULL && strlen(problem->message) > 0);
    CHECK(strstr(error->problems[1].help, "created_at") != NULL);
    idq_error_free(error);

    FAILS(idq_query(snapshot, "", 7, &matches, &error), IDQ_STATUS_INVALID_ARGUMENT, "conformance");
    FAILS(idq_query(snapshot, not_utf8, 0, &matches, &error), IDQ_STATUS_INVALID_ARGUMENT, "UTF-8");
    matches = matches_of(snapshot, "");
    idq_matches *narrower = NULL;
    FAILS(idq_matches_where(matches, "email eq", &narrower, &error), IDQ_STATUS_INVALID_REQUEST,
          "expression: email eq");
    struct ArrowArrayStream stream;
    const char *const unknown[] = {"staet", "id", "emial"};
    status = idq_matches_arrow_stream(matches, unknown, 3, &stream, &error);
    CHECK(status == IDQ_STATUS_INVALID_REQUEST && stream.release == NULL && error->problem_count == 2);
    CHECK(strcmp(error->problems[1].text, "emial") == 0 && error->problems[1].end == 5);
    CHECK(strstr(error->problems[1].help, "email") != NULL && strstr(error->message, "column: staet") != NULL);
    idq_error_free(error);
    const char *const twice[] = {"id", "id"};
    FAILS(idq_matches_arrow_stream(matches, twice, 2, &stream, &error), IDQ_STATUS_INVALID_ARGUMENT, "twice");
    FAILS(idq_matches_count_by(matches, unknown, 1, &stream, &error), IDQ_STATUS_INVALID_REQUEST, "key: staet");
    FAILS(idq_matches_count_by(matches, twice, 2, &stream, &error), IDQ_STATUS_INVALID_ARGUMENT, "twice");
    FAILS(idq_matches_count_by(matches, NULL, 0, &stream, &error), IDQ_STATUS_INVALID_REQUEST, "");
    idq_matches_free(matches);

    idq_text hints = {NULL, 0};
    matches = matches_of(snapshot, "filter[state]=Active");
    SUCCEEDS(idq_matches_hints(matches, &hints, &error));
    CHECK(strstr(hints.data, "case-sensitive") != NULL && hints.data[0] == '[');
    idq_text_free(&hints);
    FAILS(idq_matches_hints(NULL, &hints, &error), IDQ_STATUS_INVALID_ARGUMENT, "matches");
    idq_matches_free(matches);
    idq_snapshot_free(snapshot);
}

static int count_calls(void *data, uint64_t records, uint64_t bytes, uint64_t total) {
    CHECK((bytes <= total || total == 0) && records <= 60);
    ++*(int *)data;
    return 0;
}

/* A callback may use other snapshots. */
static int count_another(void *data, uint64_t records, uint64_t bytes, uint64_t total) {
    (void)records, (void)bytes, (void)total;
    CHECK(count_of(data) == 44);
    return 0;
}

static int stop(void *data, uint64_t records, uint64_t bytes, uint64_t total) {
    (void)data, (void)records, (void)bytes, (void)total;
    return 1;
}

static void options_change_a_load(const char *path) {
    idq_options *options = NULL;
    SUCCEEDS(idq_options_new(&options, &error));
    FAILS(idq_options_set(options, "colums", "all", &error), IDQ_STATUS_INVALID_ARGUMENT, "did you mean");
    FAILS(idq_options_set(options, "dedupe", "maybe", &error), IDQ_STATUS_INVALID_ARGUMENT, "dedupe");
    FAILS(idq_options_set_threads(options, 0, &error), IDQ_STATUS_INVALID_ARGUMENT, "threads");
    SUCCEEDS(idq_options_set_threads(options, 2, &error));
    SUCCEEDS(idq_options_set(options, "columns", "state", &error));
    int calls = 0;
    SUCCEEDS(idq_options_set_progress(options, count_calls, &calls, &error));
    idq_snapshot *snapshot = open_file(path, options);
    CHECK(calls > 0);
    idq_matches *matches = matches_of(snapshot, "filter[state]=active");
    CHECK(count_of(matches) == 44);
    idq_matches *narrower = NULL;
    SUCCEEDS(idq_matches_where(matches, "email pr", &narrower, &error));
    uint64_t count = 99;
    FAILS(idq_matches_count(narrower, &count, &error), IDQ_STATUS_NOT_LOADED, "email");
    idq_matches_free(narrower);
    idq_matches_free(matches);
    idq_snapshot_free(snapshot);

    snapshot = open_file(path, NULL);
    matches = matches_of(snapshot, "filter[state]=active");
    SUCCEEDS(idq_options_set_progress(options, count_another, matches, &error));
    idq_snapshot_free(open_file(path, options));
    idq_matches_free(matches);
    idq_snapshot_free(snapshot);

    snapshot = NULL;
    SUCCEEDS(idq_options_set_progress(options, stop, NULL, &error));
    FAILS(idq_open(&path, 1, options, &snapshot, &error), IDQ_STATUS_CANCELLED, "cancelled");
    CHECK(snapshot == NULL);
    idq_options_free(options);

    SUCCEEDS(idq_options_new(&options, &error));
    SUCCEEDS(idq_options_set(options, "on-bad-record", "skip", &error));
    const char dump[] = "{\"id\":\"a\",\"vendor_id\":\"7\",\"state\":\"active\"}\n{\"id\":\"b\",\"state\":7}\n";
    SUCCEEDS(idq_open_bytes("answer", (const uint8_t *)dump, strlen(dump), options, &snapshot, &error));
    idq_text json = {NULL, 0};
    SUCCEEDS(idq_snapshot_describe(snapshot, &json, &error));
    CHECK(strlen(json.data) == json.length);
    CHECK(strstr(json.data, "\"rejected\":1") != NULL && strstr(json.data, "\"field\":\"state\"") != NULL);
    idq_text_free(&json);
    CHECK(json.data == NULL && json.length == 0);
    idq_snapshot_free(snapshot);
    idq_options_free(options);
}

/* Matches and records outlive the snapshot that they are of. */
static void objects_are_freed_in_any_order(const char *path) {
    idq_snapshot *snapshot = open_file(path, NULL);
    CHECK(idq_snapshot_count(snapshot) == 60 && strcmp(idq_snapshot_api(snapshot), "provisionr") == 0);
    idq_matches *all = matches_of(snapshot, "filter[trashed]=with&sort=-created_at");
    idq_snapshot_free(snapshot);
    idq_matches *narrower = NULL;
    SUCCEEDS(idq_matches_where(all, "state eq \"active\"", &narrower, &error));
    CHECK(count_of(all) == 60 && count_of(narrower) < 60);

    idq_records *records = NULL;
    SUCCEEDS(idq_matches_records(all, &records, &error));
    idq_matches_free(all);
    const char *json = NULL;
    size_t length = 0;
    int read = 0;
    for (;;) {
        SUCCEEDS(idq_records_next(records, &json, &length, &error));
        if (json == NULL) {
            break;
        }
        CHECK(json[0] == '{' && json[length - 1] == '}' && json[length] == '\0');
        read++;
    }
    CHECK(read == 60);
    SUCCEEDS(idq_records_next(records, &json, &length, &error));
    CHECK(json == NULL && length == 0);
    idq_records_free(records);

    idq_text first = {NULL, 0}, last = {NULL, 0};
    SUCCEEDS(idq_matches_page(narrower, 1, 5, &first, &error));
    SUCCEEDS(idq_matches_page(narrower, 1000, 5, &last, &error));
    CHECK(strstr(first.data, "\"data\":[{") != NULL && strstr(last.data, "\"data\":[]") != NULL);
    idq_text_free(&first);
    idq_text_free(&last);

    struct ArrowArrayStream stream;
    SUCCEEDS(idq_matches_arrow_stream(narrower, NULL, 0, &stream, &error));
    idq_matches_free(narrower);
    struct ArrowArray batch;
    CHECK(stream.get_next(&stream, &batch) == 0 && batch.length > 0);
    stream.release(&stream);
    batch.release(&batch);
}

static void id_selects_its_records(const char *path) {
    idq_snapshot *snapshot = open_file(path, NULL);
    idq_matches *matches = matches_of(snapshot, "sort=email");
    idq_records *records = NULL, *found = NULL;
    SUCCEEDS(idq_matches_records(matches, &records, &error));
    const char *json = NULL, *same = NULL;
    size_t length = 0;
    SUCCEEDS(idq_records_next(records, &json, &length, &error));
    const char *start = strstr(json, "\"id\":\"") + strlen("\"id\":\"");
    char id[100] = {0};
    memcpy(id, start, (size_t)(strchr(start, '"') - start));
    SUCCEEDS(idq_snapshot_get(snapshot, id, &found, &error));
    SUCCEEDS(idq_records_next(found, &same, &length, &error));
    CHECK(strcmp(json, same) == 0);
    idq_records_free(found);
    SUCCEEDS(idq_snapshot_get(snapshot, "nobody", &found, &error));
    SUCCEEDS(idq_records_next(found, &same, &length, &error));
    CHECK(same == NULL);
    idq_records_free(found);
    idq_records_free(records);
    idq_matches_free(matches);
    idq_snapshot_free(snapshot);
}

static void *count_in_thread(void *snapshot) {
    for (int round = 0; round < 5; round++) {
        idq_matches *matches = matches_of(snapshot, "filter[state]=active&sort=email");
        CHECK(count_of(matches) == 44);
        idq_text page = {NULL, 0};
        SUCCEEDS(idq_matches_page(matches, 2, 20, &page, &error));
        CHECK(page.length > 0);
        idq_text_free(&page);
        idq_matches_free(matches);
    }
    return NULL;
}

static void threads_share_a_snapshot(const char *path) {
    idq_snapshot *snapshot = open_file(path, NULL);
    pthread_t threads[8];
    for (int number = 0; number < 8; number++) {
        CHECK(pthread_create(&threads[number], NULL, count_in_thread, snapshot) == 0);
    }
    for (int number = 0; number < 8; number++) {
        CHECK(pthread_join(threads[number], NULL) == 0);
    }
    idq_snapshot_free(snapshot);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    SUCCEEDS(idq_guard_mapped_files(&error));
    CHECK(idq_abi_version() == IDQ_ABI_VERSION && strlen(idq_version()) >= 5);
    null_arguments_are_errors(arguments[1]);
    errors_have_fields(arguments[1]);
    options_change_a_load(arguments[1]);
    objects_are_freed_in_any_order(arguments[1]);
    id_selects_its_records(arguments[1]);
    threads_share_a_snapshot(arguments[1]);
    puts("all checks passed");
    return 0;
}
