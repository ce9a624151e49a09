#!/usr/bin/env bash
# Power cuts: powercut.sh [--fs NAME[,NAME…]] [CUTS] [SEED]
#
# A node lives in user-mode-linux, with its home on a disk image. Clients beside it write as fast as they can, or one note after
# the other, and note outside of the image what was acknowledged. At a random moment the kernel is killed, and with it everything
# that was not synchronized: its page cache. Then it boots again on the same image, and everything is compared. Five cuts unless
# told; the disks have ext4 and, where there is xfs, that in turn. NAME is ext4, ext2, xfs or btrfs.
#
# What the kernel has given to the disk stays there: a flush that is missing on the way to the disk's own cache is not found.
#
# Wants a release build in .build/release (or where EGGHEAD_PROGRAMS says) and the Python in .build/test-venv; scripts/test
# makes both. Exits 0 when nothing is missing, 1 when something is (the evidence is kept then), 64 when it is called wrongly,
# and 77 where there is no such kernel.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=Tests/ScriptTests/machine.sh
. "$source/Tests/ScriptTests/machine.sh"

# At most so many cuts of one disk, because every life compares all that was written before it.
readonly cuts_per_disk=10
# The longest time from the first acknowledged writes, or from the start of the node, to the cut.
readonly load_ms_max=2500 start_ms_max=4000
# The smallest disk on which mkfs.xfs makes a file system.
readonly disk_size=300M
# One more than the largest seed: the state of bash's RANDOM has 31 bits.
readonly seeds=$((1 << 31))
file_systems=() cuts=5 disks=0 seed=''

main() {
    if [[ ${1-} == --fs ]]; then
        IFS=, read -ra file_systems <<<"${2-}"
        shift 2
    fi
    cuts=${1:-5} seed=${2:-$((SRANDOM % seeds))}
    if [[ ! ($cuts =~ ^[1-9][0-9]{0,5}$ && $seed =~ ^(0|[1-9][0-9]{0,9})$) ]] || ((seed >= seeds)); then
        echo "usage: powercut.sh [--fs NAME[,NAME…]] [CUTS] [SEED, less than $seeds]" >&2
        exit 64
    fi
    require_machine "power cut test" mkfs.ext4
    choose_file_systems
    disks=$(((cuts + cuts_per_disk - 1) / cuts_per_disk))
    ((disks >= ${#file_systems[@]})) || disks=${#file_systems[@]}
    ((disks <= cuts)) || disks=$cuts
    echo "power cuts: $cuts on ${file_systems[*]}, seed $seed"
    local numbers status=0
    mapfile -t numbers < <(seq "$disks")
    run_lanes live_on_a_new_disk "${numbers[@]}" || status=1
    add_up
    ((status == 0)) || die_with_evidence
}

choose_file_systems() {
    local name
    if ((${#file_systems[@]} == 0)); then
        file_systems=(ext4)
        ! has_file_system xfs || file_systems+=(xfs)
    fi
    for name in "${file_systems[@]}"; do
        has_file_system "$name" || leave_out "power cut test" "there is no mkfs.$name, or the kernel has no $name"
    done
}

# live_on_a_new_disk NUMBER: a disk from its first start to an orderly stop.
live_on_a_new_disk() {
    local number=$1 file_system=${file_systems[$(($1 % ${#file_systems[@]}))]} cut chance
    local last=$((cuts / disks + (number <= cuts % disks) + 1))
    RANDOM=$(((seed + number * 1000003) % seeds))
    make_disk "$file_system" "$disk_size"
    write_init "$file_system"
    for ((cut = 1; cut < last; cut++)); do
        chance=$((RANDOM % 4))
        case $(kind_of "$cut" "$chance") in
            start)
                boot "life=$cut"
                wait_for "$cut starting" || break
                cut_power $((RANDOM % start_ms_max))
                ;;
            load)
                boot "life=$cut"
                wait_until "$cut acknowledged" has_acknowledged "$cut" posted noted || break
                cut_power $((RANDOM % load_ms_max))
                echo "$cut loaded" >>"$out/state"
                ;;
            alone)
                boot "life=$cut" alone=--alone
                wait_until "$cut acknowledged" has_acknowledged "$cut" noted || break
                cut_power $((RANDOM % load_ms_max))
                ;;
        esac
    done
    if ((cut == last)); then
        boot "life=$last" last=1
        ! wait_for "$last stopped 0" || halt_machine
    fi
    judge "$last" "disk $number, $file_system"
}

# kind_of CUT CHANCE: whether it comes while the node starts, while everybody writes, or while one note is written after the
# other and nothing else synchronizes what was forgotten. A disk begins with one of everybody's writes and one of a note's.
kind_of() {
    case $1,$2 in
        1,* | [3-9]*,[01] | ??*,[01]) echo load ;;
        2,* | *,2) echo alone ;;
        *) echo start ;;
    esac
}

# has_acknowledged LIFE FACT…: whether this life has a fact of each kind.
has_acknowledged() {
    local life=$1 fact
    shift
    for fact in "$@"; do grep -q "\"$fact\"" "$out/ledger.$life" || return 1; done
}

# judge LIFE DISK: writes what was found, fails when it is a fault, and keeps what the last life has compared.
judge() {
    local compared what
    compared=$(grep "^$1 checked" "$out/state") || true
    number_of cuts <<<"$(grep -c ' loaded$' "$out/state") cuts" >"$scratch/cuts"
    for what in messages notes turns; do number_of "$what" <<<"$compared" >"$scratch/$what"; done
    # Every disk has at least one life that wrote.
    (($(<"$scratch/messages") > 0 && $(<"$scratch/notes") > 0)) || echo "- fault nothing was compared" >>"$out/state"
    if grep ' fault ' "$out/state"; then
        echo "These faults, each behind the life in which it was found, are of $2."
        return 1
    fi
}

number_of() { grep -o "[0-9]* $1" | grep -o '^[0-9]*' || echo 0; }

# sum WHAT: over all disks.
sum() { cat "$scratch"/*/"$1" 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }'; }

add_up() {
    echo "power cuts: seed $seed, $cuts cuts, $(sum cuts) of them under load;" \
        "$(sum messages) messages, $(sum notes) writes of notes and $(sum turns) turns compared"
}

# write_init FILE-SYSTEM
write_init() {
    write_guest_head
    cat >>"$scratch/init" <<INIT
# Nothing goes to the disk by itself: what is there somebody has waited for.
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
mount -t $1 $mount_options /dev/ubda /run/disk || { tell "fault the file system cannot be mounted"; halt_now; }
start_node /run/disk/node
[ -z "\$last" ] || compare_and_stop /run/disk/node
$python -S -m durability.guest /run/disk/node /run/out \$life \$alone || tell "fault the clients ended with \$?"
INIT
}

main "$@"
