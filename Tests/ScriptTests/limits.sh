#!/usr/bin/env bash
# What needs a kernel of its own (user-mode-linux): limits of a child's memory, tasks and processor time, since many machines
# have these controllers on the older cgroups, and a clock that can be set.
#
# Wants a release build in .build/release and the fake provider's environment in .build/test-venv; scripts/test makes both. Exits 0 when every line holds, 1 when one does not, and 77
# where there is no such kernel.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=Tests/ScriptTests/checks.sh
. "$source/Tests/ScriptTests/checks.sh"

readonly boot_seconds_max=240
kernel=$(command -v linux.uml || true)
scratch='' console=''

main() {
    if [[ -z $kernel || $EUID != 0 ]]; then
        echo "limits test left out: not root, or user-mode-linux is not installed"
        exit 77
    fi
    scratch=$(mktemp -d /var/tmp/egghead-limits.XXXXXX)
    trap 'rm -rf "$scratch"' EXIT
    write_tree
    write_questions
    write_init
    # The machine's own files are read through hostfs, and none is written.
    console=$(timeout "$boot_seconds_max" "$kernel" mem=1G rootfstype=hostfs rootflags=/ ro \
        "init=$scratch/init" con=null con0=fd:0,fd:1 quiet </dev/null 2>&1) || true
    if ! says '^booted$'; then
        printf '%s\n' "$console"
        echo "limits test left out: user-mode-linux does not boot here"
        exit 77
    fi

    check "a child over its memory is killed, and the reason is its memory" says '"name":"eats","pid":[0-9]*,"reason":{"kind":"oomKilled"}'
    check "a child gets as many tasks as it may, and no more" says '^pids.max 20 pids.current 20$'
    check "a child gets its share of a processor" says '^cpu.max 50000 100000$'
    check "an agent gets the limits that its record sets" says '^agent: 67108864 30 40000 100000$'
    check "a call of a tool gets its share of memory, tasks and processors" says '^call: 536870912 256 200000 100000$'
    check "a call over its memory is killed, and is told so" says 'ended because it needed more memory than 512 MiB'
    check "nothing of it runs on, and nobody else has ended" says '^after the call: 0 cgroups, 0 ended processes$'
    check "a clock that is set back and forth by days while an agent answers disturbs nothing" says '^answered: 0, ended processes: 0$'
    check "no limit is told to be unenforced" says_not 'limit.unenforced'
    check "eggheadd leaves in order, and its cgroup as it was" says '^status 0, cgroups left: 0$'
    ((checks_failed == 0)) || printf '%s\n' "$console" >&2
    echo "limits: $checks_failed failed"
    ((checks_failed == 0))
}

write_tree() {
    local child=$source/.build/release/test-child
    cat >"$scratch/tree.yml" <<TREE
id: r
children:
  - {id: eats, ready: notify, restart: temporary, limits: {memory: 32M}, command: [$child, ready, eat, "200", wait]}
  - {id: bomb, ready: notify, limits: {tasks: 20, cpu: 50%}, command: [$child, bomb, "100", ready, wait]}
TREE
}

# What the agent `hands` is asked to do: take its time, then take more memory than a call may have.
write_questions() {
    printf '@hands please fake:tools\ntool: proc_eval {"code":"sleep 8"}' >"$scratch/wait"
    cat >"$scratch/eat" <<'EAT'
@hands please fake:tools
tool: proc_eval {"code":"python3 -c 'print(len(b\"x\" * (700 << 20)))'; echo survived"}
EAT
}

write_init() {
    cat >"$scratch/init" <<INIT
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
echo booted
mount -t cgroup2 cgroup2 /sys/fs/cgroup
cgroup=/sys/fs/cgroup
echo '+memory +pids +cpu' >\$cgroup/cgroup.subtree_control
$source/.build/release/eggheadd --home /run/home --tree $scratch/tree.yml --cgroup \$cgroup/egg --events /run/events &
eggheadd=\$!
seconds=0
until grep -q '"exited".*"eats"' /run/events 2>/dev/null || [ \$seconds = 60 ]; do sleep 1; seconds=\$((seconds + 1)); done
until grep -q '"ready".*"bomb"' /run/events || [ \$seconds = 90 ]; do sleep 1; seconds=\$((seconds + 1)); done
cat /run/events
echo pids.max \$(cat \$cgroup/egg/child-bomb/pids.max) pids.current \$(cat \$cgroup/egg/child-bomb/pids.current)
echo cpu.max \$(cat \$cgroup/egg/child-bomb/cpu.max)
kill \$eggheadd
wait \$eggheadd
status=\$?
mkdir -p /run/node/records
$source/.build/test-venv/bin/python $source/Tests/ProcessTests/FakeProvider/fake_provider.py --socket /run/provider.sock &
printf 'providers:\n  fake: {url: "http://localhost/v1", socket: /run/provider.sock, model: fake}\n' >/run/node/config.yml
printf -- '---\nclass: agent\nlimits: {memory: 64M, tasks: 30, cpu: 40%%}\n---\nYou are Scout.\n' >/run/node/records/scout.md
mkdir /run/app
printf -- '---\nclass: agent\nsandbox: /run/app\ncapabilities: [proc.eval]\n---\nYou are Hands.\n' >/run/node/records/hands.md
until [ -S /run/provider.sock ]; do sleep 1; done
$source/.build/release/eggheadd --home /run/node --cgroup \$cgroup/node --events /run/node/events &
eggheadd=\$!
seconds=0
until grep -q '"ready".*"agent:scout"' /run/node/events 2>/dev/null || [ \$seconds = 60 ]; do sleep 1; seconds=\$((seconds + 1)); done
until grep -q '"ready".*"agent:hands"' /run/node/events || [ \$seconds = 60 ]; do sleep 1; seconds=\$((seconds + 1)); done
scout=\$cgroup/node/child-agent:scout
echo agent: \$(cat \$scout/memory.max) \$(cat \$scout/pids.max) \$(cat \$scout/cpu.max)
egghead="$source/.build/release/egghead --home /run/node"
\$egghead chat --wait "\$(cat $scratch/wait)" &
asked=\$!
seconds=0
until call=\$(find \$cgroup/node -type d -name 'call-*' | grep .) || [ \$seconds = 30 ]; do sleep 1; seconds=\$((seconds + 1)); done
echo call: \$(cat \$call/memory.max) \$(cat \$call/pids.max) \$(cat \$call/cpu.max)
wait \$asked
\$egghead chat --wait "\$(cat $scratch/eat)"
seconds=0
while find \$cgroup/node -type d -name 'call-*' | grep -q . && [ \$seconds -lt 10 ]; do sleep 1; seconds=\$((seconds + 1)); done
echo after the call: \$(find \$cgroup/node -type d -name 'call-*' | wc -l) cgroups, \$(grep -c '"event":"exited"' /run/node/events) ended processes
\$egghead chat --wait '@scout tell me fake:slow=90' &
asked=\$!
sleep 1
date --set '+1 day'
sleep 1
date --set '-2 days'
wait \$asked
echo answered: \$?, ended processes: \$(grep -c '"event":"exited"' /run/node/events)
kill \$eggheadd
wait \$eggheadd
echo status \$status, cgroups left: \$(ls -d \$cgroup/*/ 2>/dev/null | wc -l)
halt -f || echo o >/proc/sysrq-trigger
INIT
    chmod +x "$scratch/init"
}

says() { grep -q -- "$1" <<<"$(tr -d '\r' <<<"$console")"; }

says_not() { ! says "$1"; }

main "$@"
