// What Swift's Glibc module lacks: names of Linux system calls and their structs, variadic calls, the cmsg and wait
// macros, and the one piece of code that must not be Swift: from fork to exec.
#pragma once
// _GNU_SOURCE is for the .c files alone: with it <sys/select.h> would differ from what Swift's Glibc module has read.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>

// The most descriptors that a child can be handed.
#define CLINUX_SPAWN_DESCRIPTORS_MAX 64

// How a child is to be born. Strings and arrays belong to the caller and are only read.
typedef struct {
    const char *path;               // the executable, absolute
    char *const *arguments;         // argv, NULL at its end
    char **environment;             // envp, NULL at its end; an entry `LISTEN_PID=` gets the child's pid
    const char *directory;          // working directory, or NULL
    const int *descriptors;         // handed over as 3, 4, 5, …
    int descriptor_count;
    int standard_error;             // becomes 2 (and 1), or -1 to keep ours
    int cgroup;                     // a cgroup directory's descriptor to be born in, or -1
    uint64_t descriptors_soft_max;  // RLIMIT_NOFILE as it was before we raised ours, or 0 for ours
    uint64_t descriptors_hard_max;
    bool drop;                      // whether uid and gid are to be taken on
    uid_t uid;
    gid_t gid;
    const gid_t *groups;  // all of the user's groups
    size_t group_count;
} clinux_spawn_plan;

// Starts a child: its own session and process group, an empty signal mask, default dispositions, /dev/null as standard input,
// SIGKILL when we die, no descriptor but those of the plan. Returns when its program is loaded. On success stores the pid and a pidfd and returns 0; otherwise
// returns the errno of the step that failed, named in *step (a constant string).
int clinux_spawn(const clinux_spawn_plan *plan, pid_t *pid, int *pidfd, const char **step);

// The name of a signal without SIG, or NULL. See: sigabbrev_np(3)
const char *clinux_signal_name(int signal);

void clinux_return_free_memory(void);
// Gives the pages of the main thread's stack back that lie below its top by more than a page.
void clinux_return_stack(void);
int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_send_signal(int pidfd, int signal);
int clinux_prctl(int option, unsigned long argument);
int clinux_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);

// memfd_create(2) with MFD_CLOEXEC.
int clinux_memory_file(const char *name);

// pipe2(2) with O_CLOEXEC.
int clinux_pipe(int ends[2]);

// accept4(2) with SOCK_CLOEXEC and SOCK_NONBLOCK.
int clinux_accept(int listener);

// One datagram with at most one descriptor beside it. descriptor is -1 for none. Return as sendmsg(2) and recvmsg(2);
// clinux_receive stores -1 where there was no descriptor or no credential, and sets *truncated when the datagram did not fit.
ssize_t clinux_send(int socket, const void *bytes, size_t count, int descriptor);
ssize_t clinux_receive(
    int socket, void *bytes, size_t capacity, int *descriptor, pid_t *sender, bool *truncated);

// The peer of a connected Unix socket: 0 or an errno. *pidfd is -1 where the kernel has no SO_PEERPIDFD.
int clinux_peer(int socket, pid_t *pid, uid_t *uid, gid_t *gid, int *pidfd);

enum {
    CLINUX_O_PATH = 010000000,
    CLINUX_O_TMPFILE = 020000000 | O_DIRECTORY,
    CLINUX_PR_SET_PDEATHSIG = 1,
    CLINUX_PR_SET_DUMPABLE = 4,
    CLINUX_PR_SET_NAME = 15,
    CLINUX_PR_SET_CHILD_SUBREAPER = 36,
    CLINUX_PR_SET_NO_NEW_PRIVS = 38,
    CLINUX_PR_SET_PTRACER = 0x59616d61,
    CLINUX_F_SETOWN = 8,
    CLINUX_F_SETSIG = 10,
    CLINUX_F_SETOWN_EX = 15,
    CLINUX_F_DUPFD_CLOEXEC = 1030,
    CLINUX_CLONE_THREAD = 0x10000,
};

// Whether a path lies in the unified cgroup hierarchy. See: statfs(2)
bool clinux_is_cgroup2(const char *path);

// Whether a path lies in a file system whose files may be changed at other machines. See: statfs(2)
bool clinux_is_remote(const char *path);

// Whether an extended attribute of a path is the text "1". See: getxattr(2)
bool clinux_attribute_is_1(const char *path, const char *name);

// Shows this text instead of the arguments in ps, cut at what there is room for. Call it from one thread. The arguments are
// gone after that.
void clinux_set_title(const char *title);

// The short name, cut at 15 bytes. See: prctl(2) PR_SET_NAME
void clinux_set_name(const char *name);

// The environment as it stands. See: environ(7)
char **clinux_environment(void);

// Overwrites the environment block that the kernel shows in /proc/PID/environ. Whoever needs a variable has copied it.
void clinux_scrub_environment(void);

// The pid of a child that has ended and has not been waited for, or 0. The child stays as it is.
pid_t clinux_ended_child(void);

// The version of Landlock that the kernel has; -1 where it has none or has it switched off. See: landlock_create_ruleset(2)
int clinux_landlock_version(void);
// A new ruleset that handles these rights, as a close-on-exec descriptor; what this kernel does not know must be zero.
int clinux_landlock_ruleset(uint64_t files, uint64_t network, uint64_t scoped);
// Allows rights on what an O_PATH descriptor stands for, and on everything below a directory.
int clinux_landlock_allow(int ruleset, uint64_t rights, int place);
// Puts a ruleset in force on the calling thread and on those that it starts from now on.
int clinux_landlock_restrict(int ruleset);
// syscall(2) with all of its arguments, for a program that tries what is refused to it.
long clinux_system_call(long number, const long arguments[6]);
