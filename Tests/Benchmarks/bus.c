// Measures a bus.
//
//   bus throughput PROTOCOL ADDRESS SUBSCRIBERS PAYLOAD_BYTES SECONDS [SUBJECT]
//   bus request nats ADDRESS COUNT                          one request and its reply at a time
//   bus latency PROTOCOL ADDRESS RATE SECONDS [SUBJECT]     one way, at so many messages a second
//   bus idle ADDRESS COUNT                                  holds NATS connections until its standard input ends
//
// PROTOCOL is relay, nats or redis; ADDRESS a path or 127.0.0.1:PORT. Prints a line of JSON; exits with 1 and a line
// that tells why when a message is lost or a connection ends.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10, BATCH_BYTES = 64 << 10, PEERS_MAX = 1024, GRACE_SECONDS = 30 };
static const long WARM_UP_NANOSECONDS = 300000000;

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("bus: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    _exit(1);
}

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void sleep_until(long moment) {
    const struct timespec time = {moment / 1000000000L, moment % 1000000000L};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

static void too_late(int signal) {
    static const char text[] = "bus: not all that was sent arrived in time\n";
    (void)signal;
    (void)!write(2, text, sizeof text - 1);
    _exit(1);
}

// What the measurements share: connections, and the frames of the three protocols.

enum protocol { RELAY, NATS, REDIS };

enum { PING_BYTES = 6 };
static const char PONG[] = "PONG\r\n";
static enum protocol protocol;
static const char *address, *subject;

static int connect_to_server(void) {
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in internet = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = strchr(address, '/') == NULL ? strrchr(address, ':') : NULL;
    const int fd = socket(port != NULL ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strncpy(local.sun_path, address, sizeof local.sun_path - 1);
    if (port != NULL) {
        internet.sin_port = htons((uint16_t)atoi(port + 1));
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    }
    const int result = port != NULL ? connect(fd, (struct sockaddr *)&internet, sizeof internet)
                                    : connect(fd, (struct sockaddr *)&local, sizeof local);
    if (result < 0) fail("cannot connect to %s: %s", address, strerror(errno));
    return fd;
}

// Looks at what the server answers a publisher, and throws it away.
static void drain(int fd) {
    char bytes[BATCH_BYTES];
    const ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) fail("the server closed the publisher's connection");
    if (memchr(bytes, '-', (size_t)count) != NULL) fail("the server answered %.*s", (int)count, bytes);
    if (memmem(bytes, (size_t)count, "PING", 4) != NULL) (void)!send(fd, PONG, sizeof PONG - 1, MSG_NOSIGNAL);
}

static void send_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0) drain(fd), fail("cannot send: %s", strerror(errno));
        bytes += sent;
        count -= (size_t)sent;
    }
}

static size_t receive(int fd, char *bytes, size_t count) {
    const ssize_t received = recv(fd, bytes, count, 0);
    if (received <= 0) fail("the server closed a connection");
    return (size_t)received;
}

// nats-server sends the first PING after two seconds.
static size_t answer_ping(int fd, char *bytes, size_t count) {
    if (count < PING_BYTES || memcmp(bytes, "PING\r\n", PING_BYTES) != 0) return count;
    send_all(fd, PONG, sizeof PONG - 1);
    memmove(bytes, bytes + PING_BYTES, count - PING_BYTES);
    return count - PING_BYTES;
}

static void receive_line(int fd, char line[4096]) {
    size_t count = 0;
    do count += receive(fd, line + count, 1);
    while (line[count - 1] != '\n' && count < 4095);
    line[count] = 0;
}

// A connection that is ready; with a pattern, one whose subscription stands.
static int join(const char *pattern) {
    char line[4096];
    const int fd = connect_to_server();
    if (protocol == RELAY) {
        send_all(fd, pattern != NULL ? "S" : "P", 1);
        if (pattern != NULL) receive(fd, line, 1);
    } else if (protocol == NATS) {
        receive_line(fd, line);
        dprintf(fd, "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":false}\r\n");
        if (pattern != NULL) dprintf(fd, "SUB %s 1\r\n", pattern);
        dprintf(fd, "PING\r\n");
        do receive_line(fd, line);
        while (strncmp(line, "PONG", 4) != 0 && line[0] != '-');
        if (line[0] == '-') fail("the server answered %s", strtok(line, "\r\n"));
    } else if (pattern != NULL) {
        dprintf(fd, "*2\r\n$9\r\nSUBSCRIBE\r\n$%zu\r\n%s\r\n", strlen(pattern), pattern);
        do receive_line(fd, line);
        while (line[0] != ':' && line[0] != '-');
        if (line[0] == '-') fail("the server answered %s", strtok(line, "\r\n"));
    }
    return fd;
}

struct frame {
    char head[2048];
    size_t head_bytes, bytes;
};

// The frame in which a message is published, or delivered to a subscriber.
static struct frame frame_of(bool published, size_t payload) {
    struct frame frame;
    int count;
    if (protocol == REDIS) {
        count = snprintf(frame.head, sizeof frame.head, "*3\r\n$7\r\n%s\r\n$%zu\r\n%s\r\n$%zu\r\n",
            published ? "PUBLISH" : "message", strlen(subject), subject, payload);
    } else {
        const char *format = published ? "PUB %s %zu\r\n" : "MSG %s 1 %zu\r\n";
        count = snprintf(frame.head, sizeof frame.head, format, subject, payload);
    }
    if (count >= (int)sizeof frame.head) fail("the subject is too long");
    frame.head_bytes = (size_t)count;
    frame.bytes = frame.head_bytes + payload + 2;
    return frame;
}

static void write_frame(char *to, const struct frame *frame) {
    memcpy(to, frame->head, frame->head_bytes);
    memset(to + frame->head_bytes, 'x', frame->bytes - frame->head_bytes - 2);
    memcpy(to + frame->bytes - 2, "\r\n", 2);
}

static int compare(const void *a, const void *b) {
    const long left = *(const long *)a, right = *(const long *)b;
    return (left > right) - (left < right);
}

static void print_percentiles(long *times, size_t count) {
    qsort(times, count, sizeof *times, compare);
    printf("{\"count\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f}\n", count, (double)times[count / 2] / 1e3,
        (double)times[count * 99 / 100] / 1e3, (double)times[count * 999 / 1000] / 1e3);
}

// Throughput. The publisher is never further ahead of the slowest subscriber than a window, so that no server needs to
// drop anybody; what waits in the server for all of them together is bounded too, for a hundred windows fit no cache.

enum { WINDOW_BYTES = 4 << 20, WINDOWS_BYTES = 64 << 20 };

struct subscriber {
    int fd;
    bool is_pinged;
    size_t due;
    long received;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool publisher_waits;
    long batch, window, slowest;
    atomic_long published, delivered, due;
    atomic_bool stopping;
    size_t payload;
    int publisher, count;
    struct subscriber subscribers[PEERS_MAX];
} run = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER, .due = -1};

static void wait_for_window(void) {
    pthread_mutex_lock(&run.lock);
    if (run.published + run.batch - run.slowest > run.window) {
        run.publisher_waits = true;
        while (run.publisher_waits) pthread_cond_wait(&run.moved, &run.lock);
    }
    pthread_mutex_unlock(&run.lock);
}

static void *publish(void *unused) {
    const struct frame frame = frame_of(true, run.payload);
    const size_t bytes = (size_t)run.batch * frame.bytes;
    char *batch = malloc(bytes);
    for (size_t at = 0; at < bytes; at += frame.bytes) write_frame(batch + at, &frame);
    while (!run.stopping) {
        wait_for_window();
        send_all(run.publisher, batch, bytes);
        run.published += run.batch;
        drain(run.publisher);
    }
    return unused;
}

// Takes what has come for a subscriber, and counts the frames by their first bytes: those of a kind are equally long.
static void take(struct subscriber *subscriber, const struct frame *frame) {
    static char bytes[READ_BYTES];
    const size_t count = receive(subscriber->fd, bytes, sizeof bytes);
    for (size_t at = 0; at < count;) {
        if (subscriber->due == 0) {
            subscriber->is_pinged = bytes[at] == 'P';
            subscriber->due = subscriber->is_pinged ? PING_BYTES : frame->bytes;
            if (!subscriber->is_pinged && bytes[at] != frame->head[0]) {
                fail("a subscriber received %.*s", (int)(count - at < 40 ? count - at : 40), bytes + at);
            }
        }
        const size_t step = subscriber->due < count - at ? subscriber->due : count - at;
        at += step;
        subscriber->due -= step;
        if (subscriber->due > 0) break;
        if (subscriber->is_pinged) send_all(subscriber->fd, PONG, sizeof PONG - 1);
        else subscriber->received++;
    }
}

// Tells how far the subscribers are, and wakes the publisher once half of its window is free.
static void tell_progress(void) {
    long slowest = run.subscribers[0].received, all = 0;
    for (int i = 0; i < run.count; i++) {
        if (run.subscribers[i].received < slowest) slowest = run.subscribers[i].received;
        all += run.subscribers[i].received;
    }
    run.delivered = all;
    pthread_mutex_lock(&run.lock);
    run.slowest = slowest;
    if (run.publisher_waits && run.published + run.batch - slowest <= run.window / 2) {
        run.publisher_waits = false;
        pthread_cond_signal(&run.moved);
    }
    pthread_mutex_unlock(&run.lock);
}

static void *subscribe(void *unused) {
    struct epoll_event events[PEERS_MAX];
    const struct frame frame = frame_of(false, run.payload);
    const int set = epoll_create1(0);
    for (int i = 0; i < run.count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = run.subscribers + i};
        epoll_ctl(set, EPOLL_CTL_ADD, run.subscribers[i].fd, &event);
    }
    while (run.due < 0 || run.slowest < run.due) {
        const int ready = epoll_wait(set, events, PEERS_MAX, 100);
        for (int i = 0; i < ready; i++) take(events[i].data.ptr, &frame);
        tell_progress();
    }
    for (int i = 0; i < run.count; i++) {
        const long received = run.subscribers[i].received;
        if (received != run.due) fail("subscriber %d received %ld of %ld messages", i, received, (long)run.due);
    }
    return unused;
}

static void throughput(int subscribers, size_t payload, double seconds) {
    pthread_t publisher, subscriber;
    if (subscribers < 1 || subscribers > PEERS_MAX) fail("1 to %d subscribers", PEERS_MAX);
    alarm((unsigned)seconds + GRACE_SECONDS);
    const long bytes = (long)frame_of(false, payload).bytes, windows = WINDOWS_BYTES / subscribers;
    run.payload = payload;
    run.count = subscribers;
    run.batch = BATCH_BYTES / bytes > 0 ? BATCH_BYTES / bytes : 1;
    run.window = (windows < WINDOW_BYTES ? windows : WINDOW_BYTES) / bytes;
    if (run.window < 4 * run.batch) run.window = 4 * run.batch;
    for (int i = 0; i < subscribers; i++) run.subscribers[i].fd = join(subject);
    run.publisher = join(NULL);
    pthread_create(&subscriber, NULL, subscribe, NULL);
    pthread_create(&publisher, NULL, publish, NULL);
    sleep_until(nanoseconds() + WARM_UP_NANOSECONDS);
    const long begin = nanoseconds(), published = run.published, delivered = run.delivered;
    sleep_until(begin + (long)(seconds * 1e9));
    const double took = (double)(nanoseconds() - begin) / 1e9;
    const long messages = run.published - published, deliveries = run.delivered - delivered;
    run.stopping = true;
    pthread_join(publisher, NULL);
    run.due = run.published;
    pthread_join(subscriber, NULL);
    printf("{\"messages\":%ld,\"delivered\":%ld,\"seconds\":%.3f,\"delivered_per_second\":%.0f,", messages, deliveries,
        took, (double)deliveries / took);
    printf("\"delivered_in_all\":%ld}\n", (long)run.due * subscribers);
}

// Requests: a responder in a thread of its own, an asker with a fresh reply subject each time.

static void *respond(void *descriptor) {
    char text[4096], reply[1024], answer[2048];
    const int fd = *(const int *)descriptor;
    for (size_t count = 0, size;;) {
        count += receive(fd, text + count, sizeof text - 1 - count);
        count = answer_ping(fd, text, count);
        text[count] = 0;
        const char *line = strstr(text, "\r\n");
        if (line == NULL) continue;
        const bool is_request = sscanf(text, "MSG %*s 1 %1023s %zu\r\n", reply, &size) == 2;
        if (!is_request) fail("the responder received %s", strtok(text, "\r\n"));
        const size_t taken = (size_t)(line - text) + 2 + size + 2;
        if (count < taken) continue;
        const char *const format = "PUB %s %zu\r\n%.*s\r\n";
        const int length = snprintf(answer, sizeof answer, format, reply, size, (int)size, line + 2);
        send_all(fd, answer, (size_t)length);
        count -= taken;
        memmove(text, text + taken, count);
    }
    return NULL;
}

static void request(size_t count) {
    char question[512], answer[512], text[4096];
    pthread_t responder;
    const size_t warm_up = count / 10 + 100;
    long *times = malloc((count + 1) * sizeof *times);
    int service = join("_INBOX.bench.service");
    const int asker = join("_INBOX.bench.asker.*");
    alarm(GRACE_SECONDS + (unsigned)(count / 1000));
    pthread_create(&responder, NULL, respond, &service);
    for (size_t i = 0, held = 0; i < count + warm_up; i++) {
        const char *const format = "%s _INBOX.bench.asker.%zu %s16\r\n%016zu\r\n";
        const size_t asked = (size_t)snprintf(question, sizeof question, format, "PUB _INBOX.bench.service", i, "", i);
        const size_t due = (size_t)snprintf(answer, sizeof answer, format, "MSG", i, "1 ", i);
        const long begin = nanoseconds();
        send_all(asker, question, asked);
        while (held < due) {
            held += receive(asker, text + held, sizeof text - held);
            held = answer_ping(asker, text, held);
        }
        if (memcmp(text, answer, due) != 0) fail("the asker received %.*s", (int)held, text);
        held -= due;
        memmove(text, text + due, held);
        if (i >= warm_up) times[i - warm_up] = nanoseconds() - begin;
    }
    print_percentiles(times, count);
}

// Latency: each payload begins with the moment at which it was sent.

enum { LATENCY_PAYLOAD_BYTES = 128 };

static struct {
    int fd;
    size_t count;
    long *times;
} arrivals;

static void *time_arrivals(void *unused) {
    static char bytes[READ_BYTES];
    const struct frame frame = frame_of(false, LATENCY_PAYLOAD_BYTES);
    for (size_t seen = 0, held = 0; seen < arrivals.count;) {
        held += receive(arrivals.fd, bytes + held, sizeof bytes - held);
        const long now = nanoseconds();
        held = answer_ping(arrivals.fd, bytes, held);
        size_t at = 0;
        for (; at + frame.bytes <= held && seen < arrivals.count; at += frame.bytes) {
            long sent;
            if (bytes[at] == 'P') break;
            if (memcmp(bytes + at, frame.head, frame.head_bytes) != 0) fail("the subscriber received another frame");
            memcpy(&sent, bytes + at + frame.head_bytes, sizeof sent);
            arrivals.times[seen++] = now - sent;
        }
        held -= at;
        memmove(bytes, bytes + at, held);
    }
    return unused;
}

static void latency(long rate, double seconds) {
    char bytes[4096];
    pthread_t subscriber;
    const struct frame frame = frame_of(true, LATENCY_PAYLOAD_BYTES);
    const size_t warm_up = (size_t)(rate * WARM_UP_NANOSECONDS / 1000000000L);
    const size_t count = (size_t)((double)rate * seconds) + 1;
    alarm((unsigned)seconds + GRACE_SECONDS);
    prctl(PR_SET_TIMERSLACK, 1);
    arrivals.fd = join(subject);
    arrivals.count = warm_up + count;
    arrivals.times = malloc(arrivals.count * sizeof *arrivals.times);
    const int publisher = join(NULL);
    write_frame(bytes, &frame);
    pthread_create(&subscriber, NULL, time_arrivals, NULL);
    const long begin = nanoseconds();
    for (size_t i = 0; i < arrivals.count; i++) {
        sleep_until(begin + (long)i * 1000000000L / rate);
        const long now = nanoseconds();
        memcpy(bytes + frame.head_bytes, &now, sizeof now);
        send_all(publisher, bytes, frame.bytes);
        drain(publisher);
    }
    pthread_join(subscriber, NULL);
    print_percentiles(arrivals.times + warm_up, count);
}

static void idle(int count) {
    struct rlimit limit;
    char byte;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    alarm(GRACE_SECONDS);
    for (int i = 0; i < count; i++) join(NULL);
    alarm(0);
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {}
}

static bool choose_protocol(const char *name) {
    const char *const names[] = {"relay", "nats", "redis"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) return protocol = (enum protocol)i, true;
    }
    return false;
}

int main(int count, char **words) {
    signal(SIGALRM, too_late);
    const char *command = count > 2 ? words[1] : "";
    const bool is_idle = count == 4 && strcmp(command, "idle") == 0;
    if (count < 5 && !is_idle) return 64;
    if (!choose_protocol(is_idle ? "nats" : words[2])) return 64;
    address = words[is_idle ? 2 : 3];
    subject = "_INBOX.bench.throughput";
    if (is_idle) return idle(atoi(words[3])), 0;
    if (strcmp(command, "request") == 0 && protocol == NATS) return request((size_t)atol(words[4])), 0;
    if (count == 7 && strcmp(command, "latency") == 0) subject = words[6];
    if (count == 8 && strcmp(command, "throughput") == 0) subject = words[7];
    if (count >= 6 && strcmp(command, "latency") == 0) return latency(atol(words[4]), atof(words[5])), 0;
    if (count < 7 || strcmp(command, "throughput") != 0) return 64;
    return throughput(atoi(words[4]), (size_t)atol(words[5]), atof(words[6])), 0;
}
