// Kills a worker again and again: how long it takes each time until its replacement is up.
//
//   crash SOCKET N REST    waits on SOCKET for the first worker's pid, then prints N lines of nanoseconds; REST is how many
//                          milliseconds each worker lives
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

int main(int count, char **arguments) {
    if (count != 4) return 64;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {30, 0};
    strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
    const int listener = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) return 1;
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    pid_t worker;
    if (recv(listener, &worker, sizeof worker, 0) != sizeof worker) return 1;
    for (int i = atoi(arguments[2]); i > 0; i--) {
        usleep((useconds_t)atoi(arguments[3]) * 1000);
        const long begin = nanoseconds();
        kill(worker, SIGKILL);
        if (recv(listener, &worker, sizeof worker, 0) != sizeof worker) return 1;
        printf("%ld\n", nanoseconds() - begin);
    }
    return 0;
}
