# shellcheck shell=bash
# Output of the scripts: progress and errors go to standard error, so that standard output has only the answer.

say() { printf '%s\n' "$*" >&2; }

# die MESSAGE [STATUS]: prints one line that says what was tried and what to do, and exits.
die() {
    say "${0##*/}: $1"
    exit "${2:-1}"
}

# step WHAT LOG COMMAND…: runs a long command and shows one line of progress. Its output goes to LOG; a failure shows the log's end.
step() {
    local what=$1 log=$2 started=$SECONDS status=0
    shift 2
    mkdir -p "${log%/*}"
    printf '%s … ' "$what" >&2
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if ((status == 0)); then
        say "$((SECONDS - started)) s"
        return
    fi
    say "failed"
    tail -n 30 "$log" >&2
    die "$what: status $status; the whole log is in $log" "$status"
}
