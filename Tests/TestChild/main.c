// A child that behaves as it is told. Its arguments are what it does, one after the other:
//
//   fail FILE    while the number in FILE is not 0: takes 1 from it and exits with 1
//   ready        says READY=1
//   say TEXT     sends TEXT to the notification socket
//   helper       lets a child of its own say READY=1, and waits for its end
//   gone         the same, with a helper that ends at once: nobody can look it up any more
//   deputy       lets a process say READY=1 that is no longer a descendant, and stays
//   deaf         takes no notice of SIGTERM and SIGHUP
//   slow MS      takes this long to leave after SIGTERM
//   orphan FILE  leaves a process behind in a session of its own, and adds its pid to FILE
//   bomb N       starts N processes that stay
//   beat MS      says WATCHDOG=1 this often for ever
//   eat MIB      takes and touches this much memory
//   exit N       exits with status N
//   raise N      ends by signal N, if that ends it
//   wait         waits for SIGTERM, for SIGUSR1 to exit with 0, or for SIGUSR2 to exit with 70
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long slow_milliseconds;

static void pass(long milliseconds) {
    struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR) {}
}

static void leave(int signal) {
    if (signal == SIGTERM) pass(slow_milliseconds);
    _exit(signal == SIGUSR2 ? 70 : 0);
}

static void say(const char *text) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof address.sun_path) return;
    strcpy(address.sun_path, path);
    const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sendto(sender, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address) < 0) perror("sendto");
    close(sender);
}

static void stay(void) {
    while (1) pause();
}

static void fail_as_often_as_told(const char *path) {
    FILE *file = fopen(path, "r+");
    int count = 0;
    if (file == NULL) return;
    if (fscanf(file, "%d", &count) == 1 && count > 0) {
        rewind(file);
        fprintf(file, "%d\n", count - 1);
        fclose(file);
        _exit(1);
    }
    fclose(file);
}

static void leave_orphan(const char *path) {
    if (fork() != 0) {
        wait(NULL);
        return;
    }
    setsid();
    const pid_t orphan = fork();
    if (orphan == 0) {
        signal(SIGTERM, SIG_IGN);
        stay();
    }
    FILE *file = fopen(path, "a");
    fprintf(file, "%d\n", (int)orphan);
    fclose(file);
    _exit(0);
}

static void let_helper_say_ready(void) {
    if (fork() == 0) {
        say("READY=1");
        pass(100);  // whoever looks up the sender finds it
        _exit(0);
    }
    wait(NULL);
}

static void let_gone_helper_say_ready(void) {
    if (fork() == 0) {
        say("READY=1");
        _exit(0);
    }
    wait(NULL);
}

static void let_deputy_say_ready(void) {
    if (fork() == 0) {
        if (fork() == 0) {
            setsid();
            pass(100);  // its parent has gone by now
            say("READY=1");
            stay();
        }
        _exit(0);
    }
    wait(NULL);
}

static void beat(long milliseconds) {
    while (1) {
        say("WATCHDOG=1");
        pass(milliseconds);
    }
}

static void eat(size_t mebibytes) {
    for (size_t i = 0; i < mebibytes; i++) {
        volatile char *block = malloc(1 << 20);
        for (size_t at = 0; block != NULL && at < 1 << 20; at += 4096) block[at] = 1;
    }
}

static void end_by(int signal_number) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

// Does what an action says that takes a value.
static int act_with(const char *verb, const char *value) {
    if (strcmp(verb, "fail") == 0) fail_as_often_as_told(value);
    else if (strcmp(verb, "say") == 0) say(value);
    else if (strcmp(verb, "slow") == 0) slow_milliseconds = atol(value);
    else if (strcmp(verb, "orphan") == 0) leave_orphan(value);
    else if (strcmp(verb, "beat") == 0) beat(atol(value));
    else if (strcmp(verb, "eat") == 0) eat((size_t)atol(value));
    else if (strcmp(verb, "exit") == 0) _exit(atoi(value));
    else if (strcmp(verb, "raise") == 0) end_by(atoi(value));
    else if (strcmp(verb, "bomb") == 0)
        for (int i = atoi(value); i > 0; i--) {
            if (fork() == 0) stay();
        }
    else return 0;
    return 1;
}

int main(int count, char **arguments) {
    struct sigaction action = {.sa_handler = leave};
    const int signals[] = {SIGTERM, SIGUSR1, SIGUSR2};
    for (int i = 0; i < 3; i++) sigaction(signals[i], &action, NULL);
    for (int i = 1; i < count; i++) {
        const char *verb = arguments[i];
        if (strcmp(verb, "ready") == 0) say("READY=1");
        else if (strcmp(verb, "helper") == 0) let_helper_say_ready();
        else if (strcmp(verb, "gone") == 0) let_gone_helper_say_ready();
        else if (strcmp(verb, "deputy") == 0) let_deputy_say_ready();
        else if (strcmp(verb, "wait") == 0) stay();
        else if (strcmp(verb, "deaf") == 0) {
            signal(SIGTERM, SIG_IGN);
            signal(SIGHUP, SIG_IGN);
        } else if (i + 1 < count && act_with(verb, arguments[i + 1])) i++;
        else {
            fprintf(stderr, "test-child: %s: no such action\n", verb);
            return 64;
        }
    }
    return 0;
}
