// Measures a gateway to models: a provider whose events tell when they were sent, and whoever asks for many answers at
// once.
//
//   streams serve RATE SECONDS                     a provider of OpenAI's Chat Completions on loopback; prints its port
//   streams ask http PORT MODEL COUNT EVENTS       asks a provider, or a gateway that looks like one
//   streams ask bus SOCKET PROVIDERS COUNT EVENTS  asks a node's gateway, its providers p0, p1, … in turn
//
// COUNT answers are asked for at once; each has EVENTS, RATE a second for SECONDS. Asking prints, when all have come, a
// line of JSON with the nanoseconds that an event takes from the provider's write to the asker's read, and exits with 1
// and a line that tells why when an event is missing.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PEERS_MAX = 512, BUFFER_BYTES = 64 << 10, EVENTS_MAX = 4 << 20, SILENCE_SECONDS = 20, STAMP_BYTES = 22 };

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("streams: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    exit(1);
}

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void write_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno != EINTR) fail("write: %s", strerror(errno));
        if (written > 0) bytes += written, count -= (size_t)written;
    }
}

// What is read of one connection and not yet understood.
struct peer {
    int fd;
    long left, next;  // the provider's: the events that are left, and when the next one is due
    size_t count;
    char bytes[BUFFER_BYTES + 1];
};

static struct peer peers[PEERS_MAX];

static struct peer *free_peer(int fd) {
    for (struct peer *peer = peers; peer < peers + PEERS_MAX; peer++) {
        if (peer->fd <= 0) {
            peer->fd = fd, peer->left = 0, peer->count = 0;
            return peer;
        }
    }
    fail("more than %d connections", PEERS_MAX);
    return NULL;
}

// MARK: The provider

static const char HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

static void chunk(int fd, const char *text) {
    char bytes[1024];
    const int count = snprintf(bytes, sizeof bytes, "%zx\r\n%s\r\n", strlen(text), text);
    // An asker that has gone is no fault.
    (void)!send(fd, bytes, (size_t)count, MSG_NOSIGNAL);
}

static void say(struct peer *peer) {
    static const char start[] =
        "data: {\"id\":\"s\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
        "\"choices\":[{\"index\":0,";
    char text[512];
    if (peer->left-- > 0) {
        snprintf(
            text, sizeof text,
            "%s\"delta\":{\"role\":\"assistant\",\"content\":\"@%020ld@\"},\"finish_reason\":null}]}\n\n", start,
            nanoseconds());
        chunk(peer->fd, text);
        return;
    }
    snprintf(text, sizeof text, "%s\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", start);
    chunk(peer->fd, text);
    (void)!send(peer->fd, "0\r\n\r\n", 5, MSG_NOSIGNAL);
    peer->next = 0;
}

// A request is whole when its body is; whatever it asks, it is answered.
static void hear(struct peer *peer, long interval, long events, int spread) {
    const ssize_t count = read(peer->fd, peer->bytes + peer->count, BUFFER_BYTES - peer->count);
    if (count <= 0) {
        close(peer->fd);
        *peer = (struct peer){.fd = 0};
        return;
    }
    peer->count += (size_t)count;
    peer->bytes[peer->count] = 0;
    const char *body = strstr(peer->bytes, "\r\n\r\n"), *length = strcasestr(peer->bytes, "content-length:");
    if (!body || !length || peer->count < (size_t)(body + 4 - peer->bytes) + (size_t)atol(length + 15)) return;
    peer->count = 0;
    (void)!send(peer->fd, HEAD, sizeof HEAD - 1, MSG_NOSIGNAL);
    peer->left = events;
    // The events of many answers are spread over the time between two of one.
    peer->next = nanoseconds() + interval + interval * (spread % 100) / 100;
}

static void serve(long rate, long seconds) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, PEERS_MAX) < 0) fail("no port");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN});
    const long interval = 1000000000L / rate;
    for (int spread = 0;;) {
        long due = 0;
        for (struct peer *peer = peers; peer < peers + PEERS_MAX; peer++) {
            if (peer->fd > 0 && peer->next > 0 && (due == 0 || peer->next < due)) due = peer->next;
        }
        const long wait = due == 0 ? 1000000000L : due - nanoseconds();
        const struct timespec timeout = {wait > 0 ? wait / 1000000000L : 0, wait > 0 ? wait % 1000000000L : 0};
        struct epoll_event event;
        if (epoll_pwait2(epoll, &event, 1, &timeout, NULL) > 0) {
            if (event.data.ptr) {
                hear(event.data.ptr, interval, rate * seconds, spread++);
            } else {
                const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
                struct peer *peer = free_peer(fd);
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = peer});
            }
        }
        const long now = nanoseconds();
        for (struct peer *peer = peers; peer < peers + PEERS_MAX; peer++) {
            if (peer->fd > 0 && peer->next > 0 && peer->next <= now) {
                peer->next += interval;
                say(peer);
            }
        }
    }
}

// MARK: The asker

static long *latencies;
static size_t latency_count;

// Finds the stamps in what was read, whatever they are wrapped in; what may be the beginning of one stays.
static void find_stamps(struct peer *peer, long now) {
    const char *next = peer->bytes, *const end = peer->bytes + peer->count, *mark;
    while ((mark = memchr(next, '@', (size_t)(end - next))) && end - mark >= STAMP_BYTES) {
        next = mark + 1;
        if (mark[STAMP_BYTES - 1] != '@' || strspn(mark + 1, "0123456789") != STAMP_BYTES - 2) continue;
        if (latency_count < EVENTS_MAX) latencies[latency_count++] = now - atol(mark + 1);
        next = mark + STAMP_BYTES;
    }
    const char *rest = mark ? mark : end;
    peer->count = (size_t)(end - rest);
    memmove(peer->bytes, rest, peer->count);
}

static int ascending(const void *a, const void *b) {
    return (*(const long *)a > *(const long *)b) - (*(const long *)a < *(const long *)b);
}

static void read_stamps(int epoll, size_t expected) {
    while (latency_count < expected) {
        struct epoll_event event;
        if (epoll_wait(epoll, &event, 1, SILENCE_SECONDS * 1000) <= 0) {
            fail("%zu of %zu events have come", latency_count, expected);
        }
        struct peer *peer = event.data.ptr;
        const ssize_t count = read(peer->fd, peer->bytes + peer->count, BUFFER_BYTES - peer->count);
        if (count <= 0) {
            epoll_ctl(epoll, EPOLL_CTL_DEL, peer->fd, NULL);
            continue;
        }
        const long now = nanoseconds();
        peer->count += (size_t)count;
        peer->bytes[peer->count] = 0;
        find_stamps(peer, now);
    }
    qsort(latencies, latency_count, sizeof *latencies, ascending);
    printf(
        "{\"events\": %zu, \"p50\": %ld, \"p99\": %ld, \"most\": %ld}\n", latency_count, latencies[latency_count / 2],
        latencies[latency_count * 99 / 100], latencies[latency_count - 1]);
}

static void watch(int epoll, struct peer *peer) {
    epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = peer});
}

static void ask_http(int epoll, int port, const char *model, int count) {
    for (int i = 0; i < count; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct sockaddr_in address = {
            .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) fail("no server on port %d", port);
        char body[256], request[1024];
        snprintf(
            body, sizeof body,
            "{\"model\":\"%s\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"go %d\"}]}", model, i);
        snprintf(
            request, sizeof request,
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer none\r\n"
            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
        write_all(fd, request, strlen(request));
        watch(epoll, free_peer(fd));
    }
}

// One connection, as a person's program has it.
static void ask_bus(int epoll, const char *path, int providers, int count) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("%s: %s", path, strerror(errno));
    char info[4096], name[128] = "", inbox[256] = "", command[1024];
    const ssize_t size = read(fd, info, sizeof info - 1);
    info[size > 0 ? size : 0] = 0;
    const char *word;
    if ((word = strstr(info, "\"name\":\""))) sscanf(word + 8, "%127[^\"]", name);
    if ((word = strstr(info, "\"inbox_prefix\":\""))) sscanf(word + 16, "%255[^\"]", inbox);
    if (!*name || !*inbox) fail("%s is no broker: %.80s", path, info);
    snprintf(
        command, sizeof command,
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\nSUB %s.* 1\r\n",
        inbox);
    write_all(fd, command, strlen(command));
    for (int i = 0; i < count; i++) {
        char body[256];
        snprintf(
            body, sizeof body,
            "{\"id\":\"bench-%d-%d\",\"from\":0,\"provider\":\"p%d\","
            "\"messages\":[{\"role\":\"user\",\"content\":\"go\"}]}",
            getpid(), i, i % providers);
        snprintf(
            command, sizeof command, "PUB svc.llm.chat.%s %s.%d %zu\r\n%s\r\n", name, inbox, i, strlen(body), body);
        write_all(fd, command, strlen(command));
    }
    watch(epoll, free_peer(fd));
}

int main(int count, char **words) {
    if (count == 4 && !strcmp(words[1], "serve")) serve(atol(words[2]), atol(words[3]));
    const bool isHTTP = count == 7 && !strcmp(words[2], "http"), isBus = count == 7 && !strcmp(words[2], "bus");
    if (!isHTTP && !isBus) fail("see the head of streams.c");
    const int epoll = epoll_create1(EPOLL_CLOEXEC), answers = atoi(words[5]);
    latencies = calloc(EVENTS_MAX, sizeof *latencies);
    if (isHTTP) ask_http(epoll, atoi(words[3]), words[4], answers);
    if (isBus) ask_bus(epoll, words[3], atoi(words[4]), answers);
    read_stamps(epoll, (size_t)answers * (size_t)atol(words[6]));
    return 0;
}
