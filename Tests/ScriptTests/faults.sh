#!/usr/bin/env bash
# Disks that fail: faults.sh [--full SECONDS] [SCENARIO[+SCENARIO…]…]
#
# A node lives in user-mode-linux, with its home on a disk that device-mapper breaks while clients write. Afterwards the kernel
# is killed, as in a power cut, so that what it has in memory does not help, and boots again with a disk that is well:
# everything that was acknowledged must be there. The scenarios:
#
#   write    every write fails from some moment on, and the file system goes read-only
#   sync     every write to files fails for some seconds, and then works; the pages are gone, and fsync says so once
#   restart  as sync, and the processes that were told so are killed at once: their successors find the pages in memory
#   read     nothing can be read for some seconds, while the processes that have journals start
#   full     there is no space for some seconds, 5 unless told
#
# Wants what powercut.sh wants, and has its exit statuses.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=Tests/ScriptTests/checks.sh
. "$source/Tests/ScriptTests/checks.sh"
# shellcheck source=Tests/ScriptTests/machine.sh
. "$source/Tests/ScriptTests/machine.sh"

readonly disk_size=64M journal_size=16M
full_seconds=5

main() {
    if [[ ${1-} == --full ]]; then
        full_seconds=${2-}
        shift 2
    fi
    (($# > 0)) || set -- sync+restart+full write+read
    require_machine "test of disks that fail" dmsetup mkfs.ext4
    local status=0
    run_lanes play "$@" || status=1
    echo "disks that fail: $status"
    ((status == 0)) || die_with_evidence
}

# play SCENARIO+…: a life for each one on the same disk, with a power cut at its end, and a life that compares. Each life
# compares what those before it have written.
play() {
    local scenarios scenario life=0
    IFS=+ read -ra scenarios <<<"$1"
    make_disk ext4 "$disk_size"
    truncate -s "$journal_size" "$disk.journal"
    write_init
    for scenario in "${scenarios[@]}"; do
        life=$((life + 1))
        boot "life=$life" "scenario=$scenario" "ubd1=$disk.journal"
        wait_for "$life over" || true  # which is a fault already
        kill_machine
    done
    boot "life=$((life + 1))" last=1 "ubd1=$disk.journal"
    ! wait_for "$((life + 1)) stopped 0" || halt_machine
    life=0
    for scenario in "${scenarios[@]}"; do
        life=$((life + 1))
        judge "$scenario" "$life"
    done
    check "$1: what was acknowledged is there afterwards" is_whole "$((life + 1))"
    ((checks_failed == 0))
}

# judge SCENARIO LIFE: what must hold while the disk fails.
judge() {
    local told
    case $1 in
        sync | restart | full) check "$1: writing goes on when the disk is well again" has "^$2 goes on" ;;&
        write | sync | full)
            told="^$2 refused failed:"
            check "$1: who posts is told what the disk answers" has "$told .*journal cannot be written.*$(answers "$1")"
            check "$1: who writes a note is told what the disk answers" has "$told cannot write .*$(answers "$1")"
            check "$1: reading goes on meanwhile" has "^$2 reads"
            ;;
        read) check "$1: the log has what the disk answers" grep -q "$(answers "$1")" "$out/log.$2" ;;
        restart) check "$1: successors have started on what their predecessors left" has "^$2 killed" ;;
    esac
}

# answers SCENARIO: what the kernel says when such a disk is used.
answers() {
    case $1 in
        full) echo 'No space left on device' ;;
        write) echo '\(Input/output error\|Read-only file system\)' ;;
        *) echo 'Input/output error' ;;
    esac
}

has() { grep -q "$1" "$out/state" || { cat "$out/state" && return 1; }; }

# is_whole LIFE: whether the last life has ended in order, has compared something, and nobody has found a fault.
is_whole() {
    cat "$out/state"
    has "^$1 stopped 0" && has "^$1 checked .*[1-9][0-9]* messages, [1-9][0-9]* notes" && ! grep -q ' fault ' "$out/state"
}

write_init() {
    write_guest_head
    cat >>"$scratch/init" <<INIT
# There is no modprobe. See: finit_module(2), whose number is 313
load_module() { $python -S -c 'import ctypes, os, sys
library = ctypes.CDLL(None, use_errno=True)
if library.syscall(313, os.open(sys.argv[1], os.O_RDONLY), b"", 0) != 0: sys.exit(os.strerror(ctypes.get_errno()))' \$1; }
for module in dm-mod dm-flakey; do
    load_module /usr/lib/uml/modules/\$(uname -r)/kernel/drivers/md/\$module.ko || tell "fault \$module cannot be loaded"
done
# set_disk NAME DEVICE TARGET [ARGUMENTS]: from now on the disk is so.
set_disk() {
    dmsetup --noudevsync suspend --nolockfs --noflush \$1
    dmsetup --noudevsync load \$1 --table "0 \$(blockdev --getsz \$2) \$3 \${4+\$2 }\$4"
    dmsetup --noudevsync resume \$1
}
heal() { set_disk disk /dev/ubda linear 0; }
break_writes() { set_disk disk /dev/ubda flakey "0 0 1000 1 error_writes"; }
break_writes_of_journal() { set_disk journal /dev/ubdb flakey "0 0 1000 1 error_writes"; }
break_all() { set_disk disk /dev/ubda error; }
acknowledged() { grep -c '"posted"\|"noted"' /run/out/ledger.\$life; }
# wait_until COMMAND…: fails when the command has not succeeded for a minute.
wait_until() {
    tries=0
    until "\$@"; do
        [ \$tries -lt 300 ] || return 1
        sleep 0.2; tries=\$((tries + 1))
    done
}
has_acknowledged() { [ \$(acknowledged) -ge \$1 ]; }
# wait_for_more COUNT: until so many further writes are acknowledged.
wait_for_more() { wait_until has_acknowledged \$((\$(acknowledged) + \$1)); }
wait_for_outage() { wait_until grep -q 'journal.failed' /run/out/log.\$life; }
try_to_read() { $python -S -m durability.reading /run/disk/node /run/out && tell reads; }
kill_writers() {
    kill -9 \$(pgrep -f egghead-coordinator) \$(pgrep -f egghead-toolbox) \$(pgrep -f 'egghead-records store')
    tell killed
}
for disk in disk:ubda journal:ubdb; do
    device=/dev/\${disk#*:}
    dmsetup --noudevsync create \${disk%:*} --table "0 \$(blockdev --getsz \$device) linear \$device 0"
done
dmsetup --noudevsync mknodes
# The file system's own journal is on another disk: so it survives what happens to the files.
if [ \$life = 1 ]; then
    mkfs.ext4 -q -F -O journal_dev /dev/mapper/journal && mkfs.ext4 -q -F -J device=/dev/mapper/journal /dev/mapper/disk
fi
mount -t ext4 $mount_options /dev/mapper/disk /run/disk || { tell "fault the file system cannot be mounted"; halt_now; }
[ -n "\$last" ] || echo 0 >/proc/sys/vm/dirty_writeback_centisecs
start_node /run/disk/node
[ -z "\$last" ] || compare_and_stop /run/disk/node
$python -S -m durability.guest /run/disk/node /run/out \$life &
clients=\$!
wait_until grep -q "^\$life loading" /run/out/state
wait_for_more 40
case \$scenario in
    write) break_writes; break_writes_of_journal; wait_for_outage; sleep 1; try_to_read ;;
    sync) break_writes; wait_for_outage; sleep 1; try_to_read; heal; wait_for_more 40 && tell "goes on" ;;
    restart) break_writes; wait_for_outage; kill_writers; heal; wait_for_more 40 && tell "goes on" ;;
    read)
        kill -TERM \$clients
        wait \$clients
        sync
        echo 3 >/proc/sys/vm/drop_caches
        break_all
        kill_writers
        sleep 4
        ;;
    full)
        dd if=/dev/zero of=/run/disk/ballast bs=64k 2>/dev/null
        wait_for_outage
        sleep $full_seconds
        try_to_read
        rm /run/disk/ballast
        wait_for_more 40 && tell "goes on"
        ;;
esac
kill -TERM \$clients
wait \$clients
tell over
sleep 1000
INIT
}

main "$@"
