// What the index of records cannot be faster than: SQLite's FTS5, and nothing else.
//
//   fts build DATABASE DIRECTORY    puts the notes below a directory into the two full-text tables of the index, with
//                                   SQLite's own settings; prints the seconds
//   fts query DATABASE COUNT        searches a database of the index, COUNT times in all, for the queries on standard
//                                   input, one a line, with the query as the FTS5 manual has it; prints p50 and p99
//
// Prints a line of JSON; exits with 1 and a line that tells why when SQLite or a file refuses.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NOTES_PER_TRANSACTION = 500, NOTE_BYTES_MAX = 512 << 10, PASSAGE_BYTES_AIM = 600, QUERIES_MAX = 4096 };

static sqlite3 *database;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "fts: %s: %s\n", what, why);
    exit(1);
}

static int checked(int code, const char *what) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(what, sqlite3_errmsg(database));
    return code;
}

static void execute(const char *sql) { checked(sqlite3_exec(database, sql, NULL, NULL, NULL), sql); }

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    checked(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), sql);
    return statement;
}

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

// Building. A note is cut as simply as the generated notes allow: `title:` and `tags:` between two lines of `---`, the
// rest into sections at the headings, and long sections between paragraphs.

static const char SCHEMA[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "CREATE VIRTUAL TABLE records_text USING fts5(title, body, tags, tokenize = 'porter unicode61');"
    "CREATE VIRTUAL TABLE passages_text USING fts5(title, tags, headings, text, tokenize = 'porter unicode61');";

struct text {
    const char *bytes;
    size_t count;
};

static sqlite3_stmt *insert_record, *insert_passage;
static long note_count;

static void bind(sqlite3_stmt *statement, int place, struct text text) {
    checked(sqlite3_bind_text(statement, place, text.bytes, (int)text.count, SQLITE_STATIC), "bind");
}

static void insert(sqlite3_stmt *statement) {
    checked(sqlite3_step(statement), "insert");
    checked(sqlite3_reset(statement), "insert");
}

// What stands behind a key in the frontmatter, up to the end of the line.
static struct text value(struct text frontmatter, const char *key) {
    const char *found = memmem(frontmatter.bytes, frontmatter.count, key, strlen(key));
    if (found == NULL) return (struct text){"", 0};
    found += strlen(key);
    return (struct text){found, strcspn(found, "\n")};
}

static void insert_passage_of(struct text heading, const char *begin, const char *end) {
    if (begin == end) return;
    bind(insert_passage, 3, heading);
    bind(insert_passage, 4, (struct text){begin, (size_t)(end - begin)});
    insert(insert_passage);
}

static void insert_passages(struct text body) {
    const char *const end = body.bytes + body.count;
    const char *passage = body.bytes, *paragraph = body.bytes, *line = body.bytes;
    struct text heading = {"", 0};
    while (1) {
        const size_t count = line < end ? strcspn(line, "\n") : 0;
        const bool is_heading = line < end && *line == '#', ends_section = is_heading || line >= end;
        const bool is_after_blank = line > body.bytes + 1 && line[-2] == '\n' && count > 0;
        if ((ends_section || is_after_blank) && line - passage > PASSAGE_BYTES_AIM && paragraph > passage) {
            insert_passage_of(heading, passage, paragraph);
            passage = paragraph;
        }
        if (ends_section || is_after_blank) paragraph = line;
        if (ends_section) insert_passage_of(heading, passage, line < end ? line : end);
        if (line >= end) return;
        line += count + 1;
        if (!is_heading) continue;
        heading = (struct text){line - count - 1, count};
        passage = paragraph = line;
    }
}

static void insert_note(struct text text) {
    struct text frontmatter = {"", 0}, body = text;
    const char *close = strncmp(text.bytes, "---\n", 4) == 0 ? strstr(text.bytes + 3, "\n---\n") : NULL;
    if (close != NULL) {
        frontmatter = (struct text){text.bytes, (size_t)(close - text.bytes + 1)};
        body.bytes = close + 5 + (close[5] == '\n');
        body.count = text.count - (size_t)(body.bytes - text.bytes);
    }
    const struct text title = value(frontmatter, "\ntitle: "), tags = value(frontmatter, "\ntags: ");
    bind(insert_record, 1, title);
    bind(insert_record, 2, body);
    bind(insert_record, 3, tags);
    insert(insert_record);
    bind(insert_passage, 1, title);
    bind(insert_passage, 2, tags);
    insert_passages(body);
}

static int take(const char *path, const struct stat *status, int kind, struct FTW *place) {
    static char bytes[NOTE_BYTES_MAX + 1];
    const char *name = path + place->base;
    if (place->level > 0 && name[0] == '.') return kind == FTW_D ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
    const size_t length = strlen(name);
    if (kind != FTW_F || length < 3 || strcmp(name + length - 3, ".md") != 0) return FTW_CONTINUE;
    if (status->st_size > NOTE_BYTES_MAX) fail(path, "too large");
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t count = fd < 0 ? -1 : read(fd, bytes, NOTE_BYTES_MAX);
    if (count < 0) fail(path, strerror(errno));
    close(fd);
    bytes[count] = 0;
    insert_note((struct text){bytes, (size_t)count});
    if (++note_count % NOTES_PER_TRANSACTION == 0) execute("COMMIT; BEGIN");
    return FTW_CONTINUE;
}

static void build(const char *directory) {
    const long begin = nanoseconds();
    execute(SCHEMA);
    insert_record = prepare("INSERT INTO records_text (title, body, tags) VALUES (?, ?, ?)");
    insert_passage = prepare("INSERT INTO passages_text (title, tags, headings, text) VALUES (?, ?, ?, ?)");
    execute("BEGIN");
    if (nftw(directory, take, 16, FTW_PHYS | FTW_ACTIONRETVAL) != 0) fail(directory, strerror(errno));
    execute("COMMIT");
    printf("{\"notes\":%ld,\"seconds\":%.6f}\n", note_count, (double)(nanoseconds() - begin) / 1e9);
}

// Searching.

static const char SEARCH[] =
    "SELECT records.*, snippet(records_text, -1, '**', '**', '…', 24) AS snippet,"
    "    bm25(records_text, 8.0, 1.0, 4.0) AS score "
    "FROM records_text JOIN records ON records.rowid = records_text.rowid "
    "WHERE records_text MATCH ?1 AND class IN ('durable', 'inbox') "
    "ORDER BY score, records.id LIMIT 10";

static long search(sqlite3_stmt *statement, const char *query) {
    long bytes = 0;
    checked(sqlite3_bind_text(statement, 1, query, -1, SQLITE_STATIC), "bind");
    while (checked(sqlite3_step(statement), query) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            if (sqlite3_column_text(statement, i) != NULL) bytes += sqlite3_column_bytes(statement, i);
        }
    }
    checked(sqlite3_reset(statement), query);
    return bytes;
}

static int compare(const void *a, const void *b) {
    const long left = *(const long *)a, right = *(const long *)b;
    return (left > right) - (left < right);
}

static void query(long count) {
    static char *queries[QUERIES_MAX];
    char *line = NULL;
    size_t size = 0, lines = 0;
    for (ssize_t length; lines < QUERIES_MAX && (length = getline(&line, &size, stdin)) > 0; lines++) {
        queries[lines] = strndup(line, (size_t)length - (line[length - 1] == '\n'));
    }
    if (lines == 0 || count <= 0) fail("query", "there is nothing to ask");
    sqlite3_stmt *statement = prepare(SEARCH);
    long *times = calloc((size_t)count, sizeof *times), bytes = 0;
    // As warm as a node that was asked before.
    for (size_t i = 0; i < lines; i++) bytes += search(statement, queries[i]);
    for (long i = 0; i < count; i++) {
        const long begin = nanoseconds();
        bytes += search(statement, queries[(size_t)i % lines]);
        times[i] = nanoseconds() - begin;
    }
    qsort(times, (size_t)count, sizeof *times, compare);
    printf("{\"count\":%ld,\"bytes\":%ld,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", count, bytes,
        (double)times[count / 2] / 1e3, (double)times[count * 99 / 100] / 1e3);
}

int main(int count, char **arguments) {
    if (count != 4) fail("usage", "fts build DATABASE DIRECTORY, fts query DATABASE COUNT");
    const bool is_build = strcmp(arguments[1], "build") == 0;
    const int flags = is_build ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    checked(sqlite3_open_v2(arguments[2], &database, flags, NULL), arguments[2]);
    if (is_build) build(arguments[3]);
    else query(atol(arguments[3]));
    return 0;
}
