/* Loads dumps, prints a page, records and columns of the matches of a request.
 *
 *   people REQUEST FILE...
 *   people 'filter[state]=active&sort=email&per_page=2' fixtures/provisionr.ndjson
 */
#include <idq.h>
#include <inttypes.h>
#include <stdio.h>

/* Prints an error with the place of a malformed record, and frees it. */
static int fail(idq_error *error) {
    fprintf(stderr, "%s\n", error->message);
    if (error->record != 0) {
        fprintf(stderr, "(%s, record %" PRIu64 ")\n", error->file, error->record);
    }
    idq_error_free(error);
    return 1;
}

/* Prints the first records, byte for byte. Returns 0, or 1 after an error. */
static int print_records(const idq_matches *matches, int most, idq_error **error) {
    idq_records *records = NULL;
    if (idq_matches_records(matches, &records, error) != IDQ_STATUS_OK) {
        return 1;
    }
    const char *json = NULL;
    size_t length = 0;
    int result = 0;
    for (int number = 0; number < most; number++) {
        if (idq_records_next(records, &json, &length, error) != IDQ_STATUS_OK) {
            result = 1;
            break;
        }
        if (json == NULL) {
            break;
        }
        printf("record of %zu bytes: %.40s...\n", length, json);
    }
    idq_records_free(records);
    return result;
}

/* Prints the names, the types and the numbers of rows of some columns. Returns 0, or 1 after an error. */
static int print_columns(const idq_matches *matches, idq_error **error) {
    const char *const columns[] = {"id", "email", "timestamp.created_at"};
    struct ArrowArrayStream stream;
    if (idq_matches_arrow_stream(matches, columns, 3, &stream, error) != IDQ_STATUS_OK) {
        return 1;
    }
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int64_t rows = 0;
    int status = stream.get_schema(&stream, &schema);
    if (status == 0) {
        while ((status = stream.get_next(&stream, &batch)) == 0 && batch.release != NULL) {
            rows += batch.length;
            batch.release(&batch);
        }
        for (int64_t column = 0; status == 0 && column < schema.n_children; column++) {
            printf("column %s of type %s: %" PRId64 " rows\n", schema.children[column]->name,
                   schema.children[column]->format, rows);
        }
        schema.release(&schema);
    }
    if (status != 0) {
        fprintf(stderr, "%s\n", stream.get_last_error(&stream));
    }
    stream.release(&stream);
    return status != 0;
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: %s REQUEST FILE...\n", arguments[0]);
        return 2;
    }
    idq_error *error = NULL;
    idq_snapshot *snapshot = NULL;
    idq_matches *matches = NULL;
    const char *const *paths = (const char *const *)arguments + 2;
    if (idq_open(paths, (size_t)count - 2, NULL, &snapshot, &error) != IDQ_STATUS_OK) {
        return fail(error);
    }
    idq_status status = idq_query(snapshot, arguments[1], IDQ_CONFORMANCE_STRICT, &matches, &error);
    uint64_t total = 0;
    idq_text page = {NULL, 0};
    if (status == IDQ_STATUS_OK) {
        status = idq_matches_count(matches, &total, &error);
    }
    if (status == IDQ_STATUS_OK) {
        printf("%" PRIu64 " of %" PRIu64 " records of %s match\n", total, idq_snapshot_count(snapshot),
               idq_snapshot_api(snapshot));
        status = idq_matches_page(matches, 1, 0, &page, &error);
    }
    int result = 1;
    if (status == IDQ_STATUS_OK) {
        printf("page of %zu bytes: %.40s...\n", page.length, page.data);
        result = print_records(matches, 2, &error) != 0 || print_columns(matches, &error) != 0;
    }
    idq_text_free(&page);
    idq_matches_free(matches);
    idq_snapshot_free(snapshot);
    return error != NULL ? fail(error) : result;
}
