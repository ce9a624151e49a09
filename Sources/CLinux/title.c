// What ps shows of a process. The kernel reads a process's arguments from where they lay at exec, and goes on into the
// environment when the last byte of the arguments is no NUL: so a title longer than they may lie over both.
// See: proc(5) /proc/pid/cmdline
#define _GNU_SOURCE
#include "CLinux.h"

#include <string.h>
#include <stdlib.h>
#include <sys/prctl.h>

static char *title_begin, *title_end;

// What a supervisor looks for in /proc/pid/environ stays where it is.
#define KEPT "NOTIFY_SOCKET="
#define TITLE_BYTES_MAX 256

// glibc hands the arguments to every constructor, also in a static executable.
__attribute__((constructor)) static void find_title(int count, char **arguments, char **environment) {
    if (count == 0) return;
    char *end = arguments[count - 1] + strlen(arguments[count - 1]) + 1;
    title_begin = arguments[0];
    for (char **entry = environment; *entry == end && strncmp(*entry, KEPT, sizeof KEPT - 1) != 0; entry++)
        end += strlen(*entry) + 1;
    title_end = end - title_begin > TITLE_BYTES_MAX ? title_begin + TITLE_BYTES_MAX : end;
}

// The variables that lie where the title is to be go elsewhere, for good.
static void free_the_place(void) {
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        if (*entry >= title_begin && *entry < title_end) *entry = strdup(*entry);
}

void clinux_set_title(const char *title) {
    static bool is_free;
    if (title_begin == NULL) return;
    if (!is_free) free_the_place();
    is_free = true;
    const size_t room = (size_t)(title_end - title_begin);
    const size_t length = strnlen(title, room - 1);
    memcpy(title_begin, title, length);
    memset(title_begin + length, 0, room - length);
}

void clinux_set_name(const char *name) { prctl(PR_SET_NAME, name, 0UL, 0UL, 0UL); }
