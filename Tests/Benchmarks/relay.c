// What no bus can be faster than: a relay that matches no subjects. relay SOCKET relays until it is killed.
//
// A connection's first byte says what it is: S, a subscriber, which is answered with an S once it is one; P,
// a publisher, the rest of whose bytes are PUB frames. A turn of the loop reads each publisher once, copies what came
// whole to every subscriber as MSG frames, and writes once to each subscriber. While one of them has too much pending,
// no publisher is read.
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10, PEERS_MAX = 1024 };

static void fail(const char *what) {
    fprintf(stderr, "relay: %s\n", what);
    exit(1);
}

enum { PENDING_MAX = 8 << 20, OUTPUT_BYTES = PENDING_MAX + 3 * READ_BYTES };

struct peer {
    int fd;
    char kind;
    uint32_t events;
    char *buffer;
    size_t begin, end;
};

static struct peer peers[PEERS_MAX];
static int peer_count, epoll;

static void watch(struct peer *peer, uint32_t events) {
    if (peer->events == events) return;
    peer->events = events;
    epoll_ctl(epoll, EPOLL_CTL_MOD, peer->fd, &(struct epoll_event){.events = events, .data.ptr = peer});
}

static void admit(int listener) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    struct peer *peer = peers;
    while (peer < peers + peer_count && peer->fd >= 0) peer++;
    if (peer == peers + PEERS_MAX) fail("too many connections");
    if (peer == peers + peer_count) peer_count++;
    *peer = (struct peer){.fd = fd, .events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = peer});
}

static void dismiss(struct peer *peer) {
    close(peer->fd);
    free(peer->buffer);
    *peer = (struct peer){.fd = -1};
}

static bool is_crowded(void) {
    for (int i = 0; i < peer_count; i++) {
        if (peers[i].kind == 'S' && peers[i].end - peers[i].begin > PENDING_MAX) return true;
    }
    return false;
}

// A frame `PUB subject n` that came whole: its subject, and what follows from the space before n to its end.
struct cut {
    const char *subject, *rest;
    size_t subject_bytes, rest_bytes;
};

static struct cut cuts[READ_BYTES / 4];  // two reads of the shortest frame, of 11 bytes
static size_t cut_count;

// Finds the whole frames. Returns how many bytes they are.
static size_t cut(const char *bytes, size_t count) {
    const char *next = bytes, *const end = bytes + count, *line;
    cut_count = 0;
    while ((line = memchr(next, '\n', (size_t)(end - next))) != NULL) {
        const char *digits = line - 1;
        size_t size = 0;
        for (size_t unit = 1; *--digits != ' '; unit *= 10) size += (size_t)(*digits - '0') * unit;
        const size_t rest = (size_t)(line + 1 - digits) + size + 2;
        if ((size_t)(end - digits) < rest) break;
        cuts[cut_count++] = (struct cut){next + 4, digits, (size_t)(digits - next) - 4, rest};
        next = digits + rest;
    }
    return (size_t)(next - bytes);
}

// Copies the frames that were found to a subscriber, as `MSG subject 1 n`.
static void deliver(struct peer *peer) {
    if (peer->end + 3 * READ_BYTES > OUTPUT_BYTES) {
        memmove(peer->buffer, peer->buffer + peer->begin, peer->end - peer->begin);
        peer->end -= peer->begin;
        peer->begin = 0;
    }
    char *out = peer->buffer + peer->end;
    for (const struct cut *frame = cuts; frame < cuts + cut_count; frame++) {
        memcpy(out, "MSG ", 4);
        memcpy(out + 4, frame->subject, frame->subject_bytes);
        memcpy(out + 4 + frame->subject_bytes, " 1", 2);
        memcpy(out + 6 + frame->subject_bytes, frame->rest, frame->rest_bytes);
        out += 6 + frame->subject_bytes + frame->rest_bytes;
    }
    peer->end = (size_t)(out - peer->buffer);
}

static void flush(struct peer *peer) {
    const ssize_t count = send(peer->fd, peer->buffer + peer->begin, peer->end - peer->begin, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) return dismiss(peer);
    if (count > 0) peer->begin += (size_t)count;
    if (peer->begin == peer->end) peer->begin = peer->end = 0;
    watch(peer, peer->end > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void read_from(struct peer *peer) {
    char byte;
    if (peer->kind == 'P') {
        if (is_crowded()) return;
        const ssize_t count = read(peer->fd, peer->buffer + peer->end, READ_BYTES);
        if (count <= 0) return dismiss(peer);
        peer->end += (size_t)count;
        const size_t taken = cut(peer->buffer, peer->end);
        for (int i = 0; i < peer_count; i++) {
            if (peers[i].kind == 'S') deliver(peers + i);
        }
        peer->end -= taken;
        if (peer->end > READ_BYTES) fail("a frame is too long");
        memmove(peer->buffer, peer->buffer + taken, peer->end);
    } else if (read(peer->fd, &byte, 1) != 1) {
        dismiss(peer);
    } else if (peer->kind == 0 && (peer->buffer = malloc(byte == 'S' ? OUTPUT_BYTES : 2 * READ_BYTES)) != NULL) {
        peer->kind = byte;
        if (byte == 'S') (void)!write(peer->fd, &byte, 1);
    }
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
        perror(path);
        exit(1);
    }
    return listener;
}

int main(int count, char **words) {
    if (count != 2) return 64;
    struct epoll_event events[PEERS_MAX];
    const int listener = listen_at(words[1]);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN});
    while (1) {
        const int ready = epoll_wait(epoll, events, PEERS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL) admit(listener);
            else if (events[i].events & ~(uint32_t)EPOLLOUT) read_from(events[i].data.ptr);
        }
        for (int i = 0; i < peer_count; i++) {
            if (peers[i].kind == 'S' && peers[i].end > 0) flush(peers + i);
        }
        const bool crowded = is_crowded();
        for (int i = 0; i < peer_count; i++) {
            if (peers[i].kind == 'P') watch(peers + i, crowded ? 0 : EPOLLIN);
        }
    }
}
