// From fork to exec. Between the two only async-signal-safe calls are made, on memory prepared before; no Swift may run
// there, since another thread's locks would stay taken for ever. See: signal-safety(7), clone(2), prctl(2).
#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <grp.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// The steps are numbered so that one write to the report pipe names the failed one.
enum step { STEP_NONE, STEP_FORK, STEP_PARENT, STEP_SIGNALS, STEP_DESCRIPTORS, STEP_DIRECTORY, STEP_USER, STEP_EXEC };

static const char *const step_names[] = {
    [STEP_NONE] = "", [STEP_FORK] = "fork", [STEP_PARENT] = "prctl", [STEP_SIGNALS] = "sigaction",
    [STEP_DESCRIPTORS] = "dup2", [STEP_DIRECTORY] = "chdir", [STEP_USER] = "setuid", [STEP_EXEC] = "execve",
};

struct report {
    int step;
    int error;
};

static void write_decimal(char *text, long value) {
    char digits[24];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0) *text++ = digits[--count];
    *text = 0;
}

// LISTEN_PID must be the pid of the process that execs, which is known only here. The caller leaves room for the digits.
static void fill_listen_pid(char **environment) {
    for (char **entry = environment; *entry != NULL; entry++)
        if (strncmp(*entry, "LISTEN_PID=", 11) == 0) write_decimal(*entry + 11, (long)getpid());
}

// Descriptors of the plan may lie where they are to go, so they are first moved out of the way, above all targets.
static int place_descriptors(const clinux_spawn_plan *plan, int *report) {
    const int first = 3, beyond = first + plan->descriptor_count + 1;
    int moved[64];
    if (plan->descriptor_count > 64) {
        errno = EMFILE;
        return -1;
    }
    *report = fcntl(*report, F_DUPFD_CLOEXEC, beyond);
    if (*report < 0) return -1;
    for (int i = 0; i < plan->descriptor_count; i++)
        if ((moved[i] = fcntl(plan->descriptors[i], F_DUPFD_CLOEXEC, beyond)) < 0) return -1;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0) return -1;
    if (plan->standard_error >= 0 && (dup2(plan->standard_error, 1) < 0 || dup2(plan->standard_error, 2) < 0)) return -1;
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0) return -1;
    for (int i = 0; i < plan->descriptor_count; i++)
        if (dup2(moved[i], first + i) < 0) return -1;  // dup2 leaves close-on-exec clear
    return 0;
}

// glibc's sigaction refuses the two signals that it uses itself (32, 33), yet they are inherited as ignored like any other.
// The kernel's own structure, all zero, means SIG_DFL without flags and mask, whatever the order of its members.
static int reset_signals(void) {
    static const unsigned char default_action[64];
    for (int signal = 1; signal < NSIG; signal++)
        if (signal != SIGKILL && signal != SIGSTOP
            && syscall(SYS_rt_sigaction, signal, default_action, NULL, (size_t)8) < 0) return -1;
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int take_user(const clinux_spawn_plan *plan) {
    if (!plan->drop) return 0;
    if (setgroups(0, NULL) < 0 || setgid(plan->gid) < 0) return -1;
    return setuid(plan->uid);
}

static void become_child(const clinux_spawn_plan *plan, pid_t parent, int report) {
    struct report failed = {STEP_NONE, 0};
    setpgid(0, 0);
    fill_listen_pid(plan->environment);
    if (place_descriptors(plan, &report) < 0) failed.step = STEP_DESCRIPTORS;
    else if (plan->directory != NULL && chdir(plan->directory) < 0) failed.step = STEP_DIRECTORY;
    else if (take_user(plan) < 0) failed.step = STEP_USER;
    // After setuid, which clears it. A parent that died in between cannot send the signal any more: look once.
    else if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent) failed.step = STEP_PARENT;
    else if (reset_signals() < 0) failed.step = STEP_SIGNALS;
    else {
        execve(plan->path, plan->arguments, plan->environment);
        failed.step = STEP_EXEC;
    }
    failed.error = errno;
    ssize_t ignored = write(report, &failed, sizeof failed);  // the parent sees end-of-file at worst
    (void)ignored;
    _exit(127);
}

int clinux_spawn(const clinux_spawn_plan *plan, pid_t *pid, int *pidfd, const char **step) {
    int report[2];
    *step = step_names[STEP_FORK];
    if (pipe2(report, O_CLOEXEC) < 0) return errno;
    struct clone_args arguments = {
        .flags = CLONE_PIDFD | (plan->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = plan->cgroup >= 0 ? (uint64_t)plan->cgroup : 0,
    };
    const pid_t parent = getpid();
    // Signals stay blocked in the child until it has none of our handlers left.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) become_child(plan, parent, report[1]);
    const int fork_error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return fork_error;
    }
    // The pipe closes at exec: end-of-file is success. This waits for exec, a fraction of a millisecond.
    struct report failed;
    ssize_t count;
    do count = read(report[0], &failed, sizeof failed);
    while (count < 0 && errno == EINTR);
    close(report[0]);
    *pid = (pid_t)child;
    if (count != sizeof failed) return 0;
    *step = step_names[failed.step];
    waitpid((pid_t)child, NULL, 0);
    close(*pidfd);
    return failed.error;
}
