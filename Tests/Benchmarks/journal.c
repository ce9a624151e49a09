/* Writes a rooms' journal as a coordinator without segments has left it: journal EVENTS ROOMS, on standard output.
 *
 * Half of the events are a person's questions, the other half an agent's answers: what a busy team has in a year. A line
 * is the CRC-32C of its JSON text, a space, and the text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t table[256];

static void make_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0x82F63B78 : value >> 1;
        table[byte] = value;
    }
}

static void commit(const char *json) {
    uint32_t value = ~0u;
    for (const char *byte = json; *byte; byte++) value = table[(value ^ (uint8_t)*byte) & 0xFF] ^ (value >> 8);
    printf("%08x %s\n", ~value, json);
}

static const char *const at = "2026-01-%02ldT%02ld:%02ld:%02ld.%03ldZ";

static const char *timestamp(long event) {
    static char text[64];
    snprintf(text, sizeof text, at, event / 86400 % 28 + 1, event / 3600 % 24, event / 60 % 60, event % 60, event % 1000);
    return text;
}

static void ask(long room, long turn) {
    char json[2048];
    snprintf(json, sizeof json,
        "[{\"event\":{\"at\":\"%s\",\"from\":\"user:ann\",\"number\":%ld,\"room\":\"room%ld\",\"text\":\"@index what do the "
        "notes say about the rollback of the second service, number %ld of them?\",\"type\":\"message\"}},"
        "{\"queued\":{\"agent\":\"index\",\"cause\":%ld,\"room\":\"room%ld\",\"turn\":\"room%ld.%ld\"}},"
        "{\"answered\":{\"caller\":\"user:ann\",\"post\":{\"agents\":[\"index\"],\"number\":%ld,\"room\":\"room%ld\","
        "\"turns\":[\"room%ld.%ld\"]},\"request\":\"ask-%ld-%ld\",\"room\":\"room%ld\"}}]",
        timestamp(turn), 2 * turn - 1, room, turn, 2 * turn - 1, room, room, turn, 2 * turn - 1, room, room, turn, room,
        turn, room);
    commit(json);
    snprintf(json, sizeof json,
        "[{\"attempt\":{\"at\":\"%s\",\"attempt\":1,\"incarnation\":1,\"room\":\"room%ld\",\"turn\":\"room%ld.%ld\"}}]",
        timestamp(turn), room, room, turn);
    commit(json);
}

static void answer(long room, long turn) {
    char json[2048];
    snprintf(json, sizeof json,
        "[{\"ended\":{\"outcome\":\"answered\",\"room\":\"room%ld\",\"turn\":\"room%ld.%ld\",\"usage\":{\"inputTokens\":900,"
        "\"outputTokens\":60}}},{\"event\":{\"at\":\"%s\",\"from\":\"agent:index\",\"number\":%ld,\"outcome\":\"answered\","
        "\"room\":\"room%ld\",\"text\":\"The rollback of the second service is described in [[operations/rollback]]: it was "
        "tried in spring, and nobody has noticed it since.\",\"turn\":\"room%ld.%ld\",\"type\":\"message\"}},"
        "{\"answered\":{\"caller\":\"agent:index\",\"request\":\"end-%ld-%ld\",\"room\":\"room%ld\"}}]",
        room, room, turn, timestamp(turn), 2 * turn, room, room, turn, room, turn, room);
    commit(json);
}

int main(int count, char **arguments) {
    if (count != 3) return fprintf(stderr, "usage: journal EVENTS ROOMS\n"), 64;
    long events = atol(arguments[1]), rooms = atol(arguments[2]);
    if (events < 2 || rooms < 1) return fprintf(stderr, "journal: at least two events and a room are wanted\n"), 64;
    make_table();
    for (long turn = 1; turn <= events / 2 / rooms; turn++) {
        for (long room = 0; room < rooms; room++) {
            ask(room, turn);
            answer(room, turn);
        }
    }
    return fflush(stdout) ? 1 : 0;
}
