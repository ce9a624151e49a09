// System calls that Glibc's Swift module cannot express: variadic ones, and those that need CMSG_* macros.
#define _GNU_SOURCE
#include "CLinux.h"

#include <malloc.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <linux/magic.h>
#include <unistd.h>

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

const char *clinux_signal_name(int signal) { return sigabbrev_np(signal); }

void clinux_return_free_memory(void) { malloc_trim(0); }

// Below the mapping there is a hole, of which madvise complains after it has done the rest.
void clinux_return_stack(void) {
    enum { PAGE = 4096, DEEPEST = 1 << 20 };
    uintptr_t top = ((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)(PAGE - 1)) - PAGE;
    (void)madvise((void *)(top - DEEPEST), DEEPEST, MADV_DONTNEED);
}

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0U); }

int clinux_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0U);
}

int clinux_prctl(int option, unsigned long argument) { return prctl(option, argument, 0UL, 0UL, 0UL); }

int clinux_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

// Where the kernel takes no memory that could be executed (vm.memfd_noexec), it wants to be told; an older one does not know
// the flag.
int clinux_memory_file(const char *name) {
    const unsigned not_executable = 8;  // MFD_NOEXEC_SEAL, Linux 6.3
    int file = memfd_create(name, MFD_CLOEXEC | not_executable);
    return file < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC) : file;
}

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

ssize_t clinux_send(int socket, const void *bytes, size_t count, int descriptor) {
    // Most processes may not make sendmsg(2), because it can name an address where no filter looks.
    if (descriptor < 0) return send(socket, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    char control[CMSG_SPACE(sizeof(int))];
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t clinux_receive(
    int socket, void *bytes, size_t capacity, int *descriptor, pid_t *sender, bool *truncated
) {
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    char control[256];
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    *descriptor = -1;
    *sender = -1;
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0) return count;
    *truncated = (message.msg_flags & MSG_TRUNC) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        if (header->cmsg_type == SCM_RIGHTS) {
            // The first descriptor is kept, others that a stranger may have sent are closed at once.
            const size_t held = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < held; i++) {
                int received;
                memcpy(&received, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
                if (*descriptor < 0) *descriptor = received;
                else close(received);
            }
        } else if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
            *sender = credentials.pid;
        }
    }
    return count;
}

int clinux_peer(int socket, pid_t *pid, uid_t *uid, gid_t *gid, int *pidfd) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return errno;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    length = sizeof *pidfd;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, pidfd, &length) < 0) *pidfd = -1;
    return 0;
}

bool clinux_is_cgroup2(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

bool clinux_is_remote(const char *path) {
    // V9FS, CIFS, SMB2, virtual machines' shared folders, Ceph, GPFS, Lustre and OCFS2 beside those in linux/magic.h.
    static const unsigned long remote[] = {
        NFS_SUPER_MAGIC, FUSE_SUPER_MAGIC, SMB_SUPER_MAGIC, AFS_SUPER_MAGIC, CODA_SUPER_MAGIC,
        0x01021997, 0xff534d42, 0xfe534d42, 0x786f4256, 0x00c36400, 0x47504653, 0x0bd00bd0, 0x7461636f,
    };
    struct statfs status;
    if (statfs(path, &status) != 0) return false;
    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++) {
        if ((unsigned long)status.f_type == remote[i]) return true;
    }
    return false;
}

bool clinux_attribute_is_1(const char *path, const char *name) {
    char value = 0;
    return getxattr(path, name, &value, 1) == 1 && value == '1';
}

char **clinux_environment(void) { return environ; }

void clinux_scrub_environment(void) {
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        explicit_bzero(*entry, strlen(*entry));
    }
    environ = NULL;
}

pid_t clinux_ended_child(void) {
    siginfo_t information = {0};
    return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0 ? information.si_pid : 0;
}
