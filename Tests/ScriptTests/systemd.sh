#!/usr/bin/env bash
# Egghead as a service of a real systemd: installed, asked, killed and stopped, in a box that nothing leaves.
#
# Wants a release build in .build/release and the fake provider's environment in .build/test-venv; scripts/test makes
# both. Exits 0 when every line holds, 1 when one does not, and 77 where no box can be had.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=Tests/ScriptTests/systemd-box/box.sh
. "$source/Tests/ScriptTests/systemd-box/box.sh"
# shellcheck source=Tests/ScriptTests/checks.sh
. "$source/Tests/ScriptTests/checks.sh"

readonly bus_socket=/run/egghead/broker.sock provider_socket=/run/provider.sock provider_log=/run/provider.log

main() {
    if why=$(box_unavailable); then
        echo "systemd test left out: $why"
        exit 77
    fi
    trap box_down EXIT
    box_up "$source"
    start_provider

    check "without a provider, scripts/install fetches nothing and says how to" installs_without_model
    check "a model that cannot be fetched leaves the service installed" survives_missing_model
    check "scripts/install installs the service" install_service
    check "the installed programs are stripped, their debug symbols are apart" has_symbols_apart
    check "the unit passes systemd-analyze verify" box_run systemd-analyze verify --recursive-errors=no egghead.service
    check "systemctl start returns when the node is ready" box_run systemctl start egghead
    check "an agent comes up" eventually has_agent
    check "a question is answered" is_answered "what brings a ferry home"
    check "systemd-cgls shows every process of the tree" shows_children
    check "each child is in a cgroup of its own" has_own_cgroups
    check "journalctl -t egghead-agent shows the agents' lines" journal_has -t egghead-agent
    check "journal entries name the child they are from" journal_has EGGHEAD_CHILD=coordinator

    box_run systemd-run --quiet --unit=connector "$source/Tests/ScriptTests/systemd-box/connect_forever.py" "$bus_socket"
    check "members of the group and the service change each other's notes" shares_records
    check "a killed agent is back as another process" survives_kill_of_agent
    check "a question is answered after that" is_answered "who took the agent"
    check "the journal tells whose death it was, and why" journal_has EGGHEAD_CHILD=agent:scout EGGHEAD_REASON=signaled
    check "journalctl -x explains it" journal_explains
    check "a killed eggheadd is back with its whole tree" survives_kill_of_eggheadd
    check "a question is answered after that, too" is_answered "who took the supervisor"
    check "systemctl restart brings the tree back" survives_restart
    check "no message was lost on the way" history_has "what brings a ferry home" "who took the agent" "who took the supervisor"
    check "systemctl reload leaves every process in place" reload_keeps_processes
    check "systemctl reload fails when the configuration is refused, and the old one stays" refuses_wrong_configuration
    check "systemctl status says how many processes are ready" status_says 'processes ready'
    check "the file for keys is root's alone" is_private /etc/egghead/environment
    check "keys come from the service's credentials, plain and encrypted" sends_credentials
    box_run systemctl stop connector
    check "no connection was refused meanwhile" connector_was_never_refused

    check "systemctl stop succeeds" box_run systemctl stop egghead
    check "nothing is left of it" leaves_nothing
    check "scripts/uninstall --purge removes the files" uninstalls

    ((checks_failed == 0)) || box_run journalctl --no-pager --lines=150 >&2
    echo "systemd: $checks_failed failed"
    ((checks_failed == 0))
}

eventually() { box_eventually "$@"; }

egghead() { box_run egghead "$@"; }

start_provider() {
    box_run systemd-run --quiet --unit=provider --property=UMask=0000 "$source/.build/test-venv/bin/python" \
        "$source/Tests/ProcessTests/FakeProvider/fake_provider.py" --socket "$provider_socket" --log "$provider_log"
    box_eventually box_run test -S "$provider_socket"
}

installs_without_model() {
    local words
    words=$(box_run "$source/scripts/install" --no-build 2>&1 </dev/null) || return 1
    echo "$words"
    [[ $words == *"Installed."*"No model answers yet"*"--local-model"* && $words != *Fetching* ]]
}

survives_missing_model() {
    local words
    if words=$(box_run "$source/scripts/install" --no-build --local-model 2>&1 </dev/null); then return 1; fi
    echo "$words"
    [[ $words == *"Installed."*"the service is installed, but not the local model"* ]] &&
        box_run systemctl cat egghead.service >/dev/null
}

has_symbols_apart() {
    local program directory=/usr/local/lib/egghead
    for program in eggheadd egghead egghead-agent; do
        has_section "$directory/$program" gnu_debuglink && ! has_section "$directory/$program" .symtab &&
            has_section "$directory/.debug/$program.debug" .symtab || return 1
    done
}

# has_section FILE NAME
has_section() { [[ $(box_run readelf --sections --wide "$1") == *"$2"* ]]; }

install_service() {
    box_run mkdir -p /etc/egghead &&
        printf 'providers:\n  fake: {url: "http://localhost/v1", socket: %s, model: fake}\n' "$provider_socket" |
        box_run tee /etc/egghead/config.yml &&
        box_run "$source/scripts/install" --no-build
}

# pid_of NAME: the process that a child of the tree is now; fails unless it is ready.
pid_of() {
    egghead ps --json | python3 -c '
import json, sys
ready = [child["pid"] for child in json.load(sys.stdin) if child["name"] == sys.argv[1] and child["state"] == "ready"]
print(*ready)
sys.exit(not ready)' "$1"
}

has_agent() { pid_of agent:scout >/dev/null 2>&1; }

# is_another NAME PID: whether a child is ready as another process than before.
is_another() {
    local now
    now=$(pid_of "$1" 2>/dev/null) && [[ $now != "$2" ]]
}

is_answered() { [[ $(egghead chat --wait "@scout $1") == *"You said:"*"$1"* ]]; }

shows_children() {
    local tree program
    tree=$(box_run systemd-cgls --no-pager --full --unit egghead.service) || return 1
    echo "$tree"
    for program in eggheadd egghead-broker "egghead-records index" "egghead-records store" egghead-llm \
        egghead-coordinator egghead-toolbox "egghead-agent scout"; do
        [[ $tree == *"$program"* ]] || return 1
    done
}

has_own_cgroups() {
    local base=/sys/fs/cgroup/system.slice/egghead.service agent
    agent=$(pid_of agent:scout) &&
        [[ $(box_run cat "$base/child-agent:scout/cgroup.procs") == "$agent" ]] &&
        [[ $(box_run cat "$base/supervisor/cgroup.procs") == "$(pid_of eggheadd)" ]] &&
        is_empty box_run cat "$base/cgroup.procs"
}

journal_has() { [[ -n $(box_run journalctl --quiet --no-pager "$@") ]]; }

# as USER SCRIPT: what a member of the group does at a shell with the usual umask.
as() { box_run runuser --user "$1" -- sh -c "umask 022; cd /var/lib/egghead/records && $2"; }

shares_records() {
    local user
    for user in ann bob; do box_run useradd --create-home --groups egghead "$user"; done
    as ann 'mkdir -p team && printf "# Ann\n\nfirst\n" >team/ann.md' &&
        as bob 'echo second >>team/ann.md && mkdir team/bob' &&
        as ann 'printf "# Moved\n\nhome\n" >~ann/moved.md && mv ~ann/moved.md team/moved.md' &&
        eventually edits team/ann third &&
        eventually edits team/moved fourth &&
        echo fifth | box_run egghead new --id team/bob/made "Made by the service" &&
        as ann 'echo sixth >>team/moved.md && echo seventh >>team/ann.md && echo eighth >>team/bob/made.md' &&
        as bob 'touch team/bob/more.md' &&
        eventually edits team/bob/made ninth &&
        as bob 'cat team/ann.md team/moved.md team/bob/made.md' | grep --count -E 'first|second|third|home|fourth|sixth|seventh|fifth|eighth|ninth' | grep -x 10
}

# edits ID LINE: the store adds a line to a record.
edits() { box_run env EDITOR="sh -c 'echo $2 >>\$0'" egghead edit "$1"; }

survives_kill_of_agent() {
    local before coordinator
    before=$(pid_of agent:scout) && coordinator=$(pid_of coordinator) &&
        box_run kill -KILL "$before" &&
        eventually is_another agent:scout "$before" &&
        [[ $(pid_of coordinator) == "$coordinator" ]]
}

survives_kill_of_eggheadd() {
    local before
    before=$(pid_of agent:scout) &&
        box_run systemctl kill --kill-who=main --signal=KILL egghead &&
        eventually is_another agent:scout "$before"
}

survives_restart() {
    local before
    before=$(pid_of agent:scout) &&
        box_run systemctl restart egghead &&
        eventually is_another agent:scout "$before"
}

journal_explains() {
    [[ $(box_run journalctl --no-pager --catalog EGGHEAD_REASON=signaled) == *"agent:scout has died"* ]]
}

history_has() {
    local history message
    history=$(egghead watch --history) || return 1
    echo "$history"
    for message in "$@"; do [[ $history == *"$message"* ]] || return 1; done
}

refuses_wrong_configuration() {
    box_run cp -p /etc/egghead/config.yml /etc/egghead/config.yml.good &&
        box_run sh -c 'echo "nonsense: 1" >>/etc/egghead/config.yml' &&
        ! box_run systemctl reload egghead &&
        status_says 'the old one is in force' &&
        is_answered "what a refused reload changes" &&
        box_run mv /etc/egghead/config.yml.good /etc/egghead/config.yml &&
        box_run systemctl reload egghead
}

status_says() { [[ $(box_run systemctl show --property=StatusText egghead) == *"$1"* ]]; }

# The files are root's alone: the service gets what is in them from systemd, and hands it to the provider.
sends_credentials() {
    local provider
    echo key-that-is-plain | box_run sh -c 'umask 077; cat >/etc/egghead/plain.key' &&
        echo key-that-was-encrypted | box_run systemd-creds encrypt --with-key=host --name=encrypted - /etc/egghead/encrypted.key &&
        box_run mkdir -p /etc/systemd/system/egghead.service.d &&
        printf '%s\n' '[Service]' LoadCredential=plain:/etc/egghead/plain.key \
            LoadCredentialEncrypted=encrypted:/etc/egghead/encrypted.key |
        box_run tee /etc/systemd/system/egghead.service.d/keys.conf &&
        {
            echo providers:
            for provider in plain encrypted; do
                printf '  %s: {url: "http://localhost/v1", socket: %s, model: fake, key: "{cred:%s}"}\n' \
                    "$provider" "$provider_socket" "$provider"
            done
        } | box_run tee /etc/egghead/config.yml &&
        box_run systemctl daemon-reload && box_run systemctl restart egghead &&
        box_run egghead llm test plain encrypted &&
        box_run grep --fixed-strings '"key": "key-that-is-plain"' "$provider_log" &&
        box_run grep --fixed-strings '"key": "key-that-was-encrypted"' "$provider_log" &&
        is_empty box_run journalctl --quiet --no-pager --grep key-that
}

is_private() { [[ $(box_run stat --format='%a %U' "$1") == "600 root" ]]; }

reload_keeps_processes() {
    local before
    before=$(pids) &&
        box_run systemctl reload egghead &&
        is_answered "what a reload changes" &&
        [[ $(pids) == "$before" ]]
}

pids() { egghead ps --json | grep -o '"pid" *: *[0-9]*'; }

connector_was_never_refused() {
    box_run journalctl --quiet --no-pager --output=cat --unit connector | grep ' 0 refused'
}

leaves_nothing() {
    [[ $(box_run systemctl show --property=ActiveState --value egghead) == inactive ]] &&
        is_empty box_run pgrep --list-full --uid egghead &&
        is_empty box_run ls -d /sys/fs/cgroup/system.slice/egghead.service /run/egghead
}

uninstalls() {
    box_run "$source/scripts/uninstall" --purge &&
        is_empty box_run ls -d /etc/{systemd/system/egghead.service,egghead} /usr/local/{lib,bin,share}/egghead /var/lib/egghead
}

main "$@"
