# shellcheck shell=bash
# Machines of their own (user-mode-linux), each with a disk that can be broken and a node on it. Sourced by the tests that
# are scripts; needs the checkout's directory in `source`.
# shellcheck disable=SC2034  # the script that sources this uses what is made here

# The longest time in which a machine does what it is waited for.
readonly machine_seconds_max=300
# The machine's own files are read through hostfs, and none is written.
readonly boot_options=(mem=512M rootfstype=hostfs rootflags=/ ro con=null "con0=fd:0,fd:1" quiet)
# So many machines run at a time.
readonly machines_max=2

kernel=$(command -v linux.uml || true)
python=${source:?}/.build/test-venv/bin/python
programs=${EGGHEAD_PROGRAMS:-$source/.build/release}
# The directory of everything; within a lane, of its machine.
scratch='' disk='' out='' machine=''
# The options with which the disk is mounted.
mount_options=''

# require_machine WHAT COMMAND…: leaves with 77 where there is no such kernel, it does not boot, or a command is missing.
require_machine() {
    local what=$1 command
    shift
    PATH=$PATH:/usr/sbin:/sbin
    [[ -n $kernel && $EUID == 0 ]] || leave_out "$what" "not root, or user-mode-linux is not installed"
    for command in "$@"; do
        command -v "$command" >/dev/null || leave_out "$what" "$command is not installed"
    done
    scratch=$(mktemp -d /var/tmp/egghead-machine.XXXXXX)
    trap 'kill_lanes; rm -rf "$scratch"' EXIT
    can_boot || leave_out "$what" "user-mode-linux does not boot here"
}

can_boot() {
    local said
    printf '#!/bin/sh\nmount -t proc proc /proc\necho booted\nhalt -f || echo o >/proc/sysrq-trigger\n' >"$scratch/init"
    chmod +x "$scratch/init"
    said=$(timeout "$machine_seconds_max" "$kernel" "${boot_options[@]}" "init=$scratch/init" </dev/null 2>&1) || true
    grep -q '^booted' <<<"$said"
}

leave_out() {
    echo "$1 left out: $2"
    exit 77
}

# has_file_system NAME: whether the machine's kernel knows it, and there is what makes one.
has_file_system() {
    command -v "mkfs.$1" >/dev/null && grep -q "/$1\.ko$" "/usr/lib/uml/modules/$("$kernel" --version)/modules.builtin"
}

# run_lanes FUNCTION ARGUMENT…: calls the function with each argument, some at a time, each in a directory of its own below
# `scratch`. Fails when one of them has failed.
run_lanes() {
    local function=$1 argument running=0 status=0
    shift
    for argument in "$@"; do
        if ((running == machines_max)); then
            wait -n || status=1
            running=$((running - 1))
        fi
        run_lane "$function" "$argument" &
        running=$((running + 1))
    done
    for (( ; running > 0; running--)); do wait -n || status=1; done
    return $status
}

run_lane() {
    trap kill_machine EXIT
    scratch=$scratch/$2
    mkdir "$scratch"
    "$@"
}

kill_lanes() {
    local lane
    for lane in $(jobs -p); do kill "$lane" 2>/dev/null || true; done
    for lane in "$scratch"/*/pid; do
        [[ ! -e $lane ]] || kill -KILL -- "-$(<"$lane")" 2>/dev/null || true
    done
    wait
}

# make_disk FILE-SYSTEM SIZE: an empty disk, and an empty directory outside of it for what is reported.
make_disk() {
    disk=$scratch/disk out=$scratch/out
    mkdir "$out"
    truncate -s "$2" "$disk"
    case $1 in
        # Metadata goes to the disk when somebody waits for it, and not every five seconds.
        ext4 | btrfs) mount_options="-o commit=300" ;;
        *) mount_options='' ;;
    esac
    case $1 in
        ext2 | ext4) "mkfs.$1" -q -F "$disk" ;;
        *) "mkfs.$1" -q -f "$disk" >/dev/null ;;
    esac
}

# write_guest_head: the beginning of the first process of a machine. The host's files are read through hostfs; of them only
# the directory for reports is written.
write_guest_head() {
    cat >"$scratch/init" <<INIT
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PYTHONPATH=$source/scripts/lib PYTHONDONTWRITEBYTECODE=1
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir /run/out /run/disk
mount -t hostfs -o $out none /run/out
tell() { echo "\$life \$*" >>/run/out/state; }
halt_now() { sleep 1; halt -f || echo o >/proc/sysrq-trigger; }
# start_node HOME: makes the home if it is not there.
start_node() {
    if [ ! -e \$1/config.yml ]; then
        mkdir -p \$1/records
        printf 'providers:\n  fake: {url: "http://localhost/v1", socket: /run/provider.sock, model: few}\n' >\$1/config.yml
        printf -- '---\nclass: agent\n---\nYou are Scout.\n' >\$1/records/scout.md
        sync
    fi
    tell starting
    $programs/eggheadd --home \$1 --events /run/out/events.\$life 2>>/run/out/log.\$life &
    eggheadd=\$!
}
# compare_and_stop HOME: the last life of a node.
compare_and_stop() {
    $python -S -m durability.guest \$1 /run/out \$life --last || tell "fault the clients ended with \$?"
    kill \$eggheadd
    wait \$eggheadd
    tell "stopped \$?"
    umount /run/disk
    halt_now
}
INIT
    chmod +x "$scratch/init"
}

# boot VARIABLE=VALUE…: starts the machine; its first process has these variables.
boot() {
    setsid "$kernel" "${boot_options[@]}" "init=$scratch/init" "ubd0=$disk" "$@" </dev/null >>"$out/console" 2>&1 &
    machine=$!
    echo "$machine" >"$scratch/pid"
}

# wait_for WORDS…: until the machine has told a line that begins so. Fails when it ends, or takes too long.
wait_for() { wait_until "$*" grep -q "^$*" "$out/state"; }

# wait_until WHAT COMMAND…: until a command succeeds. Fails when the machine ends, or takes too long.
wait_until() {
    local what=$1 deadline=$((SECONDS + machine_seconds_max))
    shift
    until "$@" 2>/dev/null; do
        if ((SECONDS > deadline)) || ! kill -0 "$machine" 2>/dev/null; then
            echo "- fault the machine has not told: $what" >>"$out/state"
            return 1
        fi
        sleep 0.1
    done
}

# cut_power MILLISECONDS: waits, and kills the kernel with every process that it has.
cut_power() {
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
    kill_machine
}

kill_machine() {
    [[ -n $machine ]] || return 0
    kill -KILL -- "-$machine" 2>/dev/null || true
    wait "$machine" 2>/dev/null || true
    while kill -0 -- "-$machine" 2>/dev/null; do sleep 0.02; done
    machine=''
    rm "$scratch/pid"
}

# halt_machine: waits until a machine that stops has ended.
halt_machine() {
    local deadline=$((SECONDS + 20))
    while kill -0 "$machine" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.05; done
    kill_machine
}

# die_with_evidence: leaves with 1, and keeps the disks and everything that was reported.
die_with_evidence() {
    trap - EXIT
    kill_lanes
    echo "the evidence is in $scratch" >&2
    exit 1
}
