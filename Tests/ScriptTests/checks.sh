# shellcheck shell=bash
# A report of one line a fact. Sourced by the tests that are scripts.

checks_failed=0

# check WHAT COMMAND…: a command here is a chain of &&, because a condition suspends `set -e`.
check() {
    local what=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $what"
    else
        echo "failed  $what"
        printf '%s\n' "$output" | tail -n 20 | sed 's/^/        /'
        checks_failed=$((checks_failed + 1))
    fi
}

# is_empty COMMAND…: whether a command prints nothing on standard output.
is_empty() {
    local output
    output=$("$@" 2>/dev/null) || true
    echo "$output"
    [[ -z $output ]]
}
