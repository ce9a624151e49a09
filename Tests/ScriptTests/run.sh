#!/usr/bin/env bash
# What a newcomer does: scripts/run with nothing configured, answered by the real model on this machine.
#
# Exits 0 when every line holds and 1 when one does not.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=Tests/ScriptTests/checks.sh
. "$source/Tests/ScriptTests/checks.sh"

home=$(mktemp -d)
egghead=$source/.build/release/egghead
unset ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY GOOGLE_API_KEY EGGHEAD_HOME EGGHEAD_CONFIG EGGHEAD_SOCKET

main() {
    trap clean_up EXIT
    check "the first answer quotes the note that knows it" \
        answers "Where are the backups of the database?" '[[runbooks/restore-database]]' --keep
    check "--keep leaves the node running" "$egghead" --home "$home" ps
    check "ps shows each entry of the tree as a process of its own" shows_processes
    check "a second run asks the node that runs, and leaves it running" asks_running_node
    check "without a provider, an answer says nothing that no note says" quotes_notes_alone
    check "voice: free in an agent's record lets the small model speak, behind its mark" speaks_freely
    check "a conversation that fills the small window three times goes on in new processes" hands_off
    check "the real server answers over its three APIs" answers_in_dialects
    check "the server dies with a question, and its successor answers" outlives_server
    check "SIGTERM ends the node, and nothing is left of it" ends_without_trace
    rm "$home/config.yml"
    sed --in-place '/^voice: free$/d' "$home/records/agents/scout.md"
    check "without --keep, the answer comes and the node goes" \
        answers "Who is called when the on-call engineer does not answer?" '[[runbooks/on-call]]'
    check "no node is left in that home" is_empty supervisor
    check "with a vendor's variable set, one line names the vendor and the model, and nothing shows the key" names_vendors
    echo "run: $checks_failed failed"
    ((checks_failed == 0))
}

# answers QUESTION CITATION OPTION…: whether standard output has the citation.
answers() {
    local question=$1 citation=$2 answer
    shift 2
    answer=$("$source/scripts/run" --home "$home" --ask "$question" "$@") || return 1
    echo "$answer"
    [[ $answer == *"$citation"* ]]
}

# Every worker of the tree is a child of eggheadd, by the name of its program.
shows_processes() {
    local workers processes
    workers=$("$egghead" --home "$home" ps --json | python3 -c '
import json, sys
print(*sorted(child["pid"] for child in json.load(sys.stdin) if child["kind"] == "worker"))') &&
        processes=$(pgrep --parent "$(supervisor)" | sort -n | paste -sd ' ') &&
        echo "tree: $workers; processes: $processes" &&
        [[ $workers == "$processes" ]]
}

# Every line is a note's, or says where one stands, or whose answer it is.
quotes_notes_alone() {
    local question
    for question in "How do we roll back?" "Is it safe to delete the logs?" "What is the wifi password?"; do
        "$source/scripts/run" --home "$home" --ask "$question" | python3 -c '
import pathlib, sys
answered = False
notes = " ".join(" ".join(path.read_text() for path in pathlib.Path(sys.argv[1]).rglob("*.md")).split())
for line in sys.stdin.read().splitlines():
    print(line)
    quote = " ".join(line.removeprefix("> ").split())
    if line.startswith(">") and quote.strip("> ") not in notes:
        sys.exit(f"in no note: {line}")
    known = (">", "[[", "*Quoted from the notes: the small local model is asked for no facts.", "index: No note ")
    if line not in ("", "index:") and not line.startswith(known):
        sys.exit(f"not from a note: {line}")
    answered = answered or line.startswith(">") and len(quote) > 2 or line == "index: No note has an answer to this."
sys.exit(0 if answered else "no answer")
' "$home/records" || return 1
    done
}

# There is no network: what is asked comes to a line that says what could not be reached, and where to look.
names_vendors() {
    local variable model host words home=$home/vendors
    while read -r variable model host; do
        words=$(export "$variable=sk-not-a-key-$variable"
            unshare --net -- "$source/scripts/run" --home "$home" --ask "Hello?" 2>&1) && return 1
        echo "$words"
        [[ $(grep --count --fixed-strings "$variable is set: $model answers." <<<"$words") == 1 && $words == *"cannot be reached at https://$host/"* ]] &&
            ! grep --recursive --files-with-matches --fixed-strings sk-not-a-key "$home" <<<"$words" || return 1
        [[ $words != *sk-not-a-key* ]] || return 1
    done <<'END'
ANTHROPIC_API_KEY anthropic/claude-sonnet-5 api.anthropic.com
OPENAI_API_KEY openai/gpt-5.4-mini api.openai.com
GEMINI_API_KEY google/gemini-3.5-flash generativelanguage.googleapis.com
END
}

supervisor() { pid_of eggheadd; }

asks_running_node() {
    local before
    before=$(supervisor) &&
        answers "What caused the booking outage in March?" '[[incidents/2026-03-replication-slot]]' &&
        [[ $(supervisor) == "$before" ]]
}

# A window is full after some questions. The agent writes down what it knows and leaves; its successor goes on from there, and its successor too.
hands_off() {
    local before question pasted deliberations=$home/records/deliberations/scout/lobby
    pasted=$(head -c 1200 "$home/records/incidents/2026-03-replication-slot.md") &&
        before=$(pid_of agent:scout) || return 1
    for question in {1..48}; do
        ask "@scout Question $question about the database. I have this before me: $pasted" >/dev/null || return 1
        (($(records_below "$deliberations") < 3)) || break
    done
    # The next question waits for the successor.
    ask "@scout Where are the backups of the database?" | grep --fixed-strings '[[runbooks/restore-database]]' &&
        grep --files-with-matches '^class: deliberation' "$deliberations"/*.md &&
        (($(records_below "$deliberations") >= 3)) &&
        grep --files-with-matches '^predecessor: ' "$deliberations"/*.md &&
        [[ $(pid_of agent:scout) != "$before" ]]
}

# A small model speaks only for an agent whose record says so, and only what is said fills its window.
speaks_freely() {
    local keys='voice: free\ncontext_window: 2048\nmax_tokens: 32' before
    before=$(pid_of agent:scout)
    sed --in-place "0,/^class: agent$/s//class: agent\n$keys/" "$home/records/agents/scout.md" &&
        succeeds "$before" pid_of agent:scout &&
        ask "@scout Where are the backups of the database?" | grep --fixed-strings 'In the words of a small local model'
}

# succeeds PID COMMAND…: waits until the command prints another process than PID.
succeeds() {
    local before=$1 now
    shift
    for _ in {1..300}; do
        now=$("$@") && [[ -n $now && $now != "$before" ]] && return
        sleep 0.1
    done
    return 1
}

# One llama.cpp, which the node runs, behind three providers beside its own.
configure_dialects() {
    local socket=$home/run/models/server.sock name
    {
        echo "providers:"
        for name in chat-completions responses anthropic; do
            echo "  by-$name: {url: 'http://localhost/v1', socket: $socket, api: $name, model: smollm2, context_window: 4096}"
        done
        echo "  server:"
        echo "    {url: 'http://localhost/v1', socket: $socket, model: smollm2, context_window: 4096, command:"
        echo "    [$home/state/models/local/venv/bin/python, $source/models/local/serve.py, --socket, $socket]}"
    } >"$home/config.yml"
    for name in by-chat-completions by-responses by-anthropic server; do
        printf -- '---\nclass: agent\nid: %s\nprovider: %s\nmax_tokens: 24\n---\nYou greet people.\n' "$name" "$name" \
            >"$home/records/agents/$name.md"
    done
    "$egghead" --home "$home" reload
}

# The menu of tools goes along, as for every model.
answers_in_dialects() {
    local name
    configure_dialects || return 1
    for name in by-chat-completions by-responses by-anthropic; do
        "$egghead" --home "$home" llm test "$name" && ask "@$name Hello! Who are you?" | grep --extended-regexp "^$name:( .|$)" || return 1
    done
}

server_pid() { pgrep --full "serve.py --socket $home/run/models/server.sock"; }

# What the death of a server that the node runs has cut before its first word is asked once more of its successor.
outlives_server() {
    local before answer
    before=$(server_pid) && kill -STOP "$before" || return 1
    ask "@server Hello! Who are you?" >"$home/answer" 2>&1 &
    answer=$!
    for _ in {1..100}; do
        [[ $("$egghead" --home "$home" ps) != *"1 call running"* ]] || break
        sleep 0.1
    done
    kill -KILL "$before" && succeeds "$before" server_pid && wait "$answer" && grep --extended-regexp "^server:( .|$)" "$home/answer"
}

# records_below DIRECTORY: how many records it holds.
records_below() { find "$1" -name '*.md' 2>/dev/null | wc --lines; }

ask() { "$egghead" --home "$home" chat --wait -- "$1"; }

# pid_of NAME: the process of a child of the tree.
pid_of() {
    "$egghead" --home "$home" ps --json | python3 -c '
import json, sys
print(next(child["pid"] for child in json.load(sys.stdin) if child["name"] == sys.argv[1]))' "$1"
}

ends_without_trace() {
    local pid children
    pid=$(supervisor) && children=$(pgrep --parent "$pid" | paste -sd ,) &&
        kill -TERM "$pid" && tail --pid="$pid" --follow /dev/null &&
        is_empty ps -o pid=,args= --pid "$children"
}

clean_up() {
    local pid
    if pid=$(supervisor 2>/dev/null); then kill -TERM "$pid" && tail --pid="$pid" --follow /dev/null; fi
    rm -rf "$home"
}

main "$@"
