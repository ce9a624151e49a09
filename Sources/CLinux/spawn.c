// From clone to exec. The child borrows our memory until then, while we are stopped (CLONE_VM | CLONE_VFORK): nothing is
// copied, however much we have, and what went wrong is left where we find it. It has a stack of its own, and between clone and
// exec it makes only system calls, on memory prepared before: what it changed there would be changed for us, too. No Swift
// may run there. See: clone3(2), vfork(2), prctl(2)
#define _GNU_SOURCE
#include "CLinux.h"

#include <linux/sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// What the child is made of, and how far it came: `failed` is the step that failed, NULL after exec.
struct birth {
    const clinux_spawn_plan *plan;
    pid_t parent;
    const char *failed;
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
static int place_descriptors(const clinux_spawn_plan *plan) {
    const int first = 3, beyond = first + plan->descriptor_count;
    int moved[CLINUX_SPAWN_DESCRIPTORS_MAX];
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

// The system calls themselves: glibc's functions would have every thread of this memory follow.
static int take_user(const clinux_spawn_plan *plan) {
    if (!plan->drop) return 0;
    if (syscall(SYS_setgroups, plan->group_count, plan->groups) < 0 || syscall(SYS_setgid, plan->gid) < 0) return -1;
    return (int)syscall(SYS_setuid, plan->uid);
}

static int limit_descriptors(const clinux_spawn_plan *plan) {
    const struct rlimit limit = {plan->descriptors_soft_max, plan->descriptors_hard_max};
    return plan->descriptors_soft_max == 0 ? 0 : setrlimit(RLIMIT_NOFILE, &limit);
}

__attribute__((used)) static void become_child(struct birth *birth) {
    const clinux_spawn_plan *plan = birth->plan;
    setsid();  // a process group of its own, and no way to type into our terminal
    fill_listen_pid(plan->environment);
    if (place_descriptors(plan) < 0) birth->failed = "dup2";
    else if (limit_descriptors(plan) < 0) birth->failed = "setrlimit";
    else if (plan->directory != NULL && chdir(plan->directory) < 0) birth->failed = "chdir";
    else if (take_user(plan) < 0) birth->failed = "setuid";
    // After setuid, which clears it. A parent that died in between cannot send the signal any more: look once.
    else if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != birth->parent) birth->failed = "prctl";
    else if (reset_signals() < 0) birth->failed = "sigaction";
    else {
        execve(plan->path, plan->arguments, plan->environment);
        birth->failed = "execve";
    }
    birth->error = errno;
    _exit(127);
}

// The child begins on an empty stack, so it cannot return from a C function that called clone3: it goes straight on into
// become_child. Returns the pid, or the negative errno.
static long clone_child(struct clone_args *arguments, struct birth *birth) {
    const size_t size = sizeof *arguments;
#if defined(__x86_64__)
    long result;
    register struct birth *kept __asm__("r12") = birth;
    __asm__ volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "mov %%r12, %%rdi\n\t"
        "call *%[child]\n\t"
        "hlt\n"
        "1:"
        : "=a"(result)
        : "a"((long)SYS_clone3), "D"(arguments), "S"(size), "r"(kept), [child] "r"(become_child)
        : "rcx", "r11", "memory", "cc");
    return result;
#elif defined(__aarch64__)
    register long result __asm__("x0") = (long)arguments;
    register size_t length __asm__("x1") = size;
    register long call __asm__("x8") = SYS_clone3;
    register struct birth *kept __asm__("x19") = birth;
    __asm__ volatile(
        "svc #0\n\t"
        "cbnz x0, 1f\n\t"
        "mov x29, #0\n\t"
        "mov x0, x19\n\t"
        "blr %[child]\n\t"
        "brk #0\n"
        "1:"
        : "+r"(result)
        : "r"(length), "r"(call), "r"(kept), [child] "r"(become_child)
        : "memory", "cc", "x30");
    return result;
#else
#error "the way from clone3 into the child is written for x86-64 and arm64"
#endif
}

int clinux_spawn(const clinux_spawn_plan *plan, pid_t *pid, int *pidfd, const char **step) {
    // On ours, which is stopped while the child uses it: threads that make children at once do not meet on one stack.
    _Alignas(16) unsigned char stack[65536];
    struct birth birth = {.plan = plan, .parent = getpid()};
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | (plan->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = sizeof stack,
        .cgroup = plan->cgroup >= 0 ? (uint64_t)plan->cgroup : 0,
    };
    if (plan->descriptor_count > CLINUX_SPAWN_DESCRIPTORS_MAX) {
        *step = "dup2";
        return EMFILE;
    }
    // Signals stay blocked in the child until it has none of our handlers left.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const long child = clone_child(&arguments, &birth);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child < 0) {
        *step = "clone3";
        return (int)-child;
    }
    *pid = (pid_t)child;
    *step = birth.failed;
    if (birth.failed == NULL) return 0;
    waitpid((pid_t)child, NULL, 0);
    close(*pidfd);
    return birth.error;
}
