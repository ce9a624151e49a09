// What a supervisor cannot be faster than: fork, exec and wait, and nothing else.
//
//   bare restart PROGRAM ARGUMENT…     runs the program again whenever it has ended
//   bare boot N PROGRAM ARGUMENT…      runs N copies, each after the last has said READY=1; prints the microseconds
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t run(char **arguments) {
    const pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(arguments[0], arguments);
    _exit(127);
}

static void restart(char **arguments) {
    while (1) {
        siginfo_t information;
        const pid_t child = run(arguments);
        if (child < 0 || waitid(P_PID, (id_t)child, &information, WEXITED) < 0) exit(1);
        if (information.si_code == CLD_EXITED && information.si_status == 127) exit(1);
    }
}

static void boot(int count, char **arguments) {
    char name[] = "/tmp/egghead-bare.XXXXXX", message[64];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timespec begin, end;
    if (mkdtemp(name) == NULL) exit(1);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", name);
    const int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(notify, (struct sockaddr *)&address, sizeof address) < 0) exit(1);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < count; i++) {
        if (run(arguments) < 0 || recv(notify, message, sizeof message, 0) < 0) exit(1);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%ld\n", (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000);
    unlink(address.sun_path);
    rmdir(name);
}

int main(int count, char **arguments) {
    if (count > 2 && strcmp(arguments[1], "restart") == 0) restart(arguments + 2);
    if (count > 3 && strcmp(arguments[1], "boot") == 0) boot(atoi(arguments[2]), arguments + 3);
    return 0;
}
