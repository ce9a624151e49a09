// Landlock, for which glibc has no functions. See: landlock(7)
#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of Linux 6.12; the headers of Debian 12 know the first member alone. An older kernel takes a longer structure whose end is zero.
struct ruleset_attributes {
    uint64_t handled_files, handled_network, scoped;
};

int clinux_landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
}

int clinux_landlock_ruleset(uint64_t files, uint64_t network, uint64_t scoped) {
    const struct ruleset_attributes attributes = {files, network, scoped};
    return (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0U);
}

int clinux_landlock_allow(int ruleset, uint64_t rights, int place) {
    const struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = place};
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
}

int clinux_landlock_restrict(int ruleset) { return (int)syscall(SYS_landlock_restrict_self, ruleset, 0U); }

long clinux_system_call(long number, const long arguments[6]) {
    return syscall(
        number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
